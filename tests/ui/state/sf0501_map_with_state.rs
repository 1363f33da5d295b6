//! A state that does not derive `State`.
//@ stage: map_with_state

use streamflow::*;

#[derive(Clone, Copy)]
struct Visits {
    count: u64,
}

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> key_by(|n| n % 2)
            -> map_with_state(|_, _, state| state.update(Visits { count: 1 }), timeout = 1h)
            -> sink::discard()
    };
}
