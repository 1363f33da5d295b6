//! A condition is true or false.
//@ line: even if

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2]) -> route {
            even if |n| n % 2 => sink::discard(),
            rest => sink::discard(),
        }
    };
}
