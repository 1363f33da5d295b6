//! State of a key needs a key.
//@ stage: update_state

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> update_state(|_, values, state| *state = Some(values.len()))
            -> sink::discard()
    };
}
