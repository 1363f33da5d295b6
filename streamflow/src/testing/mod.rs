//! What tests of pipelines need: input that is given by hand, a driver that runs one batch at a time, a clock that is set by
//! hand, and a check that a result does not depend on how the input is cut.
//!
//! | for | take |
//! |---|---|
//! | a test step by step: records, a batch, what came out | [`Driver`] and [`input()`] |
//! | "any cut into batches and any number of threads gives the same" | [`check()`] |
//! | results in memory | [`sink::collect`](crate::sink::collect), `&mut rows` |
//! | a source that is cut as the test says | [`source::batches`](crate::source::batches) |
//! | a disk that fails by a seed | [`SimStorage`] |
//! | time that stands still until it is moved | [`ManualClock`] |

mod check;
mod clock;
mod driver;
mod input;
mod random;
mod storage;

pub use check::{Check, Found, Model, One, Oracle, Reference, Sources, Two, check, check_partitions};
pub use clock::ManualClock;
pub use driver::Driver;
pub use input::{Input, input, input_partitions};
#[cfg(test)]
pub(crate) use random::Random;
pub use storage::{Faults, SimStorage};
