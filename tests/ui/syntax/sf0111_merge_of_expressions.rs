//! `merge` takes names.
//@ line: merge(source

use streamflow::*;

fn main() {
    let _job = stream! {
        merge(source::vec(vec![1u64]), source::vec(vec![2u64]))
            -> sink::discard()
    };
}
