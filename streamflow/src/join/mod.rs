//! What joins share: bounds of intervals, and the runs behind the operators.

#[allow(missing_docs)]
pub(crate) mod as_of;
#[allow(missing_docs)]
pub(crate) mod batch;
mod bound;
#[allow(missing_docs)]
pub(crate) mod broadcast;
mod bucket;
#[allow(missing_docs)]
pub(crate) mod cogroup;
#[allow(missing_docs)]
pub(crate) mod kind;
mod latest;
#[allow(missing_docs)]
pub(crate) mod latest_run;
#[allow(missing_docs)]
pub(crate) mod rows;
mod rule;
#[allow(missing_docs)]
pub(crate) mod run;
mod save;
mod side;
#[allow(missing_docs)]
pub(crate) mod slot;
#[allow(missing_docs)]
pub(crate) mod table_run;
#[allow(missing_docs)]
pub(crate) mod tables;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod version_tests;

pub(crate) use bound::Reach;
pub use bound::{Bound, exclusive, negative};
pub use cogroup::Cogrouped;
pub(crate) use rule::{Judged, Rule};
