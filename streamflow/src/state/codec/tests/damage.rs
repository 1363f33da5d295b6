//! Bytes that nobody wrote: read without a panic, and without more memory than they can mean.

use super::{counted, read, written};
use crate::codec::Type;
use crate::{OwnedText, State, Timestamp};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::{Duration, SystemTime};

#[derive(Clone, Debug, PartialEq, State)]
enum Leaf {
    Quiet,
    Number(i32, Option<u16>),
    Named { name: String, flags: [bool; 3] },
}

#[derive(Clone, Debug, PartialEq, State)]
struct Tree {
    id: u64,
    leaves: Vec<Leaf>,
    by_name: BTreeMap<String, (i64, f64)>,
    last: Option<Box<Leaf>>,
    letters: VecDeque<char>,
    seen: BTreeSet<u128>,
    waits: HashMap<u8, Duration>,
    at: SystemTime,
    stamp: Timestamp,
    nothing: Vec<()>,
}

fn leaf() -> impl Strategy<Value = Leaf> {
    prop_oneof![
        Just(Leaf::Quiet),
        any::<(i32, Option<u16>)>().prop_map(|(number, more)| Leaf::Number(number, more)),
        any::<(String, [bool; 3])>().prop_map(|(name, flags)| Leaf::Named { name, flags }),
    ]
}

fn tree() -> impl Strategy<Value = Tree> {
    let lists = (
        prop::collection::vec(leaf(), 0..6),
        prop::collection::btree_map(any::<String>(), (any::<i64>(), -1e9..1e9), 0..4),
        prop::option::of(leaf().prop_map(Box::new)),
        prop::collection::vec_deque(any::<char>(), 0..5),
        prop::collection::btree_set(any::<u128>(), 0..4),
        prop::collection::hash_map(
            any::<u8>(),
            any::<u32>().prop_map(|nanos| Duration::from_nanos(nanos.into())),
            0..4,
        ),
    );
    (any::<u64>(), lists, any::<i32>(), any::<i64>(), 0usize..40).prop_map(
        |(id, (leaves, by_name, last, letters, seen, waits), at, stamp, nothing)| Tree {
            id,
            leaves,
            by_name,
            last,
            letters,
            seen,
            waits,
            at: SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 31) - Duration::from_millis(at.unsigned_abs().into()),
            stamp: Timestamp::from_micros(stamp),
            nothing: vec![(); nothing],
        },
    )
}

/// Reads, whatever it gives. What was reserved has a bound of 16 times the input and a mebibyte.
fn survives<T: State>(stored: &Type, rows: usize, bytes: &[u8]) -> Result<(), TestCaseError> {
    let (_, reserved) = counted(|| read::<T>(stored, rows, bytes));
    prop_assert!(reserved <= 16 * bytes.len() + (1 << 20), "{reserved} bytes for {}", bytes.len());
    Ok(())
}

proptest! {
    #[test]
    fn nested_values_come_back(rows in prop::collection::vec(tree(), 0..20)) {
        prop_assert_eq!(read::<Tree>(&Tree::schema(), rows.len(), &written(&rows)), Ok(rows));
    }

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..2000), rows in 0usize..4096) {
        survives::<Tree>(&Tree::schema(), rows, &bytes)?;
        survives::<Vec<Vec<String>>>(&<Vec<Vec<String>>>::schema(), rows, &bytes)?;
        survives::<Leaf>(&Leaf::schema(), rows, &bytes)?;
        survives::<OwnedText>(&OwnedText::schema(), rows, &bytes)?;
        survives::<HashMap<(), Vec<()>>>(&<HashMap<(), Vec<()>>>::schema(), rows, &bytes)?;
        survives::<[[Option<bool>; 7]; 5]>(&<[[Option<bool>; 7]; 5]>::schema(), rows, &bytes)?;
    }

    #[test]
    fn changed_bytes_are_answered(
        rows in prop::collection::vec(tree(), 1..6),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5),
        claimed in prop_oneof![Just(None), any::<usize>().prop_map(Some)],
        end in any::<prop::sample::Index>(),
    ) {
        let mut bytes = written(&rows);
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        survives::<Tree>(&Tree::schema(), claimed.unwrap_or(rows.len()), &bytes)?;
        survives::<Tree>(&Tree::schema(), rows.len(), &bytes[..end.index(bytes.len())])?;
    }

    /// The text of the type may be that of anything.
    #[test]
    fn other_types_are_answered(rows in prop::collection::vec(tree(), 1..4), text in "[a-z0-9(){}<>|:, ]{0,40}") {
        let bytes = written(&rows);
        for text in [text.as_str(), "{id: u8, leaves: list<Quiet | Number(i32)>}", "{}", "()", "{nothing: list<list<()>>}"] {
            if let Ok(stored) = text.parse::<Type>() {
                let _ = Tree::fit(&stored);
                survives::<Tree>(&stored, rows.len(), &bytes)?;
            }
        }
    }
}

/// Counts that the bytes cannot mean, each where a reader might believe it.
#[test]
fn claims_of_many_rows_reserve_nothing() {
    #[derive(Clone, Debug, State)]
    struct Empty {}
    #[derive(Clone, Debug, State)]
    struct Filled {
        #[state(default)]
        numbers: [u64; 32],
    }
    let huge = [8u8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
    let most = [4u8, 0xff, 0xff, 0xff, 0xff];
    fn refused<T: State>(stored: &Type, rows: usize, bytes: &[u8]) {
        let (result, reserved) = counted(|| read::<T>(stored, rows, bytes).map(|_| ()));
        assert!(result.is_err() && reserved < 1 << 12, "{stored}: {result:?}, {reserved} bytes");
    }
    for bytes in [&huge[..], &most[..]] {
        refused::<Vec<()>>(&<Vec<()>>::schema(), 1, bytes);
        refused::<Vec<u64>>(&<Vec<u64>>::schema(), 1, bytes);
        refused::<String>(&String::schema(), 1, bytes);
        refused::<Vec<Filled>>(&<Vec<Empty>>::schema(), 1, bytes);
        refused::<HashMap<u64, u64>>(&<HashMap<u64, u64>>::schema(), 1, bytes);
    }
    for rows in [1 << 20, usize::MAX] {
        refused::<Filled>(&Empty::schema(), rows, &[]);
        refused::<u64>(&u64::schema(), rows, &huge);
        refused::<Option<u64>>(&<Option<u64>>::schema(), rows, &huge);
        refused::<[[(); 1000]; 1000]>(&<[[(); 1000]; 1000]>::schema(), rows, &huge);
    }
}
