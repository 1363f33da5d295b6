//! The answer of the compiler and that of a start are the same.

use super::fit::{Place, Reach, fit};
use super::*;
use crate::State;
use crate::codec::{AsSerde, Fit, Type};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::{Duration, SystemTime};

#[derive(Clone, State)]
struct Plain {
    n: u32,
    sum: i64,
}
#[derive(Clone, State)]
struct Moved {
    sum: i64,
    n: u64,
}
#[derive(Clone, State)]
struct More {
    n: u32,
    sum: i64,
    seen: bool,
}
#[derive(Clone, State)]
struct MoreByDefault {
    n: u32,
    sum: i64,
    #[state(default)]
    seen: bool,
}
#[derive(Clone, State)]
struct Less {
    n: u32,
}
#[derive(Clone, State)]
struct Renamed {
    n: u32,
    #[state(renamed = "other", renamed = "sum")]
    cents: i64,
}
#[derive(Clone, State)]
struct Unlike {
    n: u32,
    sum: String,
}
#[derive(Clone, State)]
struct Nothing;
#[derive(Clone, State)]
struct Pair(u32, i64);
#[derive(Clone, State)]
struct Three(u32, i64, #[state(default)] bool);
#[derive(Clone, State)]
struct Optional {
    n: Option<u32>,
    sum: Box<i64>,
}
#[derive(Clone, State)]
#[state(version = 2, migrate = Unlike)]
struct Second {
    n: u32,
    cents: i64,
}
impl From<Unlike> for Second {
    fn from(old: Unlike) -> Self {
        Second { n: old.n, cents: 0 }
    }
}
#[derive(Clone, State)]
#[state(version = 3, migrate = Second)]
struct Third(u64);
impl From<Second> for Third {
    fn from(old: Second) -> Self {
        Third(old.n.into())
    }
}
#[derive(Clone, State)]
enum Kind {
    Empty,
    One(u32),
    Both { n: u32, sum: i64 },
}
#[derive(Clone, State)]
#[state(removed("Empty"))]
enum KindMoved {
    Both {
        n: u64,
        sum: i64,
    },
    #[state(renamed = "One")]
    Single(u32),
    #[allow(non_camel_case_types)]
    r#bool,
}
#[derive(Clone, State)]
#[allow(non_camel_case_types)]
enum Words {
    string,
    u8(u8),
    u7,
}
#[derive(Clone, State)]
enum Only {
    Empty,
}
#[derive(Clone, State)]
#[state(version = 2, migrate = Kind)]
enum KindAgain {
    Many(Vec<KindMoved>),
    Empty,
}
impl From<Kind> for KindAgain {
    fn from(_: Kind) -> Self {
        KindAgain::Empty
    }
}
#[derive(Clone, State)]
struct Deep {
    all: HashMap<String, Vec<Plain>>,
    last: Option<KindAgain>,
    third: Third,
}
#[derive(Clone, State)]
struct DeepMoved {
    third: Option<Third>,
    all: BTreeMap<Box<str>, VecDeque<MoreByDefault>>,
}
#[derive(Clone, State)]
struct Of<T> {
    #[state(renamed = "n")]
    it: T,
}

/// A type as a start compares it, and as the compiler does.
struct Both {
    schema: Type,
    fit: fn(&Type) -> Fit,
    layout: &'static Layout,
}

macro_rules! both {
    ($($type:ty),* $(,)?) => {
        vec![$(Both { schema: <$type>::schema(), fit: <$type>::fit, layout: <$type>::COLUMNS }),*]
    };
}

fn all() -> Vec<Both> {
    both![
        (), bool, char, u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, f32, f64, String, Box<[u8]>,
        Duration, SystemTime, crate::Timestamp, AsSerde<std::net::IpAddr>, Option<u32>, Option<Option<u64>>,
        Option<Plain>, Option<Nothing>, Vec<u32>, VecDeque<u64>, Vec<Kind>, BTreeSet<u32>, BTreeSet<String>,
        HashMap<String, u32>, BTreeMap<Box<str>, u64>, BTreeMap<u32, Plain>, BTreeMap<u64, Moved>, [u32; 4], [u64; 4],
        [u32; 3], [Plain; 12], (u32,), (u32, i64), (u64, i64), (u32, i64, bool), (Plain, Vec<Moved>), Plain, Moved,
        More, MoreByDefault, Less, Renamed, Unlike, Nothing, Pair, Three, Optional, Second, Third, Kind, KindMoved,
        Words, Only, KindAgain, Deep, DeepMoved, Of<u32>, Of<Plain>, Of<Of<u64>>, Vec<Second>, Option<Third>,
    ]
}

#[test]
fn the_compiler_refuses_what_a_start_refuses() {
    let types = all();
    let (mut refused, mut fitting) = (0, 0);
    for stored in &types {
        let text = stored.schema.to_string();
        for wanted in &types {
            let at_start = (wanted.fit)(&stored.schema);
            let by_compiler = fit(Part::new(&text), wanted.layout, Place::HERE, Reach::All);
            let refuses = matches!(at_start, Fit::Refused(_));
            assert_eq!(by_compiler.is_some(), refuses, "`{text}` read as `{}`: {at_start:?}", wanted.schema);
            *if refuses { &mut refused } else { &mut fitting } += 1;
        }
    }
    assert!(refused > 1000 && fitting > 200, "{refused} {fitting}");
}

#[test]
fn a_layout_has_the_text_of_its_type() {
    for Both { schema, layout, .. } in all() {
        let mut words = super::Words::new();
        words.layout(layout);
        assert_eq!(words.as_str(), schema.to_string());
    }
}

/// A type whose author has written what it stores.
#[derive(Clone)]
struct ByHand;
impl State for ByHand {
    fn schema() -> Type {
        Type::Unit
    }
    fn write(_: &[&Self], _: &mut crate::codec::Writer) {}
    fn read(_: &Type, rows: usize, _: &mut crate::codec::Reader<'_>) -> Result<Vec<Self>, crate::codec::ReadError> {
        Ok(vec![ByHand; rows])
    }
    fn compare(_: &Type, _: &mut crate::codec::Differences) {}
}

#[test]
fn what_is_written_by_hand_is_left_to_the_start() {
    let (locked, here) = (Part::new("{n: u64}"), Place::HERE);
    assert!(fit(locked, ByHand::COLUMNS, here, Reach::All).is_none());
    assert!(fit(Part::new("list<u64>"), <Vec<ByHand>>::COLUMNS, here, Reach::All).is_none());
    assert!(fit(locked, <Vec<ByHand>>::COLUMNS, here, Reach::All).is_some());
    assert!(fit::row(Part::new("(u64, u8)"), ByHand::COLUMNS, u8::COLUMNS).is_none(), "also as a key");
}

#[test]
fn keys_stay_as_they_are() {
    let row = |locked, key| fit::row(Part::new(locked), key, u64::COLUMNS).is_some();
    assert!(!row("(u32, u64)", u32::COLUMNS));
    assert!(row("(u32, u64)", u64::COLUMNS), "a wider one would be another key");
    assert!(!row("((string, u32), u64)", <(String, u32)>::COLUMNS));
    assert!(row("((string, u32), u64)", <(u32, String)>::COLUMNS));
}
