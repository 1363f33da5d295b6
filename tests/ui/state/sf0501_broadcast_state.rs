//! The value of `broadcast` is kept.
//@ stage: broadcast

use streamflow::*;

#[derive(Clone)]
struct Limits(i64);

fn main() {
    let _job = stream! {
        let limits = source::vec(vec![1i64]);
        source::vec(vec![1i64])
            -> broadcast(limits, Limits(0), |state, n| state.0 = n, |n, state| n > state.0)
            -> sink::discard();
    };
}
