//! What tests of pipelines need: a clock that is set by hand.
//!
//! Sources in given batches are [`source::batches`](crate::source::batches), collected results [`sink::collect`](crate::sink::collect).

mod clock;

pub use clock::ManualClock;
