//! What a run is compared with: the reference run of the same pipeline, or a model of it.

use super::arrangement::Arrangement;
use super::outcome::{Outcome, Rows};
use super::sources::Sources;
use crate::Error;
use std::collections::BTreeSet;

/// Says what the pipeline should conclude from the records of an arrangement.
pub trait Oracle<I: Sources, R> {
    #[doc(hidden)]
    fn expect(&self, sources: &I, asked: &dyn Asked<R>) -> Result<Expected, Error>;
    /// In words, for the report of a difference.
    #[doc(hidden)]
    fn name(&self) -> &'static str;
}

/// What an oracle may ask.
#[doc(hidden)]
pub trait Asked<R> {
    /// The outcome of the pipeline itself, on one thread, with one record a batch.
    fn reference(&self) -> Result<Expected, Error>;
    /// Is this record of a source and partition part of it?
    fn has(&self, source: usize, partition: usize, record: usize) -> bool;
    /// The outcome that has these rows.
    fn rows(&self, rows: &[R]) -> Expected;
}

/// What a pipeline should conclude.
#[doc(hidden)]
#[derive(Debug)]
pub struct Expected(pub(crate) Outcome);

/// The same pipeline, on one thread, with one record a batch.
#[derive(Clone, Copy, Debug)]
pub struct Reference;

/// A function that computes the rows from the records.
#[derive(Clone, Copy, Debug)]
pub struct Model<M>(pub(crate) M);

impl<I: Sources, R> Oracle<I, R> for Reference {
    fn expect(&self, _: &I, asked: &dyn Asked<R>) -> Result<Expected, Error> {
        asked.reference()
    }
    fn name(&self) -> &'static str {
        "one record a batch on one thread"
    }
}

impl<I: Sources, R, M: Fn(&I::Records) -> Vec<R>> Oracle<I, R> for Model<M> {
    fn expect(&self, sources: &I, asked: &dyn Asked<R>) -> Result<Expected, Error> {
        let records = sources.some(0, &|source, partition, record| asked.has(source, partition, record));
        Ok(asked.rows(&(self.0)(&records)))
    }
    fn name(&self) -> &'static str {
        "the model"
    }
}

/// One arrangement, for the oracle.
pub(crate) struct Question<'q, W, F> {
    pub rows: &'q W,
    pub reference: F,
    pub records: BTreeSet<(usize, usize, usize)>,
}

impl<'q, W, F> Question<'q, W, F> {
    pub fn new(rows: &'q W, arrangement: &Arrangement, reference: F) -> Self {
        let records = arrangement.steps.iter().map(|step| (step.source, step.partition, step.record)).collect();
        Question { rows, reference, records }
    }
}

impl<R, W: Rows<R>, F: Fn() -> Result<Outcome, Error>> Asked<R> for Question<'_, W, F> {
    fn reference(&self) -> Result<Expected, Error> {
        (self.reference)().map(Expected)
    }
    fn has(&self, source: usize, partition: usize, record: usize) -> bool {
        self.records.contains(&(source, partition, record))
    }
    fn rows(&self, rows: &[R]) -> Expected {
        Expected(Outcome::of_model(self.rows.lines(rows), rows.len()))
    }
}
