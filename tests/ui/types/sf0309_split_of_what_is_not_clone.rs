//! A record that goes to two places is copied.
//@ line: other => map

use streamflow::*;

fn main() {
    struct Ticket(u64);
    let _job = stream! {
        source::vec(vec![1u64, 2]) -> map(Ticket) -> split {
            one => map(|ticket| ticket.0) -> sink::discard(),
            other => map(|ticket| ticket.0 + 1) -> sink::discard(),
        }
    };
}
