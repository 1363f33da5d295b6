//! A captured `Rc`.
//@ stage: filter
//@ leak: {closure@, rustc prints the type of the value, and closures have no other name

use streamflow::*;
use std::collections::HashSet;
use std::rc::Rc;

fn main() {
    let wanted = Rc::new(HashSet::from([1u64]));
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> filter(|n| wanted.contains(n))
            -> sink::discard()
    };
}
