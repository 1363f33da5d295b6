//! A source whose sender forgets what was acknowledged: blocks in the log of receivers.

use std::collections::VecDeque;

use super::engine::End;
use super::world::World;
use crate::commit::bytes::{Decoder, Encode};
use crate::commit::mutant::mutant;
use crate::commit::{CommitLog, ReceiverLog};
use crate::testing::Random;

/// What a receiver has acknowledged: the source of runs whose sender forgets what it was told is safe.
pub struct Received {
    pub log: ReceiverLog,
    /// Blocks that no commit has taken: number, and the offset behind its records.
    pub blocks: VecDeque<(u64, u64)>,
    pub until: u64,
}

impl Received {
    pub fn open(log: &CommitLog, offset: u64, world: &mut World) -> Result<Received, End> {
        let (mut blocks, mut until, mut hole) = (VecDeque::new(), offset, false);
        let log = log.receiver_log(&mut |block| {
            let mut decoder = Decoder::new(&block.bytes);
            let (from, to) = (decoder.u64().unwrap_or(u64::MAX), decoder.u64().unwrap_or(0));
            hole |= from > until || !blocks.is_empty() && from != until;
            until = to;
            blocks.push_back((block.number, to));
            Ok(())
        })?;
        if !hole && until < world.acknowledged && world.flips > 0 {
            // the last group has rotted away, and the sender has forgotten it
            return Err(End::Unknowable);
        }
        if hole || until < world.acknowledged {
            world.wrong(format!("{} was acknowledged, {offset} to {until} recovered", world.acknowledged));
        }
        Ok(Received { log, blocks, until })
    }

    pub fn taken(&self, offset: u64) -> Option<u64> {
        self.blocks.iter().take_while(|(_, to)| *to <= offset).last().map(|(number, _)| *number)
    }

    pub fn receive(&mut self, world: &mut World, random: &mut Random) -> Result<(), End> {
        for _ in 0..1 + random.below(3) {
            let to = (self.until + 1 + random.below(9) as u64).min(world.total);
            if to > self.until {
                let mut bytes = Vec::new();
                bytes.put_u64(self.until);
                bytes.put_u64(to);
                self.blocks.push_back((self.log.append(0, &bytes), to));
                self.until = to;
            }
        }
        if mutant!(AcknowledgedEarly) {
            world.acknowledged = self.until;
        }
        self.log.sync()?;
        world.acknowledged = self.until;
        Ok(())
    }
}
