//! The workloads on Renoir.

mod fused_chain;
pub mod nexmark;
mod time;
mod windows;
mod word_count;

pub use fused_chain::fused_chain;
pub use windows::{sliding, sliding_rows, tumbling, tumbling_rows};
pub use word_count::word_count;

use renoir::prelude::*;

/// Its documentation says that batches of a fixed size are faster where latency does not matter.
fn batches() -> BatchMode {
    BatchMode::fixed(1_024)
}

/// Runs a job on `threads` replicas of each of its blocks.
fn run<T: Send + 'static>(
    threads: usize,
    job: impl FnOnce(&StreamContext) -> StreamOutput<Vec<T>>,
) -> Result<Vec<T>, String> {
    let config = RuntimeConfig::local(threads as u64).map_err(|error| error.to_string())?;
    let context = StreamContext::new(config);
    let output = job(&context);
    context.execute_blocking();
    output.get().ok_or_else(|| "Renoir has no result".to_owned())
}

/// The same for a job whose result is one number.
fn run_to_number(threads: usize, job: impl FnOnce(&StreamContext) -> StreamOutput<Vec<u64>>) -> Result<u64, String> {
    Ok(run(threads, job)?.into_iter().fold(0, u64::wrapping_add))
}

fn add(total: &mut u64, number: u64) {
    *total = total.wrapping_add(number);
}
