//! Records that may not be sent between threads.
//@ stage: chunks

use std::rc::Rc;
use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64])
            -> map(|number| Rc::new(number))
            -> chunks()
            -> map(|numbers| numbers.len())
            -> sink::discard()
    };
}
