//! Timers of a key need a key.
//@ stage: process

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> process(0, |ctx, n| ctx.emit(n), on_timer = |_, _| {}, timeout = 1h)
            -> sink::discard()
    };
}
