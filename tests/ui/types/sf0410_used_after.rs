//! A value that the pipeline has taken.
//@ line: println!

use streamflow::*;

fn main() {
    let needle = String::from("needle");
    let _job = stream! {
        source::stdin()
            -> filter(|line| line.contains(&needle))
            -> sink::discard()
    };
    println!("{needle}");
}
