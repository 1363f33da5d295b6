//! Text cannot be added up.
//@ stage: sum

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec!["1", "2"])
            -> sum()
            -> sink::discard()
    };
}
