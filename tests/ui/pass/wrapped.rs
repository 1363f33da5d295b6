//! A macro of the user's that makes pipelines, with stages and sinks from both sides.
#![deny(warnings)]

use streamflow::{Error, sink, source, stream};

macro_rules! evens {
    ($records:expr, $add:expr, $sink:expr) => {
        stream! {
            source::vec($records)
                -> filter(|n| n % 2 == 0)
                -> map($add)
                -> key_by(|n| n % 3)
                -> fold(0u64, |total, n| *total += n)
                -> map(|row| row.value)
                -> $sink
        }
    };
}

macro_rules! apply {
    ($records:expr, $operator:ident, $function:expr) => {
        stream! { source::vec($records) -> $operator($function) -> sink::discard() }
    };
}

fn main() -> Result<(), Error> {
    let mut rows = Vec::new();
    evens!(vec![1u64, 2, 4], |n| n + 1, &mut rows).run()?;
    rows.sort_unstable();
    assert_eq!(rows, [3, 5]);
    apply!(vec![1u64], map, |n| n + 1).run()?;
    apply!(vec![1u64], flat_map, |n| 0..n).run()?;
    apply!(vec![1u64], min, |n| *n).run()?;
    apply!(vec![1u64], reduce, |a, _| a).run()?;
    Ok(())
}
