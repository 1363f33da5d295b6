//! An option that has another word.
//@ stage: try_map

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec!["1"])
            -> try_map(|text| text.parse::<u64>(), on_error = skipp)
            -> sink::discard()
    };
}
