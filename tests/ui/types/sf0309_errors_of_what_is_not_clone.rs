//! A record that is put aside is a copy.
//@ line: errors(less)

use streamflow::*;

fn main() {
    struct Ticket(u64);
    let _job = stream! {
        source::vec(vec![1u64, 2]) -> map(Ticket) -> try_map(|ticket| ticket.0.checked_sub(1).ok_or("zero")) as less -> sink::discard();
        errors(less) -> map(|failed| failed.number) -> sink::discard();
    };
}
