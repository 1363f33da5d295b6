//! State that borrows from the batch.
//@ stage: map_with_state

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec!["a", "b"])
            -> map(|text| text.trim())
            -> key_by(|text| text.len())
            -> map_with_state(|_, text, state| if let Some(text) = text { state.update(text) }, timeout = 1h)
            -> sink::discard()
    };
}
