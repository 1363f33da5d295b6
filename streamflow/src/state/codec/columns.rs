//! Structs and tuples: a column a field, each behind its length. They are read by name, so that fields may come, go, move and
//! become wider; a field of a tuple is called by its place.

use super::{Differences, ReadError, Reader, Type};
use std::borrow::Cow;

/// A field of the program's type, as it is compared with the stored ones.
#[derive(Clone, Copy, Debug)]
pub struct Field<'f> {
    /// What it is called.
    pub name: &'f str,
    /// What it was called.
    pub renamed: &'f [&'f str],
    /// Is there a value for rows that were stored without it?
    pub optional: bool,
    /// [`State::compare`](crate::State::compare) of its type.
    pub compare: fn(&Type, &mut Differences),
}

/// The stored fields, where they are of this kind: with names or without. What has no fields is of both kinds.
pub(super) fn fields_of(stored: &Type, named: bool) -> Option<Vec<(Cow<'_, str>, &Type)>> {
    match stored {
        Type::Unit => Some(Vec::new()),
        Type::Struct(fields) if named => Some(fields.iter().map(|(name, field)| (name.into(), field)).collect()),
        Type::Tuple(items) if !named => {
            Some(items.iter().enumerate().map(|(place, item)| (place.to_string().into(), item)).collect())
        }
        _ => None,
    }
}

/// The place of a name among the stored ones: its own, or else one that it had.
pub(super) fn find<'n>(name: &str, renamed: &[&str], stored: impl Iterator<Item = &'n str> + Clone) -> Option<usize> {
    let find = |wanted: &str| stored.clone().position(|name| name == wanted);
    find(name).or_else(|| renamed.iter().find_map(|old| find(old)))
}

/// The stored columns of some rows.
#[derive(Debug)]
pub struct Columns<'s, 'a> {
    columns: Vec<(Cow<'s, str>, &'s Type, Reader<'a>)>,
    rows: usize,
    /// By place alone nobody can say which column is not wanted any more.
    named: bool,
    none: Reader<'a>,
}

impl<'s, 'a> Columns<'s, 'a> {
    /// Takes the columns of a struct (`named`) or a tuple apart.
    ///
    /// # Errors
    ///
    /// Something else was stored, or less.
    pub fn new(
        stored: &'s Type,
        named: bool,
        wanted: fn() -> Type,
        rows: usize,
        input: &mut Reader<'a>,
    ) -> Result<Self, ReadError> {
        let fields = fields_of(stored, named).ok_or_else(|| ReadError::unlike(stored, &wanted()))?;
        let mut columns = Vec::with_capacity(fields.len());
        for (name, field) in fields {
            let column = input.column().map_err(|error| error.within(&name))?;
            columns.push((name, field, column));
        }
        Ok(Columns { columns, rows, named, none: input.nothing() })
    }

    /// No columns and no rows.
    pub(super) const fn none(none: Reader<'a>) -> Self {
        Columns { columns: Vec::new(), rows: 0, named: true, none }
    }

    /// The values of a field that is there.
    ///
    /// # Errors
    ///
    /// It is not, or cannot be read.
    pub fn field<T>(
        &mut self,
        name: &str,
        renamed: &[&str],
        read: fn(&Type, usize, &mut Reader<'_>) -> Result<Vec<T>, ReadError>,
    ) -> Result<Vec<T>, ReadError> {
        match self.stored(name, renamed, read)? {
            Some(values) => Ok(values),
            None if self.rows == 0 => Ok(Vec::new()),
            None => Err(ReadError::new("the field was not stored, and has no `#[state(default)]`").within(name)),
        }
    }

    /// The values of a field, or other values where it was not stored.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub fn field_or<T>(
        &mut self,
        name: &str,
        renamed: &[&str],
        read: fn(&Type, usize, &mut Reader<'_>) -> Result<Vec<T>, ReadError>,
        default: impl FnMut() -> T,
    ) -> Result<Vec<T>, ReadError> {
        if let Some(values) = self.stored(name, renamed, read)? {
            return Ok(values);
        }
        let mut values = self.none.reserve(self.rows)?;
        values.resize_with(self.rows, default);
        Ok(values)
    }

    fn stored<T>(
        &mut self,
        name: &str,
        renamed: &[&str],
        read: fn(&Type, usize, &mut Reader<'_>) -> Result<Vec<T>, ReadError>,
    ) -> Result<Option<Vec<T>>, ReadError> {
        let Some(place) = find(name, renamed, self.columns.iter().map(|column| &*column.0)) else { return Ok(None) };
        let (_, stored, mut column) = self.columns.swap_remove(place);
        let values = read(stored, self.rows, &mut column).and_then(|values| column.finish().map(|()| values));
        let values = values.map_err(|error| error.within(name))?;
        // an implementation by hand may be wrong; rows would then be paired with those of others
        if values.len() != self.rows {
            return Err(ReadError::new(format!("{} rows were read of {}", values.len(), self.rows)).within(name));
        }
        Ok(Some(values))
    }

    /// The rows, each made of its fields.
    ///
    /// # Errors
    ///
    /// The bytes cannot mean so many rows.
    #[inline]
    pub fn rows<I: IntoIterator, T>(&self, fields: I, make: impl FnMut(I::Item) -> T) -> Result<Vec<T>, ReadError> {
        if !self.named && !self.columns.is_empty() {
            return Err(ReadError::new(format!("{} more fields were stored than there are now", self.columns.len())));
        }
        let mut read = self.none.reserve(self.rows)?;
        read.extend(fields.into_iter().take(self.rows).map(make));
        Ok(read)
    }

    /// As many as there are rows, for rows without fields.
    #[must_use]
    pub fn units(&self) -> Vec<()> {
        vec![(); self.rows]
    }
}

impl Differences {
    /// Compares the stored fields with those of the program, which are those of `wanted`.
    pub fn fields(&mut self, stored: &Type, wanted: &Type, named: bool, fields: &[Field<'_>], removed: &[&str]) {
        let (Some(old), Some(new)) = (fields_of(stored, named), fields_of(wanted.version().1, named)) else {
            return self.unlike(stored, wanted);
        };
        let names = || old.iter().map(|(name, _)| &**name);
        let found: Vec<Option<usize>> = fields.iter().map(|field| find(field.name, field.renamed, names())).collect();
        let gone = || (0..old.len()).filter(|place| !found.contains(&Some(*place))).map(|place| &old[place]);
        for ((field, place), (_, new)) in fields.iter().zip(&found).zip(&new) {
            let name = field.name;
            match place {
                Some(place) => self.within(name, |found| (field.compare)(old[*place].1, found)),
                None if field.optional => self.change(&format!("`{name}: {new}` is new and starts with its default")),
                None => {
                    let like = gone().find(|(_, old)| old == new);
                    let renamed =
                        like.map(|(old, _)| format!(", or `#[state(renamed = \"{old}\")]` if it was called so"));
                    let cure = format!("add `#[state(default)]` to `{name}`{}", renamed.unwrap_or_default());
                    self.refuse(&format!("`{name}: {new}` is new and has no default for what is stored"), &cure);
                }
            }
        }
        for (name, field) in gone() {
            if !named {
                // by place alone nobody can say which one is gone
                return self.unlike(stored, wanted);
            }
            if !removed.contains(&&**name) {
                self.change(&format!("`{name}: {field}` is gone; what was stored in it is forgotten"));
            }
        }
    }
}

/// One field of each row.
#[doc(hidden)]
pub fn gather<R: Copy, F>(rows: &[R], field: impl Fn(R) -> F) -> Vec<F> {
    rows.iter().map(|row| field(*row)).collect()
}

/// The fields of those rows that have them.
#[doc(hidden)]
pub fn pick<R: Copy, F>(rows: &[R], fields: impl Fn(R) -> Option<F>) -> Vec<F> {
    rows.iter().filter_map(|row| fields(*row)).collect()
}
