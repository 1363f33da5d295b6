//! The texts of the schemas by which sections are to be read.

use std::collections::{BTreeMap, BTreeSet};

use super::bytes::{Decoder, Encode};

/// Fingerprint and text of every schema that a section in the directory may use.
///
/// Manifests keep it. A schema of an earlier program stays as long as a file that is kept uses it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schemas(pub BTreeMap<u64, String>);

impl Schemas {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.put_u64(self.0.len() as u64);
        for (fingerprint, text) in &self.0 {
            out.put_u64(*fingerprint);
            out.put_counted(text.as_bytes());
        }
    }

    pub(crate) fn decode(decoder: &mut Decoder<'_>) -> Option<Schemas> {
        let schemas = decoder.list(16, |decoder| Some((decoder.u64()?, decoder.text()?)))?;
        Some(Schemas(schemas.into_iter().collect()))
    }

    /// These, and those of `older` that are used.
    pub(crate) fn with_used(&self, older: &Schemas, used: &BTreeSet<u64>) -> Schemas {
        let mut all = self.clone();
        for (fingerprint, text) in older.0.iter().filter(|(fingerprint, _)| used.contains(fingerprint)) {
            all.0.entry(*fingerprint).or_insert_with(|| text.clone());
        }
        all
    }
}
