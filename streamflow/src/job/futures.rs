//! Drives the futures of one batch to their ends on the thread of the job: no runtime, no thread of its own, no busy waiting.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

/// How many futures run at a time, and for how long each may.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub concurrency: usize,
    pub timeout: Duration,
}

/// Which futures were woken. Wakers of all threads push; the thread that drives takes all at once.
struct Queue {
    woken: Mutex<Vec<usize>>,
    driver: Thread,
}

impl Queue {
    fn push(&self, place: usize) {
        self.woken.lock().unwrap_or_else(|e| e.into_inner()).push(place);
    }
    fn take(&self, into: &mut Vec<usize>) {
        into.clear();
        std::mem::swap(into, &mut self.woken.lock().unwrap_or_else(|e| e.into_inner()));
    }
}

/// The waker of one future. A wake that comes when the future is gone polls the next one in its place, which is allowed.
struct Task {
    queue: Arc<Queue>,
    place: usize,
    /// Woken and not polled since: one entry in the queue is enough.
    woken: AtomicBool,
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }
    fn wake_by_ref(self: &Arc<Self>) {
        if !self.woken.swap(true, Ordering::AcqRel) {
            self.queue.push(self.place);
            self.queue.driver.unpark();
        }
    }
}

struct Running<M, F> {
    meta: M,
    future: Pin<Box<F>>,
    task: Arc<Task>,
    waker: Waker,
    started: u64,
}

/// Takes futures from `next` as long as there is room, and gives their results to `done` as they end: `None` if one took longer
/// than it may, and was dropped. An error of `next`, `poll` or `done` ends it all and drops what runs.
pub(crate) fn drive<M, F: Future, E>(
    limits: Limits,
    mut next: impl FnMut() -> Option<Result<(M, F), E>>,
    poll: impl Fn(&M, Pin<&mut F>, &mut Context<'_>) -> Result<Poll<F::Output>, E>,
    mut done: impl FnMut(M, Option<F::Output>) -> Result<(), E>,
) -> Result<(), E> {
    let queue = Arc::new(Queue { woken: Mutex::default(), driver: std::thread::current() });
    let mut places: Vec<Option<Running<M, F>>> = vec![];
    let mut free: Vec<usize> = vec![];
    // all may run equally long, so they stand in the order in which they end
    let mut deadlines: VecDeque<(Instant, usize, u64)> = VecDeque::new();
    let (mut started, mut running, mut more, mut woken) = (0u64, 0, true, vec![]);
    loop {
        while more && running < limits.concurrency.max(1) {
            let Some(made) = next() else {
                more = false;
                break;
            };
            let (meta, future) = made?;
            let place = free.pop().unwrap_or_else(|| {
                places.push(None);
                places.len() - 1
            });
            let task = Arc::new(Task { queue: queue.clone(), place, woken: AtomicBool::new(true) });
            let waker = Waker::from(task.clone());
            if let Some(end) = Instant::now().checked_add(limits.timeout) {
                deadlines.push_back((end, place, started));
            }
            places[place] = Some(Running { meta, future: Box::pin(future), task, waker, started });
            queue.push(place); // its first poll
            (started, running) = (started + 1, running + 1);
        }
        if running == 0 {
            return Ok(());
        }
        queue.take(&mut woken);
        for place in &woken {
            let Some(one) = &mut places[*place] else { continue };
            one.task.woken.store(false, Ordering::Release);
            let mut context = Context::from_waker(&one.waker);
            if let Poll::Ready(result) = poll(&one.meta, one.future.as_mut(), &mut context)?
                && let Some(ended) = places[*place].take()
            {
                (running, _) = (running - 1, free.push(*place));
                done(ended.meta, Some(result))?;
            }
        }
        // also where futures wake each other without end
        while let Some((end, place, of)) = deadlines.front().copied() {
            let runs = places[place].as_ref().is_some_and(|one| one.started == of);
            if runs && end > Instant::now() {
                break;
            }
            deadlines.pop_front();
            if runs && let Some(late) = places[place].take() {
                (running, _) = (running - 1, free.push(place));
                done(late.meta, None)?;
            }
        }
        if woken.is_empty() && running > 0 {
            match deadlines.front() {
                Some((end, ..)) => std::thread::park_timeout(end.saturating_duration_since(Instant::now())),
                None => std::thread::park(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::{Cell, RefCell};
    use std::convert::Infallible;
    use std::future::poll_fn;

    const LIMITS: Limits = Limits { concurrency: 3, timeout: Duration::from_secs(20) };

    /// Ready after so many polls, each of which another thread asks for.
    async fn after(polls: usize) -> usize {
        let mut left = polls;
        poll_fn(|context| {
            if left == 0 {
                return Poll::Ready(polls);
            }
            left -= 1;
            let waker = context.waker().clone();
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(3));
                waker.wake_by_ref();
                waker.wake();
            });
            Poll::Pending
        })
        .await
    }

    /// Results as they come, and the most that ran at a time.
    fn run(limits: Limits, polls: &[usize]) -> (Vec<(usize, Option<usize>)>, usize) {
        let (most, now) = (Cell::new(0), Cell::new(0));
        let results = RefCell::new(vec![]);
        let mut next = polls.iter().enumerate();
        drive::<_, _, Infallible>(
            limits,
            || {
                let (number, polls) = next.next()?;
                now.set(now.get() + 1);
                most.set(most.get().max(now.get()));
                Some(Ok((number, after(*polls))))
            },
            |_, future, context| Ok(future.poll(context)),
            |number, result| {
                now.set(now.get() - 1);
                results.borrow_mut().push((number, result));
                Ok(())
            },
        )
        .expect("infallible");
        (results.into_inner(), most.get())
    }

    #[test]
    fn all_come_to_their_ends_and_no_more_than_allowed_run_at_a_time() {
        let polls: Vec<usize> = (0..40).map(|n| n * 7 % 5).collect();
        let (mut results, most) = run(LIMITS, &polls);
        assert_ne!(results, polls.iter().copied().map(Some).enumerate().collect::<Vec<_>>(), "in order of completion");
        results.sort();
        assert_eq!(results, polls.iter().copied().map(Some).enumerate().collect::<Vec<_>>());
        assert_eq!(most, 3);
        assert_eq!(run(LIMITS, &[]).0, []);
    }

    #[test]
    fn what_takes_too_long_is_dropped() {
        let limits = Limits { concurrency: 2, timeout: Duration::from_millis(60) };
        let (results, _) = run(limits, &[usize::MAX, 1, 0, 2]);
        assert_eq!(results.len(), 4);
        assert!(results.contains(&(0, None)), "{results:?}");
        assert!(results.contains(&(3, Some(2))), "{results:?}");
    }

    /// A future that is only woken once, from elsewhere, and a driver that sleeps until then.
    #[test]
    fn the_driver_sleeps_until_something_wakes_it() {
        let polls = Cell::new(0);
        let start = Instant::now();
        let mut next = Some(());
        let wake_at = start + Duration::from_millis(80);
        let polled = &polls;
        drive::<_, _, Infallible>(
            LIMITS,
            || {
                next.take()?;
                Some(Ok((
                    (),
                    poll_fn(move |context| {
                        polled.set(polled.get() + 1);
                        if Instant::now() >= wake_at {
                            return Poll::Ready(());
                        }
                        let waker = context.waker().clone();
                        std::thread::spawn(move || {
                            std::thread::sleep(wake_at.saturating_duration_since(Instant::now()));
                            waker.wake();
                        });
                        Poll::Pending
                    }),
                )))
            },
            |(), future, context| Ok(future.poll(context)),
            |(), _| Ok(()),
        )
        .expect("infallible");
        assert!(start.elapsed() >= Duration::from_millis(80));
        assert!(polls.get() <= 3, "{} polls", polls.get());
    }
}
