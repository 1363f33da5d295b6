//! The functions get a context and the record or the time.
//@ stage: process

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> key_by(|n| n % 2)
            -> process(0, |n| n, on_timer = |ctx, _| ctx.emit(1), timeout = 1h)
            -> sink::discard()
    };
}
