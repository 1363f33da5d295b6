//! A record that may belong to several windows.
//@ stage: fold

use streamflow::*;

struct Event {
    size: u64,
}

fn main() {
    let _job = stream! {
        source::vec(vec![1u64])
            -> map(|size| Event { size })
            -> window(sliding(10s, every = 1s, clock = processing))
            -> fold(0, |total, event| *total += event.size)
            -> map(|row| row.value)
            -> sink::discard()
    };
}
