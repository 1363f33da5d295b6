//! W3 and W4. The time of the stream is the watermark; a record has its own time, which is not before it.

use super::feed::{CONTAINER, feed};
use super::panes::Panes;
use super::{add_up, run};
use crate::shares::{DISORDER_MILLIS, stripes};
use crate::workloads::w3_tumbling::{Row, Summary};
use crate::workloads::{Hashed, Record};
use foldhash::fast::FixedState;
use std::collections::VecDeque;
use std::hash::BuildHasher;
use streamflow::Timestamp;
use timely::dataflow::channels::pact::Exchange;
use timely::dataflow::operators::generic::Operator;
use timely::dataflow::{Scope, StreamVec};

/// Key, value, milliseconds.
type Measured = (u64, f64, u64);

/// Panes a sliding window.
const PANES: usize = 10;

pub fn tumbling(records: &'static [Record], threads: usize) -> Result<u64, String> {
    run(threads, move |scope, index, total| {
        let records = measured(scope, records, index, threads);
        let add = |summary: &mut Summary, value| summary.add(value);
        add_up(windows(records, add, Tumbling), total);
    })
}

pub fn sliding(records: &'static [Record], threads: usize) -> Result<u64, String> {
    run(threads, move |scope, index, total| {
        let records = measured(scope, records, index, threads);
        let add = |pane: &mut Pane, value| *pane = (pane.0 + value, true);
        add_up(windows(records, add, Sliding::default()), total);
    })
}

fn measured<'scope>(
    scope: Scope<'scope, u64>,
    records: &'static [Record],
    index: usize,
    threads: usize,
) -> StreamVec<'scope, u64, Measured> {
    let measured = |record: &Record| (record.key, record.value, record.millis as u64);
    let containers = stripes(records, index, threads).flat_map(|stripe| stripe.chunks(CONTAINER));
    feed(scope, containers.map(move |some| some.iter().map(measured)), |records| {
        let newest = records.iter().map(|record| record.2).max().unwrap_or(0);
        newest.saturating_sub(DISORDER_MILLIS as u64)
    })
}

/// What is done with the panes that time has passed.
trait Closing<V> {
    /// Panes come in order. The array goes back to be used again.
    fn closed(&mut self, pane: u64, column: Vec<V>, keys: &[u64], give: impl FnMut(u64)) -> Vec<V>;

    fn ended(&mut self, keys: &[u64], give: impl FnMut(u64));
}

fn windows<'scope, V: Clone + Default + 'static>(
    records: StreamVec<'scope, u64, Measured>,
    add: impl Fn(&mut V, f64) + 'static,
    mut closing: impl Closing<V> + 'static,
) -> StreamVec<'scope, u64, u64> {
    // all workers must agree on whose a key is
    let owner = FixedState::default();
    let by_key = Exchange::new(move |(key, _, _): &Measured| owner.hash_one(key));
    records.unary_frontier(by_key, "Windows", |capability, _| {
        let mut capability = Some(capability);
        let mut panes = Panes::default();
        move |(input, frontier), output| {
            input.for_each(|_, records| {
                for (key, value, millis) in records.drain(..) {
                    add(panes.value(key, millis / 1_000), value);
                }
            });
            let Some(open) = &mut capability else { return };
            let time = frontier.frontier().first().copied();
            let mut session = output.session(open);
            panes.close(time.unwrap_or(u64::MAX), |pane, column, keys| {
                closing.closed(pane, column, keys, |row| session.give(row))
            });
            match time {
                Some(time) => {
                    drop(session);
                    open.downgrade(&time);
                }
                None => {
                    closing.ended(panes.keys(), |row| session.give(row));
                    drop(session);
                    capability = None;
                }
            }
        }
    })
}

struct Tumbling;

impl Closing<Summary> for Tumbling {
    fn closed(&mut self, pane: u64, column: Vec<Summary>, keys: &[u64], give: impl FnMut(u64)) -> Vec<Summary> {
        let rows = column.iter().zip(keys).filter(|(summary, _)| summary.count > 0);
        let start = Timestamp::from_millis(pane as i64 * 1_000);
        rows.map(|(summary, key)| Row { key: *key, start, summary: *summary }.hash()).for_each(give);
        column
    }

    fn ended(&mut self, _: &[u64], _: impl FnMut(u64)) {}
}

/// The sum, and whether there was any record.
type Pane = (f64, bool);

/// The panes of the newest window, which are added up for each.
#[derive(Default)]
struct Sliding {
    panes: VecDeque<Vec<Pane>>,
    newest: Option<u64>,
    total: Vec<Pane>,
}

impl Sliding {
    /// The window that ends with `pane`.
    fn next(&mut self, pane: u64, column: Vec<Pane>, keys: &[u64], give: impl FnMut(u64)) -> Vec<Pane> {
        self.newest = Some(pane);
        self.panes.push_back(column);
        let free = if self.panes.len() > PANES { self.panes.pop_front() } else { None };
        self.total.clear();
        self.total.resize(keys.len(), Pane::default());
        for pane in &self.panes {
            for (total, pane) in self.total.iter_mut().zip(pane) {
                *total = (total.0 + pane.0, total.1 | pane.1);
            }
        }
        let start = Timestamp::from_millis((pane as i64 + 1 - PANES as i64) * 1_000);
        let rows = self.total.iter().zip(keys).filter(|(total, _)| total.1);
        rows.map(|(total, key)| (*key, start, total.0).hash()).for_each(give);
        free.unwrap_or_default()
    }
}

impl Closing<Pane> for Sliding {
    fn closed(&mut self, pane: u64, column: Vec<Pane>, keys: &[u64], mut give: impl FnMut(u64)) -> Vec<Pane> {
        // windows between two panes far from each other
        if let Some(newest) = self.newest {
            for empty in (newest + 1..pane).take(PANES) {
                self.next(empty, Vec::new(), keys, &mut give);
            }
        }
        self.next(pane, column, keys, give)
    }

    fn ended(&mut self, keys: &[u64], mut give: impl FnMut(u64)) {
        if let Some(newest) = self.newest {
            for empty in newest + 1..newest + PANES as u64 {
                self.next(empty, Vec::new(), keys, &mut give);
            }
        }
    }
}
