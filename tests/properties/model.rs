//! A plain interpreter: what pipelines mean, one record after the other, in vectors. It knows nothing of batches, threads or state.

use std::collections::{BTreeMap, BTreeSet};

/// A record on its way, with the partition it came from.
#[derive(Clone, Debug)]
pub struct Event<T> {
    pub partition: usize,
    pub item: T,
}

/// A record with its moment, and what its partition had reached before it: the newest moment minus the disorder.
#[derive(Clone, Debug)]
pub struct Timed<T> {
    pub item: T,
    pub time: i64,
    pub reached: i64,
}

/// A window with its key: end, start, key. In order of the ends.
pub type Span<K> = (i64, i64, K);

/// All records, partition by partition.
pub fn read<T: Clone>(partitions: &[Vec<T>]) -> Vec<Event<T>> {
    let of = |(partition, records): (usize, &Vec<T>)| {
        records.iter().map(|item| Event { partition, item: item.clone() }).collect::<Vec<_>>()
    };
    partitions.iter().enumerate().flat_map(of).collect()
}

pub fn items<T>(events: Vec<Event<T>>) -> Vec<T> {
    events.into_iter().map(|event| event.item).collect()
}

pub fn map<T, U>(events: Vec<Event<T>>, function: impl Fn(T) -> U) -> Vec<Event<U>> {
    events.into_iter().map(|event| Event { partition: event.partition, item: function(event.item) }).collect()
}

pub fn filter<T>(events: Vec<Event<T>>, keep: impl Fn(&T) -> bool) -> Vec<Event<T>> {
    events.into_iter().filter(|event| keep(&event.item)).collect()
}

pub fn flat_map<T, U, I: IntoIterator<Item = U>>(events: Vec<Event<T>>, function: impl Fn(T) -> I) -> Vec<Event<U>> {
    let of = |event: Event<T>| {
        let partition = event.partition;
        function(event.item).into_iter().map(move |item| Event { partition, item }).collect::<Vec<_>>()
    };
    events.into_iter().flat_map(of).collect()
}

/// The first of each value, in order.
pub fn distinct<T, K: Ord>(events: Vec<Event<T>>, key: impl Fn(&T) -> K) -> Vec<Event<T>> {
    let mut seen = BTreeSet::new();
    filter_mut(events, |item| seen.insert(key(item)))
}

fn filter_mut<T>(events: Vec<Event<T>>, mut keep: impl FnMut(&T) -> bool) -> Vec<Event<T>> {
    events.into_iter().filter(|event| keep(&event.item)).collect()
}

/// What an aggregate says of each key at last.
pub fn aggregate<'t, T: 't, K: Ord, A: Clone>(
    records: impl IntoIterator<Item = &'t T>,
    key: impl Fn(&T) -> K,
    initial: A,
    step: impl Fn(&mut A, &T),
) -> BTreeMap<K, A> {
    let mut groups = BTreeMap::new();
    for record in records {
        step(groups.entry(key(record)).or_insert_with(|| initial.clone()), record);
    }
    groups
}

/// Gives records their moments.
pub fn timestamp<T>(events: Vec<Event<T>>, time: impl Fn(&T) -> i64, disorder: i64) -> Vec<Timed<T>> {
    let mut newest: BTreeMap<usize, i64> = BTreeMap::new();
    let of = |event: Event<T>| {
        let time = time(&event.item);
        let newest = newest.entry(event.partition).or_insert(i64::MIN);
        let reached = newest.saturating_sub(disorder);
        *newest = time.max(*newest);
        Timed { item: event.item, time, reached }
    };
    events.into_iter().map(of).collect()
}

/// The windows of a moment, on a grid: starts are `offset` more than multiples of `every`. Tried one by one.
pub fn windows(time: i64, size: i64, every: i64, offset: i64) -> Vec<(i64, i64)> {
    let starts = (time - size - every..=time).filter(|start| (start - offset).rem_euclid(every) == 0);
    starts.map(|start| (start, start + size)).filter(|(start, end)| (*start..*end).contains(&time)).collect()
}

/// What an aggregate says of each window and key. A record is late for a window whose end its own partition had reached before,
/// and for `lateness` longer it still counts.
pub fn windowed<T, K: Ord + Clone, A: Clone>(
    records: &[Timed<T>],
    of: impl Fn(i64) -> Vec<(i64, i64)>,
    lateness: i64,
    key: impl Fn(&T) -> K,
    initial: A,
    step: impl Fn(&mut A, &T),
) -> BTreeMap<Span<K>, A> {
    let mut groups = BTreeMap::new();
    for record in records {
        for (start, end) in of(record.time).into_iter().filter(|(_, end)| end.saturating_add(lateness) > record.reached)
        {
            step(groups.entry((end, start, key(&record.item))).or_insert_with(|| initial.clone()), &record.item);
        }
    }
    groups
}

/// The best of each group, best first.
pub fn top<G: Ord, T, O: Ord>(rows: Vec<(G, T)>, count: usize, by: impl Fn(&T) -> O) -> Vec<T> {
    let mut groups: BTreeMap<G, Vec<T>> = BTreeMap::new();
    rows.into_iter().for_each(|(group, row)| groups.entry(group).or_default().push(row));
    let best = groups.into_values().flat_map(|mut rows| {
        rows.sort_by_key(|row| std::cmp::Reverse(by(row)));
        rows.truncate(count);
        rows
    });
    best.collect()
}
