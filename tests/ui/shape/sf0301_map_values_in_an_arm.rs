//! A key is needed, also in an arm.
//@ line: a => map_values

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2]) -> split {
            a => map_values(|n| n + 1) -> sink::discard(),
            b => key_by(|n| n % 2) -> count() -> sink::discard(),
        }
    };
}
