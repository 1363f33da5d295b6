//! Without a window nothing is late.
//@ line: late(orders)

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2]) -> key_by(|n| n % 2) -> count() as orders -> sink::discard();
        late(orders) -> sink::discard();
    };
}
