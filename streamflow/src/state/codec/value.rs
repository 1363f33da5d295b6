//! Rows as values of any type: read by what the checkpoint says of a type, without the type. For tools.

use super::list::read_lengths;
use super::scalar::whole_numbers;
use super::{ReadError, Reader, Type};
use crate::{State, Timestamp};
use std::cmp::Ordering;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// A stored value of any type, read without that type. `Display` writes it as JSON on one line.
///
/// ```
/// use streamflow::State;
/// use streamflow::codec::{Reader, Value, Writer};
///
/// #[derive(Clone, State)]
/// struct Totals {
///     orders: u32,
///     last: Option<String>,
/// }
/// let mut out = Writer::new();
/// Totals { orders: 2, last: Some("tea".to_owned()) }.write_one(&mut out);
///
/// // a checkpoint keeps these bytes and the text of the type
/// let stored = Totals::schema().to_string().parse().unwrap();
/// let rows = Value::read(&stored, 1, &mut Reader::new(out.bytes()))?;
/// assert_eq!(rows[0].to_string(), r#"{"orders":2,"last":"tea"}"#);
/// # Ok::<(), streamflow::codec::ReadError>(())
/// ```
///
/// # As JSON
///
/// | stored | JSON |
/// |---|---|
/// | integers | a number with all its digits, also those that do not fit into 53 bits |
/// | floats | a number, the shortest that reads back the same; `"NaN"`, `"Infinity"`, `"-Infinity"` |
/// | text, characters | a string |
/// | bytes | a string of hexadecimal digits, two a byte |
/// | durations | `"1.5s"` |
/// | times, timestamps | RFC 3339 in UTC; microseconds or seconds since 1970 with their unit where no calendar reaches |
/// | `()`, `None` | `null` |
/// | `Some` | the value; `{"some":null}` where that would be `null` too |
/// | lists, arrays, tuples | an array; a tuple of one is its item |
/// | sets | an array, in order |
/// | maps | an object where all keys are text, else an array of pairs; in order of the keys |
/// | structs | an object, fields in the order in which they were stored |
/// | enums | the name of the variant, or `{"Variant":fields}` |
/// | packed by serde | by the same rules |
///
/// # Order
///
/// Values of one type are ordered: numbers and times by size, text by bytes, the rest item by item. Floats are in the order of
/// [`f64::total_cmp`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Value {
    /// `()`.
    Unit,
    /// A truth value.
    Bool(bool),
    /// A character.
    Char(char),
    /// A whole number with a sign.
    Signed(i128),
    /// A whole number without a sign.
    Unsigned(u128),
    /// `f32`.
    Float32(f32),
    /// `f64`.
    Float64(f64),
    /// Text.
    Text(String),
    /// Bytes without a meaning of their own.
    Bytes(Vec<u8>),
    /// A length of time.
    TimeSpan(Duration),
    /// A moment of the system clock.
    Time(SystemTime),
    /// A timestamp.
    Timestamp(Timestamp),
    /// `None`.
    Missing,
    /// `Some`.
    Present(Box<Value>),
    /// A list, a set, an array or a tuple.
    List(Vec<Value>),
    /// A map.
    Map(Vec<(Value, Value)>),
    /// A tuple.
    Tuple(Vec<Value>),
    /// A struct: names and fields.
    Struct(Arc<[String]>, Vec<Value>),
    /// A variant: its name and its fields.
    Variant(Arc<str>, Box<Value>),
}

impl Value {
    /// Reads so many rows that were stored as `stored`.
    ///
    /// Any bytes are answered. What is read has at most 64 values a byte, and some, so that no bytes can ask for more memory than
    /// that.
    ///
    /// # Errors
    ///
    /// The bytes are damaged or are of another type; or the type is packed by serde, and the feature `serde` is off.
    pub fn read(stored: &Type, rows: usize, input: &mut Reader<'_>) -> Result<Vec<Value>, ReadError> {
        let left = input.remaining().saturating_mul(64).saturating_add(1 << 18);
        Rows { left }.read(stored, rows, input)
    }
}

/// A reading.
struct Rows {
    /// Values that may still be made: fields without a size take no bytes.
    left: usize,
}

impl Rows {
    fn read(&mut self, stored: &Type, rows: usize, input: &mut Reader<'_>) -> Result<Vec<Value>, ReadError> {
        self.left = self
            .left
            .checked_sub(rows)
            .ok_or_else(|| ReadError::new(format!("{rows} more values are too many for these bytes")))?;
        match stored {
            Type::Unit => {
                let mut read = input.reserve(rows)?;
                read.resize(rows, Value::Unit);
                Ok(read)
            }
            Type::Bool => scalars(bool::read(stored, rows, input)?, Value::Bool),
            Type::Char => scalars(char::read(stored, rows, input)?, Value::Char),
            Type::Int { signed, bits: bits @ (8 | 16 | 32 | 64 | 128) } => match signed {
                true => scalars(whole_numbers(true, *bits, rows, input)?, Value::Signed),
                false => scalars(whole_numbers(false, *bits, rows, input)?, Value::Unsigned),
            },
            Type::Float { bits: 32 } => scalars(f32::read(stored, rows, input)?, Value::Float32),
            Type::Float { bits: 64 } => scalars(f64::read(stored, rows, input)?, Value::Float64),
            Type::Int { .. } | Type::Float { .. } => Err(ReadError::new(format!("there are no numbers `{stored}`"))),
            Type::Text => scalars(String::read(stored, rows, input)?, Value::Text),
            Type::Bytes => scalars(<Box<[u8]>>::read(stored, rows, input)?, |bytes| Value::Bytes(bytes.into_vec())),
            Type::TimeSpan => scalars(Duration::read(stored, rows, input)?, Value::TimeSpan),
            Type::Time => scalars(SystemTime::read(stored, rows, input)?, Value::Time),
            Type::Timestamp => scalars(Timestamp::read(stored, rows, input)?, Value::Timestamp),
            Type::Optional(item) => self.options(item, rows, input),
            Type::List(item) => self.lists(item, rows, input, Value::List),
            Type::Set(item) => self.lists(item, rows, input, |mut items| {
                items.sort();
                Value::List(items)
            }),
            Type::Map(key, value) => self.maps(key, value, rows, input),
            Type::Array(item, length) => self.arrays(item, *length, rows, input),
            Type::Tuple(items) => {
                let items: Vec<_> = items.iter().enumerate().map(|(place, item)| (place.to_string(), item)).collect();
                self.columns(items.iter().map(|(name, item)| (name.as_str(), *item)), rows, input, Value::Tuple)
            }
            Type::Struct(fields) => {
                let names: Arc<[String]> = fields.iter().map(|(name, _)| name.clone()).collect();
                let fields = fields.iter().map(|(name, field)| (name.as_str(), field));
                self.columns(fields, rows, input, |values| Value::Struct(names.clone(), values))
            }
            Type::Enum(variants) => self.variants(stored, variants, rows, input),
            Type::Packed => packed(rows, input),
            Type::Versioned(_, inner) => self.read(inner, rows, input),
        }
    }

    fn options(&mut self, item: &Type, rows: usize, input: &mut Reader<'_>) -> Result<Vec<Value>, ReadError> {
        let present = input.bits(rows)?;
        let mut values = self.read(item, present.clone().filter(|present| *present).count(), input)?.into_iter();
        let mut read = input.reserve(rows)?;
        read.extend(present.map(|present| match if present { values.next() } else { None } {
            Some(value) => Value::Present(Box::new(value)),
            None => Value::Missing,
        }));
        Ok(read)
    }

    fn lists(
        &mut self,
        item: &Type,
        rows: usize,
        input: &mut Reader<'_>,
        make: impl Fn(Vec<Value>) -> Value,
    ) -> Result<Vec<Value>, ReadError> {
        let (lengths, items) = read_lengths(item, rows, input)?;
        let mut items = self.read(item, items, input)?.into_iter();
        let mut read = input.reserve(rows)?;
        read.extend(lengths.into_iter().map(|length| make(items.by_ref().take(length).collect())));
        Ok(read)
    }

    fn maps(&mut self, key: &Type, value: &Type, rows: usize, input: &mut Reader<'_>) -> Result<Vec<Value>, ReadError> {
        let (lengths, items) = read_lengths(key, rows, input)?;
        let keys = self.read(key, items, input).map_err(|error| error.within("key"))?;
        let values = self.read(value, items, input)?;
        let mut items = keys.into_iter().zip(values);
        let mut read = input.reserve(rows)?;
        for length in lengths {
            let mut entries: Vec<_> = items.by_ref().take(length).collect();
            entries.sort_by(|(one, _), (other, _)| one.cmp(other));
            read.push(Value::Map(entries));
        }
        Ok(read)
    }

    fn arrays(
        &mut self,
        item: &Type,
        length: usize,
        rows: usize,
        input: &mut Reader<'_>,
    ) -> Result<Vec<Value>, ReadError> {
        let items = rows.saturating_mul(length);
        input.ballast(item, items)?;
        let mut items = self.read(item, items, input)?.into_iter();
        let mut read = input.reserve(rows)?;
        read.extend((0..rows).map(|_| Value::List(items.by_ref().take(length).collect())));
        Ok(read)
    }

    fn columns<'t>(
        &mut self,
        fields: impl Iterator<Item = (&'t str, &'t Type)>,
        rows: usize,
        input: &mut Reader<'_>,
        make: impl Fn(Vec<Value>) -> Value,
    ) -> Result<Vec<Value>, ReadError> {
        let mut columns = vec![];
        for (name, field) in fields {
            let values = input.column().and_then(|mut column| {
                let values = self.read(field, rows, &mut column)?;
                column.finish().map(|()| values)
            });
            columns.push(values.map_err(|error| error.within(name))?.into_iter());
        }
        let mut read = input.reserve(rows)?;
        read.extend((0..rows).map(|_| make(columns.iter_mut().filter_map(Iterator::next).collect())));
        Ok(read)
    }

    fn variants(
        &mut self,
        stored: &Type,
        variants: &[(String, Type)],
        rows: usize,
        input: &mut Reader<'_>,
    ) -> Result<Vec<Value>, ReadError> {
        let mut numbers: Vec<usize> = input.reserve(rows)?;
        if variants.len() <= 1 << 8 {
            numbers.extend(input.raw(rows)?.iter().map(|number| usize::from(*number)));
        } else {
            numbers.extend(input.fixed(rows)?.iter().map(|number| usize::from(u16::from_le_bytes(*number))));
        }
        let mut counts = vec![0usize; variants.len()];
        for number in &numbers {
            let count = counts.get_mut(*number);
            *count.ok_or_else(|| ReadError::new(format!("there is no variant {number} of `{stored}`")))? += 1;
        }
        let mut fields = vec![];
        for ((name, of), count) in variants.iter().zip(counts) {
            let read = match of {
                Type::Unit => self.read(of, count, input),
                _ if count == 0 => Ok(vec![]),
                _ => input.column().and_then(|mut column| {
                    let values = self.read(of, count, &mut column)?;
                    column.finish().map(|()| values)
                }),
            };
            fields.push((Arc::<str>::from(name.as_str()), read.map_err(|error| error.within(name))?.into_iter()));
        }
        let mut read = input.reserve(rows)?;
        read.extend(numbers.into_iter().filter_map(|number| {
            let (name, values) = &mut fields[number];
            Some(Value::Variant(name.clone(), Box::new(values.next()?)))
        }));
        Ok(read)
    }
}

/// One value a row.
fn scalars<T>(read: Vec<T>, make: impl Fn(T) -> Value) -> Result<Vec<Value>, ReadError> {
    Ok(read.into_iter().map(make).collect())
}

#[cfg(feature = "serde")]
fn packed(rows: usize, input: &mut Reader<'_>) -> Result<Vec<Value>, ReadError> {
    super::packed::values(rows, input)
}

#[cfg(not(feature = "serde"))]
fn packed(_: usize, _: &mut Reader<'_>) -> Result<Vec<Value>, ReadError> {
    Err(ReadError::new("this was stored by serde, and the feature `serde` is off"))
}

impl Value {
    /// Values of different kinds stand in this order.
    fn kind(&self) -> u8 {
        match self {
            Value::Missing => 0,
            Value::Unit => 1,
            Value::Bool(_) => 2,
            Value::Signed(_) => 3,
            Value::Unsigned(_) => 4,
            Value::Float32(_) => 5,
            Value::Float64(_) => 6,
            Value::Char(_) => 7,
            Value::Text(_) => 8,
            Value::Bytes(_) => 9,
            Value::TimeSpan(_) => 10,
            Value::Time(_) => 11,
            Value::Timestamp(_) => 12,
            Value::Present(_) => 13,
            Value::List(_) => 14,
            Value::Map(_) => 15,
            Value::Tuple(_) => 16,
            Value::Struct(..) => 17,
            Value::Variant(..) => 18,
        }
    }
}

impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Value::Bool(one), Value::Bool(other)) => one.cmp(other),
            (Value::Char(one), Value::Char(other)) => one.cmp(other),
            (Value::Signed(one), Value::Signed(other)) => one.cmp(other),
            (Value::Unsigned(one), Value::Unsigned(other)) => one.cmp(other),
            (Value::Float32(one), Value::Float32(other)) => one.total_cmp(other),
            (Value::Float64(one), Value::Float64(other)) => one.total_cmp(other),
            (Value::Text(one), Value::Text(other)) => one.cmp(other),
            (Value::Bytes(one), Value::Bytes(other)) => one.cmp(other),
            (Value::TimeSpan(one), Value::TimeSpan(other)) => one.cmp(other),
            (Value::Time(one), Value::Time(other)) => one.cmp(other),
            (Value::Timestamp(one), Value::Timestamp(other)) => one.cmp(other),
            (Value::Present(one), Value::Present(other)) => one.cmp(other),
            (Value::List(one), Value::List(other)) | (Value::Tuple(one), Value::Tuple(other)) => one.cmp(other),
            (Value::Map(one), Value::Map(other)) => one.cmp(other),
            (Value::Struct(names, one), Value::Struct(others, other)) => one.cmp(other).then_with(|| names.cmp(others)),
            (Value::Variant(name, one), Value::Variant(of, other)) => name.cmp(of).then_with(|| one.cmp(other)),
            _ => self.kind().cmp(&other.kind()),
        }
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Value {}
