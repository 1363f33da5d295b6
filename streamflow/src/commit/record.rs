//! A commit: what one batch made durable, as bytes.

use super::bytes::{Decoder, Encode};

/// A named part of the state, of a delta of it, or of what else has to survive, such as `sources` or `clock`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The label of a slot, or the name of what it is.
    pub name: String,
    /// The fingerprint of the schema by which to read the bytes; 0 where there is none.
    pub schema: u64,
    /// What it holds. The log does not look into it.
    pub bytes: Vec<u8>,
}

/// What one batch commits: all of it, or nothing.
///
/// Deltas are absolute: what a key holds now, or that it is gone; never what is added to it. So records may be replayed over a
/// snapshot that has seen some of them already.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commit {
    /// The number of the commit: from 1 on, each higher than the one before.
    pub epoch: u64,
    /// The batch clock, microseconds since 1970.
    pub clock: i64,
    /// Deltas of slots, offsets of sources, watermarks.
    pub sections: Vec<Section>,
    /// By number of the sink, what is to be delivered: the rows as bytes, or the name of a prepared transaction.
    pub outputs: Vec<(u32, Vec<u8>)>,
    /// By sink, the last epoch that it is known to have. What [`CommitLog::delivered`](super::CommitLog::delivered) was told is added.
    pub done: Vec<u64>,
    /// By receiver, the last block of the receiver log that this and earlier batches have taken.
    pub blocks: Vec<(u32, u64)>,
}

impl Section {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.put_counted(self.name.as_bytes());
        out.put_u64(self.schema);
        out.put_counted(&self.bytes);
    }

    pub(crate) fn decode(decoder: &mut Decoder<'_>) -> Option<Section> {
        Some(Section { name: decoder.text()?, schema: decoder.u64()?, bytes: decoder.counted()?.to_vec() })
    }
}

impl Commit {
    pub(crate) fn encode(&self, done: &[u64], out: &mut Vec<u8>) {
        out.extend_from_slice(&self.clock.to_le_bytes());
        out.put_u64(done.len() as u64);
        for epoch in done {
            out.put_u64(*epoch);
        }
        out.put_u64(self.sections.len() as u64);
        for section in &self.sections {
            section.encode(out);
        }
        out.put_u64(self.outputs.len() as u64);
        for (sink, bytes) in &self.outputs {
            out.extend_from_slice(&sink.to_le_bytes());
            out.put_counted(bytes);
        }
        out.put_u64(self.blocks.len() as u64);
        for (receiver, block) in &self.blocks {
            out.extend_from_slice(&receiver.to_le_bytes());
            out.put_u64(*block);
        }
    }

    pub(crate) fn decode(epoch: u64, body: &[u8]) -> Option<Commit> {
        let mut decoder = Decoder::new(body);
        let clock = decoder.i64()?;
        let done = decoder.list(8, Decoder::u64)?;
        let sections = decoder.list(24, Section::decode)?;
        let outputs = decoder.list(12, |decoder| Some((decoder.u32()?, decoder.counted()?.to_vec())))?;
        let blocks = decoder.list(12, |decoder| Some((decoder.u32()?, decoder.u64()?)))?;
        decoder.is_empty().then_some(Commit { epoch, clock, sections, outputs, done, blocks })
    }
}

/// What sinks are known to have: the higher of both, for each.
pub(crate) fn raise(done: &mut Vec<u64>, other: &[u64]) {
    if done.len() < other.len() {
        done.resize(other.len(), 0);
    }
    for (done, other) in done.iter_mut().zip(other) {
        *done = (*done).max(*other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_reads_as_it_was_written_and_no_prefix_of_it_does() {
        let section = Section { name: "words".into(), schema: 9, bytes: vec![1, 2, 3] };
        let commit = Commit {
            epoch: 4,
            clock: -5,
            sections: vec![section.clone(), Section { name: String::new(), ..section }],
            outputs: vec![(1, vec![]), (7, b"rows".to_vec())],
            done: vec![3, 0],
            blocks: vec![(2, 8)],
        };
        let mut body = Vec::new();
        commit.encode(&commit.done, &mut body);
        assert_eq!(Commit::decode(4, &body), Some(commit));
        for length in 0..body.len() {
            assert_eq!(Commit::decode(4, &body[..length]), None, "{length}");
        }
        body.push(0);
        assert_eq!(Commit::decode(4, &body), None);
    }

    #[test]
    fn a_count_is_not_believed() {
        let mut body = vec![0; 8];
        body.put_u64(u64::MAX / 8);
        assert_eq!(Commit::decode(1, &body), None);
    }
}
