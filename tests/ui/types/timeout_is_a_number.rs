//! A number has no unit.
//@ stage: map_with_state

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> key_by(|n| n % 2)
            -> map_with_state(|_, n, state| if let Some(n) = n { state.update(n) }, timeout = 30)
            -> sink::discard()
    };
}
