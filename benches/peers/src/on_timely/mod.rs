//! The workloads on Timely Dataflow. It has no windows and no aggregates by key: each is an operator that is written here.

mod feed;
mod fused_chain;
pub mod nexmark;
mod panes;
mod windows;
mod word_count;

pub use fused_chain::fused_chain;
pub use windows::{sliding, tumbling};
pub use word_count::word_count;

use crate::workloads::Hashed;
use std::cell::Cell;
use std::rc::Rc;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::generic::Operator;
use timely::dataflow::{Scope, StreamVec};
use timely::worker::Worker;
use timely::{Config, execute};

/// What a worker's part of the results comes to.
type Total = Rc<Cell<u64>>;

/// Runs a dataflow on `threads` workers and adds up what they give. It is told which of the workers it is on.
fn run(threads: usize, dataflow: impl Fn(Scope<'_, u64>, usize, Total) + Send + Sync + 'static) -> Result<u64, String> {
    let config = if threads == 1 { Config::thread() } else { Config::process(threads) };
    let workers = execute(config, move |worker: &mut Worker| {
        let total = Total::default();
        let index = worker.index();
        worker.dataflow(|scope| dataflow(scope, index, total.clone()));
        while worker.has_dataflows() {
            worker.step_or_park(None);
        }
        total.get()
    })?;
    workers.join().into_iter().try_fold(0u64, |sum, part| Ok(sum.wrapping_add(part?)))
}

/// Where results end.
fn add_up<R: Hashed + 'static>(results: StreamVec<'_, u64, R>, total: Total) {
    results.sink(Pipeline, "AddUp", move |(input, _)| {
        input.for_each(|_, rows| total.set(rows.drain(..).fold(total.get(), |sum, row| sum.wrapping_add(row.hash()))));
    });
}
