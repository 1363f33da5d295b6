//! The state of the small engine as sections, and back.

use std::collections::BTreeSet;

use super::world::State;
use crate::commit::bytes::{Decoder, Encode};
use crate::commit::mutant::mutant;
use crate::commit::{Commit, Replay, Schemas, Section};

pub const SHARDS: u64 = 4;
pub const SCHEMA: u64 = 11;

/// What a checkpoint says.
#[derive(Default)]
pub struct Restored {
    pub state: State,
    pub offset: u64,
    pub wrong: Option<String>,
}

pub fn shard_section(state: &State, shard: u64, keys: Option<&BTreeSet<u64>>) -> Section {
    let mut bytes = Vec::new();
    let all: BTreeSet<u64> = keys.map_or_else(|| state.keys().copied().collect(), Clone::clone);
    for key in all.into_iter().filter(|key| key % SHARDS == shard) {
        // 0 says that the key is gone
        let sum = state.get(&key).copied().unwrap_or(0);
        if sum == 0 && mutant!(DeltaWithoutDeletions) {
            continue;
        }
        bytes.put_u64(key);
        bytes.put_u64(sum);
    }
    Section { name: format!("shard {shard}"), schema: SCHEMA, bytes }
}

pub fn source_section(offset: u64) -> Section {
    Section { name: "sources".into(), schema: 0, bytes: offset.to_le_bytes().to_vec() }
}

impl Restored {
    fn apply(&mut self, section: &Section) {
        let mut decoder = Decoder::new(&section.bytes);
        if section.name == "sources" {
            self.offset = decoder.u64().unwrap_or(u64::MAX);
            return;
        }
        while let (Some(key), Some(sum)) = (decoder.u64(), decoder.u64()) {
            if format!("shard {}", key % SHARDS) != section.name {
                self.wrong = Some(format!("key {key} stands in `{}`", section.name));
            }
            match sum {
                0 => self.state.remove(&key),
                _ => self.state.insert(key, sum),
            };
        }
    }
}

impl Replay for Restored {
    fn begin(&mut self) -> Result<(), crate::Error> {
        *self = Restored::default();
        Ok(())
    }

    fn schemas(&mut self, schemas: &Schemas) -> Result<(), crate::Error> {
        if !schemas.0.contains_key(&SCHEMA) {
            self.wrong = Some("the manifest has lost a schema".into());
        }
        Ok(())
    }

    fn snapshot(&mut self, section: Section) -> Result<(), crate::Error> {
        self.apply(&section);
        Ok(())
    }

    fn record(&mut self, commit: &Commit) -> Result<(), crate::Error> {
        commit.sections.iter().for_each(|section| self.apply(section));
        Ok(())
    }
}
