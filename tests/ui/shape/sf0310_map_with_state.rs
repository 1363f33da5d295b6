//! State for each key, and nothing says for how long.
//@ stage: map_with_state

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> key_by(|n| n % 2)
            -> map_with_state(|_, n, state| state.update(n))
            -> sink::discard()
    };
}
