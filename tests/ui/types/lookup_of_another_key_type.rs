//! A table is asked for a key of another type.
//@ stage: lookup

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> lookup(table::from_iter([(1u64, "one")]), |n| n.to_string(), |n, name| (n, name.copied()))
            -> sink::discard()
    };
}
