//! Panes of event time, for hand-written loops: a queue of columns, one for each second that is open.

use super::interner::Interner;
use super::records::{DISORDER_MILLIS, Record};
use std::collections::VecDeque;

/// The values of one pane, by the numbers of keys.
pub type Column<V> = Vec<V>;

/// How many records are taken at a time: their keys first, so that looking one up does not wait for the fold of the one before.
const STEP: usize = 1_024;

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
    let mut places = vec![(0, 0); STEP];
    for step in records.chunks(STEP) {
        for (record, place) in step.iter().zip(&mut places) {
            newest = newest.max(record.millis);
            // what lies before the first pane gets a number that no pane has
            *place = ((record.millis.div_euclid(1_000) - first) as usize, interner.number(record.key) as usize);
        }
        while first + (open.len() as i64) <= newest.div_euclid(1_000) {
            open.push_back(spare.pop().unwrap_or_default());
        }
        let keys = interner.keys.len();
        for column in open.iter_mut().filter(|column| column.len() < keys) {
            column.resize(keys.next_power_of_two(), V::default());
        }
        let mut columns: Vec<&mut [V]> = open.iter_mut().map(Vec::as_mut_slice).collect();
        for (record, (pane, number)) in step.iter().zip(&places) {
            if let Some(column) = columns.get_mut(*pane) {
                fold(&mut column[*number], record);
            }
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
