//! The function gets the key, the values and the state.
//@ stage: update_state

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> key_by(|n| n % 2)
            -> update_state(|values, state| *state = Some(values.len()))
            -> sink::discard()
    };
}
