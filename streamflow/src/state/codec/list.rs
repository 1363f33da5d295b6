//! Lists: lengths, then all items. Arrays: all items.

use super::{Differences, Layout, ReadError, Reader, Type, Writer};
use crate::state::State;
use std::collections::VecDeque;

/// What stands before the items of lists, sets and maps.
pub(super) fn write_lengths(item: &Type, lengths: impl ExactSizeIterator<Item = usize> + Clone, out: &mut Writer) {
    out.lengths(lengths.clone());
    out.ballast(item, lengths.sum());
}

/// Lengths and how many items there are.
pub(super) fn read_lengths(item: &Type, rows: usize, input: &mut Reader<'_>) -> Result<(Vec<usize>, usize), ReadError> {
    let (lengths, items) = input.lengths(rows)?;
    input.ballast(item, items)?;
    Ok((lengths, items))
}

fn read_list<T: State, R>(
    stored: &Type,
    rows: usize,
    input: &mut Reader<'_>,
    empty: impl Fn(usize) -> R,
) -> Result<Vec<R>, ReadError>
where
    R: State + Extend<T>,
{
    let Type::List(item) = stored else { return Err(ReadError::unlike(stored, &R::schema())) };
    let (lengths, items) = read_lengths(item, rows, input)?;
    let mut items = T::read(item, items, input)?.into_iter();
    let mut read = input.reserve(rows)?;
    for length in lengths {
        let mut row = empty(length);
        row.extend(items.by_ref().take(length));
        read.push(row);
    }
    Ok(read)
}

fn compare_list<T: State>(stored: &Type, wanted: &Type, found: &mut Differences) {
    match stored {
        Type::List(item) => T::compare(item, found),
        other => found.unlike(other, wanted),
    }
}

/// Writes lists, whatever keeps them.
pub(crate) fn write_lists<T: State>(rows: &[&[T]], out: &mut Writer) {
    write_lengths(&T::schema(), rows.iter().map(|row| row.len()), out);
    T::write_slices(rows, out);
}

impl<T: State> State for Vec<T> {
    const COLUMNS: &'static Layout = &Layout::List(T::COLUMNS);
    fn schema() -> Type {
        Type::List(Box::new(T::schema()))
    }
    fn write(rows: &[&Self], out: &mut Writer) {
        let slices: Vec<&[T]> = rows.iter().map(|row| &***row).collect();
        write_lists(&slices, out);
    }
    fn read(stored: &Type, rows: usize, input: &mut Reader<'_>) -> Result<Vec<Self>, ReadError> {
        read_list::<T, _>(stored, rows, input, Vec::with_capacity)
    }
    fn compare(stored: &Type, found: &mut Differences) {
        compare_list::<T>(stored, &Self::schema(), found);
    }
}

impl<T: State> State for VecDeque<T> {
    const COLUMNS: &'static Layout = &Layout::List(T::COLUMNS);
    fn schema() -> Type {
        Type::List(Box::new(T::schema()))
    }
    fn write(rows: &[&Self], out: &mut Writer) {
        write_lengths(&T::schema(), rows.iter().map(|row| row.len()), out);
        let slices: Vec<&[T]> = rows.iter().flat_map(|row| <[&[T]; 2]>::from(row.as_slices())).collect();
        T::write_slices(&slices, out);
    }
    fn read(stored: &Type, rows: usize, input: &mut Reader<'_>) -> Result<Vec<Self>, ReadError> {
        read_list::<T, _>(stored, rows, input, VecDeque::with_capacity)
    }
    fn compare(stored: &Type, found: &mut Differences) {
        compare_list::<T>(stored, &Self::schema(), found);
    }
}

impl<T: State, const N: usize> State for [T; N] {
    const COLUMNS: &'static Layout = &Layout::Array(T::COLUMNS, N);
    fn schema() -> Type {
        Type::Array(Box::new(T::schema()), N)
    }
    fn write(rows: &[&Self], out: &mut Writer) {
        out.ballast(&T::schema(), rows.len() * N);
        let slices: Vec<&[T]> = rows.iter().map(|row| row.as_slice()).collect();
        T::write_slices(&slices, out);
    }
    fn read(stored: &Type, rows: usize, input: &mut Reader<'_>) -> Result<Vec<Self>, ReadError> {
        let item = match stored {
            Type::Array(item, length) if *length == N => item,
            other => return Err(ReadError::unlike(other, &Self::schema())),
        };
        let items = rows.saturating_mul(N);
        input.ballast(item, items)?;
        let mut items = T::read(item, items, input)?.into_iter();
        let mut read = input.reserve(rows)?;
        for _ in 0..rows {
            let row: Vec<T> = items.by_ref().take(N).collect();
            read.push(row.try_into().map_err(|_| ReadError::new("an array has too few items"))?);
        }
        Ok(read)
    }
    fn compare(stored: &Type, found: &mut Differences) {
        match stored {
            Type::Array(item, length) if *length == N => T::compare(item, found),
            other => found.unlike(other, &Self::schema()),
        }
    }
}
