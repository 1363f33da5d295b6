//! Tuples: a column a place.

use super::columns::Field;
use super::layout::FieldLayout;
use super::{Columns, Differences, Layout, ReadError, Reader, Type, Writer};
use crate::state::State;

macro_rules! zipped {
    ($last:ident) => { $last };
    ($first:ident $($rest:ident)+) => { std::iter::zip($first, zipped!($($rest)+)) };
}
macro_rules! pattern {
    ($last:ident) => { $last };
    ($first:ident $($rest:ident)+) => { ($first, pattern!($($rest)+)) };
}

macro_rules! tuples {
    ($(($($name:ident $index:tt $column:ident),*))*) => {$(
        impl<$($name: State),*> State for ($($name,)*) {
            const COLUMNS: &'static Layout = &Layout::Fields {
                named: false,
                fields: &[$(FieldLayout::place(stringify!($index), $name::COLUMNS)),*],
            };
            fn schema() -> Type {
                Type::Tuple(vec![$($name::schema()),*])
            }
            fn write(rows: &[&Self], out: &mut Writer) {
                $(out.column(|out| $name::write(&rows.iter().map(|row| &row.$index).collect::<Vec<_>>(), out));)*
            }
            fn read(stored: &Type, rows: usize, input: &mut Reader<'_>) -> Result<Vec<Self>, ReadError> {
                let mut columns = Columns::new(stored, false, Self::schema, rows, input)?;
                $(let $column = columns.field(stringify!($index), &[], $name::read)?;)*
                columns.rows(zipped!($($column)*), |pattern!($($column)*)| ($($column,)*))
            }
            fn compare(stored: &Type, found: &mut Differences) {
                let fields = [
                    $(Field { name: stringify!($index), renamed: &[], optional: false, compare: $name::compare }),*
                ];
                found.fields(stored, &Self::schema(), false, &fields, &[]);
            }
        }
    )*};
}
tuples! {
    (A 0 a)
    (A 0 a, B 1 b)
    (A 0 a, B 1 b, C 2 c)
    (A 0 a, B 1 b, C 2 c, D 3 d)
    (A 0 a, B 1 b, C 2 c, D 3 d, E 4 e)
    (A 0 a, B 1 b, C 2 c, D 3 d, E 4 e, F 5 f)
}
