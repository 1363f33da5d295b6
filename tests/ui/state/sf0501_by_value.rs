//! A key in `ByValue` is stored, so its type must be state.
//@ stage: key_by

use streamflow::*;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Level {
    Low,
    High,
}

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> key_by(|n| ByValue(if *n < 2 { Level::Low } else { Level::High }))
            -> count()
            -> sink::discard()
    };
}
