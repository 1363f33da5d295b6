//! A policy that does not exist.
//@ line: watermark

use streamflow::*;

fn main() {
    let _job = stream! {
        #![watermark = maximum]
        source::vec(vec![1u64, 2])
            -> sink::discard()
    };
}
