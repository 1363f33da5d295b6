//! Joins within one batch: DStream's. Batch 0 opens the sinks, so the first one with records is batch 1.

use streamflow::{sink, source, stream};

type Words = Vec<Vec<&'static str>>;

/// The sides of Spark's tests of outer joins.
fn sides() -> (Words, Words) {
    (vec![vec!["a", "b"], vec!["a", ""], vec![""], vec![]], vec![vec!["a", "b"], vec!["b", ""], vec![], vec![""]])
}

fn sorted<T: Ord>(mut batches: Vec<(u64, Vec<T>)>) -> Vec<(u64, Vec<T>)> {
    batches.iter_mut().for_each(|batch| batch.1.sort());
    batches
}

#[test]
fn only_records_of_one_batch_meet() {
    let (left, right) = sides();
    let out = sink::collect_batches();
    let taken = out.clone();
    let job = stream! {
        let right = source::batches(right) -> map(|word| (word, "x")) -> key_by(|row| row.0);
        let left = source::batches(left) -> map(|word| (word, 1)) -> key_by(|row| row.0);
        left -> join_batch(right, |l, r| (l.0, l.1, r.1)) -> out;
    };
    job.threads(2).run().expect("runs");
    assert_eq!(sorted(taken.take()), [(1, vec![("a", 1, "x"), ("b", 1, "x")]), (2, vec![("", 1, "x")]),]);
}

#[test]
fn left_records_that_met_none_are_kept() {
    let (left, right) = sides();
    let out = sink::collect_batches();
    let taken = out.clone();
    let job = stream! {
        let right = source::batches(right) -> map(|word| (word, "x")) -> key_by(|row| row.0);
        let left = source::batches(left) -> map(|word| (word, 1)) -> key_by(|row| row.0);
        left -> left_join_batch(right, |l, r| (l.0, r.map(|r| r.1))) -> out;
    };
    job.threads(2).run().expect("runs");
    assert_eq!(
        sorted(taken.take()),
        [(1, vec![("a", Some("x")), ("b", Some("x"))]), (2, vec![("", Some("x")), ("a", None)]), (3, vec![("", None)]),]
    );
}

#[test]
fn right_records_that_met_none_are_kept() {
    let (left, right) = sides();
    let out = sink::collect_batches();
    let taken = out.clone();
    let job = stream! {
        let right = source::batches(right) -> map(|word| (word, "x")) -> key_by(|row| row.0);
        let left = source::batches(left) -> map(|word| (word, 1)) -> key_by(|row| row.0);
        left -> right_join_batch(right, |l, r| (r.0, l.map(|l| l.1))) -> out;
    };
    job.threads(2).run().expect("runs");
    assert_eq!(
        sorted(taken.take()),
        [(1, vec![("a", Some(1)), ("b", Some(1))]), (2, vec![("", Some(1)), ("b", None)]), (4, vec![("", None)]),]
    );
}

#[test]
fn records_of_both_sides_that_met_none_are_kept() {
    let (left, right) = sides();
    let out = sink::collect_batches();
    let taken = out.clone();
    let job = stream! {
        let right = source::batches(right) -> map(|word| (word, "x")) -> key_by(|row| row.0);
        let left = source::batches(left) -> map(|word| (word, 1)) -> key_by(|row| row.0);
        left -> full_join_batch(right, |l, r| (l.map(|l| l.0), r.map(|r| r.0))) -> out;
    };
    job.threads(2).run().expect("runs");
    assert_eq!(
        sorted(taken.take()),
        [
            (1, vec![(Some("a"), Some("a")), (Some("b"), Some("b"))]),
            (2, vec![(None, Some("b")), (Some(""), Some("")), (Some("a"), None)]),
            (3, vec![(Some(""), None)]),
            (4, vec![(None, Some(""))]),
        ]
    );
}

/// Multiplicities are those of a relational join: two left and three right records of a key give six rows.
#[test]
fn every_pair_of_a_key_gives_a_row() {
    let (left, right): (Words, Words) = (vec![vec!["a", "b", "a"]], vec![vec!["a", "a", "c", "a"]]);
    let out = sink::collect_batches();
    let taken = out.clone();
    let job = stream! {
        let right = source::batches(right) -> map(|word| (word, "x")) -> key_by(|row| row.0);
        let left = source::batches(left) -> map(|word| (word, 1)) -> key_by(|row| row.0);
        left -> join_batch(right, |l, r| (l.0, r.1)) -> out;
    };
    job.threads(2).run().expect("runs");
    assert_eq!(sorted(taken.take()), [(1, vec![("a", "x"); 6]),]);
}

#[test]
fn semi_and_anti_joins_keep_each_left_record_once() {
    let left = vec![(0, 'a'), (1, 'b'), (0, 'c')];
    let (mut there, mut not_there) = (vec![], vec![]);
    let job = stream! {
        let keys = source::vec(vec![0, 0, 7]) -> key_by(|key| *key);
        let left = source::vec(left) -> key_by(|row| row.0);
        left -> semi_join_batch(keys) -> &mut there;
        left -> anti_join_batch(keys) -> &mut not_there;
    };
    job.threads(2).run().expect("runs");
    assert_eq!(there, [(0, 'a'), (0, 'c')]);
    assert_eq!(not_there, [(1, 'b')]);
}

/// Spark's `cogroup`.
#[test]
fn a_key_has_its_records_of_both_sides() {
    let out = sink::collect_batches();
    let taken = out.clone();
    let left: Words = vec![vec!["a", "a", "b"], vec!["a", ""], vec![""], vec![]];
    let right: Words = vec![vec!["a", "a", "b"], vec!["b", ""], vec![], vec![]];
    let job = stream! {
        let right = source::batches(right) -> map(|word| (word, "x")) -> key_by(|row| row.0);
        let left = source::batches(left) -> map(|word| (word, 1)) -> key_by(|row| row.0);
        left -> cogroup(right)
            -> map(|both| (both.key.to_owned(), both.left.iter().map(|l| l.1).sum::<i32>(), both.right.len()))
            -> out;
    };
    job.threads(2).run().expect("runs");
    let row = |key: &str, left, right| (key.to_owned(), left, right);
    assert_eq!(
        sorted(taken.take()),
        [
            (1, vec![row("a", 2, 2), row("b", 1, 1)]),
            (2, vec![row("", 1, 1), row("a", 1, 0), row("b", 0, 1)]),
            (3, vec![row("", 1, 0)]),
        ]
    );
}

/// Nothing is kept, so records may borrow from the blocks of the batch.
#[test]
fn records_may_borrow() {
    let file = std::env::temp_dir().join(format!("streamflow-batch-joins-{}.txt", std::process::id()));
    std::fs::write(&file, "ada 36\nbo 7\n").expect("a file can be written");
    let mut rows = vec![];
    let job = stream! {
        let ages = streamflow::file::lines(&file) -> filter_map(|line| line.split_once(' ')) -> key_by(|row| row.0);
        let names = streamflow::file::lines(&file) -> filter_map(|line| line.split_once(' ')) -> key_by(|row| row.0);
        ages -> left_join_batch(names, |l, r| (l.1, r.map(|r| r.0.len())))
            -> map(|row| (row.0.to_owned(), row.1)) -> &mut rows;
    };
    job.run().expect("runs");
    std::fs::remove_file(&file).expect("it is there");
    rows.sort();
    assert_eq!(rows, [("36".to_owned(), Some(3)), ("7".to_owned(), Some(2))]);
}
