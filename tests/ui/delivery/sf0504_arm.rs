//! Of two arms one ends in a sink that does not fit.
//@ line: alarms =>

use streamflow::*;

fn main() {
    let alarms = sink::collect::<u64>();
    let _job = stream! {
        #![delivery(exactly_once)]
        source::vec(vec![1u64, 2]) -> split {
            all => file::parts("out"),
            alarms => filter(|n| *n > 1) -> alarms.clone(),
        }
    };
}
