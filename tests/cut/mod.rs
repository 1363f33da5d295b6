//! How a run is cut: what must not change a result.

use proptest::prelude::*;

/// Settings of a run that results may not depend on.
#[derive(Clone, Copy, Debug)]
pub struct Cut {
    pub threads: usize,
    pub batch_bytes: usize,
    pub chunk_bytes: usize,
    pub seed: u64,
}

/// Batches of one record and of all, chunks of one record and of a whole batch.
pub fn cuts() -> impl Strategy<Value = Cut> {
    let threads = prop_oneof![Just(1usize), Just(2), Just(4)];
    let bytes = || prop_oneof![1usize..64, 64usize..2_000, Just(1 << 20)];
    (threads, bytes(), bytes(), any::<u64>()).prop_map(|(threads, batch_bytes, chunk_bytes, seed)| Cut {
        threads,
        batch_bytes,
        chunk_bytes,
        seed,
    })
}

/// Runs a job cut so and gives its report.
#[macro_export]
macro_rules! run_cut {
    ($cut:expr, $job:expr) => {{
        let cut = $cut;
        let job = $job.threads(cut.threads).batch_bytes(cut.batch_bytes).chunk_bytes(cut.chunk_bytes);
        job.seed(cut.seed).signals(false).run().expect("the job runs")
    }};
}
