use super::{add, batches, run_to_number};
use crate::shares::share;

pub fn fused_chain(numbers: &'static [u64], threads: usize) -> Result<u64, String> {
    run_to_number(threads, |context| {
        context
            .stream_par_iter(move |index, peers| share(numbers, index as usize, peers as usize).iter().copied())
            .batch_mode(batches())
            .map(|x| x ^ (x >> 3))
            .filter(|x| x % 2 == 0)
            .map(|x| x.wrapping_add(7))
            .fold_assoc(0, add, add)
            .collect_vec()
    })
}
