//! A late record may go to another thread.
//@ line: late(sold)

use std::rc::Rc;
use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1i64, 2])
            -> map(Rc::new)
            -> timestamp(|n| Timestamp::from_secs(**n))
            -> window(session(10s))
            -> count() as sold
            -> sink::discard();
        late(sold) -> map(|n| *n) -> sink::discard();
    };
}
