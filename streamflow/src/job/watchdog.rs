//! A thread that looks for stragglers while they run, and says so.

use super::warning::{Listener, Warning};
use super::work::{Board, Task};
use crate::{Error, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Watches the threads of a job until it is dropped.
pub(crate) struct Watchdog {
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// Looks this often while a task takes as long as it may.
const LOOKS: u32 = 4;

impl Watchdog {
    pub fn begin(board: Arc<Board>, listener: Arc<Listener>) -> Result<Self, Error> {
        let ended = Arc::new(AtomicBool::new(false));
        let (pause, is_over) = (board.limit() / LOOKS, ended.clone());
        let pause = pause.clamp(Duration::from_millis(1), Duration::from_secs(1));
        let work = move || {
            let mut told: Vec<Task> = vec![];
            while !is_over.load(Ordering::Acquire) {
                let running = board.stragglers();
                // one that still runs is told once
                told.retain(|told| running.iter().any(|(task, _)| task == told));
                for (task, straggler) in running {
                    if !told.contains(&task) {
                        listener.tell(&Warning::Straggler(straggler));
                        told.push(task);
                    }
                }
                std::thread::park_timeout(pause);
            }
        };
        let thread = std::thread::Builder::new().name("watchdog".to_owned()).spawn(work);
        let thread = thread.map_err(|e| Error::new(ErrorKind::System, "cannot start the watchdog").because(e))?;
        Ok(Watchdog { ended, thread: Some(thread) })
    }
}

/// Nobody is told of a job that has ended.
impl Drop for Watchdog {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}
