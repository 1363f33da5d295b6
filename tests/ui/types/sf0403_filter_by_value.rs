//! A closure that takes the record where it is lent.
//@ stage: filter
//@ errors: 2, the closure really takes the record, and the loop lends it

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> filter(|n: u64| n > 1)
            -> sink::discard()
    };
}
