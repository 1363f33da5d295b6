//! Text has no mean.
//@ stage: mean

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec!["1", "2"])
            -> mean()
            -> sink::discard()
    };
}
