//! What the closure of a sink returns.
//@ stage: sink
//@ leak: {closure@, rustc prints the type of the value, and closures have no other name

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> sink::for_each(|n: u64| n + 1)
    };
}
