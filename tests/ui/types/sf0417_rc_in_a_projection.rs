//! A captured `Rc` in the projection of an aggregate.
//@ stage: sum
//@ leak: {closure@, rustc prints the type of the value, and closures have no other name

use streamflow::*;
use std::rc::Rc;

fn main() {
    let rate = Rc::new(2u64);
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> key_by(|n| n % 2)
            -> sum(|n| n * *rate)
            -> sink::discard()
    };
}
