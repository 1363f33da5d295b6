//! A stream that nothing reads.
//@ line: let even

use streamflow::*;

fn main() {
    let _job = stream! {
        let numbers = source::vec(vec![1u64, 2]);
        let even = numbers -> filter(|n| n % 2 == 0);
        numbers -> sink::discard();
    };
}
