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

/// Sessions with their records: start, end, key. Each record says how long it keeps its session open, and meets what has not closed
/// for its partition. Two that overlap are one, and where `touching` is said two that touch: what the earlier one holds comes first, and
/// the record behind all. One that meets nothing and ends where its partition has come to is late.
pub fn sessions<T: Clone, K: Ord + Clone>(
    records: &[Timed<T>],
    gap: impl Fn(&T) -> i64,
    touching: bool,
    key: impl Fn(&T) -> K,
) -> Vec<(i64, i64, K, Vec<T>)> {
    let mut all: Vec<(i64, i64, K, Vec<T>)> = vec![];
    for record in records {
        let (start, end, key) = (record.time, record.time + gap(&record.item), key(&record.item));
        let open = |other: &(i64, i64, K, Vec<T>)| other.2 == key && other.1 > record.reached;
        let meets = |other: &(i64, i64, K, Vec<T>)| {
            (other.0 < end && start < other.1) || (touching && (other.0 == end || start == other.1))
        };
        let (mut met, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|other| open(other) && meets(other));
        all = rest;
        if met.is_empty() && end <= record.reached {
            continue;
        }
        met.sort_by_key(|other| other.0);
        let mut session = (start, end, key.clone(), vec![]);
        for other in met {
            session = (session.0.min(other.0), session.1.max(other.1), session.2, [session.3, other.3].concat());
        }
        session.3.push(record.item.clone());
        all.push(session);
    }
    all
}

/// What sliding windows hold, in the order that is promised where panes are shared: by pane, in a pane by source, and behind all
/// others those that were late for another window of theirs.
pub fn by_pane<T: Clone, K: Ord + Clone>(
    records: &[Timed<T>],
    (size, every): (i64, i64),
    lateness: i64,
    key: impl Fn(&T) -> K,
) -> BTreeMap<Span<K>, Vec<T>> {
    let divides = |pane: &i64| size % pane == 0 && every % pane == 0;
    let pane = (1..=size).rev().find(divides).unwrap_or(1);
    type Placed<T> = ((bool, i64), T);
    let mut groups: BTreeMap<Span<K>, Vec<Placed<T>>> = BTreeMap::new();
    for record in records {
        let open = |(_, end): &(i64, i64)| end + lateness > record.reached;
        let (open, late): (Vec<_>, Vec<_>) = windows(record.time, size, every, 0).into_iter().partition(open);
        let place = if late.is_empty() { (false, record.time.div_euclid(pane)) } else { (true, 0) };
        for (start, end) in open {
            groups.entry((end, start, key(&record.item))).or_default().push((place, record.item.clone()));
        }
    }
    let in_order = |mut held: Vec<((bool, i64), T)>| {
        held.sort_by_key(|(place, _)| *place);
        held.into_iter().map(|(_, item)| item).collect()
    };
    groups.into_iter().map(|(span, held)| (span, in_order(held))).collect()
}

/// Windows aligned to records, with what they hold in order of time. A record makes the window that ends with it and the one right
/// behind it, and is in all windows around it, as far as they have not closed for it.
pub fn aligned<T: Clone, K: Ord + Clone>(
    records: &[Timed<T>],
    difference: i64,
    lateness: i64,
    key: impl Fn(&T) -> K,
) -> BTreeMap<Span<K>, Vec<T>> {
    let open = |end: i64, record: &Timed<T>| end + lateness > record.reached;
    let mut made: BTreeSet<Span<K>> = BTreeSet::new();
    for record in records {
        let behind = record.time + 1;
        let both = [(behind - difference - 1, behind), (behind, behind + difference + 1)];
        let both = both.into_iter().filter(|(_, end)| open(*end, record));
        made.extend(both.map(|(start, end)| (end, start, key(&record.item))));
    }
    let held = |(end, start, of): Span<K>| {
        let is_in = |r: &&Timed<T>| key(&r.item) == of && (start..end).contains(&r.time) && open(end, r);
        let mut held: Vec<&Timed<T>> = records.iter().filter(is_in).collect();
        held.sort_by_key(|record| record.time);
        ((end, start, of), held.into_iter().map(|record| record.item.clone()).collect::<Vec<T>>())
    };
    made.into_iter().map(held).filter(|(_, held)| !held.is_empty()).collect()
}

/// The first record of each key that is in time, as long as the time of its partition has not come to `within` behind it.
pub fn dedup<T, K: Ord>(records: Vec<Timed<T>>, key: impl Fn(&T) -> K, within: i64) -> Vec<T> {
    let mut until: BTreeMap<K, i64> = BTreeMap::new();
    let mut kept = vec![];
    for record in records.into_iter().filter(|record| record.time >= record.reached) {
        let key = key(&record.item);
        if until.get(&key).is_none_or(|until| *until <= record.reached) {
            until.insert(key, record.time + within);
            kept.push(record.item);
        }
    }
    kept
}

/// The last record of each key, again and again: the first one begins a time, and the next one behind it another.
pub fn suppress<T, K: Ord>(records: Vec<Timed<T>>, key: impl Fn(&T) -> K, time: i64) -> Vec<T> {
    let mut held: BTreeMap<K, (i64, T)> = BTreeMap::new();
    let mut given = vec![];
    for record in records {
        let key = key(&record.item);
        let until = match held.remove(&key) {
            Some((until, _)) if until > record.reached => until,
            over => {
                given.extend(over.map(|(_, item)| item));
                record.time + time
            }
        };
        held.insert(key, (until, record.item));
    }
    given.extend(held.into_values().map(|(_, item)| item));
    given
}

/// All pairs of one key whose right record lies at most `before` earlier and `after` later than the left one; where a side is outer, its
/// records without a partner too. Who is behind the time of its own partition is late and meets nothing; judged per pair, who is behind by more than
/// it reaches, and a pair one of whose records was so when the other came.
pub fn joined<'t, T, K: PartialEq>(
    left: &'t [Timed<T>],
    right: &'t [Timed<T>],
    key: impl Fn(&T) -> K,
    (before, after): (i64, i64),
    outer: (bool, bool),
    per_pair: bool,
) -> Vec<(Option<&'t T>, Option<&'t T>)> {
    let in_time = |side: &'t [Timed<T>], reach: i64| {
        let reach = if per_pair { reach } else { 0 };
        side.iter().filter(|r| r.time + reach >= r.reached).collect::<Vec<_>>()
    };
    let (left, right) = (in_time(left, after), in_time(right, before));
    let meet = |l: &Timed<T>, r: &Timed<T>| {
        let open = l.time + after >= r.reached && r.time + before >= l.reached;
        key(&l.item) == key(&r.item) && (l.time - before..=l.time + after).contains(&r.time) && (open || !per_pair)
    };
    let mut rows = vec![];
    for l in &left {
        rows.extend(right.iter().filter(|r| meet(l, r)).map(|r| (Some(&l.item), Some(&r.item))));
        if outer.0 && !right.iter().any(|r| meet(l, r)) {
            rows.push((Some(&l.item), None));
        }
    }
    let alone = right.iter().filter(|r| outer.1 && !left.iter().any(|l| meet(l, r)));
    rows.extend(alone.map(|r| (None, Some(&r.item))));
    rows
}
