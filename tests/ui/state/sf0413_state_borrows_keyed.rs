//! The same behind a key.
//@ stage: fold

use streamflow::*;

fn main() {
    let _job = stream! {
        source::stdin()
            -> key_by(|line| line.len())
            -> fold(None, |last, line| *last = Some(line))
            -> map(|row| row.value.is_some())
            -> sink::discard()
    };
}
