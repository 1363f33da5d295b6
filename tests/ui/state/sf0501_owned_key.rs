//! A key that is stored as it is, without `State`.
//@ line: enum Level
//@ errors: 2, rustc looks at a supertrait where a trait is implemented and where it is a condition, and words both differently

use streamflow::*;
use streamflow::Key;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Key)]
enum Level {
    Low,
    High,
}

fn main() {
    let _job = stream! {
        source::vec(vec![1, 2])
            -> key_by(|n| if *n > 1 { Level::High } else { Level::Low })
            -> count()
            -> map(|row| row.value)
            -> sink::discard()
    };
}
