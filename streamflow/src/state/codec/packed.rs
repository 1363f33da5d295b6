//! Values that only serde knows: named MessagePack, a length and its bytes a row. Three to five times the cost of columns.

use super::list::{read_lengths, write_lengths};
use super::scalar::same;
use super::{Differences, Layout, ReadError, Reader, Type, Writer};
use crate::flow::proof::{No, Nothing, Yes};
use crate::state::State;
use serde::Serialize;
use serde::de::DeserializeOwned;

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
    let (lengths, sum) = read_lengths(&Type::Packed, rows, input)?;
    let mut rest = input.raw(sum)?;
    let mut read = input.reserve(rows)?;
    for length in lengths {
        let (mut row, behind) = rest.split_at(length);
        let value = rmp_serde::decode::from_read(&mut row);
        read.push(value.map_err(|error| ReadError::new(format!("serde cannot read what is stored: {error}")))?);
        if !row.is_empty() {
            return Err(ReadError::new("a value is followed by bytes that are none of it"));
        }
        rest = behind;
    }
    Ok(read)
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
