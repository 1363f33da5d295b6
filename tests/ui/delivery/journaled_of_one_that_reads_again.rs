//! A receiver log is for what cannot be read again.
//@ line: source::journaled

use streamflow::{sink, source, stream};

fn main() {
    let words = vec!["a".to_owned()];
    let _job = stream! {
        source::journaled(source::vec(words)) -> map(|word| word.len()) -> sink::discard()
    };
}
