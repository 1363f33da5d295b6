//! A record for which no condition holds would go nowhere.
//@ stage: route

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> route {
                even if |n| n % 2 == 0 => sink::discard(),
                odd if |n| n % 2 == 1 => sink::discard(),
            }
    };
}
