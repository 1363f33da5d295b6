//! Two types cannot become one stream.
//@ line: merge(a

use streamflow::*;

fn main() {
    let _job = stream! {
        let a = source::vec(vec![1u64, 2]);
        let b = source::vec(vec!["3"]);
        merge(a, b) -> map(|n| n + 1) -> key_by(|n| n % 2) -> count() -> sink::discard();
    };
}
