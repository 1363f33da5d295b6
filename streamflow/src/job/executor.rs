//! The threads of a job. Not generic: compiled once, one indirect call a task.

use super::work::Board;
use crate::{Error, ErrorKind};
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Runs tasks on the thread that runs the job and on the threads of a rayon pool.
pub(crate) struct Executor {
    pool: Option<Arc<ThreadPool>>,
    threads: usize,
    board: Arc<Board>,
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
        Ok(Executor { pool: pool.map(Arc::new), threads, board: Arc::new(Board::idle()) })
    }

    /// The threads of a pool that others may use too.
    pub fn on(pool: Arc<ThreadPool>) -> Self {
        let threads = pool.current_num_threads() + 1;
        Executor { pool: Some(pool), threads, board: Arc::new(Board::idle()) }
    }

    /// This thread alone.
    pub fn idle() -> Self {
        Executor { pool: None, threads: 1, board: Arc::new(Board::idle()) }
    }

    /// Tells a board what its threads do.
    pub fn telling(self, board: Arc<Board>) -> Self {
        Executor { board, ..self }
    }

    pub fn board(&self) -> &Board {
        &self.board
    }

    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Runs `task(0) .. task(count - 1)`, each once, and returns when all are done. Threads take the next task when they are
    /// free, so that one slow task does not hold the others.
    pub fn run(&self, count: usize, task: &(dyn Fn(usize) + Sync)) {
        let next = AtomicUsize::new(0);
        let work = |thread| {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= count {
                    break;
                }
                self.board.task(thread, index, || task(index));
            }
        };
        match &self.pool {
            Some(pool) if count > 1 => pool.in_place_scope(|scope| {
                let work = &work;
                for thread in 1..self.threads.min(count) {
                    scope.spawn(move |_| work(thread));
                }
                work(0);
                self.board.wait();
            }),
            _ => return work(0),
        }
        self.board.resume();
    }
}
