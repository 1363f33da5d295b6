//! A pipeline inside a closure of a pipeline.
#![deny(warnings)]

use streamflow::{Error, source, stream};

fn main() -> Result<(), Error> {
    let mut sums = Vec::new();
    stream! {
        source::vec(vec![2u64, 3])
            -> map(|n| {
                let mut inner = Vec::new();
                let job = stream! { source::vec((0..n).collect::<Vec<_>>()) -> map(|x| x * n) -> sum() -> &mut inner };
                job.run().map(|_| inner)
            })
            -> filter_map(|sum| sum.ok())
            -> flat_map(|sum| sum)
            -> &mut sums
    }
    .run()?;
    assert_eq!(sums, [2, 9]);
    Ok(())
}
