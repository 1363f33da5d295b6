//! An option twice.
//@ stage: timestamp

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> timestamp(|_| std::time::SystemTime::now(), disorder = 2s, disorder = 5s)
            -> sink::discard()
    };
}
