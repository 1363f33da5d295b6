//! A handle for other records.
//@ stage: sink

use streamflow::*;

fn main() {
    let names = sink::collect::<String>();
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> key_by(|n| n % 2)
            -> count()
            -> names.clone()
    };
}
