//! Values that only serde knows: named MessagePack, a length and its bytes a row. Three to five times the cost of columns.

use super::list::{read_lengths, write_lengths};
use super::scalar::same;
use super::{Differences, Layout, ReadError, Reader, Type, Value, Writer};
use crate::flow::proof::{No, Nothing, Yes};
use crate::state::State;
use serde::Serialize;
use serde::de::{DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// What `#[state(serde)]` asks of a type.
#[doc(hidden)]
pub trait Packable: Serialize + DeserializeOwned {}
impl<T: Serialize + DeserializeOwned> Packable for T {}

/// A type that is stored by serde, proven once: `M` is [`Yes`] where serde knows it. See `flow/proof.rs` for why there are two
/// implementations.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is to be stored by serde, so it must implement `Serialize` and `Deserialize`",
    label = "serde does not know this type",
    note = "derive them: `#[derive(serde::Serialize, serde::Deserialize)]`; or drop `#[state(serde)]`, so that it is stored by columns"
)]
pub trait Whole<M>: Sized {
    fn write(rows: &[&Self], out: &mut Writer);
    fn read(stored: &Type, rows: usize, input: &mut Reader<'_>) -> Result<Vec<Self>, ReadError>;
}
impl<T: Packable> Whole<Yes> for T {
    fn write(rows: &[&Self], out: &mut Writer) {
        write_packed(rows, out);
    }
    fn read(stored: &Type, rows: usize, input: &mut Reader<'_>) -> Result<Vec<Self>, ReadError> {
        read_packed(stored, rows, input)
    }
}
impl<T: Packable + Nothing> Whole<No> for T {
    fn write(rows: &[&Self], out: &mut Writer) {
        write_packed(rows, out);
    }
    fn read(stored: &Type, rows: usize, input: &mut Reader<'_>) -> Result<Vec<Self>, ReadError> {
        read_packed(stored, rows, input)
    }
}

/// How rows of a derived type are written and read.
#[doc(hidden)]
#[must_use]
pub fn by_serde<T: Whole<M>, M>() -> (WriteRows<T>, ReadRows<T>) {
    (T::write, T::read)
}

type WriteRows<T> = fn(&[&T], &mut Writer);
type ReadRows<T> = fn(&Type, usize, &mut Reader<'_>) -> Result<Vec<T>, ReadError>;

/// Writes each row as a map by the names of its fields, so that they may come, go and move.
fn write_packed<T: Packable>(rows: &[&T], out: &mut Writer) {
    let (mut bytes, mut ends) = (Vec::new(), Vec::with_capacity(rows.len()));
    for row in rows {
        if let Err(error) = rmp_serde::encode::write_named(&mut bytes, row) {
            out.fail(format!("a value of `{}` cannot be serialized: {error}", std::any::type_name::<T>()));
        }
        ends.push(bytes.len());
    }
    let lengths = ends.iter().scan(0, |start, end| Some(end - std::mem::replace(start, *end)));
    let lengths: Vec<usize> = lengths.collect();
    write_lengths(&Type::Packed, lengths.iter().copied(), out);
    out.raw(&bytes);
}

/// Reads rows, each to its last byte.
fn read_packed<T: Packable>(stored: &Type, rows: usize, input: &mut Reader<'_>) -> Result<Vec<T>, ReadError> {
    super::scalar::is(stored, &Type::Packed)?;
    unpacked(rows, input, |row| rmp_serde::decode::from_read(row))
}

fn unpacked<T>(
    rows: usize,
    input: &mut Reader<'_>,
    one: impl Fn(&mut &[u8]) -> Result<T, rmp_serde::decode::Error>,
) -> Result<Vec<T>, ReadError> {
    let (lengths, sum) = read_lengths(&Type::Packed, rows, input)?;
    let mut rest = input.raw(sum)?;
    let mut read = input.reserve(rows)?;
    for length in lengths {
        let (mut row, behind) = rest.split_at(length);
        let value = one(&mut row);
        read.push(value.map_err(|error| ReadError::new(format!("serde cannot read what is stored: {error}")))?);
        if !row.is_empty() {
            return Err(ReadError::new("a value is followed by bytes that are none of it"));
        }
        rest = behind;
    }
    Ok(read)
}

/// How deeply packed values may be nested to be shown: each level takes the stack of a reader and of a writer.
const DEEPEST: usize = 128;

/// Rows as MessagePack itself tells them.
pub(super) fn values(rows: usize, input: &mut Reader<'_>) -> Result<Vec<Value>, ReadError> {
    unpacked(rows, input, |row| {
        let mut reader = rmp_serde::Deserializer::new(row);
        reader.set_max_depth(DEEPEST);
        reader.deserialize_any(Any)
    })
}

/// Takes whatever comes.
struct Any;

impl<'de> serde::de::DeserializeSeed<'de> for Any {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(Any)
    }
}

impl<'de> Visitor<'de> for Any {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Signed(value.into()))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        // MessagePack writes any number above zero so; which type it had is not told
        Ok(Value::Signed(value.into()))
    }
    fn visit_f32<E>(self, value: f32) -> Result<Value, E> {
        Ok(Value::Float32(value))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float64(value))
    }
    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }
    fn visit_bytes<E>(self, value: &[u8]) -> Result<Value, E> {
        Ok(Value::Bytes(value.to_owned()))
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Missing)
    }
    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Missing)
    }
    fn visit_some<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(Any)
    }
    /// An extension type: its number and its bytes.
    fn visit_newtype_struct<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(Any)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let mut items = vec![];
        while let Some(item) = sequence.next_element_seed(Any)? {
            items.push(item);
        }
        Ok(Value::List(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = vec![];
        while let Some(entry) = map.next_entry_seed(Any, Any)? {
            entries.push(entry);
        }
        Ok(Value::Map(entries))
    }
}

/// Only data could say more: the names are in them.
#[doc(hidden)]
pub fn compare_packed(stored: &Type, found: &mut Differences) {
    same(stored, &Type::Packed, found);
}

/// A value of somebody else's type in state, stored by serde.
///
/// Types of your own take `#[state(serde)]`, or better columns: `#[derive(State)]`. A value is stored as named MessagePack:
/// fields may be added (with serde's `default`), removed and moved. What has changed is found when a value is read, not before.
/// It costs about 27 ns to write and 87 ns to read for three numbers, against 6 and 35 in columns.
///
/// ```
/// use streamflow::{AsSerde, State};
///
/// #[derive(Clone, State)]
/// struct Visit {
///     page: AsSerde<std::net::IpAddr>,
///     hits: u64,
/// }
/// assert_eq!(Visit::shape(), "{page: packed, hits: u64}");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AsSerde<T>(pub T);

impl<T: Packable + Clone + Send + Sync> State for AsSerde<T> {
    const COLUMNS: &'static Layout = &Layout::Word("packed");
    fn schema() -> Type {
        Type::Packed
    }
    fn write(rows: &[&Self], out: &mut Writer) {
        write_packed(&rows.iter().map(|row| &row.0).collect::<Vec<_>>(), out);
    }
    fn read(stored: &Type, rows: usize, input: &mut Reader<'_>) -> Result<Vec<Self>, ReadError> {
        let values = read_packed(stored, rows, input)?;
        Ok(values.into_iter().map(AsSerde).collect())
    }
    fn compare(stored: &Type, found: &mut Differences) {
        compare_packed(stored, found);
    }
}
