//! State that borrows from the batch.
//@ stage: fold

use streamflow::*;

fn main() {
    let _job = stream! {
        source::stdin()
            -> fold(None, |last, line| *last = Some(line))
            -> map(|last| last.is_some())
            -> sink::discard()
    };
}
