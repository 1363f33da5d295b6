//! Waiting without sleep, for as long as sleep and waking up would take.
//!
//! A batch of a millisecond has several phases. A thread that sleeps at the end of each is woken by an interrupt to a processor that has gone
//! idle; until it is there, the thread of the job has done most of a short phase alone.

use rayon::{ThreadPool, Yield};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// More than the thread of the job works alone between two phases; then going to sleep costs nothing that shows.
const PATIENCE: Duration = Duration::from_micros(200);

/// Returns when it is so, or when it takes long. Whoever else wants the processor gets it.
pub(super) fn until(so: impl Fn() -> bool) {
    let began = Instant::now();
    while !so() && began.elapsed() < PATIENCE {
        std::thread::yield_now();
    }
}

/// The threads of a pool that nobody else uses: for a while they look for work before they sleep.
pub(super) struct Awake {
    pool: Arc<ThreadPool>,
    /// How many do.
    looking: Arc<AtomicUsize>,
}

impl Awake {
    pub fn new(pool: Arc<ThreadPool>) -> Self {
        Awake { pool, looking: Arc::default() }
    }

    /// Threads that run out of work do not sleep at once.
    pub fn keep(&self) {
        if self.looking.load(Ordering::Relaxed) > 0 {
            return;
        }
        self.looking.store(self.pool.current_num_threads(), Ordering::Relaxed);
        let looking = self.looking.clone();
        self.pool.spawn_broadcast(move |_| {
            look();
            looking.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

/// Runs what there is, until there has been nothing for long.
fn look() {
    let mut last = Instant::now();
    while last.elapsed() < PATIENCE {
        match rayon::yield_now() {
            Some(Yield::Executed) => last = Instant::now(),
            _ => std::thread::yield_now(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::sync::mpsc::channel;

    #[test]
    fn threads_that_are_kept_awake_take_work_and_sleep_again() {
        let pool = Arc::new(rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("threads"));
        let awake = Awake::new(pool.clone());
        for round in 0..3 {
            awake.keep();
            let (tell, told) = channel();
            pool.spawn(move || tell.send(round).expect("somebody waits"));
            assert_eq!(told.recv(), Ok(round));
            while awake.looking.load(Ordering::Relaxed) > 0 {
                std::thread::yield_now();
            }
        }
    }

    #[test]
    fn what_takes_long_is_not_waited_for() {
        until(|| false);
        let asked = Cell::new(0);
        until(|| asked.replace(asked.get() + 1) == 2);
        assert_eq!(asked.get(), 3, "what is so is not waited for either");
    }
}
