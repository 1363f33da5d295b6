//! A window of a later version.
//@ stage: window

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> timestamp(|_| std::time::SystemTime::now())
            -> window(session(10s))
            -> count()
            -> sink::discard()
    };
}
