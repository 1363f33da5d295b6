//! Numbers, truth values and characters: arrays of little-endian values. A narrower number is read as a wider one.

use super::{Differences, Layout, ReadError, Reader, Type, Writer};
use crate::state::State;

macro_rules! integers {
    ($($type:ident as $wire:ident, $signed:literal;)*) => {$(
        impl State for $type {
            const COLUMNS: &'static Layout =
                &Layout::Number(if $signed { b'i' } else { b'u' }, 8 * size_of::<$wire>() as u16);
            fn schema() -> Type {
                Type::Int { signed: $signed, bits: 8 * size_of::<$wire>() as u16 }
            }
            #[inline]
            fn write(rows: &[&Self], out: &mut Writer) {
                out.fixed(rows.iter().map(|row| (**row as $wire).to_le_bytes()));
            }
            fn write_slices(rows: &[&[Self]], out: &mut Writer) {
                rows.iter().for_each(|row| out.fixed(row.iter().map(|value| (*value as $wire).to_le_bytes())));
            }
            #[inline]
            fn read(stored: &Type, rows: usize, input: &mut Reader<'_>) -> Result<Vec<Self>, ReadError> {
                let as_stored = *stored == Self::schema();
                if as_stored && size_of::<$type>() == size_of::<$wire>() {
                    let values = input.fixed(rows)?;
                    let mut read = input.reserve(rows)?;
                    read.extend(values.iter().map(|bytes| $wire::from_le_bytes(*bytes) as $type));
                    return Ok(read);
                }
                if !as_stored && !widens(stored, &Self::schema()) {
                    return Err(ReadError::unlike(stored, &Self::schema()));
                }
                let Type::Int { signed, bits } = *stored else { return Err(ReadError::unlike(stored, &Self::schema())) };
                whole_numbers(signed, bits, rows, input)
            }
            fn compare(stored: &Type, found: &mut Differences) {
                compare(stored, &Self::schema(), found);
            }
        }
    )*};
}
integers! {
    u8 as u8, false; u16 as u16, false; u32 as u32, false; u64 as u64, false; u128 as u128, false; usize as u64, false;
    i8 as i8, true; i16 as i16, true; i32 as i32, true; i64 as i64, true; i128 as i128, true; isize as i64, true;
}

/// Numbers of any width, each as the one that is asked for.
pub(super) fn whole_numbers<N>(
    signed: bool,
    bits: u16,
    rows: usize,
    input: &mut Reader<'_>,
) -> Result<Vec<N>, ReadError>
where
    N: TryFrom<u128> + TryFrom<i128>,
{
    let width = usize::from(bits / 8);
    let bytes = input.raw(rows.saturating_mul(width))?;
    let mut read = input.reserve(rows)?;
    for bytes in bytes.chunks_exact(width.max(1)) {
        let negative = signed && bytes.last().is_some_and(|byte| *byte >= 0x80);
        let mut wide = [if negative { 0xff } else { 0 }; 16];
        wide[..width].copy_from_slice(bytes);
        let number = if signed {
            N::try_from(i128::from_le_bytes(wide)).ok()
        } else {
            N::try_from(u128::from_le_bytes(wide)).ok()
        };
        read.push(number.ok_or_else(|| ReadError::new("a number is too large for this machine"))?);
    }
    Ok(read)
}

/// Can every number of the one type be said exactly in the other?
fn widens(stored: &Type, wanted: &Type) -> bool {
    match (stored, wanted) {
        (Type::Int { signed: false, bits: old }, Type::Int { .. })
        | (Type::Int { signed: true, bits: old }, Type::Int { signed: true, .. }) => {
            matches!(wanted, Type::Int { bits, .. } if old < bits)
        }
        (Type::Float { bits: old }, Type::Float { bits }) => old < bits,
        _ => false,
    }
}

fn compare(stored: &Type, wanted: &Type, found: &mut Differences) {
    if widens(stored, wanted) {
        found.change(&format!("`{stored}` is read as `{wanted}`"));
    } else if stored != wanted {
        found.unlike(stored, wanted);
    }
}

macro_rules! floats {
    ($($type:ident $bits:literal;)*) => {$(
        impl State for $type {
            const COLUMNS: &'static Layout = &Layout::Number(b'f', $bits);
            fn schema() -> Type {
                Type::Float { bits: $bits }
            }
            #[inline]
            fn write(rows: &[&Self], out: &mut Writer) {
                out.fixed(rows.iter().map(|row| row.to_le_bytes()));
            }
            fn write_slices(rows: &[&[Self]], out: &mut Writer) {
                rows.iter().for_each(|row| out.fixed(row.iter().map(|value| value.to_le_bytes())));
            }
            #[inline]
            fn read(stored: &Type, rows: usize, input: &mut Reader<'_>) -> Result<Vec<Self>, ReadError> {
                if widens(stored, &Self::schema()) {
                    let values = f32::read(stored, rows, input)?;
                    let mut read = input.reserve(rows)?;
                    read.extend(values.into_iter().map(Self::from));
                    return Ok(read);
                }
                is(stored, &Self::schema())?;
                let values = input.fixed(rows)?;
                let mut read = input.reserve(rows)?;
                read.extend(values.iter().map(|bytes| $type::from_le_bytes(*bytes)));
                Ok(read)
            }
            fn compare(stored: &Type, found: &mut Differences) {
                compare(stored, &Self::schema(), found);
            }
        }
    )*};
}
floats! { f32 32; f64 64; }

/// Nothing else will do.
pub(super) fn is(stored: &Type, wanted: &Type) -> Result<(), ReadError> {
    if stored == wanted { Ok(()) } else { Err(ReadError::unlike(stored, wanted)) }
}

/// Nothing else would do.
pub(super) fn same(stored: &Type, wanted: &Type, found: &mut Differences) {
    if stored != wanted {
        found.unlike(stored, wanted);
    }
}

impl State for bool {
    const COLUMNS: &'static Layout = &Layout::Word("bool");
    fn schema() -> Type {
        Type::Bool
    }
    fn write(rows: &[&Self], out: &mut Writer) {
        out.fixed(rows.iter().map(|row| [u8::from(**row)]));
    }
    fn read(stored: &Type, rows: usize, input: &mut Reader<'_>) -> Result<Vec<Self>, ReadError> {
        is(stored, &Type::Bool)?;
        let bytes = input.raw(rows)?;
        if bytes.iter().any(|byte| *byte > 1) {
            return Err(ReadError::new("a truth value is neither 0 nor 1"));
        }
        let mut read = input.reserve(rows)?;
        read.extend(bytes.iter().map(|byte| *byte == 1));
        Ok(read)
    }
    fn compare(stored: &Type, found: &mut Differences) {
        same(stored, &Type::Bool, found);
    }
}

impl State for char {
    const COLUMNS: &'static Layout = &Layout::Word("char");
    fn schema() -> Type {
        Type::Char
    }
    fn write(rows: &[&Self], out: &mut Writer) {
        out.fixed(rows.iter().map(|row| u32::from(**row).to_le_bytes()));
    }
    fn read(stored: &Type, rows: usize, input: &mut Reader<'_>) -> Result<Vec<Self>, ReadError> {
        is(stored, &Type::Char)?;
        let values = input.fixed(rows)?;
        let mut read = input.reserve(rows)?;
        for bytes in values {
            let value = char::from_u32(u32::from_le_bytes(*bytes));
            read.push(value.ok_or_else(|| ReadError::new("a number is no character"))?);
        }
        Ok(read)
    }
    fn compare(stored: &Type, found: &mut Differences) {
        same(stored, &Type::Char, found);
    }
}

impl State for () {
    const COLUMNS: &'static Layout = &Layout::Word("()");
    fn schema() -> Type {
        Type::Unit
    }
    fn write(_: &[&Self], _: &mut Writer) {}
    fn read(stored: &Type, rows: usize, input: &mut Reader<'_>) -> Result<Vec<Self>, ReadError> {
        is(stored, &Type::Unit)?;
        let mut read = input.reserve(rows)?;
        read.resize(rows, ());
        Ok(read)
    }
    fn compare(stored: &Type, found: &mut Differences) {
        same(stored, &Type::Unit, found);
    }
}
