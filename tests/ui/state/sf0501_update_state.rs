//! The same in `update_state`.
//@ stage: update_state

use streamflow::*;

#[derive(Clone, Copy)]
struct Visits {
    count: u64,
}

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> key_by(|n| n % 2)
            -> update_state(|_, values, state| *state = Some(Visits { count: values.len() as u64 }))
            -> map(|row| row.value.count)
            -> sink::discard()
    };
}
