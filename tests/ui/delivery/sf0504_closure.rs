//! What a closure does is done twice.
//@ stage: sink
//@ leak: {closure@, rustc names a closure by its place

use streamflow::*;

fn main() {
    let _job = stream! {
        #![delivery(exactly_once)]
        source::vec(vec![1u64, 2])
            -> sink::for_each(|n: u64| println!("{n}"))
    };
}
