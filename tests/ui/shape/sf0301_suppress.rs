//! Without a key nobody knows what takes the place of what.
//@ stage: suppress

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1i64, 2])
            -> suppress(10s)
            -> sink::discard()
    };
}
