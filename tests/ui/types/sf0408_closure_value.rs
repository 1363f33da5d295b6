//! A closure value that cannot be copied.
//@ stage: map
//@ leak: {closure@, rustc prints the type of the value, and closures have no other name

use streamflow::*;

fn main() {
    let prefix = String::from("n");
    let label = move |n: u64| format!("{prefix}{n}");
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> map(label)
            -> sink::discard()
    };
}
