//! Two promises of one job.
//@ line: "exactly_once"

use streamflow::*;

fn main() {
    let _job = stream! {
        #![checkpoint("state")]
        #![delivery(at_most_once)]
        #![delivery(exactly_once)]
        source::vec(vec![1u64, 2])
            -> file::write("out")
    };
}
