//! Pipelines borrow from the function around them, and take functions of all kinds.
#![deny(warnings)]

use std::collections::HashSet;
use streamflow::{Error, source, stream};

fn length(text: &str) -> usize {
    text.len()
}

fn long(text: &&str) -> bool {
    text.len() > 1
}

fn lengths(text: &str, wanted: &HashSet<&str>) -> Result<Vec<usize>, Error> {
    let mut lengths = Vec::new();
    let add = |n: usize| n + wanted.len();
    let words: Vec<&str> = text.split(' ').collect();
    stream! {
        source::slice(&words)
            -> map(|word| *word)
            -> filter(long)
            -> filter(|word| wanted.contains(word))
            -> map(length)
            -> map(&add)
            -> map(add)
            -> map(Some)
            -> filter_map(std::convert::identity)
            -> &mut lengths
    }
    .run()?;
    Ok(lengths)
}

fn main() -> Result<(), Error> {
    assert_eq!(lengths("to be or not", &HashSet::from(["not", "be"]))?, [6, 7]);
    Ok(())
}
