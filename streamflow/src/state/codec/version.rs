//! Types with a number: what an older version stored is read as the old type, and turned into the new one.

use super::{Differences, ReadError, Reader, Type};

/// What was stored, if it is of this version; none if it is of an older one.
///
/// # Errors
///
/// It is of a newer one.
pub fn current(stored: &Type, version: u32) -> Result<Option<&Type>, ReadError> {
    match stored.version() {
        (newer, _) if newer > version => Err(ReadError::new(newer_than(newer, version))),
        (older, _) if older < version => Ok(None),
        (_, inner) => Ok(Some(inner)),
    }
}

fn newer_than(stored: u32, version: u32) -> String {
    format!("version {stored} was stored, and this program knows version {version}")
}

/// Reads rows of an old type as those of the new one.
///
/// # Errors
///
/// They cannot be read as the old type.
pub fn migrated<Old, New>(
    stored: &Type,
    rows: usize,
    input: &mut Reader<'_>,
    read: fn(&Type, usize, &mut Reader<'_>) -> Result<Vec<Old>, ReadError>,
    turn: fn(Old) -> New,
) -> Result<Vec<New>, ReadError> {
    let old = read(stored, rows, input)?;
    let mut new = input.reserve(rows)?;
    new.extend(old.into_iter().map(turn));
    Ok(new)
}

impl Differences {
    /// What was stored, if it is of this version. Else what the differences are: `old` compares with the version before.
    pub fn version<'s>(
        &mut self,
        stored: &'s Type,
        version: u32,
        old: Option<fn(&Type, &mut Differences)>,
    ) -> Option<&'s Type> {
        match (stored.version(), old) {
            ((stored, _), _) if stored > version => {
                self.refuse(&newer_than(stored, version), "run the program that stored it, or a newer one");
                None
            }
            ((older, _), Some(old)) if older < version => {
                self.change(&format!("version {older} is migrated to version {version}"));
                old(stored, self);
                None
            }
            ((_, inner), _) => Some(inner),
        }
    }
}
