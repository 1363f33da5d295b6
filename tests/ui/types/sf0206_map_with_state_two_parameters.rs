//! The function gets the key, the record and the state.
//@ stage: map_with_state

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> key_by(|n| n % 2)
            -> map_with_state(|n, state| state.update(n), timeout = 1h)
            -> sink::discard()
    };
}
