//! An unknown attribute.
//@ line: nmae

use streamflow::*;

fn main() {
    let _job = stream! {
        #![nmae = "numbers"]
        source::vec(vec![1u64, 2])
            -> sink::discard()
    };
}
