//! What is put aside is one stream.
//@ line: map(|n| n + 1)

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1i64, 2])
            -> timestamp(|n| Timestamp::from_secs(*n))
            -> window(tumbling(10s))
            -> count() as orders
            -> sink::discard();
        late(orders) -> sink::discard();
        late(orders) -> map(|n| n + 1) -> sink::discard();
    };
}
