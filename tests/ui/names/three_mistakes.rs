//! Three mistakes are three errors in one go.
//@ stage: fliter
//@ errors: 3, one for each of three mistakes

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> fliter(|n| *n > 1)
            -> map()
            -> count(1)
            -> sink::discard()
    };
}
