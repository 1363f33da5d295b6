//! An attribute in another form.
//@ line: threads

use streamflow::*;

fn main() {
    let _job = stream! {
        #![threads(4)]
        source::vec(vec![1u64, 2])
            -> sink::discard()
    };
}
