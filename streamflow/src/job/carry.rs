//! What crosses threads without asking again whether it may.
//!
//! Each type that crosses has been asked once, where the user wrote it: closures for `Sync` by the operator, records for `Send` by
//! the aggregate or the sink, keys by the `Key` trait. Asking again in generated code would repeat one mistake as
//! several errors (`docs/architecture.md`, "one obligation per stage").

#![allow(unsafe_code)]

use std::sync::{Mutex, MutexGuard};

/// A task that all threads of a job call at the same time.
pub(crate) struct Shared<F>(pub F);

// SAFETY: tasks are closures of `stream!` expansions and of this crate. What they use from several threads are stages, built by
// operators that require `Sync` of the user's closure; encoders, which are zero-sized; and columns of keys and accumulators,
// whose traits `StoredKey` and `State` require `Sync`. A run that they reach through a reference also holds the `Rc` of its
// buckets, which no task touches. A `Cell` that rows are moved out of belongs to one chunk, which one thread runs. Joins keep
// records that are `State`; where they keep none, their operators ask for `Send`, and a lane or part is touched by one task
// alone. Rows of tables are asked for `Send` and `Sync` where the table is made. The leaves of a loop are reached through a reference, each behind a
// lock; what they are is said at `Cells`, and the closures that make and absorb them stay on the thread of the job.
unsafe impl<F> Sync for Shared<F> {}

impl<F> Shared<F> {
    pub fn get(&self) -> &F {
        &self.0
    }
}

/// The leaf of one task on its way to a thread, and its result on the way back.
pub(crate) struct Cells<L, R>(pub Mutex<(Option<L>, Option<R>)>);

// SAFETY: leaves are buckets of probes and carries, and parts of sinks. Probes are `Send` by the trait `Probe`, parts by the
// trait `Sink`; carries by the methods of `Flow` that make aggregates and joins; what is put aside for `late` and `errors` by those
// heads. Results hold leaves, plain values, the records
// of a lane in groups, or rows of user functions, which the operators require to be `Send`.
unsafe impl<L, R> Sync for Cells<L, R> {}

impl<L, R> Cells<L, R> {
    pub fn lock(&self) -> MutexGuard<'_, (Option<L>, Option<R>)> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub fn into_result(self) -> Option<R> {
        self.0.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()).1
    }
}
