//! Panes of event time, for hand-written loops: a queue of columns, one for each second that is open.

use super::interner::Interner;
use super::records::{DISORDER_MILLIS, Record};
use std::collections::VecDeque;

/// A column of values for one pane, as long as the highest number in it.
pub type Column<V> = Vec<V>;

/// How far event time has come is looked up every so many records.
const STEP: usize = 4_096;

/// Folds records into panes of a second and closes each when time has passed it: `closed` gets the second and the keys by their numbers,
/// and gives a clean column to be used again. Gives the keys.
pub fn panes<V: Clone + Default>(
    records: &[Record],
    mut fold: impl FnMut(&mut V, &Record),
    mut closed: impl FnMut(i64, Column<V>, &[u64]) -> Column<V>,
) -> Vec<u64> {
    let mut interner = Interner::default();
    let mut open: VecDeque<Column<V>> = VecDeque::new();
    let mut spare: Vec<Column<V>> = Vec::new();
    let earliest = records.first().map_or(0, |record| record.millis - DISORDER_MILLIS);
    let mut first = earliest.div_euclid(1_000);
    let mut newest = i64::MIN;
    for step in records.chunks(STEP) {
        for record in step {
            newest = newest.max(record.millis);
            let number = interner.number(record.key);
            let Ok(pane) = usize::try_from(record.millis.div_euclid(1_000) - first) else { continue };
            while open.len() <= pane {
                open.push_back(spare.pop().unwrap_or_default());
            }
            let column = &mut open[pane];
            if column.len() <= number {
                column.resize(interner.keys.len().max(column.len() * 2), V::default());
            }
            fold(&mut column[number], record);
        }
        while first < (newest - DISORDER_MILLIS).div_euclid(1_000)
            && let Some(column) = open.pop_front()
        {
            spare.push(closed(first, column, &interner.keys));
            first += 1;
        }
    }
    while let Some(column) = open.pop_front() {
        spare.push(closed(first, column, &interner.keys));
        first += 1;
    }
    interner.keys
}
