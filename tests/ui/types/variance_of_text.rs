//! Text has no variance.
//@ stage: variance

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec!["1", "2"])
            -> variance()
            -> sink::discard()
    };
}
