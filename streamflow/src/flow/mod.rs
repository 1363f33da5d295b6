//! The witness: types flow through it, no value does. Its methods are the operators.

#[allow(missing_docs, clippy::type_complexity)]
// what is not an operator is reachable through the hidden `__private` alone
pub(crate) mod aggregate;
#[allow(missing_docs)]
pub(crate) mod aside;
#[allow(missing_docs)]
pub(crate) mod chunks;
#[allow(missing_docs)]
pub(crate) mod dedup;
#[allow(missing_docs)]
pub(crate) mod delivery;
#[allow(missing_docs)]
pub(crate) mod distinct;
mod filter;
mod filter_map;
mod flat_map;
mod flat_map_values;
#[allow(missing_docs)]
pub(crate) mod gather;
mod inspect;
#[allow(missing_docs)]
pub(crate) mod join;
mod key_by;
#[allow(missing_docs)]
pub(crate) mod lookup;
mod map;
#[allow(missing_docs)]
pub(crate) mod map_async;
#[allow(missing_docs)]
pub(crate) mod map_chunks;
mod map_values;
#[allow(missing_docs)]
pub(crate) mod map_with_state;
#[allow(missing_docs)]
pub(crate) mod merge;
#[allow(missing_docs)]
pub(crate) mod process;
#[allow(missing_docs)]
pub(crate) mod proof;
#[allow(missing_docs)]
pub(crate) mod ranking;
#[allow(missing_docs)]
pub(crate) mod repartition;
mod row;
mod shape;
#[allow(missing_docs)]
pub(crate) mod share;
pub(crate) mod stage;
mod state_snapshots;
pub(crate) mod suppress;
mod timestamp;
pub(crate) mod top;
#[allow(missing_docs)]
pub(crate) mod transform;
#[allow(missing_docs)]
pub(crate) mod transform_with;
#[allow(missing_docs)]
pub(crate) mod try_map;
pub(crate) mod update_state;
mod window;

pub use row::{Update, Windowed};
pub use shape::{Changes, Group, Holds, KeyOf, Keyed, Open, Plain, Timed, Timing, Untimed, Windows};
pub use stage::Stage;
pub(crate) use timestamp::TimeRules;
pub use try_map::{Failed, Fallible, Fault, Shown};

use std::marker::PhantomData;

/// What stands between two arrows of a pipeline: a stream of `T`, with a shape (plain, keyed, in a window) and with or without
/// timestamps.
///
/// Its methods are the operators of `stream!`, documented here one by one. A flow carries types, no records: `stream!` calls
/// the methods once a batch to type the closures, and generates the loop that runs them.
pub struct Flow<T, Shape = Plain, Time = Untimed>(PhantomData<fn() -> (T, Shape, Time)>);

impl<T, Shape, Time> Clone for Flow<T, Shape, Time> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T, Shape, Time> Copy for Flow<T, Shape, Time> {}

impl<T, Shape, Time> Flow<T, Shape, Time> {
    pub(crate) const NEW: Self = Flow(PhantomData);
}
