//! An error that nobody can read.
//@ stage: try_map

use streamflow::*;

fn main() {
    struct Broken;
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> try_map(|n| if n > 1 { Ok(n) } else { Err(Broken) })
            -> sink::discard()
    };
}
