//! Every arm of `split` sees every record.
//@ line: even if

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2]) -> split {
            even if |n| n % 2 == 0 => sink::discard(),
            all => sink::discard(),
        }
    };
}
