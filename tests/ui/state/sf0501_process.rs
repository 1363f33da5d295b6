//! The same in `process`: on the first state.
//@ stage: process

use streamflow::*;

#[derive(Clone, Copy)]
struct Visits {
    count: u64,
}

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> key_by(|n| n % 2)
            -> process(Visits { count: 0 }, |ctx, n| ctx.emit(n + ctx.state.count), on_timer = |_, _| {}, timeout = 1h)
            -> sink::discard()
    };
}
