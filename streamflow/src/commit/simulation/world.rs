//! What stands outside the process: a source, sinks that lose answers, and what is right.

use std::collections::{BTreeMap, HashMap};

use crate::commit::bytes::{Decoder, Encode};
use crate::commit::mutant::mutant;
use crate::testing::Random;

const KEYS: usize = 24;
/// A sum that reaches this is taken out of the state, so that deltas delete as well.
const FULL: u64 = 25;

pub type State = HashMap<u64, u64>;

/// The record at an offset of the source.
fn record(offset: u64) -> (u64, u64) {
    let mut random = Random::new(offset.wrapping_mul(77) + 5);
    (random.below(KEYS) as u64, 1 + random.below(9) as u64)
}

/// What one record does to the state: the whole of the "user's code".
pub fn apply(state: &mut State, offset: u64) -> u64 {
    let (key, value) = record(offset);
    let sum = state.entry(key).or_default();
    *sum += value;
    if *sum >= FULL {
        state.remove(&key);
    }
    key
}

pub fn key_of(offset: u64) -> u64 {
    record(offset).0
}

/// The rows of a batch: its range, and what each key that it has touched holds now.
pub fn rows(from: u64, to: u64, state: &State) -> Vec<u8> {
    let mut rows = Vec::new();
    rows.put_u64(from);
    rows.put_u64(to);
    let touched: BTreeMap<u64, u64> =
        (from..to).map(key_of).map(|key| (key, state.get(&key).copied().unwrap_or(0))).collect();
    for (key, sum) in touched {
        rows.put_u64(key);
        rows.put_u64(sum);
    }
    rows
}

/// The state after so many records, from one loop.
pub fn expected(offset: u64) -> State {
    let mut state = State::new();
    (0..offset).for_each(|offset| {
        apply(&mut state, offset);
    });
    state
}

/// A process that was superseded speaks to a sink.
#[derive(Debug)]
pub struct Fenced;

/// A sink that remembers the highest generation it has heard of. It loses calls before and behind their effect.
#[derive(Debug, Default)]
pub struct Sink {
    pub two_phase: bool,
    /// It remembers no generation and cannot be asked for its last epoch.
    pub forgets: bool,
    pub fence: u64,
    /// By epoch, what has arrived.
    pub rows: BTreeMap<u64, Vec<u8>>,
    /// By generation and epoch, what is prepared.
    pub prepared: BTreeMap<(u64, u64), Vec<u8>>,
}

impl Sink {
    pub fn fence(&mut self, generation: u64) {
        if !self.forgets {
            self.fence = self.fence.max(generation);
        }
    }

    pub fn last_epoch(&self) -> Option<u64> {
        self.rows.last_key_value().map(|(epoch, _)| *epoch).filter(|_| !self.forgets)
    }
}

#[derive(Debug)]
pub struct World {
    pub sinks: Vec<Sink>,
    /// Whose directory the sinks belong to, since they were fenced first.
    pub incarnation: Option<u64>,
    pub total: u64,
    /// A call of a sink is lost, once in so many; 0 is never.
    pub loses: usize,
    /// The last commit that the log has confirmed to a process that was not superseded.
    pub confirmed: u64,
    /// Whether records come from a sender that forgets what was acknowledged.
    pub receives: bool,
    pub acknowledged: u64,
    /// Bits that have changed since the last start that was not refused.
    pub flips: u64,
    /// The first thing that is wrong.
    pub wrong: Option<String>,
}

impl World {
    pub fn wrong(&mut self, what: String) {
        self.wrong.get_or_insert(what);
    }

    /// Repeats a call until its answer arrives.
    fn until_answered(
        &mut self,
        sink: u32,
        generation: u64,
        random: &mut Random,
        mut call: impl FnMut(&mut Sink) -> Result<(), String>,
    ) -> Result<(), Fenced> {
        loop {
            let loses = self.loses;
            let sink = &mut self.sinks[sink as usize];
            if generation < sink.fence && !mutant!(SinkIgnoresFence) {
                return Err(Fenced);
            }
            sink.fence(generation);
            if random.once_in(loses) {
                continue;
            }
            if let Err(what) = call(sink) {
                self.wrong(what);
            }
            if !random.once_in(loses) {
                return Ok(());
            }
        }
    }

    pub fn prepare(&mut self, sink: u32, name: (u64, u64), rows: &[u8], random: &mut Random) -> Result<(), Fenced> {
        self.until_answered(sink, name.0, random, |sink| {
            sink.prepared.insert(name, rows.to_vec());
            Ok(())
        })
    }

    /// Delivers what a commit named: rows to an outbox sink, or the name of a transaction.
    pub fn deliver(
        &mut self,
        sink: u32,
        generation: u64,
        name: (u64, u64),
        bytes: &[u8],
        random: &mut Random,
    ) -> Result<(), Fenced> {
        self.until_answered(sink, generation, random, |sink| {
            let epoch = name.1;
            if !sink.two_phase {
                return match sink.rows.get(&epoch) {
                    Some(rows) if rows != bytes => Err(format!("epoch {epoch} was delivered with other rows")),
                    _ => {
                        sink.rows.insert(epoch, bytes.to_vec());
                        Ok(())
                    }
                };
            }
            match (sink.prepared.remove(&name), sink.rows.contains_key(&epoch)) {
                (Some(rows), false) => {
                    sink.rows.insert(epoch, rows);
                    Ok(())
                }
                // a commit that is repeated, since its answer was lost
                (None, true) => Ok(()),
                (None, false) => Err(format!("transaction {name:?} is committed, but was never prepared")),
                (Some(_), true) => Err(format!("epoch {epoch} is committed by two transactions")),
            }
        })
    }

    /// Whether all that was to arrive has arrived once, in order, with right sums; a prefix of it until `finished`.
    pub fn check(&mut self, finished: bool) {
        let mut found = None;
        for sink in &self.sinks {
            let (mut state, mut offset, mut last) = (State::new(), 0, 0);
            for (epoch, bytes) in &sink.rows {
                let mut decoder = Decoder::new(bytes);
                let range = (decoder.u64().unwrap_or(0), decoder.u64().unwrap_or(0));
                if *epoch != last + 1 || range.0 != offset {
                    found = Some(format!("epoch {epoch} with {range:?} follows epoch {last}, which ends at {offset}"));
                    break;
                }
                (range.0..range.1).for_each(|offset| {
                    apply(&mut state, offset);
                });
                if rows(range.0, range.1, &state) != *bytes {
                    found = Some(format!("epoch {epoch} has wrong rows"));
                    break;
                }
                (last, offset) = (*epoch, range.1);
            }
            if finished && offset != self.total {
                found.get_or_insert(format!("a sink ends at {offset}, not at {}", self.total));
            }
            if finished && !sink.prepared.is_empty() {
                found.get_or_insert(format!("{} transactions are left open", sink.prepared.len()));
            }
        }
        if let Some(what) = found {
            self.wrong(what);
        }
    }
}
