//! Pipelines over all operators against a plain interpreter, on random records, in random arrangements: cuts into batches and
//! blocks, orders of the partitions, threads. Each test is one shape of a pipeline; the interpreter is [`model`].

mod aggregates;
mod aligned;
mod counted;
mod data;
mod emission;
mod graphs;
mod joins;
mod model;
mod nested;
mod order;
mod own;
mod sessions;
mod state;
mod stateless;
mod timers;
mod windows;

use proptest::prelude::ProptestConfig;

/// Records of each shape; each is looked at in three arrangements.
pub fn cases() -> ProptestConfig {
    ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() }
}

/// All rows, in any order: what windows and pipelines without state promise.
#[macro_export]
macro_rules! rows {
    ($records:expr, $seed:expr, $model:expr, |$input:ident, $out:ident| $($pipeline:tt)*) => {
        streamflow::testing::check_partitions($records).seed($seed).cases(3).may_be_empty().model($model).run(|$input, $out| {
            streamflow::stream! { $($pipeline)* }
        })
    };
}

/// The last row of each key: what running aggregates promise.
#[macro_export]
macro_rules! updates {
    ($records:expr, $seed:expr, $model:expr, $key:expr, |$input:ident, $out:ident| $($pipeline:tt)*) => {
        streamflow::testing::check_partitions($records).seed($seed).cases(3).may_be_empty().model($model).run_updates(|$input, $out| {
            streamflow::stream! { $($pipeline)* }
        }, $key)
    };
}

/// All rows of each key in order: what a partition promises.
#[macro_export]
macro_rules! in_order {
    ($records:expr, $seed:expr, $model:expr, $key:expr, |$input:ident, $out:ident| $($pipeline:tt)*) => {
        streamflow::testing::check_partitions($records).seed($seed).cases(3).may_be_empty().model($model).run_in_order(|$input, $out| {
            streamflow::stream! { $($pipeline)* }
        }, $key)
    };
}
