//! A sink that takes everything and keeps nothing.

use super::{BatchInfo, Idempotent, Sink};
use crate::Error;

/// Drops every result: for load tests, and for jobs of which only the state or the metrics are of interest.
///
/// ```
/// use streamflow::{Sink, sink};
///
/// assert_eq!(Sink::<String>::name(&sink::discard()), "nowhere");
/// ```
///
/// # After a crash
/// Nothing is kept, so nothing is there twice.
#[must_use]
pub fn discard() -> Discard {
    Discard
}

/// The sink of [`discard`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Discard;

impl Idempotent for Discard {}

impl<T> Sink<T> for Discard {
    type Part = ();

    fn name(&self) -> String {
        "nowhere".to_owned()
    }

    fn part(&self) {}

    fn push(_part: &mut (), item: T) {
        drop(item);
    }

    fn deliver(&mut self, _batch: BatchInfo, _parts: Vec<()>) -> Result<(), Error> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sink::testing::deliver;

    #[test]
    fn everything_is_taken_whatever_it_borrows() {
        let text = String::from("a");
        deliver(&mut discard(), 1, [vec![text.as_str()], vec![]]).expect("taken");
        deliver(&mut discard(), 2, [vec![1]]).expect("taken");
    }
}
