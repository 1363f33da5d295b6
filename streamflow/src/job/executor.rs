//! The threads of a job. Not generic: compiled once, one indirect call a task.

use super::patience::{Awake, until};
use super::waves::Waves;
use super::work::Board;
use crate::{Error, ErrorKind};
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Work that is done before another thread has woken up and taken a part of it.
const NOT_WORTH_WAKING: Duration = Duration::from_micros(50);

/// Runs tasks on the thread that runs the job and on the threads of a rayon pool.
pub(crate) struct Executor {
    pool: Option<Arc<ThreadPool>>,
    threads: usize,
    /// Work that is done here before another thread is woken, in a phase that was shorter in the last batch.
    alone: Duration,
    /// The batch is so small that threads may be left asleep.
    small: Cell<bool>,
    /// What the work of each phase came to in the last batch: threads are woken for what took long.
    phases: RefCell<Vec<Duration>>,
    phase: Cell<usize>,
    board: Arc<Board>,
    waves: Waves,
    /// Keeps the threads of a pool that nobody else uses awake between the phases of a batch.
    awake: Option<Awake>,
}

impl Executor {
    /// So many threads in all: the one that runs the job and `threads - 1` of a pool of its own.
    pub fn new(threads: usize) -> Result<Self, Error> {
        if threads == 0 {
            let error = Error::new(ErrorKind::Settings, "a job needs at least one thread");
            return Err(error.help("write `threads = 1`, or leave it out for all cores"));
        }
        let build = || {
            let builder = ThreadPoolBuilder::new().num_threads(threads - 1);
            builder.thread_name(|index| format!("streamflow-{}", index + 1)).build()
        };
        let pool = (threads > 1).then(build).transpose();
        let pool = pool.map_err(|e| Error::new(ErrorKind::System, "cannot start the threads of the job").because(e))?;
        let executor = Executor::with(pool.map(Arc::new), threads);
        Ok(Executor { awake: executor.pool.clone().map(Awake::new), ..executor })
    }

    /// The threads of a pool that others may use too.
    pub fn on(pool: Arc<ThreadPool>) -> Self {
        let threads = pool.current_num_threads() + 1;
        Executor::with(Some(pool), threads)
    }

    /// This thread alone.
    pub fn idle() -> Self {
        Executor::with(None, 1)
    }

    fn with(pool: Option<Arc<ThreadPool>>, threads: usize) -> Self {
        Executor {
            pool,
            threads,
            alone: NOT_WORTH_WAKING,
            small: Cell::default(),
            phases: RefCell::default(),
            phase: Cell::default(),
            board: Arc::new(Board::idle()),
            waves: Waves::default(),
            awake: None,
        }
    }

    /// Tells a board what its threads do.
    pub fn telling(self, board: Arc<Board>) -> Self {
        Executor { board, ..self }
    }

    pub fn board(&self) -> &Board {
        &self.board
    }

    pub fn waves(&self) -> &Waves {
        &self.waves
    }

    pub fn threads(&self) -> usize {
        self.threads
    }

    /// A batch begins. Of a small one each phase may turn out to be too little for a second thread; of others it is never tried, since
    /// one task alone may take long there.
    pub fn begin(&self, small: bool) {
        self.small.set(small);
        self.phase.set(0);
    }

    /// Runs the tasks of these numbers, each once, and returns when all are done. Each thread begins with its own share, the same in
    /// every phase, for what a task works on lies in the cache of the core that had it before; it then takes what others have left, so
    /// that one slow task does not hold the rest.
    pub fn run(&self, tasks: Range<usize>, task: &(dyn Fn(usize) + Sync)) {
        let Some(pool) = self.pool.as_ref().filter(|_| tasks.len() > 1) else {
            return tasks.for_each(|index| self.board.task(0, index, || task(index)));
        };
        let (shares, worked, board) = (Shares::new(tasks, self.threads), AtomicU64::new(0), &*self.board);
        let work = |thread: usize, limit: Duration| {
            let began = Instant::now();
            while let Some(index) = shares.next(thread) {
                board.task(thread, index, || task(index));
                if began.elapsed() >= limit {
                    break;
                }
            }
            worked.fetch_add(began.elapsed().as_nanos() as u64, Ordering::Relaxed);
        };
        if self.small.get() && self.last() < self.alone {
            work(0, self.alone);
        }
        let left = shares.left();
        if left > 0 {
            let (others, done) = (self.threads.min(left) - 1, AtomicUsize::new(0));
            pool.in_place_scope(|scope| {
                let (work, done) = (&work, &done);
                for _ in 0..others {
                    scope.spawn(move |_| {
                        // which of them comes for this is chance: its share goes by its own number
                        work(pool.current_thread_index().map_or(0, |index| index + 1), Duration::MAX);
                        done.fetch_add(1, Ordering::Release);
                    });
                }
                if let Some(awake) = &self.awake {
                    awake.keep();
                }
                work(0, Duration::MAX);
                board.wait();
                until(|| done.load(Ordering::Acquire) == others);
            });
            board.resume();
        }
        self.learn(Duration::from_nanos(worked.into_inner()));
    }

    /// What this phase came to in the last batch; nothing is known of the first one.
    fn last(&self) -> Duration {
        self.phases.borrow().get(self.phase.get()).copied().unwrap_or(Duration::MAX)
    }

    fn learn(&self, worked: Duration) {
        let (phase, mut phases) = (self.phase.get(), self.phases.borrow_mut());
        match phases.get_mut(phase) {
            Some(last) => *last = worked,
            None => phases.push(worked),
        }
        self.phase.set(phase + 1);
    }
}

/// Which tasks are still to be taken: a share for each thread.
struct Shares(Vec<Share>);

/// On a line of its own: its thread takes from it while others take from theirs.
#[repr(align(128))]
struct Share {
    next: AtomicUsize,
    end: usize,
}

impl Shares {
    fn new(tasks: Range<usize>, threads: usize) -> Self {
        let at = |thread: usize| tasks.start + tasks.len() * thread / threads;
        let share = |thread| Share { next: AtomicUsize::new(at(thread)), end: at(thread + 1) };
        Shares((0..threads).map(share).collect())
    }

    /// The next task of a thread: of its own share, then of the others in turn.
    fn next(&self, thread: usize) -> Option<usize> {
        let (before, from) = self.0.split_at(thread);
        from.iter().chain(before).find_map(|share| {
            // a share that is empty is not written to again
            if share.next.load(Ordering::Relaxed) >= share.end {
                return None;
            }
            Some(share.next.fetch_add(1, Ordering::Relaxed)).filter(|index| *index < share.end)
        })
    }

    fn left(&self) -> usize {
        self.0.iter().map(|share| share.end.saturating_sub(share.next.load(Ordering::Relaxed))).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Barrier, Mutex};
    use std::thread::{ThreadId, current, sleep};

    /// Two tasks that are done only if two threads run them.
    fn together(executor: &Executor, small: bool) {
        let both = Barrier::new(2);
        executor.begin(small);
        executor.run(0..2, &|_| _ = both.wait());
    }

    /// The threads that have run two tasks of a small batch.
    fn threads(executor: &Executor) -> Vec<ThreadId> {
        let seen = Mutex::new(vec![]);
        executor.begin(true);
        executor.run(0..2, &|_| seen.lock().expect("no panic").push(current().id()));
        seen.into_inner().expect("no panic")
    }

    #[test]
    fn what_was_short_stays_on_this_thread_in_a_small_batch_alone() {
        let mut executor = Executor::new(2).expect("threads");
        // a machine that is busy may take long for nothing
        executor.alone = Duration::MAX;
        together(&executor, true);
        for _ in 0..100 {
            assert_eq!(threads(&executor), [current().id(); 2]);
        }
        together(&executor, false);
    }

    #[test]
    fn what_takes_long_is_shared_at_once_and_from_then_on() {
        let executor = Executor::new(2).expect("threads");
        executor.phases.borrow_mut().push(Duration::ZERO);
        executor.begin(true);
        let both = Barrier::new(2);
        executor.run(0..3, &|index| match index {
            0 => sleep(NOT_WORTH_WAKING),
            _ => _ = both.wait(),
        });
        together(&executor, true);
    }

    #[test]
    fn each_phase_is_known_by_itself() {
        let mut executor = Executor::new(2).expect("threads");
        executor.alone = Duration::from_secs(3600);
        executor.phases.borrow_mut().extend([Duration::ZERO, Duration::MAX]);
        assert_eq!(threads(&executor), [current().id(); 2]);
        let both = Barrier::new(2);
        executor.run(0..2, &|_| _ = both.wait());
        assert!(executor.phases.borrow()[1] < Duration::MAX);
    }

    #[test]
    fn a_thread_begins_with_its_share_and_takes_what_others_have_left() {
        let shares = Shares::new(10..20, 3);
        assert_eq!((shares.next(0), shares.next(2)), (Some(10), Some(16)));
        assert_eq!(shares.left(), 8);
        let taken: Vec<usize> = std::iter::from_fn(|| shares.next(1)).collect();
        assert_eq!(taken, [13, 14, 15, 17, 18, 19, 11, 12]);
        assert_eq!((shares.next(0), shares.next(2), shares.left()), (None, None, 0));
        let few = Shares::new(0..1, 2);
        assert_eq!((few.next(0), few.next(1)), (Some(0), None), "fewer tasks than threads");
    }

    #[test]
    fn a_thread_has_the_same_share_in_every_phase() {
        let executor = Executor::new(3).expect("threads");
        let phase = || {
            let (all, seen) = (Barrier::new(3), Mutex::new(vec![]));
            executor.begin(false);
            executor.run(0..3, &|index| {
                all.wait();
                seen.lock().expect("no panic").push((index, current().id()));
            });
            let mut seen = seen.into_inner().expect("no panic");
            seen.sort_unstable_by_key(|(index, _)| *index);
            seen
        };
        let first = phase();
        (0..500).for_each(|_| assert_eq!(phase(), first));
    }
}
