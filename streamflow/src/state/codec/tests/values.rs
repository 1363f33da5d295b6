//! Rows that are read without their type, against what the types themselves say.

use super::{read, written};
use crate::codec::{Reader, Type, Value};
use crate::{State, Timestamp};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::time::{Duration, SystemTime};

fn values(stored: &Type, rows: usize, bytes: &[u8]) -> Result<Vec<Value>, String> {
    let mut input = Reader::new(bytes);
    let read = Value::read(stored, rows, &mut input).map_err(|error| error.to_string())?;
    input.finish().map_err(|error| error.to_string())?;
    Ok(read)
}

/// By the text of the type alone.
fn shown<T: State>(rows: &[T]) -> Vec<String> {
    let stored = T::schema().to_string().parse().expect("a text of a type");
    let read = values(&stored, rows.len(), &written(rows)).expect("what was written can be read");
    read.iter().map(Value::to_string).collect()
}

#[test]
fn scalars_are_shown() {
    assert_eq!(shown(&[(), ()]), ["null", "null"]);
    assert_eq!(shown(&[true, false]), ["true", "false"]);
    assert_eq!(shown(&[u64::MAX, 0]), ["18446744073709551615", "0"]);
    assert_eq!(shown(&[i8::MIN, -1, 1]), ["-128", "-1", "1"]);
    assert_eq!(shown(&[u128::MAX]), ["340282366920938463463374607431768211455"]);
    assert_eq!(shown(&[i128::MIN]), ["-170141183460469231731687303715884105728"]);
    assert_eq!(shown(&[0.1f32, 1.0, -0.0, f32::MAX]), ["0.1", "1.0", "-0.0", "3.4028235e38"]);
    assert_eq!(shown(&[0.1f64, 1e300, 5e-324]), ["0.1", "1e300", "5e-324"]);
    assert_eq!(shown(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY]), ["\"NaN\"", "\"Infinity\"", "\"-Infinity\""]);
    assert_eq!(shown(&[f32::NAN, f32::NEG_INFINITY]), ["\"NaN\"", "\"-Infinity\""]);
    assert_eq!(shown(&['a', '"', '🦀']), ["\"a\"", "\"\\\"\"", "\"🦀\""]);
}

#[test]
fn texts_cannot_break_out_of_their_line() {
    let text = "a\"b\\c\nd\te\r\0\u{1b}[31m\u{9b}ß";
    assert_eq!(shown(&[text.to_owned()]), ["\"a\\\"b\\\\c\\nd\\te\\r\\u0000\\u001b[31m\\u009bß\""]);
    let json: String = serde_json::from_str(&shown(&[text.to_owned()])[0]).expect("it is JSON");
    assert_eq!(json, text);
    assert_eq!(shown(&[Box::<[u8]>::from(&[0, 0xff, 0x1b][..])]), ["\"00ff1b\""]);
}

#[test]
fn times_are_shown() {
    let spans = [Duration::ZERO, Duration::from_millis(1500), Duration::from_nanos(1), Duration::MAX];
    assert_eq!(shown(&spans), ["\"0s\"", "\"1.5s\"", "\"0.000000001s\"", "\"18446744073709551615.999999999s\""]);
    let epoch = SystemTime::UNIX_EPOCH;
    let times = [epoch, epoch - Duration::from_millis(500), epoch + Duration::from_secs(1 << 60)];
    assert_eq!(shown(&times), ["\"1970-01-01T00:00:00Z\"", "\"1969-12-31T23:59:59.5Z\"", "\"1152921504606846976s\""]);
    let stamps = [Timestamp::from_micros(1_500_000), Timestamp::from_micros(i64::MIN)];
    assert_eq!(shown(&stamps), ["\"1970-01-01T00:00:01.5Z\"", "\"-9223372036854775808us\""]);
}

#[test]
fn containers_are_shown() {
    assert_eq!(shown(&[None, Some(3u8)]), ["null", "3"]);
    assert_eq!(shown(&[None, Some(None), Some(Some(3u8))]), ["null", "{\"some\":null}", "3"]);
    assert_eq!(shown(&[Some(()), None]), ["{\"some\":null}", "null"]);
    assert_eq!(shown(&[vec![vec![1u8], vec![]], vec![]]), ["[[1],[]]", "[]"]);
    assert_eq!(shown(&[vec![(); 3]]), ["[null,null,null]"]);
    assert_eq!(shown(&[VecDeque::from([1u8, 2])]), ["[1,2]"]);
    assert_eq!(shown(&[[1u16, 2, 3], [4, 5, 6]]), ["[1,2,3]", "[4,5,6]"]);
    assert_eq!(shown(&[[0u8; 0]; 2]), ["[]", "[]"]);
    assert_eq!(shown(&[(1u8, "a".to_owned(), None::<u8>)]), ["[1,\"a\",null]"]);
    assert_eq!(shown(&[(7u8,)]), ["7"]);
    // what has no order of its own is shown in one
    assert_eq!(shown(&[HashSet::from([3i32, -1, 10])]), ["[-1,3,10]"]);
    assert_eq!(shown(&[BTreeSet::<u8>::new()]), ["[]"]);
    let words = HashMap::from([("b".to_owned(), 1u8), ("a".to_owned(), 2)]);
    assert_eq!(shown(&[words]), ["{\"a\":2,\"b\":1}"]);
    assert_eq!(shown(&[HashMap::from([(10u8, true), (9, false)])]), ["[[9,false],[10,true]]"]);
    assert_eq!(shown(&[BTreeMap::<u8, u8>::new()]), ["{}"]);
}

#[derive(Clone, State)]
enum Event {
    Quiet,
    Moved(i32, i32),
    Number(u64),
    Named { r#type: String, at: Option<u8> },
    Empty(),
}

#[derive(Clone, State)]
struct Cents(i64);

mod versioned {
    #[derive(Clone, Default, streamflow::State)]
    pub struct Old {
        pub a: u8,
    }
    #[derive(Clone, Default, streamflow::State)]
    #[state(version = 2, migrate = Old)]
    pub struct New {
        pub b: u8,
    }
    impl From<Old> for New {
        fn from(old: Old) -> Self {
            New { b: old.a }
        }
    }
}

#[test]
fn derived_types_are_shown() {
    let events = [
        Event::Moved(1, 2),
        Event::Quiet,
        Event::Number(3),
        Event::Named { r#type: "x".to_owned(), at: Some(3) },
        Event::Empty(),
        Event::Moved(-3, 4),
    ];
    let expected = [
        "{\"Moved\":[1,2]}",
        "\"Quiet\"",
        "{\"Number\":3}",
        "{\"Named\":{\"type\":\"x\",\"at\":3}}",
        "\"Empty\"",
        "{\"Moved\":[-3,4]}",
    ];
    assert_eq!(shown(&events), expected);
    assert_eq!(shown(&[Cents(-7)]), ["-7"]);
    assert_eq!(shown(&[versioned::New { b: 5 }]), ["{\"b\":5}"]);
}

#[test]
fn many_variants_have_numbers_of_two_bytes() {
    let variants: Vec<String> = (0..300).map(|n| format!("V{n}")).collect();
    let stored: Type = variants.join(" | ").parse().expect("a type");
    let read = values(&stored, 2, &[0x2b, 1, 0, 0]).expect("two variants");
    assert_eq!(read.iter().map(Value::to_string).collect::<Vec<_>>(), ["\"V299\"", "\"V0\""]);
    assert!(values(&stored, 1, &[0x2c, 1]).expect_err("there are 300").starts_with("there is no variant 300"));
}

#[test]
fn values_are_ordered_as_their_types_are() {
    let read = |rows: &[i64]| values(&i64::schema(), rows.len(), &written(rows)).expect("numbers");
    let mut numbers = read(&[10, -3, 9, i64::MAX, 0]);
    numbers.sort();
    assert_eq!(numbers, read(&[-3, 0, 9, 10, i64::MAX]));
    let texts = ["b", "", "aa", "ß"].map(str::to_owned);
    let mut read = values(&String::schema(), 4, &written(&texts)).expect("texts");
    read.sort();
    assert_eq!(read.iter().map(Value::to_string).collect::<Vec<_>>(), ["\"\"", "\"aa\"", "\"b\"", "\"ß\""]);
}

#[test]
fn a_fault_names_its_place() {
    #[derive(Clone, State)]
    struct Order {
        lines: Vec<(u8, bool)>,
    }
    let mut bytes = written(&[Order { lines: vec![(1, true)] }]);
    *bytes.last_mut().expect("bytes") = 9;
    let error = values(&Order::schema(), 1, &bytes).expect_err("no truth value");
    assert_eq!(error, "`lines.1`: a truth value is neither 0 nor 1");
}

#[test]
fn types_that_nobody_writes_are_refused() {
    for stored in [Type::Int { signed: false, bits: 24 }, Type::Int { signed: true, bits: 0 }, Type::Float { bits: 16 }]
    {
        assert!(values(&stored, 1, &[0; 64]).expect_err("no such number").starts_with("there are no numbers"));
    }
    let wide = Type::Tuple(vec![Type::Unit; 1_000]);
    let error = values(&wide, 4_000, &[0; 8_000]).expect_err("four million values of nothing");
    assert!(error.contains("too many for these bytes"), "{error}");
}

#[cfg(feature = "serde")]
mod packed {
    use super::*;
    use crate::AsSerde;
    use serde::{Deserialize, Serialize};

    #[derive(Clone, Serialize, Deserialize)]
    enum Filter {
        Nothing,
        Is(String),
        Not(Box<Filter>),
        Between { low: i64, high: Option<u64> },
    }

    #[test]
    fn what_serde_has_packed_is_shown() {
        let rows = [
            Filter::Nothing,
            Filter::Not(Box::new(Filter::Is("x".to_owned()))),
            Filter::Between { low: -5, high: None },
            Filter::Between { low: 1, high: Some(u64::MAX) },
        ];
        let expected: Vec<String> = rows.iter().map(|row| serde_json::to_string(row).expect("JSON")).collect();
        assert_eq!(shown(&rows.map(AsSerde)), expected);
        let numbers = HashMap::from([(7u8, (1.5f32, vec![(), ()]))]);
        assert_eq!(shown(&[AsSerde(numbers)]), ["[[7,[1.5,[null,null]]]]"]);
        assert_eq!(shown(&[AsSerde((0.25f64, 'x', false))]), ["[0.25,\"x\",false]"]);
    }

    #[test]
    fn packed_values_that_are_deep_are_refused() {
        let mut row = vec![0x91; 100_000];
        row.push(0xc0);
        let bytes = written(&[Box::<[u8]>::from(row)]);
        assert!(values(&Type::Packed, 1, &bytes).expect_err("too deep").contains("serde cannot read"));
    }

    proptest! {
        #[test]
        fn any_packed_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let written = written(&[Box::<[u8]>::from(bytes)]);
            if let Ok(read) = values(&Type::Packed, 1, &written) {
                let _ = read[0].to_string();
            }
        }
    }
}

#[derive(Clone, Debug, State, serde::Serialize)]
enum Leaf {
    Quiet,
    Number(i32),
    Pair(Option<u16>, bool),
    Named { name: String, flags: [bool; 3] },
}

#[derive(Clone, Debug, State, serde::Serialize)]
struct Tree {
    id: u64,
    leaves: Vec<Leaf>,
    by_name: BTreeMap<String, (i64, f64)>,
    last: Option<Box<Leaf>>,
    letters: VecDeque<char>,
    seen: BTreeSet<i32>,
    nothing: Vec<()>,
}

fn leaf() -> impl Strategy<Value = Leaf> {
    prop_oneof![
        Just(Leaf::Quiet),
        any::<i32>().prop_map(Leaf::Number),
        any::<(Option<u16>, bool)>().prop_map(|(pair, flag)| Leaf::Pair(pair, flag)),
        any::<(String, [bool; 3])>().prop_map(|(name, flags)| Leaf::Named { name, flags }),
    ]
}

fn tree() -> impl Strategy<Value = Tree> {
    let lists = (
        prop::collection::vec(leaf(), 0..6),
        prop::collection::btree_map(any::<String>(), (any::<i64>(), -1e9..1e9), 0..4),
        prop::option::of(leaf().prop_map(Box::new)),
        prop::collection::vec_deque(any::<char>(), 0..5),
        prop::collection::btree_set(any::<i32>(), 0..4),
    );
    (any::<u64>(), lists, 0usize..40).prop_map(|(id, (leaves, by_name, last, letters, seen), nothing)| Tree {
        id,
        leaves,
        by_name,
        last,
        letters,
        seen,
        nothing: vec![(); nothing],
    })
}

proptest! {
    #[test]
    fn any_rows_are_shown_as_serde_shows_them(rows in prop::collection::vec(tree(), 0..20)) {
        let shown = shown(&rows);
        prop_assert_eq!(shown.len(), rows.len());
        for (shown, row) in shown.iter().zip(&rows) {
            // both through one parser, which reads the same digits as the same float
            let parsed = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("it is JSON");
            let expected = serde_json::to_string(row).expect("it is JSON");
            prop_assert_eq!(parsed(shown), parsed(&expected));
        }
    }

    #[test]
    fn damage_is_seen_where_the_type_sees_it(
        rows in prop::collection::vec(tree(), 1..6),
        place in any::<prop::sample::Index>(),
        byte: u8,
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = written(&rows);
        let place = place.index(bytes.len());
        bytes[place] = byte;
        for length in [bytes.len(), cut.index(bytes.len())] {
            let typed = read::<Tree>(&Tree::schema(), rows.len(), &bytes[..length]).is_ok();
            let shown = values(&Tree::schema(), rows.len(), &bytes[..length]).is_ok();
            prop_assert_eq!(typed, shown);
        }
    }

    #[test]
    fn any_bytes_under_any_type_are_answered(
        stored in super::types::types(),
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        rows in 0usize..50,
    ) {
        if let Ok(read) = values(&stored, rows, &bytes) {
            prop_assert_eq!(read.len(), rows);
            prop_assert!(read.iter().all(|value| !value.to_string().is_empty()));
        }
    }
}
