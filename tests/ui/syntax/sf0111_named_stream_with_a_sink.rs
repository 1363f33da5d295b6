//! A stream with a name does not end.
//@ line: let even

use streamflow::*;

fn main() {
    let _job = stream! {
        let even = source::vec(vec![1u64, 2]) -> filter(|n| n % 2 == 0) -> sink::discard();
        even -> sink::discard();
    };
}
