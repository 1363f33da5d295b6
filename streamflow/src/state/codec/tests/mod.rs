//! Round trips, and what is common to the tests of the codec.

mod damage;
mod evolution;
#[cfg(feature = "serde")]
mod packed;
mod types;
mod values;

use super::{Fit, Reader, Type, Writer};
use crate::state::text::Text;
use crate::{ByValue, OwnedText, State, Timestamp};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::fmt::Debug;
use std::time::{Duration, SystemTime};

thread_local! {
    static RESERVED: Cell<usize> = const { Cell::new(0) };
}

/// How much memory was asked for while this ran.
fn counted<R>(run: impl FnOnce() -> R) -> (R, usize) {
    RESERVED.set(0);
    let result = run();
    (result, RESERVED.get())
}

/// Memory was reserved for rows.
pub(in crate::state::codec) fn reserved(bytes: usize) {
    RESERVED.set(RESERVED.get().saturating_add(bytes));
}

fn written<T: State>(rows: &[T]) -> Vec<u8> {
    let mut out = Writer::new();
    T::write(&rows.iter().collect::<Vec<_>>(), &mut out);
    out.into_bytes()
}

/// Reads to the last byte.
fn read<T: State>(stored: &Type, rows: usize, bytes: &[u8]) -> Result<Vec<T>, String> {
    let mut input = Reader::new(bytes);
    let read = T::read(stored, rows, &mut input).map_err(|error| error.to_string())?;
    input.finish().map_err(|error| error.to_string())?;
    Ok(read)
}

#[track_caller]
fn round<T: State + PartialEq + Debug>(shape: &str, rows: &[T]) {
    let stored = T::schema();
    assert_eq!(stored.to_string(), shape);
    assert_eq!(shape.parse(), Ok(stored.clone()));
    assert_eq!(T::fit(&stored), Fit::Same);
    assert_eq!(read::<T>(&stored, rows.len(), &written(rows)).as_deref(), Ok(rows));
    let none = written::<T>(&[]);
    assert_eq!(read::<T>(&stored, 0, &none).as_deref(), Ok(&[][..]));
    for row in rows {
        let mut out = Writer::after(vec![7]);
        row.write_one(&mut out);
        let mut input = Reader::new(&out.bytes()[1..]);
        assert_eq!(T::read_one(&stored, &mut input).as_ref(), Ok(row));
        assert_eq!(input.remaining(), 0);
    }
}

#[test]
fn scalars_come_back() {
    round("()", &[(), (), ()]);
    round("bool", &[true, false, true]);
    round("char", &['a', 'ß', '🦀', '\0', char::MAX]);
    round("u8", &[0u8, 1, u8::MAX]);
    round("u64", &[0, 1, u64::MAX]);
    round("u64", &[0, 1, usize::MAX]);
    round("u128", &[0, u128::MAX]);
    round("i8", &[i8::MIN, -1, 0, i8::MAX]);
    round("i64", &[isize::MIN, -1, isize::MAX]);
    round("i128", &[i128::MIN, -1, i128::MAX]);
    round("f32", &[0.0f32, -0.0, f32::INFINITY, f32::MIN_POSITIVE]);
    round("f64", &[0.1f64, f64::NEG_INFINITY, f64::MAX]);
    let odd = f64::from_bits(0x7ff8_0000_dead_beef);
    assert_eq!(read::<f64>(&f64::schema(), 1, &written(&[odd])).unwrap()[0].to_bits(), odd.to_bits());
}

#[test]
fn texts_and_bytes_come_back() {
    round("string", &["".to_owned(), "ann".to_owned(), "日本".to_owned(), "x".repeat(70_000)]);
    round("string", &[Box::<str>::from(""), "b".into()]);
    round("string", &[Text::pack("short").own(), Text::pack("longer than fifteen bytes").own()]);
    round("bytes", &[Box::<[u8]>::from(&[][..]), Box::from(&[0xff, 0][..])]);
}

#[test]
fn times_come_back() {
    let epoch = SystemTime::UNIX_EPOCH;
    round("duration", &[Duration::ZERO, Duration::MAX, Duration::from_nanos(1)]);
    round("timestamp", &[Timestamp::from_micros(i64::MIN), Timestamp::from_micros(7)]);
    let nearly = Duration::new(3, 999_999_999);
    round(
        "time",
        &[epoch, epoch + nearly, epoch - nearly, epoch - Duration::from_secs(3), epoch - Duration::from_nanos(1)],
    );
}

#[test]
fn containers_come_back() {
    round("option<u64>", &[None, Some(1u64), None, None, None, None, None, None, Some(2)]);
    round("option<option<()>>", &[None, Some(None), Some(Some(()))]);
    round("list<u8>", &[vec![], b"abc".to_vec(), vec![9]]);
    round("list<list<string>>", &[vec![vec!["a".to_owned()], vec![]], vec![]]);
    round("list<()>", &[vec![(); 100_000], vec![]]);
    let mut turned = VecDeque::from(vec![1u32, 2, 3]);
    turned.rotate_left(1);
    turned.push_front(9);
    round("list<u32>", &[turned, VecDeque::new()]);
    round("[u16; 3]", &[[1u16, 2, 3], [4, 5, 6]]);
    round("[list<bool>; 2]", &[[vec![true], vec![]]]);
    round("[(); 9000]", &[[(); 9000]]);
    round("[u8; 0]", &[[0u8; 0]; 5]);
    round("list<[u8; 0]>", &[vec![[0u8; 0]; 70_000]]);
    round("set<i32>", &[BTreeSet::from([3, -1]), BTreeSet::new()]);
    round("set<string>", &[HashSet::from(["a".to_owned(), "b".to_owned()]), HashSet::new()]);
    round("map<u8, list<u8>>", &[BTreeMap::from([(1u8, vec![1u8]), (2, vec![])])]);
    round("map<(string, u64), f64>", &[HashMap::from([(("a".to_owned(), 1u64), 0.5)]), HashMap::new()]);
    round("(u8,)".replace(',', "").as_str(), &[(1u8,), (2,)]);
    round("(u8, string, option<i64>)", &[(1u8, "a".to_owned(), None), (2, String::new(), Some(-1i64))]);
    round("list<u64>", &[Box::new(vec![Box::new(1u64)])]);
    round("u64", &[ByValue(3u64)]);
}

#[derive(Clone, Debug, PartialEq, State)]
enum Event<T> {
    Quiet,
    Moved(T, T),
    Named { r#type: String, at: Option<T> },
    Empty(),
}

#[derive(Clone, Debug, PartialEq, State)]
struct Nothing;

#[derive(Clone, Debug, PartialEq, State)]
struct Cents(i64);

#[derive(Clone, Debug, PartialEq, State)]
struct Account {
    events: Vec<Event<u32>>,
    cents: Cents,
    nothing: Nothing,
}

#[test]
fn derived_types_come_back() {
    let events = vec![
        Event::Moved(1, 2),
        Event::Quiet,
        Event::Named { r#type: "x".to_owned(), at: Some(3) },
        Event::Empty(),
        Event::Moved(3, 4),
    ];
    let shape = "Quiet | Moved(u32, u32) | Named{type: string, at: option<u32>} | Empty";
    round(shape, &events);
    let account = Account { events, cents: Cents(-7), nothing: Nothing };
    let idle = Account { events: vec![], cents: Cents(0), nothing: Nothing };
    round(&format!("{{events: list<{shape}>, cents: (i64), nothing: ()}}"), &[account, idle]);
    round("()", &[Nothing, Nothing]);
}

#[test]
fn a_short_key_and_a_text_are_stored_alike() {
    let keys = [Text::pack("ann").own()];
    assert_eq!(read::<String>(&OwnedText::schema(), 1, &written(&keys)), Ok(vec!["ann".to_owned()]));
}
