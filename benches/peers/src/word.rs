//! A word of a text that stays in memory, as a record of engines whose records must be able to travel to other processes.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Compared and hashed as its text. Between threads it travels as it is; to another process, which no bench has, its text
/// would be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Word(pub &'static str);

impl Serialize for Word {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Word(text.leak()))
    }
}
