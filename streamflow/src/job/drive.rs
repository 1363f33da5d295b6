//! The batch loop. Not generic: compiled once for all pipelines.

use super::Body;
use super::durable::Durable;
use super::events::Events;
use super::executor::Executor;
use super::explain::Plan;
use super::input::ReadSoFar;
use super::rate::{Allowance, Governor, RecordSize};
use super::received::{self, Received};
use super::report::{EndedBy, Progress, Report, Snapshots};
use super::settings::Settings;
use super::skew::Skew;
use super::turn::{Done, Failure, Polled, Task, Turn};
use super::watchdog::Watchdog;
use super::work::Board;
use crate::source::Signal;
use crate::state::Slots;
use crate::{BatchInfo, Error, ErrorKind};
use std::cell::RefCell;
use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant, SystemTime};

/// How long the loop waits at most before it looks again whether it should stop: a signal handler cannot wake it.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// What the outside may ask of the loop.
#[derive(Default)]
pub(crate) struct Control {
    pub stop: Arc<AtomicBool>,
    pub(super) signal: Signal,
    progress: Mutex<Option<Progress>>,
    /// What the threads of the job do, once it has any.
    board: OnceLock<Arc<Board>>,
    /// One more than the last epoch that sinks have; 0 before the job has come back.
    delivered: AtomicU64,
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Control").field("stop", &self.stop).field("progress", &self.progress).finish_non_exhaustive()
    }
}

impl Control {
    pub fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
        self.signal.raise();
    }
    pub fn stopping(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }
    /// Sinks have all results up to this epoch.
    pub fn deliver(&self, epoch: u64) {
        self.delivered.store(epoch.saturating_add(1), Ordering::SeqCst);
    }
    /// The last epoch that sinks have, 0 for none; nothing before the job has come back.
    pub fn delivered(&self) -> Option<u64> {
        self.delivered.load(Ordering::SeqCst).checked_sub(1)
    }
    /// The job goes on behind this epoch: what came after it has not happened.
    pub fn went_back(&self, epoch: u64) {
        let mut progress = self.progress.lock().unwrap_or_else(|e| e.into_inner());
        progress.iter_mut().for_each(|progress| progress.epoch = progress.epoch.min(epoch));
    }
    pub fn progress(&self) -> Option<Progress> {
        *self.progress.lock().unwrap_or_else(|e| e.into_inner())
    }
    pub fn board(&self) -> Option<&Board> {
        self.board.get().map(|board| &**board)
    }
}

/// A job between its first batch and its last. Whoever holds it decides when the next batch is formed: [`run`](Loop::run)
/// by what the sources have, the driver of tests by hand.
pub(crate) struct Loop<'l> {
    plan: Plan,
    pub(super) settings: Settings,
    pub(super) control: Arc<Control>,
    pub(super) body: Box<dyn Body + 'l>,
    executor: Executor,
    skew: RefCell<Skew>,
    _watchdog: Option<Watchdog>,
    pub(super) seed: u64,
    pub(super) epoch: u64,
    /// The batch clock; never goes back.
    pub(super) time: SystemTime,
    /// What the clock said at the last batch: unlike `time` it may go back.
    formed: SystemTime,
    /// The last batch has left something to the next one.
    full: bool,
    total_bytes: Option<u64>,
    began: Instant,
    pub(super) report: Report,
    /// Records that were left out since a stage panicked, by the name of the stage.
    panicked: Vec<(&'static str, u64)>,
    events: Events,
    rate: Option<Governor>,
    size: RecordSize,
    pub(super) durable: Option<Durable>,
    /// Sources behind the log of receivers, with their names.
    pub(super) journaled: Vec<(u32, String)>,
}

fn executor(settings: &Settings) -> Result<Executor, Error> {
    match (&settings.pool, settings.threads) {
        (Some(pool), _) => Ok(Executor::on(pool.clone())),
        (None, Some(threads)) => Executor::new(threads),
        (None, None) => Executor::new(std::thread::available_parallelism().map_or(1, usize::from)),
    }
}

/// What a turn is given.
pub(super) struct Ask<'a> {
    pub polled: Polled,
    pub last: bool,
    pub batch: BatchInfo,
    pub saves: Option<bool>,
    pub outputs: &'a [(u32, Vec<u8>)],
    pub seek: &'a [ReadSoFar],
    pub received: Option<&'a Received>,
}

/// What a batch is formed of.
struct Formed {
    polled: Polled,
    last: bool,
}

impl<'l> Loop<'l> {
    pub fn new(
        plan: Plan,
        mut settings: Settings,
        control: Arc<Control>,
        body: Box<dyn Body + 'l>,
    ) -> Result<Self, Error> {
        let executor = executor(&settings)?;
        let watched = settings.warned.is_some() || settings.has_handle;
        let board = Arc::new(Board::new(plan, executor.threads(), settings.slow_after, watched));
        let _ = control.board.set(board.clone());
        let executor = executor.telling(board.clone());
        let warned = settings.warned.clone();
        let skew = RefCell::new(Skew::new(warned.clone().unwrap_or_default()));
        let watchdog = warned.map(|listener| Watchdog::begin(board, listener)).transpose()?;
        let seed = settings.seed.unwrap_or_else(|| RandomState::new().hash_one(plan.stages.len()));
        let report = Report {
            batches: 0,
            records: 0,
            bytes: 0,
            skipped: 0,
            late: vec![],
            failed: vec![],
            state: vec![],
            stragglers: vec![],
            hot_keys: vec![],
            undelivered: 0,
            recoveries: 0,
            snapshots: Snapshots::default(),
            elapsed: Duration::ZERO,
            ended_by: EndedBy::Input,
        };
        let time = settings.clock.now();
        let began = Instant::now();
        let (formed, total_bytes) = (time, None);
        let events = Events::new(settings.observer.take());
        let rate = settings.rate.map(|rate| Governor::new(rate, settings.batch_every)).transpose()?;
        Ok(Loop {
            plan,
            settings,
            control,
            body,
            executor,
            skew,
            _watchdog: watchdog,
            seed,
            epoch: 1,
            time,
            formed,
            full: false,
            total_bytes,
            began,
            report,
            panicked: vec![],
            events,
            rate,
            size: RecordSize::default(),
            durable: None,
            journaled: vec![],
        })
    }

    /// Runs until the input ends or the job is stopped.
    pub fn run(mut self) -> Result<Report, Error> {
        if self.open()? {
            loop {
                let done = self.form().and_then(|formed| self.batch(formed));
                if self.or_come_back(done)? {
                    break;
                }
            }
        }
        Ok(self.report())
    }

    /// Opens the sinks, so that a port in use is told before anything is read. False if the job has ended with it.
    pub fn open(&mut self) -> Result<bool, Error> {
        let told = self.look()?;
        self.executor.board().name_sinks(&told.sinks);
        received::check(&self.settings, &told.journaled)?;
        self.journaled = told.journaled;
        self.recover()?;
        match self.serve(Task::Open) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::Closed => {
                self.report.ended_by = EndedBy::Closed;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// A look at the pipeline tells slots and sinks their types; what else it leaves is taken back.
    pub fn look(&mut self) -> Result<Done, Error> {
        let told = self.serve(Task::Describe)?;
        self.body.slots().each(&mut |_, slot| slot.rollback());
        Ok(told)
    }

    /// The slots, for who brings them back.
    pub fn slots(&mut self) -> &mut dyn Slots {
        self.body.slots()
    }

    /// May stored state of this label be given up?
    pub fn drops(&self, label: &str) -> bool {
        self.settings.dropped.iter().any(|dropped| dropped == label)
    }

    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// A turn that is not about records.
    pub(super) fn serve(&mut self, task: Task) -> Result<Done, Error> {
        self.turn(task, self.ask()).map(|(_, told)| told)
    }

    /// A turn that nothing is given to.
    pub(super) fn ask<'a>(&self) -> Ask<'a> {
        let batch = BatchInfo { epoch: self.epoch, time: self.time };
        Ask { polled: Polled::default(), last: false, batch, saves: None, outputs: &[], seek: &[], received: None }
    }

    /// Polls once and runs one batch, whatever there is. True if it was the last one: by the end of the input, or because the
    /// caller ends the job so; what does not fit into this batch is read first.
    pub fn step(&mut self, end: Option<EndedBy>) -> Result<bool, Error> {
        let done = self.try_step(end);
        self.or_come_back(done)
    }

    fn try_step(&mut self, end: Option<EndedBy>) -> Result<bool, Error> {
        let allowed = self.allow();
        let mut polled = self.poll(allowed)?;
        // what is to be the last batch takes all there is, as far as there is room
        let mut empty = polled.blocks == 0 && polled.open();
        while end == Some(EndedBy::Input) && !empty && polled.open() {
            let before = polled.blocks;
            polled = self.poll(polled)?;
            empty = polled.blocks == before;
        }
        let all_read = polled.ended == self.plan.sources;
        let last = all_read || end == Some(EndedBy::Stop) || end == Some(EndedBy::Input) && empty;
        self.report.ended_by = end.unwrap_or(EndedBy::Input);
        self.batch(Formed { polled, last })
    }

    /// Runs one turn of the body; a failure takes the batch back.
    pub(super) fn turn(&mut self, task: Task, ask: Ask<'_>) -> Result<(Polled, Done), Error> {
        let Ask { polled, last, batch, saves, outputs, seek, received } = ask;
        let chunk_bytes = self.settings.chunk_bytes.max(1);
        self.executor.begin(polled.bytes <= chunk_bytes as u64);
        let mut turn = Turn {
            task,
            batch,
            last,
            input_ended: last && self.report.ended_by == EndedBy::Input,
            seed: self.seed,
            chunk_bytes,
            stages: self.plan.stages,
            panicked: self.settings.skips_panics.then(RefCell::default),
            executor: &self.executor,
            signal: &self.control.signal,
            skew: Some(&self.skew),
            polled,
            saves,
            durable: if task == Task::Run { self.durable.as_mut() } else { None },
            outputs,
            seek,
            received,
            done: Done::default(),
        };
        // stages are caught where they run; what is left are the functions of sources and sinks on this thread
        let done = catch_unwind(AssertUnwindSafe(|| self.body.turn(&mut turn)));
        let done = done.unwrap_or_else(|panic| {
            let whose = if task == Task::Poll { "source" } else { "sink" };
            let text = format!("the {whose} panicked: {}", super::turn::message(panic));
            Err(Error::new(ErrorKind::Panic, text).into())
        });
        let Turn { polled, done: mut told, panicked, .. } = turn;
        self.executor.board().leave();
        told.panicked = panicked.map_or_else(Vec::new, RefCell::into_inner);
        match done {
            Ok(()) => Ok((polled, told)),
            Err(failure) => {
                // taking back clones what the user made; a panic there must not hide the failure that has a place
                let _ = catch_unwind(AssertUnwindSafe(|| self.body.slots().each(&mut |_, slot| slot.rollback())));
                let names: Vec<&'static str> = self.plan.stages.iter().map(|stage| stage.name).collect();
                Err(failure.into_error(&names, |_| told.place.unwrap_or_else(|| "the source".to_owned())))
            }
        }
    }

    /// Polls until there is something to do: records, the end of the interval, a window to close, the end.
    fn form(&mut self) -> Result<Formed, Error> {
        // before anything is polled: what a source gives at once, it may mean to be one batch
        if let (None, false, Some(durable)) = (self.settings.batch_every, self.full, &mut self.durable)
            && durable.groups()
        {
            durable.join();
        }
        let mut polled = self.allow();
        let wake = self.wake_at();
        loop {
            self.tend()?;
            polled = self.poll(polled)?;
            let ended = polled.ended == self.plan.sources;
            if ended || self.control.stopping() {
                if !ended {
                    self.report.ended_by = EndedBy::Stop;
                }
                return Ok(Formed { polled, last: true });
            }
            let now = self.settings.clock.now();
            // a clock that is set back starts the interval again: it would else last until the clock has caught up
            self.formed = self.formed.min(now);
            let due = self.due();
            let ready = match due {
                // a full batch does not wait, unless that would be faster than the rate that is asked for
                Some(due) => now >= due || polled.budget == 0 && self.rate.is_none(),
                None => polled.blocks > 0 || wake.is_some_and(|wake| now >= wake),
            };
            if ready {
                return Ok(Formed { polled, last: false });
            }
            let until = |time: SystemTime| time.duration_since(now).unwrap_or_default();
            // with a fixed interval a window waits for its end
            let wake = wake.filter(|_| due.is_none());
            let waits = [polled.poll_after, due.map(until), wake.map(until), Some(LOOK_AGAIN)];
            let wait = waits.into_iter().flatten().min().unwrap_or(LOOK_AGAIN);
            if !wait.is_zero() {
                self.settings.clock.wait(&self.control.signal, wait);
            }
        }
    }

    /// What a batch may take.
    fn allow(&mut self) -> Polled {
        let size = self.size;
        let allowance = self.rate.as_mut().map(|rate| Allowance { left: rate.allow(), size });
        Polled {
            budget: self.settings.batch_bytes.max(1),
            allowance,
            counts: allowance.is_some() || self.events.wanted(),
            received: vec![0; self.plan.sources],
            ..Polled::default()
        }
    }

    /// Asks the sources once; goes on from what they have given for this batch.
    fn poll(&mut self, polled: Polled) -> Result<Polled, Error> {
        let polled = Polled { ended: 0, poll_after: None, source: 0, ..polled };
        let (polled, told) = self.turn(Task::Poll, Ask { polled, ..self.ask() })?;
        self.report.skipped = told.skipped;
        self.total_bytes = told.total_bytes;
        Ok(polled)
    }

    fn wake_at(&mut self) -> Option<SystemTime> {
        let mut wake: Option<i64> = None;
        self.body.slots().each(&mut |_, slot| wake = wake.into_iter().chain(slot.wake_at()).min());
        let micros = u64::try_from(wake?).unwrap_or(0);
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_micros(micros))
    }

    /// When the interval of a batch is over. One that no clock can tell ends in a thousand years.
    fn due(&self) -> Option<SystemTime> {
        const FAR: Duration = Duration::from_secs(1_000 * 365 * 86_400);
        Some(self.formed + self.settings.batch_every?.min(FAR))
    }

    /// Processes a batch. True if it was the last one.
    fn batch(&mut self, formed: Formed) -> Result<bool, Error> {
        let Formed { mut polled, last } = formed;
        // an interval that never ends is never over
        let due = self.due();
        self.formed = self.settings.clock.now();
        self.time = self.time.max(self.formed);
        self.size = polled.allowance.map_or(self.size, |allowance| allowance.size);
        self.events.begin(std::mem::take(&mut polled.received));
        let (bytes, blocks) = (polled.bytes, polled.blocks);
        self.full = !polled.open();
        let began = Instant::now();
        let saves = self.durable.as_ref().map(Durable::wants_snapshot);
        let mut told = match self.turn(Task::Run, Ask { polled, last, saves, ..self.ask() }) {
            Ok((_, told)) => told,
            Err(error) => {
                // the batch before this one has happened, whatever became of this one
                let earlier = self.deliver().or_else(|error| match error.kind() {
                    ErrorKind::Closed => Ok(()),
                    _ => Err(error),
                });
                if error.kind() != ErrorKind::Closed {
                    return Err(error);
                }
                self.report.ended_by = EndedBy::Closed;
                return earlier.map(|()| true);
            }
        };
        self.commit(&mut told, saves)?;
        self.durable.iter_mut().for_each(|durable| durable.processed(began.elapsed()));
        for stage in told.panicked {
            let name = self.plan.stages.get(stage as usize).map_or("", |stage| stage.name);
            match self.panicked.iter_mut().find(|(known, _)| *known == name) {
                Some((_, failed)) => *failed += 1,
                None => self.panicked.push((name, 1)),
            }
        }
        self.report.batches += u64::from(blocks > 0);
        self.report.records += told.records;
        self.report.bytes += bytes;
        self.learn(due, told.records);
        self.events.complete(self.report.records);
        self.tell(began.elapsed());
        self.epoch += 1;
        if last {
            self.deliver()?;
            self.serve(Task::Finish)?;
            self.settle()?;
            self.durable.as_mut().map_or(Ok(()), Durable::close)?;
        }
        Ok(last)
    }

    /// The rate of the next batch follows from this one. By the clock of the job: tests decide it.
    fn learn(&mut self, due: Option<SystemTime>, records: u64) {
        if let Some(rate) = &mut self.rate {
            let now = self.settings.clock.now();
            let late = due.and_then(|due| self.formed.duration_since(due).ok()).unwrap_or_default();
            rate.learn(now, records, now.duration_since(self.formed).unwrap_or_default(), late);
        }
    }

    fn tell(&mut self, processing: Duration) {
        let progress = Progress {
            epoch: self.epoch,
            records: self.report.records,
            bytes: self.report.bytes,
            total_bytes: self.total_bytes,
            elapsed: self.began.elapsed(),
            processing,
            rate: self.rate.as_ref().map(Governor::limit),
        };
        *self.control.progress.lock().unwrap_or_else(|e| e.into_inner()) = Some(progress);
        if let Some(listener) = &mut self.settings.listener {
            (listener.0)(&progress);
        }
    }

    /// What the job has done so far.
    pub fn report(&mut self) -> Report {
        let (mut late, mut failed, mut state) = (vec![], self.panicked.clone(), vec![]);
        self.body.slots().each(&mut |label, slot| {
            if slot.late() > 0 {
                late.push((label, slot.late()));
            }
            if slot.failed() > 0 {
                failed.push((label, slot.failed()));
            }
            state.push((label, slot.size()));
        });
        self.count_snapshots();
        self.report.late = late;
        self.report.failed = failed;
        self.report.state = state;
        self.report.stragglers = self.executor.board().ended();
        self.report.hot_keys = self.skew.borrow().found();
        self.report.elapsed = self.began.elapsed();
        self.report.clone()
    }
}

/// Tells what the body is made of.
pub(crate) fn describe(settings: &Settings, body: &mut dyn Body) -> Result<Done, Failure> {
    let (executor, signal) = (Executor::idle(), Signal::default());
    let mut turn = Turn {
        task: Task::Describe,
        batch: BatchInfo { epoch: 0, time: SystemTime::UNIX_EPOCH },
        last: false,
        input_ended: false,
        seed: settings.seed.unwrap_or(0),
        chunk_bytes: 1,
        stages: &[],
        panicked: None,
        executor: &executor,
        signal: &signal,
        skew: None,
        polled: Polled::default(),
        saves: None,
        durable: None,
        outputs: &[],
        seek: &[],
        received: None,
        done: Done::default(),
    };
    body.turn(&mut turn)?;
    Ok(turn.done)
}
