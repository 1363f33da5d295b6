//! Joins of two streams by time.

use crate::cases;
use crate::data::{Record, records};
use crate::model::{Timed, joined, read, timestamp};
use proptest::prelude::*;
use std::time::Duration;
use streamflow::Timestamp;
use streamflow::testing::check_partitions;

type Input = Vec<Vec<Record>>;
type Both = (Input, Input);
/// Values of both sides.
type Row = (Option<i64>, Option<i64>);

fn seconds(seconds: i64) -> Duration {
    Duration::from_secs(seconds as u64)
}

fn values(row: (Option<&Record>, Option<&Record>)) -> Row {
    (row.0.map(|r| r.value), row.1.map(|r| r.value))
}

/// What is in time of both sides, joined.
fn model(input: &Both, (before, after, disorder): (i64, i64, i64), outer: (bool, bool), per_pair: bool) -> Vec<Row> {
    let timed = |side: &Input| -> Vec<Timed<Record>> { timestamp(read(side), |r| r.time, disorder) };
    let (left, right) = (timed(&input.0), timed(&input.1));
    joined(&left, &right, |r| r.key, (before, after), outer, per_pair).into_iter().map(values).collect()
}

macro_rules! check_join {
    ($left:expr, $right:expr, $seed:expr, $bounds:expr, $outer:expr, $join:ident, $function:expr) => {
        check_join!($left, $right, $seed, $bounds, $outer, $join, $function, false,)
    };
    ($left:expr, $right:expr, $seed:expr, $bounds:expr, $outer:expr, $join:ident, $function:expr, $per_pair:expr, $($late:tt)*) => {{
        let (before, after, disorder) = $bounds;
        let model = |input: &Both| model(input, (before, after, disorder), $outer, $per_pair);
        check_partitions($left).and($right).seed($seed).cases(3).may_be_empty().model(model).run(
            |(first, second), out| {
                streamflow::stream! {
                    let left = first
                        -> timestamp(|r: &Record| Timestamp::from_secs(r.time), disorder = seconds(disorder))
                        -> map(|r| (r.key, r.value)) -> key_by(|r| r.0);
                    let right = second
                        -> timestamp(|r: &Record| Timestamp::from_secs(r.time), disorder = seconds(disorder))
                        -> map(|r| (r.key, r.value)) -> key_by(|r| r.0);
                    left -> $join(right, before = seconds(before), after = seconds(after), $($late)* $function) -> out;
                }
            },
        );
    }};
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn inner(left in records(), right in records(), seed in any::<u64>(), before in 0i64..15, after in 0i64..15, disorder in 0i64..25) {
        check_join!(left, right, seed, (before, after, disorder), (false, false), join, |l, r| (Some(l.1), Some(r.1)));
    }

    #[test]
    fn left(left in records(), right in records(), seed in any::<u64>(), before in 0i64..15, after in 0i64..15, disorder in 0i64..25) {
        check_join!(left, right, seed, (before, after, disorder), (true, false), left_join, |l, r| (Some(l.1), r.map(|r| r.1)));
    }

    #[test]
    fn right(left in records(), right in records(), seed in any::<u64>(), before in 0i64..15, after in 0i64..15, disorder in 0i64..25) {
        check_join!(left, right, seed, (before, after, disorder), (false, true), right_join, |l, r| (l.map(|l| l.1), Some(r.1)));
    }

    #[test]
    fn full(left in records(), right in records(), seed in any::<u64>(), before in 0i64..15, after in 0i64..15, disorder in 0i64..25) {
        check_join!(left, right, seed, (before, after, disorder), (true, true), full_join, |l, r| (l.map(|l| l.1), r.map(|r| r.1)));
    }

    /// Who is behind the time of its partition still meets what could have met it before.
    #[test]
    fn per_pair(left in records(), right in records(), seed in any::<u64>(), before in 0i64..15, after in 0i64..15, disorder in 0i64..25) {
        let bounds = (before, after, disorder);
        check_join!(left, right, seed, bounds, (true, true), full_join, |l, r| (l.map(|l| l.1), r.map(|r| r.1)), true, late = per_pair,);
    }

    /// The newest version at the time of the left record; a late one is seen from the time on that its partition had reached.
    #[test]
    fn as_of(left in records(), right in records(), seed in any::<u64>(), disorder in 0i64..25) {
        let model = |input: &Both| {
            let timed = |side: &Input| -> Vec<Timed<Record>> { timestamp(read(side), |r| r.time, disorder) };
            let (left, right) = (timed(&input.0), timed(&input.1));
            let own = |r: &Record| (r.partition, r.key);
            let version = |l: &Timed<Record>| {
                let held = right.iter().filter(|r| own(&r.item) == own(&l.item) && r.time.max(r.reached) <= l.time);
                held.max_by_key(|r| r.time).map(|r| r.item.value)
            };
            left.iter().filter(|l| l.time >= l.reached).map(|l| (l.item.value, version(l))).collect()
        };
        check_partitions(left).and(right).seed(seed).cases(3).may_be_empty().model(model).run(|(first, second), out| {
            streamflow::stream! {
                let left = first
                    -> timestamp(|r: &Record| Timestamp::from_secs(r.time), disorder = seconds(disorder))
                    -> map(|r| (r.partition, r.key, r.value)) -> key_by(|r| (r.0, r.1));
                let right = second
                    -> timestamp(|r: &Record| Timestamp::from_secs(r.time), disorder = seconds(disorder))
                    -> map(|r| (r.partition, r.key, r.value)) -> key_by(|r| (r.0, r.1));
                left -> as_of_join(right, |l, r| (l.2, r.map(|r| r.2))) -> out;
            }
        });
    }
}
