//! A late record is a copy.
//@ line: late(sold)

use streamflow::*;

fn main() {
    struct Ticket(i64);
    let _job = stream! {
        source::vec(vec![1i64, 2])
            -> map(Ticket)
            -> timestamp(|ticket| Timestamp::from_secs(ticket.0))
            -> key_by(|ticket| ticket.0)
            -> window(tumbling(10s))
            -> count() as sold
            -> sink::discard();
        late(sold) -> map(|ticket| ticket.0) -> window(tumbling(1d)) -> sum() -> sink::discard();
    };
}
