//! States to begin with have the keys of the stream.
//@ stage: update_state

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> key_by(|n| n % 2)
            -> update_state(|_, values, state| *state = Some(values.len()), initial = vec![("a", 5)])
            -> sink::discard()
    };
}
