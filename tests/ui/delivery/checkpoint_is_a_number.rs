//! A checkpoint directory is a path.
//@ line: checkpoint

use streamflow::*;

fn main() {
    let _job = stream! {
        #![checkpoint(42)]
        source::vec(vec![1u64, 2]) -> sink::stdout()
    };
}
