//! What a run concluded, as lines that can be compared.

use crate::Report;
use std::collections::BTreeMap;
use std::fmt::Debug;

/// The conclusions of a run, sorted: equal lines are equal results.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub lines: Vec<String>,
    /// How many rows there were: not compared, since updates come as often as batches do.
    pub rows: usize,
}

impl PartialEq for Outcome {
    fn eq(&self, other: &Self) -> bool {
        self.lines == other.lines
    }
}

/// How the rows of a run become lines.
pub(crate) trait Rows<R> {
    fn lines(&self, rows: &[R]) -> Vec<String>;
}

/// As a multiset.
pub(crate) struct Any;

/// In order for each key.
pub(crate) struct Ordered<G>(pub G);

/// The last row of each key.
pub(crate) struct Last<G>(pub G);

impl<R: Debug> Rows<R> for Any {
    fn lines(&self, rows: &[R]) -> Vec<String> {
        rows.iter().map(|row| format!("{row:?}")).collect()
    }
}

impl<R: Debug, K: Debug, G: Fn(&R) -> K> Rows<R> for Ordered<G> {
    fn lines(&self, rows: &[R]) -> Vec<String> {
        let mut groups: BTreeMap<String, Vec<&R>> = BTreeMap::new();
        rows.iter().for_each(|row| groups.entry(format!("{:?}", (self.0)(row))).or_default().push(row));
        groups.into_iter().map(|(key, rows)| format!("{key}, in order: {rows:?}")).collect()
    }
}

impl<R: Debug, K: Debug, G: Fn(&R) -> K> Rows<R> for Last<G> {
    fn lines(&self, rows: &[R]) -> Vec<String> {
        let last: BTreeMap<String, &R> = rows.iter().map(|row| (format!("{:?}", (self.0)(row)), row)).collect();
        last.into_iter().map(|(key, row)| format!("{key}, at last: {row:?}")).collect()
    }
}

impl Outcome {
    pub fn new(mut lines: Vec<String>, rows: usize, report: &Report) -> Self {
        lines.push(format!("{} records read", report.records));
        lines.extend(report.late.iter().map(|(label, late)| format!("{late} late for `{label}`")));
        lines.extend(report.state.iter().map(|(label, size)| format!("{} keys left in `{label}`", size.keys)));
        lines.sort_unstable();
        Outcome { lines, rows }
    }

    pub fn failed(error: &crate::Error) -> Self {
        Outcome { lines: vec![format!("the job fails: {error}")], rows: 0 }
    }

    /// The lines that are here more often than there.
    pub fn beyond(&self, other: &Outcome) -> Vec<String> {
        let mut there: BTreeMap<&String, usize> = BTreeMap::new();
        other.lines.iter().for_each(|line| *there.entry(line).or_default() += 1);
        let unmatched = self.lines.iter().filter(|line| match there.get_mut(line) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        });
        unmatched.cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_compared_as_the_pipeline_promises_them() {
        let rows = [("a", 1), ("b", 1), ("a", 2)];
        let turned = [("b", 1), ("a", 2), ("a", 1)];
        let sorted = |mut lines: Vec<String>| {
            lines.sort();
            lines
        };
        let key = |row: &(&'static str, i32)| row.0;
        assert_eq!(sorted(Any.lines(&rows)), sorted(Any.lines(&turned)));
        assert_ne!(Ordered(key).lines(&rows), Ordered(key).lines(&turned));
        assert_eq!(Ordered(key).lines(&rows), Ordered(key).lines(&[rows[1], rows[0], rows[2]]));
        assert_ne!(Last(key).lines(&rows), Last(key).lines(&turned));
        assert_eq!(Last(key).lines(&rows), Last(key).lines(&rows[1..]));
    }

    #[test]
    fn a_difference_counts_how_often_a_line_comes() {
        let outcome = |lines: &[&str]| Outcome { lines: lines.iter().map(|line| line.to_string()).collect(), rows: 0 };
        let (two, one) = (outcome(&["a", "a", "b"]), outcome(&["a", "c"]));
        assert_eq!(two.beyond(&one), ["a", "b"]);
        assert_eq!(one.beyond(&two), ["c"]);
    }
}
