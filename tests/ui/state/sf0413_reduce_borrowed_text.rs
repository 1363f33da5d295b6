//! A reduction of borrowed text.
//@ stage: reduce

use streamflow::*;

fn main() {
    let _job = stream! {
        source::stdin()
            -> reduce(|a, b| if a.len() > b.len() { a } else { b })
            -> map(|line| line.len())
            -> sink::discard()
    };
}
