//! Enums: the number of the variant a row, then for each variant that occurs the columns of its fields. Numbers count the
//! stored variants, which are found by name, so that variants may come and move.

use super::columns::{Field, find};
use super::{Columns, Differences, ReadError, Reader, Type};

/// A variant of the program's type, as it is compared with the stored ones.
#[derive(Clone, Copy, Debug)]
pub struct Variant<'f> {
    /// What it is called.
    pub name: &'f str,
    /// What it was called.
    pub renamed: &'f [&'f str],
    /// Do its fields have names?
    pub named: bool,
    /// Its fields.
    pub fields: &'f [Field<'f>],
}

/// The stored variants of some rows.
#[derive(Debug)]
pub struct Variants<'s, 'a> {
    /// The variant of each row, as the program counts them.
    rows: Vec<u16>,
    /// For each variant of the program: its stored fields, its rows and its columns.
    stored: Vec<Option<(&'s Type, usize, Reader<'a>)>>,
    none: Reader<'a>,
}

impl<'s, 'a> Variants<'s, 'a> {
    /// Reads which variant each row is, and takes their columns apart. `names` are the variants of the program, each with the
    /// names it had.
    ///
    /// # Errors
    ///
    /// Something else was stored, or a row is of a variant that the program does not have.
    pub fn new(
        stored: &'s Type,
        wanted: fn() -> Type,
        names: &[(&str, &[&str])],
        rows: usize,
        input: &mut Reader<'a>,
    ) -> Result<Self, ReadError> {
        let Type::Enum(variants) = stored else { return Err(ReadError::unlike(stored, &wanted())) };
        let mut numbers: Vec<u16> = input.reserve(rows)?;
        if variants.len() <= 1 << 8 {
            numbers.extend(input.raw(rows)?.iter().map(|number| u16::from(*number)));
        } else {
            numbers.extend(input.fixed(rows)?.iter().map(|number| u16::from_le_bytes(*number)));
        }
        // by stored number: how many rows, and the number in the program
        let mut counts = vec![0usize; variants.len()];
        for number in &numbers {
            let count = counts.get_mut(usize::from(*number));
            *count.ok_or_else(|| ReadError::new(format!("there is no variant {number} of `{stored}`")))? += 1;
        }
        let mut new = vec![0u16; variants.len()];
        let mut of_program: Vec<Option<(&Type, usize, Reader<'a>)>> = names.iter().map(|_| None).collect();
        for (number, (name, fields)) in variants.iter().enumerate().filter(|(number, _)| counts[*number] > 0) {
            let stored_names = || variants.iter().map(|(name, _)| name.as_str());
            let place = names.iter().position(|(name, old)| find(name, old, stored_names()) == Some(number));
            let place =
                place.ok_or_else(|| ReadError::new(format!("{} rows are `{name}`, which is gone", counts[number])))?;
            let columns = if *fields == Type::Unit { input.nothing() } else { input.column()? };
            of_program[place] = Some((fields, counts[number], columns));
            new[number] = place as u16;
        }
        numbers.iter_mut().for_each(|number| *number = new[usize::from(*number)]);
        Ok(Variants { rows: numbers, stored: of_program, none: input.nothing() })
    }

    /// The columns of one variant of the program, with or without names.
    ///
    /// # Errors
    ///
    /// Something else was stored.
    pub fn columns(&mut self, variant: usize, named: bool, wanted: fn() -> Type) -> Result<Columns<'s, 'a>, ReadError> {
        match self.stored.get_mut(variant).and_then(Option::take) {
            Some((stored, rows, mut input)) => Columns::new(stored, named, wanted, rows, &mut input),
            None => Ok(Columns::none(self.none.clone())),
        }
    }

    /// The rows, each made by the number of its variant.
    ///
    /// # Errors
    ///
    /// One is not made.
    pub fn rows<T>(self, mut make: impl FnMut(usize) -> Option<T>) -> Result<Vec<T>, ReadError> {
        let mut read = self.none.reserve(self.rows.len())?;
        for variant in self.rows {
            read.push(make(variant.into()).ok_or_else(|| ReadError::new("a variant has too few rows"))?);
        }
        Ok(read)
    }
}

impl Differences {
    /// Compares the stored variants with those of the program, which are those of `wanted`.
    pub fn variants(&mut self, stored: &Type, wanted: &Type, variants: &[Variant<'_>], removed: &[&str]) {
        let (Type::Enum(old), Type::Enum(new)) = (stored, wanted.version().1) else {
            return self.unlike(stored, wanted);
        };
        let names = || old.iter().map(|(name, _)| name.as_str());
        let found: Vec<Option<usize>> = variants.iter().map(|one| find(one.name, one.renamed, names())).collect();
        for ((variant, place), (_, new)) in variants.iter().zip(&found).zip(new) {
            let name = variant.name;
            match place {
                Some(place) => self.within(name, |found| {
                    found.fields(&old[*place].1, new, variant.named, variant.fields, removed);
                }),
                None => self.change(&format!("the variant `{name}` is new")),
            }
        }
        for (place, (name, _)) in old.iter().enumerate() {
            if !found.contains(&Some(place)) && !removed.contains(&name.as_str()) {
                let cure = format!(
                    "if no value of it is stored, write `#[state(removed(\"{name}\"))]` on the type; if it has another name now, `#[state(renamed = \"{name}\")]` on the variant"
                );
                self.refuse(&format!("the variant `{name}` is gone"), &cure);
            }
        }
    }
}
