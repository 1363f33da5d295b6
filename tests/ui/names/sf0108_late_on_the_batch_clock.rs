//! A window on the batch clock takes every record.
//@ line: late(orders)

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2]) -> window(tumbling(10s, clock = processing)) -> count() as orders -> sink::discard();
        late(orders) -> sink::discard();
    };
}
