//! Options: a bit a row, then the values that are there. A value that always was is read as one that may be; boxes leave no
//! trace.

use super::{Differences, Layout, ReadError, Reader, Type, Writer};
use crate::state::State;

impl<T: State> State for Option<T> {
    const COLUMNS: &'static Layout = &Layout::Optional(T::COLUMNS);
    fn schema() -> Type {
        Type::Optional(Box::new(T::schema()))
    }
    fn write(rows: &[&Self], out: &mut Writer) {
        out.bits(rows.iter().map(|row| row.is_some()));
        let values: Vec<&T> = rows.iter().filter_map(|row| row.as_ref()).collect();
        T::write(&values, out);
    }
    fn read(stored: &Type, rows: usize, input: &mut Reader<'_>) -> Result<Vec<Self>, ReadError> {
        let Type::Optional(stored) = stored else {
            let values = T::read(stored, rows, input)?;
            let mut read = input.reserve(rows)?;
            read.extend(values.into_iter().map(Some));
            return Ok(read);
        };
        let present = input.bits(rows)?;
        let values = T::read(stored, present.clone().filter(|present| *present).count(), input)?;
        let mut read = input.reserve(rows)?;
        let mut values = values.into_iter();
        read.extend(present.map(|present| if present { values.next() } else { None }));
        Ok(read)
    }
    fn compare(stored: &Type, found: &mut Differences) {
        if let Type::Optional(stored) = stored {
            return T::compare(stored, found);
        }
        let mut inside = found.inside();
        T::compare(stored, &mut inside);
        if inside.is_refused() {
            return found.unlike(stored, &Self::schema());
        }
        found.change(&format!("`{stored}` is read as `{}`", Self::schema()));
        found.take(inside);
    }
}

impl<T: State> State for Box<T> {
    const COLUMNS: &'static Layout = T::COLUMNS;
    fn schema() -> Type {
        T::schema()
    }
    fn write(rows: &[&Self], out: &mut Writer) {
        let values: Vec<&T> = rows.iter().map(|row| &***row).collect();
        T::write(&values, out);
    }
    fn read(stored: &Type, rows: usize, input: &mut Reader<'_>) -> Result<Vec<Self>, ReadError> {
        let values = T::read(stored, rows, input)?;
        let mut read = input.reserve(rows)?;
        read.extend(values.into_iter().map(Box::new));
        Ok(read)
    }
    fn compare(stored: &Type, found: &mut Differences) {
        T::compare(stored, found);
    }
}
