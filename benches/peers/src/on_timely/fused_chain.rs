use super::feed::{CONTAINER, feed};
use super::{add_up, run};
use crate::shares::share;
use timely::dataflow::operators::vec::{Filter, Map};

pub fn fused_chain(numbers: &'static [u64], threads: usize) -> Result<u64, String> {
    run(threads, move |scope, index, total| {
        let containers = share(numbers, index, threads).chunks(CONTAINER).map(|some| some.iter().copied());
        let results = feed(scope, containers, |_| 0)
            .map_in_place(|x| *x ^= *x >> 3)
            .filter(|x| x % 2 == 0)
            .map_in_place(|x| *x = x.wrapping_add(7));
        add_up(results, total);
    })
}
