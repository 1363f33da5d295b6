//! The same with timers.
//@ stage: process

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> key_by(|n| n % 2)
            -> process(0, |ctx, n| ctx.emit(n), on_timer = |ctx, _| ctx.emit(*ctx.state))
            -> sink::discard()
    };
}
