//! Texts and bytes: lengths, then all bytes.

use super::scalar::{is, same};
use super::{Differences, Layout, ReadError, Reader, Type, Writer};
use crate::state::text::Text;
use crate::state::{OwnedText, State};

fn write<'r>(rows: impl ExactSizeIterator<Item = &'r [u8]> + Clone, out: &mut Writer) {
    out.lengths(rows.clone().map(<[u8]>::len));
    rows.for_each(|bytes| out.raw(bytes));
}

/// The texts of the rows: all bytes are looked at once, then cut.
fn texts<T>(stored: &Type, rows: usize, input: &mut Reader<'_>, own: impl Fn(&str) -> T) -> Result<Vec<T>, ReadError> {
    is(stored, &Type::Text)?;
    let (lengths, sum) = input.lengths(rows)?;
    let text = str::from_utf8(input.raw(sum)?).map_err(|_| ReadError::new("a text is not UTF-8"))?;
    let mut read = input.reserve(rows)?;
    let mut rest = text;
    for length in lengths {
        let Some((row, behind)) = rest.split_at_checked(length) else {
            return Err(ReadError::new("a text ends inside a character"));
        };
        read.push(own(row));
        rest = behind;
    }
    Ok(read)
}

macro_rules! texts {
    ($($type:ty: $as_str:expr, $own:expr;)*) => {$(
        impl State for $type {
            const COLUMNS: &'static Layout = &Layout::Word("string");
            fn schema() -> Type {
                Type::Text
            }
            fn write(rows: &[&Self], out: &mut Writer) {
                write(rows.iter().map(|row| $as_str(row).as_bytes()), out);
            }
            fn read(stored: &Type, rows: usize, input: &mut Reader<'_>) -> Result<Vec<Self>, ReadError> {
                texts(stored, rows, input, $own)
            }
            fn compare(stored: &Type, found: &mut Differences) {
                same(stored, &Type::Text, found);
            }
        }
    )*};
}
texts! {
    String: String::as_str, |text: &str| text.to_owned();
    Box<str>: <Box<str>>::as_ref, |text: &str| text.into();
    OwnedText: OwnedText::as_str, |text: &str| Text::pack(text).own();
}

impl State for Box<[u8]> {
    const COLUMNS: &'static Layout = &Layout::Word("bytes");
    fn schema() -> Type {
        Type::Bytes
    }
    fn write(rows: &[&Self], out: &mut Writer) {
        write(rows.iter().map(|row| &***row), out);
    }
    fn read(stored: &Type, rows: usize, input: &mut Reader<'_>) -> Result<Vec<Self>, ReadError> {
        is(stored, &Type::Bytes)?;
        let (lengths, sum) = input.lengths(rows)?;
        let mut rest = input.raw(sum)?;
        let mut read = input.reserve(rows)?;
        for length in lengths {
            let (row, behind) = rest.split_at(length);
            read.push(row.into());
            rest = behind;
        }
        Ok(read)
    }
    fn compare(stored: &Type, found: &mut Differences) {
        same(stored, &Type::Bytes, found);
    }
}
