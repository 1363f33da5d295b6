//! An aggregator of other records than these.
//@ stage: aggregate

use streamflow::*;

struct Longest;

impl Aggregator<String> for Longest {
    type State = u64;
    type Output = u64;

    fn create(&self) -> u64 {
        0
    }
    fn add(&self, state: &mut u64, record: String) {
        *state = (record.len() as u64).max(*state);
    }
    fn output(&self, state: &u64) -> u64 {
        *state
    }
}

fn main() {
    let _job = stream! {
        source::vec(vec![1u64])
            -> key_by(|number| *number)
            -> aggregate(Longest)
            -> map(|row| row.value + 1)
            -> sink::discard()
    };
}
