//! A label twice.
//@ line: // the second

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> key_by(|n| n % 2)
            -> count() as totals
            -> key_by(|row| row.value)
            -> count() as totals // the second
            -> sink::discard()
    };
}
