//! From an arrangement that shows a difference to a small one that still does.

use super::arrangement::{Arrangement, Begins};

/// Runs that are spent on it at most; each tries one smaller arrangement.
const TRIES: usize = 600;

/// The smallest arrangement found for which `differs` still holds: no deaths, one thread, fewer records, fewer cuts. Halves are tried
/// first, then quarters, down to single records and cuts.
pub(crate) fn smallest(mut best: Arrangement, mut differs: impl FnMut(&Arrangement) -> bool) -> Arrangement {
    let mut tries = TRIES;
    let mut keep = |best: &mut Arrangement, smaller: Arrangement| {
        let better = tries > 0 && {
            tries -= 1;
            differs(&smaller)
        };
        if better {
            *best = smaller;
        }
        better
    };
    if best.dies > 0 {
        // without deaths there is less to think about
        let smaller = Arrangement { dies: 0, ..best.clone() };
        keep(&mut best, smaller);
    }
    loop {
        let before = weight(&best);
        if best.threads > 1 {
            // before anything gets smaller: what differs between threads may be seen in one run and not in the next, and each
            // such miss would keep a record that nobody needs
            let smaller = Arrangement { threads: 1, ..best.clone() };
            keep(&mut best, smaller);
        }
        let mut size = best.steps.len();
        while size > 0 {
            let mut at = 0;
            while at < best.steps.len() {
                let end = (at + size).min(best.steps.len());
                let smaller = best.without(at..end);
                if smaller.steps.is_empty() || !keep(&mut best, smaller) {
                    at = end;
                }
            }
            size /= 2;
        }
        if best.ends_early {
            let smaller = Arrangement { ends_early: false, ..best.clone() };
            keep(&mut best, smaller);
        }
        let mut size = best.steps.len();
        while size > 0 {
            for at in (0..best.steps.len()).step_by(size) {
                for begins in [Begins::Nothing, Begins::Block, Begins::Batch] {
                    let mut smaller = best.clone();
                    let range = at..(at + size).min(best.steps.len());
                    smaller.steps[range].iter_mut().for_each(|step| step.begins = step.begins.min(begins));
                    if weight(&smaller) < weight(&best) && keep(&mut best, smaller) {
                        break;
                    }
                }
            }
            size /= 2;
        }
        if weight(&best) == before {
            return best;
        }
    }
}

/// What gets smaller: records, threads, cuts.
fn weight(arrangement: &Arrangement) -> (usize, usize, bool, usize) {
    let cuts = arrangement.steps.iter().map(|step| step.begins as usize).sum();
    (arrangement.steps.len(), arrangement.threads, arrangement.ends_early, cuts)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two records of different partitions in one batch, whatever else is there.
    #[test]
    fn only_what_shows_the_difference_is_left() {
        let differs = |arrangement: &Arrangement| {
            arrangement.batches().iter().any(|batch| {
                let has = |partition, record| {
                    batch.iter().any(|block| block.partition == partition && block.records.contains(&record))
                };
                has(0, 3) && has(2, 8)
            })
        };
        let lengths = [vec![20, 20, 20]];
        let seed = (4..).find(|seed| differs(&Arrangement::of(*seed, &lengths))).expect("one of many");
        let smallest = smallest(Arrangement::of(seed, &lengths), differs);
        let mut records: Vec<_> = smallest.steps.iter().map(|step| (step.partition, step.record)).collect();
        records.sort_unstable();
        assert_eq!(records, [(0, 3), (2, 8)]);
        assert_eq!((smallest.threads, smallest.ends_early, smallest.batches().len()), (1, false, 1));
    }

    /// Threads show it for any records while there are enough of them; one thread for any two of different partitions.
    #[test]
    fn what_one_thread_shows_too_is_looked_for_on_one() {
        let differs = |arrangement: &Arrangement| {
            let has = |partition| arrangement.steps.iter().any(|step| step.partition == partition);
            match arrangement.threads {
                1 => has(0) && has(2),
                _ => arrangement.steps.len() >= 19,
            }
        };
        let smallest = smallest(Arrangement::of(2, &[vec![20, 20, 20]]), differs);
        assert_eq!((smallest.steps.len(), smallest.threads), (2, 1));
    }
}
