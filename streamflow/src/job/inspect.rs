//! A look at what the checkpoint of a job holds, without running the job: no source and no sink is opened, nothing is changed.

use super::Job;
use super::drive::Control;
use super::input::ReadSoFar;
use super::recovered;
use super::savepoint::may_have_moved;
use super::settings::Settings;
use super::turn::{Failure, Turn};
use crate::codec::{ReadError, Type, Value};
use crate::state::save::{Saving, Stored};
use crate::state::{Fraction, Slots};
use crate::{Error, ErrorKind};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// How often a directory is read again whose files go while they are read: the job runs.
const ATTEMPTS: u32 = 20;
/// How long to wait before that.
const PAUSE: Duration = Duration::from_millis(10);

/// What a checkpoint holds.
pub(crate) struct Contents {
    /// The last commit.
    pub epoch: Option<u64>,
    /// The labels of the pipeline.
    pub states: Vec<&'static str>,
    pub tables: Vec<Kept>,
    sources: Vec<String>,
    read: Vec<ReadSoFar>,
}

/// A table of a state.
pub(crate) struct Kept {
    pub state: &'static str,
    pub table: &'static str,
    /// The type of its rows.
    pub row: Type,
    pub bytes: Vec<u8>,
    /// Do its rows belong to the panes or windows of a grid, which their tags count?
    counted: bool,
}

/// A row of a table.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    /// Which pane or window.
    pub index: Option<i64>,
    pub key: Value,
    pub value: Value,
}

/// How far a partition was read.
pub(crate) struct Place {
    pub name: String,
    pub partition: String,
    pub ended: bool,
    pub records: u64,
    pub offset: Value,
}

impl<S, F> Job<S, F> {
    /// The settings, for who has read more of them from a command line.
    pub(crate) fn settings(&mut self) -> &mut Settings {
        &mut self.settings
    }
}

impl<S, F> Job<S, F>
where
    S: Slots,
    F: FnMut(&mut Turn<'_>, &mut S) -> Result<(), Failure>,
{
    /// What the checkpoint holds, read by this program's types.
    pub(crate) fn inspect(mut self) -> Result<Contents, Error> {
        self.settings.threads = Some(1);
        self.settings.pool = None;
        let view = match &self.settings.checkpoint {
            Some(checkpoint) => checkpoint.view()?,
            None => {
                let text = format!("job `{}` has no checkpoint directory", self.settings.name);
                return Err(Error::new(ErrorKind::Settings, text).help("say which one: `--checkpoint DIR`"));
            }
        };
        let mut job = self.bind(Arc::new(Control::default()))?;
        let mut attempt = 0;
        let (epoch, read) = loop {
            attempt += 1;
            match recovered::replay(&*view.open()?, &mut job) {
                Err(error) if attempt < ATTEMPTS && may_have_moved(&error) => std::thread::sleep(PAUSE),
                done => break done?,
            }
        };
        let (mut states, mut tables, mut failure) = (vec![], vec![], None);
        job.slots().each(&mut |state, slot| {
            states.push(state);
            let types = slot.tables().unwrap_or_default();
            let counted = types.iter().any(|table| table.name == PANES);
            let mut saved = vec![];
            slot.save(&mut Saving {
                all: true,
                fraction: Fraction::ALL,
                slot: state,
                tables: &mut saved,
                spare: &mut VecDeque::new(),
                failure: &mut failure,
            });
            for table in types {
                let of_table = saved.iter_mut().filter(|(_, name, _)| *name == table.name);
                let bytes = of_table.flat_map(|(_, _, bytes)| std::mem::take(bytes)).collect();
                let counted = counted && (table.name == PANES || table.name == WINDOWS);
                tables.push(Kept { state, table: table.name, row: table.row, bytes, counted });
            }
        });
        match failure {
            Some(reason) => Err(Error::new(ErrorKind::Checkpoint, reason)),
            None => Ok(Contents { epoch, states, tables, sources: job.look()?.sources, read }),
        }
    }
}

/// A state with panes on a grid has its values in these tables, and the numbers of panes and windows as their tags.
const PANES: &str = "panes";
const WINDOWS: &str = "windows";

impl Kept {
    fn stored(&self) -> Stored<'_> {
        Stored { name: self.table, row: &self.row, bytes: &self.bytes }
    }

    /// How many rows there are.
    pub fn count(&self) -> Result<usize, Error> {
        self.stored().count().map_err(|error| unreadable(self.state, &error))
    }

    /// The rows, in the order of their keys.
    pub fn rows(&self) -> Result<Vec<Row>, Error> {
        let mut rows = vec![];
        let read = self.stored().values(|tag, key, value| {
            rows.push(Row { index: self.counted.then_some(tag), key, value });
        });
        read.map_err(|error| unreadable(self.state, &error))?;
        rows.sort();
        Ok(rows)
    }

    /// Does it hold for all keys?
    pub fn is_global(&self) -> bool {
        matches!(&self.row, Type::Tuple(columns) if columns.first() == Some(&Type::Unit))
    }
}

impl Contents {
    /// How far partitions were read, source by source.
    pub fn places(&self) -> Result<Vec<Place>, Error> {
        let mut places = BTreeMap::new();
        for ReadSoFar { source, row, rows } in &self.read {
            let name = self.sources.get(*source as usize).map_or("a source", String::as_str);
            let stored = Stored { name: "", row, bytes: rows };
            // the log tells in steps; the last one holds
            let read = stored.values(|_, number, place| drop(places.insert((*source, number), (name, place))));
            read.map_err(|error| unreadable(name, &error))?;
        }
        let places = places.into_values().map(|(name, place)| match place {
            Value::Tuple(columns) => match <[Value; 4]>::try_from(columns) {
                Ok([Value::Text(partition), Value::Bool(ended), Value::Unsigned(records), offset]) => {
                    let records = u64::try_from(records).unwrap_or(u64::MAX);
                    Ok(Place { name: name.to_owned(), partition, ended, records, offset })
                }
                _ => Err(unreadable(name, &ReadError::new("this says nothing of a partition"))),
            },
            _ => Err(unreadable(name, &ReadError::new("this says nothing of a partition"))),
        });
        places.collect()
    }
}

fn unreadable(what: &str, error: &ReadError) -> Error {
    Error::new(ErrorKind::Checkpoint, format!("what is stored of `{what}` cannot be read: {error}"))
}
