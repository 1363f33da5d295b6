//! Columns that were stored as any type, read as types of the program.
//!
//! The first line is the text of the stored type, then follow the number of rows in two bytes, and the columns.

use super::{Outcome, Seeds, clear};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, SystemTime};
use streamflow::codec::{AsSerde, Fit, Reader, Type, Writer};
use streamflow::{State, Timestamp};

#[derive(Clone, State)]
#[state(removed("gone"))]
struct Order {
    id: u64,
    #[state(renamed = "price")]
    cents: i64,
    #[state(default = 7)]
    rating: u16,
    lines: Vec<Line>,
    notes: BTreeMap<String, Option<f64>>,
}

#[derive(Clone, State)]
enum Line {
    Empty,
    Number(i32, Option<u16>),
    #[state(renamed = "Named")]
    Called {
        name: String,
        flags: [bool; 3],
    },
}

#[derive(Clone, State)]
struct Euros {
    euros: u32,
}

#[derive(Clone, State)]
#[state(version = 2, migrate = Euros)]
struct Cents {
    cents: u64,
}

impl From<Euros> for Cents {
    fn from(old: Euros) -> Self {
        Cents { cents: u64::from(old.euros) * 100 }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, State)]
#[state(serde)]
struct Foreign {
    name: String,
    #[serde(default)]
    numbers: Vec<u32>,
    next: Option<Box<Foreign>>,
}

type Times = (Duration, SystemTime, Timestamp, char, BTreeSet<u128>);
type Lists = Vec<VecDeque<Option<Box<str>>>>;
type Rows = (String, u64);

/// Reads the columns as each type of the program.
pub fn columns(bytes: &[u8]) -> Outcome {
    let mut parts = bytes.splitn(2, |byte| *byte == b'\n');
    let text = String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
    let stored: Type = text.parse().map_err(|error| clear(&error))?;
    let Some((rows, columns)) = parts.next().and_then(|rest| rest.split_first_chunk::<2>()) else {
        return Err("no columns".to_owned());
    };
    // the highest number stands for one that memory cannot hold
    let rows = match u16::from_le_bytes(*rows) {
        u16::MAX => usize::MAX,
        rows => usize::from(rows),
    };
    let all = [
        as_type::<Order>,
        as_type::<Line>,
        as_type::<Cents>,
        as_type::<Foreign>,
        as_type::<AsSerde<Vec<BTreeMap<String, u8>>>>,
        as_type::<Times>,
        as_type::<Lists>,
        as_type::<Rows>,
        as_type::<u64>,
        as_type::<[[Option<bool>; 7]; 5]>,
        as_type::<BTreeMap<(), Vec<()>>>,
    ];
    let mut outcome = Err("no type of the program takes them".to_owned());
    for as_type in all {
        outcome = outcome.or(as_type(&stored, rows, columns));
    }
    outcome
}

fn as_type<T: State>(stored: &Type, rows: usize, columns: &[u8]) -> Outcome {
    let fit = T::fit(stored);
    let mut input = Reader::new(columns);
    let read = T::read(stored, rows, &mut input).and_then(|read| input.finish().map(|()| read));
    if let Fit::Refused(reasons) = &fit {
        reasons.iter().for_each(|reason| drop(clear(reason)));
        // a start is refused by this: nothing may be read where it says so, nor the other way round
        assert!(read.is_err() || rows == 0 || !differs(stored), "`{stored}` is refused and read as `{}`", T::schema());
    }
    let read = read.map_err(|error| clear(&error))?;
    assert_eq!(read.len(), rows);
    // what was read is written and read again as it is
    let first = written(&read);
    let mut input = Reader::new(&first);
    let again = T::read(&T::schema(), rows, &mut input).expect("what was written a moment ago");
    assert_eq!(written(&again), first, "`{stored}` as `{}`", T::schema());
    Ok(())
}

/// Whether values of the type have to have a part that could be refused: an enum of which a variant is not there may hold none of it.
fn differs(stored: &Type) -> bool {
    matches!(stored, Type::Int { .. } | Type::Float { .. } | Type::Text | Type::Bytes | Type::Bool | Type::Char)
}

fn written<T: State>(rows: &[T]) -> Vec<u8> {
    let mut out = Writer::new();
    T::write(&rows.iter().collect::<Vec<_>>(), &mut out);
    out.into_bytes()
}

fn seed<T: State>(rows: &[T]) -> Vec<u8> {
    as_stored(&T::schema().to_string(), rows)
}

fn as_stored<T: State>(text: &str, rows: &[T]) -> Vec<u8> {
    let count = (rows.len() as u16).to_le_bytes();
    [format!("{text}\n").as_bytes(), &count, &written(rows)].concat()
}

pub fn seeds() -> Seeds {
    /// `Order` as an earlier program had it.
    #[derive(Clone, State)]
    struct Before {
        gone: String,
        price: i32,
        id: u32,
        notes: BTreeMap<String, Option<f64>>,
        lines: Vec<Line>,
    }
    let lines = vec![
        Line::Empty,
        Line::Number(-3, Some(4)),
        Line::Called { name: "ann".into(), flags: [true, false, true] },
        Line::Number(5, None),
    ];
    let notes = BTreeMap::from([("a".to_owned(), Some(0.5)), ("b".to_owned(), None)]);
    let order = |id| Order { id, cents: -7, rating: 3, lines: lines.clone(), notes: notes.clone() };
    let before =
        |id| Before { gone: "x".into(), price: 9, id, notes: notes.clone(), lines: lines[..id as usize % 3].to_vec() };
    let moment = SystemTime::UNIX_EPOCH + Duration::new(1_800_000_000, 5);
    let times = |n: u64| -> Times {
        (Duration::new(n, 9), moment, Timestamp::from_micros(-1), '\u{fc}', BTreeSet::from([u128::MAX, n.into()]))
    };
    let lists: Lists = vec![VecDeque::from([None, Some("text".into())]), VecDeque::new()];
    let inner = Foreign { name: "inner".into(), numbers: vec![], next: None };
    let foreign = Foreign { name: "outer".into(), numbers: vec![1, 300, 70_000], next: Some(Box::new(inner)) };
    let rows: Vec<Rows> = (0..40).map(|n| (format!("key {n}"), n)).collect();
    vec![
        ("orders", seed(&[order(1), order(2)])),
        ("orders-before", seed(&[before(1), before(2), before(3)])),
        ("lines", seed(&lines)),
        ("version-1", seed(&[Euros { euros: 3 }, Euros { euros: u32::MAX }])),
        ("version-2", seed(&[Cents { cents: 3 }])),
        ("serde", seed(&[foreign.clone(), foreign])),
        ("times", seed(&[times(1), times(2)])),
        ("lists", seed(&[lists.clone(), vec![], lists])),
        ("rows", seed(&rows)),
        ("narrow", seed(&[1u8, 2, 255])),
        ("bits", seed(&[[[Some(true), None, Some(false), None, None, None, None]; 5]; 3])),
        ("nothing", seed(&[BTreeMap::from([((), vec![(), ()])]), BTreeMap::new()])),
        ("other-type", as_stored("{id: u64, price: (), lines: list<Gone>}", &rows)),
    ]
}
