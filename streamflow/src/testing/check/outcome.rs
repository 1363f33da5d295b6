//! What a run concluded, as lines that can be compared.

use crate::Report;
use std::collections::BTreeMap;
use std::fmt::Debug;

/// The conclusions of a run, sorted: equal lines are equal results.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    lines: Vec<String>,
    /// What else the run left: a model knows nothing of it.
    rest: Option<Vec<String>>,
    /// How many rows there were: not compared, since updates come as often as batches do.
    pub rows: usize,
}

impl PartialEq for Outcome {
    fn eq(&self, other: &Self) -> bool {
        let (mine, theirs) = (self.lines_for(other), other.lines_for(self));
        mine.eq(theirs)
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
    /// What a run of the pipeline gives.
    pub fn of_run(lines: Vec<String>, rows: usize, report: &Report) -> Self {
        let mut rest = vec![format!("{} records read", report.records)];
        rest.extend(report.late.iter().map(|(label, late)| format!("{late} late for `{label}`")));
        rest.extend(report.failed.iter().map(|(label, failed)| format!("{failed} failed in `{label}`")));
        rest.extend(report.state.iter().map(|(label, size)| format!("{} keys left in `{label}`", size.keys)));
        rest.sort_unstable();
        Outcome { rest: Some(rest), ..Self::of_model(lines, rows) }
    }

    /// What a model gives.
    pub fn of_model(mut lines: Vec<String>, rows: usize) -> Self {
        lines.sort_unstable();
        Outcome { lines, rest: None, rows }
    }

    pub fn failed(error: &crate::Error) -> Self {
        Outcome { lines: vec![format!("the job fails: {error}")], rest: None, rows: 0 }
    }

    /// The lines that the other one knows something about.
    fn lines_for<'o>(&'o self, other: &Outcome) -> impl Iterator<Item = &'o String> {
        let rest = self.rest.iter().filter(|_| other.rest.is_some()).flatten();
        self.lines.iter().chain(rest)
    }

    /// The lines that are here more often than there.
    pub fn beyond(&self, other: &Outcome) -> Vec<String> {
        let mut there: BTreeMap<&String, usize> = BTreeMap::new();
        other.lines_for(self).for_each(|line| *there.entry(line).or_default() += 1);
        let unmatched = self.lines_for(other).filter(|line| match there.get_mut(line) {
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
        let outcome = |lines: &[&str]| Outcome::of_model(lines.iter().map(|line| line.to_string()).collect(), 0);
        let (two, one) = (outcome(&["a", "a", "b"]), outcome(&["a", "c"]));
        assert_eq!(two.beyond(&one), ["a", "b"]);
        assert_eq!(one.beyond(&two), ["c"]);
        assert_ne!(one, two);
        let ran = Outcome { rest: Some(vec!["3 records read".to_owned()]), ..one.clone() };
        assert_eq!(ran, one, "a model says nothing about the rest");
        assert_ne!(ran, Outcome { rest: Some(vec![]), ..one });
    }
}
