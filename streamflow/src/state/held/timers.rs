//! The timers of a key.

use crate::state::State;
use crate::state::codec::{Differences, Layout, ReadError, Reader, Type, Writer, read_sets, write_sets};
use std::collections::BTreeSet;

/// Moments, each once. Most keys have one timer or none, which need no memory of their own.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Timers {
    #[default]
    None,
    One(i64),
    /// Two and more; fewer where some have fired.
    Several(Box<Tree>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Tree(BTreeSet<i64>);

impl Timers {
    pub fn insert(&mut self, at: i64) {
        match self {
            Timers::None => *self = Timers::One(at),
            Timers::One(other) if *other == at => {}
            Timers::One(other) => *self = Timers::Several(Box::new(Tree(BTreeSet::from([*other, at])))),
            Timers::Several(tree) => _ = tree.0.insert(at),
        }
    }

    pub fn remove(&mut self, at: i64) {
        let is_empty = match self {
            Timers::None => true,
            Timers::One(other) => *other == at,
            Timers::Several(tree) => tree.0.remove(&at) && tree.0.is_empty(),
        };
        if is_empty {
            *self = Timers::None;
        }
    }

    pub fn first(&self) -> Option<i64> {
        self.behind(None)
    }

    /// The first one behind a moment.
    pub fn behind(&self, moment: Option<i64>) -> Option<i64> {
        match (self, moment) {
            (Timers::None, _) => None,
            (Timers::One(at), moment) => Some(*at).filter(|at| moment.is_none_or(|moment| *at > moment)),
            (Timers::Several(tree), None) => tree.0.first().copied(),
            (Timers::Several(tree), Some(moment)) => {
                tree.0.range((std::ops::Bound::Excluded(moment), std::ops::Bound::Unbounded)).next().copied()
            }
        }
    }

    pub fn last(&self) -> Option<i64> {
        match self {
            Timers::None => None,
            Timers::One(at) => Some(*at),
            Timers::Several(tree) => tree.0.last().copied(),
        }
    }

    fn len(&self) -> usize {
        match self {
            Timers::None => 0,
            Timers::One(_) => 1,
            Timers::Several(tree) => tree.0.len(),
        }
    }

    fn iter(&self) -> impl Iterator<Item = &i64> {
        let (one, several) = match self {
            Timers::None => (None, None),
            Timers::One(at) => (Some(at), None),
            Timers::Several(tree) => (None, Some(&tree.0)),
        };
        one.into_iter().chain(several.into_iter().flatten())
    }
}

/// Stored as any set.
impl State for Timers {
    const COLUMNS: &'static Layout = BTreeSet::<i64>::COLUMNS;
    fn schema() -> Type {
        BTreeSet::<i64>::schema()
    }
    fn write(rows: &[&Self], out: &mut Writer) {
        write_sets(rows.iter().map(|row| row.len()), rows.iter().flat_map(|row| row.iter()), out);
    }
    fn read(stored: &Type, rows: usize, input: &mut Reader<'_>) -> Result<Vec<Self>, ReadError> {
        read_sets(stored, rows, input, |_, items| {
            let mut timers = Timers::None;
            items.for_each(|at| timers.insert(at));
            timers
        })
    }
    fn compare(stored: &Type, found: &mut Differences) {
        BTreeSet::<i64>::compare(stored, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn are_a_set(steps in prop::collection::vec((any::<bool>(), -3i64..3), 0..40)) {
            let (mut timers, mut set) = (Timers::None, BTreeSet::new());
            for (inserts, at) in steps {
                if inserts {
                    timers.insert(at);
                    set.insert(at);
                } else {
                    timers.remove(at);
                    set.remove(&at);
                }
                prop_assert_eq!(timers.iter().collect::<Vec<_>>(), set.iter().collect::<Vec<_>>());
                prop_assert_eq!((timers.first(), timers.last()), (set.first().copied(), set.last().copied()));
                prop_assert_eq!(timers.behind(Some(at)), set.range(at + 1..).next().copied());
                prop_assert_eq!(timers.len(), set.len());
            }
            let (mut ours, mut theirs) = (Writer::new(), Writer::new());
            Timers::write(&[&timers], &mut ours);
            BTreeSet::write(&[&set], &mut theirs);
            let bytes = ours.into_bytes();
            prop_assert_eq!(&bytes, &theirs.into_bytes(), "stored as a set");
            let read = Timers::read(&Timers::schema(), 1, &mut Reader::new(&bytes)).unwrap();
            prop_assert_eq!(read[0].iter().collect::<Vec<_>>(), set.iter().collect::<Vec<_>>());
        }
    }
}
