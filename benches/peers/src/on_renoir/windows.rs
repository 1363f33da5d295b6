//! W3 and W4. A window of Renoir begins with the first record of its key, not at a multiple of its size, and a key whose windows are
//! open has no windows before them. So that windows are those of the other engines, records get the time at which their second begins. What
//! is still missing is what begins before the first record of a key that arrives.

use super::time::aligned;
use super::{add, batches, run, run_to_number};
use crate::check::Row;
use crate::shares::stripes;
use crate::workloads::w3_tumbling::{self, Summary};
use crate::workloads::{Hashed, Record};
use renoir::operator::{ElementGenerator, Operator, StreamElement};
use renoir::prelude::*;
use renoir::{KeyedStream, Stream};
use streamflow::Timestamp;

const SECOND: i64 = 1_000;

pub fn tumbling(records: &'static [Record], threads: usize) -> Result<u64, String> {
    run_to_number(threads, |context| {
        summaries(context, records).map(|row| row.hash).fold_assoc(0, add, add).collect_vec()
    })
}

pub fn tumbling_rows(records: &'static [Record], threads: usize) -> Result<Vec<Row>, String> {
    run(threads, |context| summaries(context, records).collect_vec())
}

pub fn sliding(records: &'static [Record], threads: usize) -> Result<u64, String> {
    run_to_number(threads, |context| sums(context, records).map(|row| row.hash).fold_assoc(0, add, add).collect_vec())
}

pub fn sliding_rows(records: &'static [Record], threads: usize) -> Result<Vec<Row>, String> {
    run(threads, |context| sums(context, records).collect_vec())
}

fn summaries(context: &StreamContext, records: &'static [Record]) -> Stream<impl Operator<Out = Row> + use<>> {
    keyed(context, records)
        .window(EventTimeWindow::tumbling(SECOND))
        .fold(Summary::default(), |summary, value| summary.add(*value))
        .rich_map_custom(rows(SECOND, |key, start, summary| w3_tumbling::Row { key, start, summary }.hash()))
}

fn sums(context: &StreamContext, records: &'static [Record]) -> Stream<impl Operator<Out = Row> + use<>> {
    keyed(context, records)
        .window(EventTimeWindow::sliding(10 * SECOND, SECOND))
        .sum()
        .rich_map_custom(rows(10 * SECOND, |key, start, sum: f64| (key, start, sum).hash()))
}

fn keyed(context: &StreamContext, records: &'static [Record]) -> KeyedStream<impl Operator<Out = (u64, f64)> + use<>> {
    let (time, watermark) = aligned(SECOND, |record: &&Record| record.millis);
    context
        .stream_par_iter(move |index, peers| stripes(records, index as usize, peers as usize).flatten())
        .batch_mode(batches())
        .add_timestamps(time, watermark)
        .map(|record| (record.key, record.value))
        .group_by(|(key, _)| *key)
        .map(|(_, (_, value))| value)
}

/// Only the time of a row says which window it is of: when that one ends.
fn rows<Op: Operator<Out = (u64, V)>, V: Send>(
    size: i64,
    hash: impl Fn(u64, Timestamp, V) -> u64 + Clone + Send + 'static,
) -> impl FnMut(ElementGenerator<'_, Op>) -> StreamElement<Row> + Clone + Send + 'static {
    move |mut elements| loop {
        match elements.next() {
            StreamElement::Timestamped((key, value), end) => {
                let start = end - size;
                return StreamElement::Item(Row {
                    key,
                    window: start as u64,
                    hash: hash(key, Timestamp::from_millis(start), value),
                });
            }
            StreamElement::Item(_) => unreachable!("rows of windows have a time"),
            StreamElement::Watermark(_) => {}
            StreamElement::FlushBatch => return StreamElement::FlushBatch,
            StreamElement::FlushAndRestart => return StreamElement::FlushAndRestart,
            StreamElement::Terminate => return StreamElement::Terminate,
        }
    }
}
