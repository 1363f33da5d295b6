//! An unknown option.
//@ stage: timestamp

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> timestamp(|_| std::time::SystemTime::now(), disorde = 2s)
            -> sink::discard()
    };
}
