//! What is held back outlives the batch.
//@ stage: suppress

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec!["a", "b"])
            -> key_by(|text| text.len())
            -> suppress(10s)
            -> sink::discard()
    };
}
