//! A captured value that is given away.
//@ stage: map
//@ errors: 2, the closure and the body of the job around it each lose the value

use streamflow::*;

fn main() {
    let needle = String::from("needle");
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> map(|n| (n, needle))
            -> sink::discard()
    };
}
