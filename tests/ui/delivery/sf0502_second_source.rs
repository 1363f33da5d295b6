//! Of two sources one cannot be read again.
//@ line: source::stdin

use streamflow::*;

fn main() {
    let _job = stream! {
        #![delivery(exactly_once)]
        let old = file::lines("old.txt") -> map(|line| line.len());
        let new = source::stdin() -> map(|line| line.len());
        merge(old, new) -> file::parts("out")
    };
}
