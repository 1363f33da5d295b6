//! Tables that are loaded again while the job runs.

use super::{LookupTable, Version};
use crate::job::turn::Failure;
use crate::state::{Key, StoredKey};
use crate::window::micros;
use crate::{Error, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

type Load<K, V> = dyn Fn() -> Result<Version<K, V>, Error> + Send + Sync;

/// How and when a table is loaded again.
pub(crate) struct Refresh<K, V> {
    /// Starts a thread that loads: batches go on meanwhile.
    start: Box<dyn Fn() -> Result<(), Error> + Send + Sync>,
    every: i64,
    stops: bool,
    /// When the next version is wanted, by the batch clock.
    due: Mutex<Option<i64>>,
    found: Arc<Mutex<Found<K, V>>>,
    status: TableStatus,
}

/// What the loading thread leaves.
struct Found<K, V> {
    loading: bool,
    done: Option<Result<Version<K, V>, Error>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl<K, V> Refresh<K, V> {
    /// A version that has been loaded; starts to load the next one if it is time.
    pub fn step(&self, now: i64) -> Result<Option<Version<K, V>>, Failure> {
        let mut found = lock(&self.found);
        let mut version = None;
        match found.done.take() {
            None => {}
            Some(Ok(loaded)) => {
                lock(&self.status.0).loads += 1;
                version = Some(loaded);
            }
            Some(Err(error)) => {
                let mut status = lock(&self.status.0);
                status.failures += 1;
                status.last_error = Some(error.to_string());
                if self.stops {
                    return Err(error.into());
                }
            }
        }
        let mut due = lock(&self.due);
        // the first version was loaded before the job began
        let at = *due.get_or_insert_with(|| now.saturating_add(self.every));
        if now >= at && !found.loading {
            *due = Some(now.saturating_add(self.every));
            found.loading = true;
            drop(found);
            (self.start)()?;
        }
        Ok(version)
    }
}

/// A table that is loaded now, and again every so often while the job runs.
///
/// The function runs on a thread of its own. Between two batches its result takes the place of the rows, all at once: a batch sees one
/// version. When it fails, or panics, the old rows stay, and the [status](Refreshed::status) says so; or the job ends, if
/// [`stop_on_failure`](Refreshed::stop_on_failure) is set. Time is that of the batch clock, so a table that is due is loaded with the
/// next batch; the batches behind it see it.
///
/// ```
/// # use streamflow::{stream, source, table};
/// # use std::time::Duration;
/// let rates = table::refreshed(Duration::from_secs(60), || Ok::<_, std::io::Error>(vec![("EUR", 1.08), ("GBP", 1.27)]))?;
/// let status = rates.status();
/// let mut sums = Vec::new();
/// stream! {
///     source::vec(vec![("GBP", 100.0), ("EUR", 50.0)])
///         -> lookup(rates.table(), |sale| sale.0, |sale, rate| sale.1 * rate.copied().unwrap_or(1.0))
///         -> &mut sums
/// }
/// .run()?;
/// assert_eq!(sums, [127.0, 54.0]);
/// assert_eq!(status.failures(), 0);
/// # Ok::<(), streamflow::Error>(())
/// ```
///
/// # Errors
/// If the first version cannot be loaded.
pub fn refreshed<Q, V, I, E>(
    every: Duration,
    load: impl Fn() -> Result<I, E> + Send + Sync + 'static,
) -> Result<Refreshed<Q::Owned, V>, Error>
where
    Q: Key,
    V: Send + Sync + 'static,
    I: IntoIterator<Item = (Q, V)>,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let load: Arc<Load<Q::Owned, V>> = Arc::new(move || {
        let rows = load().map_err(|error| {
            let error = error.into();
            Error::new(ErrorKind::Source, format!("cannot load the table: {error}")).because(error)
        })?;
        Ok(Version::new(rows))
    });
    let first = load()?;
    Ok(Refreshed { first, load, every, stops: false, status: TableStatus::default() })
}

/// A table that will be loaded again; made by [`refreshed`].
pub struct Refreshed<K, V> {
    first: Version<K, V>,
    load: Arc<Load<K, V>>,
    every: Duration,
    stops: bool,
    status: TableStatus,
}

impl<K: StoredKey, V: Send + Sync + 'static> Refreshed<K, V> {
    /// The job ends when a version cannot be loaded. Without this it goes on with the old one.
    #[must_use]
    pub fn stop_on_failure(self) -> Self {
        Refreshed { stops: true, ..self }
    }

    /// A handle that tells how loading goes.
    #[must_use]
    pub fn status(&self) -> TableStatus {
        self.status.clone()
    }

    /// The table, for a pipeline.
    #[must_use]
    pub fn table(self) -> LookupTable<K, V> {
        let Refreshed { first, load, every, stops, status } = self;
        let found = Arc::new(Mutex::new(Found { loading: false, done: None }));
        let leave = found.clone();
        let start = Box::new(move || start(load.clone(), leave.clone()));
        let refresh = Refresh { start, every: micros(every), stops, due: Mutex::default(), found, status };
        LookupTable::of(first, Some(refresh))
    }
}

fn start<K, V>(load: Arc<Load<K, V>>, found: Arc<Mutex<Found<K, V>>>) -> Result<(), Error>
where
    K: StoredKey,
    V: Send + Sync + 'static,
{
    let run = move || {
        let done = catch_unwind(AssertUnwindSafe(|| load())).unwrap_or_else(|panic| {
            let text = format!("the function that loads the table panicked: {}", crate::job::turn::message(panic));
            Err(Error::new(ErrorKind::Panic, text))
        });
        *lock(&found) = Found { loading: false, done: Some(done) };
    };
    let started = std::thread::Builder::new().name("streamflow-table".to_owned()).spawn(run);
    started.map(drop).map_err(|e| Error::new(ErrorKind::System, "cannot start the thread of a table").because(e))
}

/// How loading a table goes. Cloning gives another handle.
#[derive(Clone, Debug, Default)]
pub struct TableStatus(Arc<Mutex<Loads>>);

#[derive(Debug, Default)]
struct Loads {
    loads: u64,
    failures: u64,
    last_error: Option<String>,
}

impl TableStatus {
    /// How often a new version took the place of the rows.
    #[must_use]
    pub fn refreshes(&self) -> u64 {
        lock(&self.0).loads
    }

    /// How often a version could not be loaded.
    #[must_use]
    pub fn failures(&self) -> u64 {
        lock(&self.0).failures
    }

    /// Why it could not the last time.
    #[must_use]
    pub fn last_error(&self) -> Option<String> {
        lock(&self.0).last_error.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    const MINUTE: i64 = 60_000_000;

    fn wait<K, V>(refresh: &Refresh<K, V>) {
        while lock(&refresh.found).loading {
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_new_version_comes_between_batches_and_a_failure_keeps_the_old_one() {
        let loads = AtomicU64::new(0);
        let load = move || match loads.fetch_add(1, Ordering::Relaxed) {
            1 => Err("no answer"),
            2 => panic!("broken"),
            n => Ok([("a", n)]),
        };
        let table = refreshed(Duration::from_secs(60), load).expect("the first version");
        let status = table.status();
        let table = table.table();
        let refresh = table.refresh.as_ref().expect("it is refreshed");
        let mut now = 5;
        assert!(refresh.step(now).expect("kept").is_none());
        assert!(refresh.step(now + MINUTE - 1).expect("kept").is_none());
        assert!(!lock(&refresh.found).loading, "not yet due");
        for (failures, error) in
            [(1, "cannot load the table: no answer"), (2, "the function that loads the table panicked: broken")]
        {
            now += MINUTE;
            assert!(refresh.step(now).expect("kept").is_none(), "loading has begun");
            wait(refresh);
            assert!(refresh.step(now).expect("kept").is_none());
            assert_eq!((status.failures(), status.last_error().as_deref()), (failures, Some(error)));
        }
        refresh.step(now + MINUTE).expect("kept");
        wait(refresh);
        let version = refresh.step(now + MINUTE).expect("kept").expect("a version");
        assert_eq!((version.get(&"a".probe()), status.refreshes()), (Some(&3), 1));
    }

    #[test]
    fn a_failure_may_stop_the_job() {
        let loads = AtomicU64::new(0);
        let load = move || if loads.fetch_add(1, Ordering::Relaxed) == 0 { Ok([(1u64, ())]) } else { Err("gone") };
        let table = refreshed(Duration::ZERO, load).expect("the first version").stop_on_failure().table();
        let refresh = table.refresh.as_ref().expect("it is refreshed");
        refresh.step(0).expect("loading has begun");
        wait(refresh);
        assert!(refresh.step(0).is_err());
    }
}
