//! A sink for other records.
//@ stage: sink

use streamflow::*;

fn main() {
    let mut names: Vec<String> = Vec::new();
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> map(|n| (n, n))
            -> &mut names
    };
}
