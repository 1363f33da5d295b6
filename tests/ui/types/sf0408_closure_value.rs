//! A closure value that cannot be copied.
//@ stage: map

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
