//! What the sections of a checkpoint are called, and what their rows are.

use super::drive::Loop;
use super::lock;
use super::turn::Done;
use crate::commit::{Schemas, Section};
use crate::state::codec::{Fit, Type};
use crate::state::save::{Saving, Table};
use crate::state::{Fraction, Slots};
use crate::{Error, ErrorKind};
use std::collections::{BTreeMap, VecDeque};

/// What the sections of this program are called, and what their rows are.
#[derive(Default)]
pub(super) struct Names {
    pub tables: BTreeMap<String, Named>,
    /// By slot, what keeps it: the operator, and the form of its state.
    pub keepers: BTreeMap<&'static str, String>,
    pub schemas: Schemas,
    /// By source, what tells it from the others.
    identities: Vec<Option<String>>,
}

/// A table of this program.
pub(super) struct Named {
    /// What the log calls it, with its keeper: state that another kind of stage has kept means something else.
    section: String,
    schema: u64,
    pub fit: fn(&Type) -> Fit,
}

impl Names {
    /// Those of all slots and sources, which a look at the pipeline has told.
    pub fn of(told: &Done, job: &mut Loop<'_>) -> Result<Self, Error> {
        let mut names = Names::default();
        let stages = job.plan().stages;
        let mut missing = vec![];
        job.slots().each(&mut |label, slot| {
            let operator = lock::operator(stages, label);
            let keeper = lock::keeper(operator, slot);
            match slot.tables() {
                Some(tables) => tables.into_iter().for_each(|table| names.add(label, &keeper, table)),
                None => missing.push((label, operator)),
            }
            names.keepers.insert(label, keeper);
        });
        for (number, row) in told.offsets.iter().enumerate() {
            let place = source(number as u32);
            let identity = told.identities.get(number).and_then(Option::as_deref).map(short);
            let section = identity.as_ref().map_or_else(|| place.clone(), |identity| format!("{place} {identity}"));
            names.add_named(place, section, row, |_| Fit::Same);
            names.identities.push(identity);
        }
        match missing.first() {
            None => Ok(names),
            Some((label, operator)) => {
                let text = format!("the state `{label}` of `{operator}` cannot be kept in a checkpoint");
                Err(Error::new(ErrorKind::Settings, text).help("run this job without a checkpoint"))
            }
        }
    }

    /// Refuses sources that have changed their numbers, of those that a checkpoint knows by number and identity.
    pub fn compare_sources(&self, before: &BTreeMap<u32, String>) -> Result<(), Error> {
        for (number, identity) in before {
            let is = |now: Option<&Option<String>>| now.is_some_and(|now| now.as_ref() == Some(identity));
            let was = |number: usize| before.get(&(number as u32)) == Some(identity);
            let moved = (0..self.identities.len()).find(|now| is(self.identities.get(*now)) && !was(*now));
            if let (false, Some(now)) = (is(self.identities.get(*number as usize)), moved) {
                let (before, now) = (u64::from(*number) + 1, now + 1);
                let text = format!("`{identity}` was source {before} of the pipeline and is now source {now}");
                let help = "put the sources in the order in which they were, or begin with a new directory: each goes on from the \
                            place that its number had";
                return Err(Error::new(ErrorKind::Checkpoint, text).help(help));
            }
        }
        Ok(())
    }

    fn add(&mut self, label: &str, keeper: &str, Table { name, row, fit, .. }: Table) {
        let table = table(label, name);
        let section = format!("{table} {keeper}");
        self.add_named(table, section, &row, fit);
    }

    fn add_named(&mut self, table: String, section: String, row: &Type, fit: fn(&Type) -> Fit) {
        let schema = row.fingerprint();
        self.schemas.0.insert(schema, row.to_string());
        self.tables.insert(table, Named { section, schema, fit });
    }

    pub fn section(&self, table: &str, bytes: Vec<u8>) -> Option<Section> {
        let Named { section, schema, .. } = self.tables.get(table)?;
        Some(Section { name: section.clone(), schema: *schema, bytes })
    }

    /// The sections of a batch, or all there is of a fraction of one slot.
    pub fn saved(
        &self,
        only: Option<(&str, Fraction)>,
        slots: &mut dyn Slots,
        spare: &mut VecDeque<Vec<u8>>,
    ) -> Result<Vec<Section>, Error> {
        let (mut tables, mut failure) = (vec![], None);
        slots.each(&mut |slot, state| {
            let fraction = match only {
                None => Fraction::ALL,
                Some((label, fraction)) if label == slot => fraction,
                Some(_) => return,
            };
            let (all, tables, failure) = (only.is_some(), &mut tables, &mut failure);
            state.save(&mut Saving { all, fraction, slot, tables, spare, failure });
        });
        match failure {
            Some(reason) => Err(unsaved(reason)),
            None => {
                Ok(tables.into_iter().filter_map(|(slot, name, rows)| self.section(&table(slot, name), rows)).collect())
            }
        }
    }

    /// A fraction of a slot as it stands, for a snapshot.
    pub fn frozen(&self, label: &str, fraction: Fraction, slots: &mut dyn Slots) -> Result<Vec<Section>, Error> {
        self.saved(Some((label, fraction)), slots, &mut VecDeque::new())
    }
}

pub(super) fn unsaved(reason: String) -> Error {
    Error::new(ErrorKind::Checkpoint, reason).help("the batch was taken back; nothing of it is in the checkpoint")
}

/// The name of a table of a slot. Labels are identifiers, so the mark cannot be in one.
fn table(slot: &str, name: &str) -> String {
    format!("{slot}/{name}")
}

/// Of an identity as much as one reads; the rest, such as a long list of paths, as a number. It stands in every record of the log.
fn short(identity: &str) -> String {
    match identity.char_indices().nth(80) {
        None => identity.to_owned(),
        Some((end, _)) => format!("{}.. {:016x}", &identity[..end], xxhash_rust::xxh3::xxh3_64(identity.as_bytes())),
    }
}

/// The name of the section of a source.
pub(super) fn source(number: u32) -> String {
    format!("{SOURCE}{number}")
}

/// No label begins so.
pub(super) const SOURCE: &str = "/source/";
