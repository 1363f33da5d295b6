//! A manifest: which snapshot and which segments of the log make up the state, and who wrote them.

use super::bytes::{Decoder, Encode};
use super::frame::{self, FrameKind, Label};
use super::header::{FileKind, Header};
use super::names::FileName;
use super::reader::{FrameReader, Next, header, header_error};
use super::{Error, Process, Schemas, Storage};

/// A snapshot, as a manifest names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SnapshotFile {
    pub generation: u64,
    /// The log is replayed from here on; sections may be newer.
    pub epoch: u64,
    pub number: u64,
    pub length: u64,
    /// The checksum of its trailer, and so of all of it.
    pub checksum: u64,
}

impl SnapshotFile {
    pub fn name(&self) -> FileName {
        FileName::Snapshot { generation: self.generation, epoch: self.epoch, number: self.number }
    }
}

/// What a job fixes when its directory is created; kept in every manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The pipeline in words. The log only keeps it.
    pub pipeline: String,
    /// The number of shards of keyed state.
    pub shards: u32,
    /// The seed of the hash by which keys find their shard.
    pub hash_seed: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub incarnation: u64,
    pub generation: u64,
    pub sequence: u64,
    /// The last commit when this was written: the log must reach it.
    pub epoch: u64,
    pub clock: i64,
    pub done: Vec<u64>,
    pub snapshot: Option<SnapshotFile>,
    /// The epochs in whose names the segments begin, all of this generation. Those opened later are found by name.
    pub segments: Vec<u64>,
    /// By receiver, the first block that is still needed.
    pub blocks: Vec<(u32, u64)>,
    pub schemas: Schemas,
    pub layout: Layout,
    pub writer: Process,
    pub version: String,
}

impl Manifest {
    pub fn name(&self) -> FileName {
        FileName::Manifest { sequence: self.sequence, generation: self.generation }
    }

    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let chain = header(FileKind::Manifest, self.incarnation, self.generation, self.epoch).encode(&mut out);
        let (incarnation, generation, epoch) = (self.incarnation, self.generation, self.epoch);
        let label = Label { kind: FrameKind::Manifest, incarnation, generation, epoch };
        frame::write(&mut out, label, chain, |out| self.body(out));
        out
    }

    fn body(&self, out: &mut Vec<u8>) {
        out.put_u64(self.sequence);
        out.extend_from_slice(&self.clock.to_le_bytes());
        numbers(out, &self.done);
        out.put_u64(u64::from(self.snapshot.is_some()));
        if let Some(file) = &self.snapshot {
            for number in [file.generation, file.epoch, file.number, file.length, file.checksum] {
                out.put_u64(number);
            }
        }
        numbers(out, &self.segments);
        out.put_u64(self.blocks.len() as u64);
        for (receiver, block) in &self.blocks {
            out.extend_from_slice(&receiver.to_le_bytes());
            out.put_u64(*block);
        }
        self.schemas.encode(out);
        out.put_counted(self.layout.pipeline.as_bytes());
        out.put_u64(u64::from(self.layout.shards));
        out.put_u64(self.layout.hash_seed);
        out.put_counted(self.writer.host.as_bytes());
        out.put_u64(u64::from(self.writer.id));
        out.extend_from_slice(&self.writer.started.to_le_bytes());
        out.put_counted(self.version.as_bytes());
    }

    fn decode(header: Header, body: &[u8]) -> Option<Manifest> {
        let mut decoder = Decoder::new(body);
        let decoder = &mut decoder;
        let sequence = decoder.u64()?;
        let clock = decoder.i64()?;
        let done = decoder.list(8, Decoder::u64)?;
        let snapshot = match decoder.u64()? {
            0 => None,
            _ => Some(SnapshotFile {
                generation: decoder.u64()?,
                epoch: decoder.u64()?,
                number: decoder.u64()?,
                length: decoder.u64()?,
                checksum: decoder.u64()?,
            }),
        };
        let segments = decoder.list(8, Decoder::u64)?;
        let blocks = decoder.list(12, |decoder| Some((decoder.u32()?, decoder.u64()?)))?;
        let schemas = Schemas::decode(decoder)?;
        let pipeline = decoder.text()?;
        let shards = u32::try_from(decoder.u64()?).ok()?;
        let hash_seed = decoder.u64()?;
        let host = decoder.text()?;
        let id = u32::try_from(decoder.u64()?).ok()?;
        let started = decoder.i64()?;
        let version = decoder.text()?;
        decoder.is_empty().then_some(Manifest {
            incarnation: header.incarnation,
            generation: header.generation,
            sequence,
            epoch: header.epoch,
            clock,
            done,
            snapshot,
            segments,
            blocks,
            schemas,
            layout: Layout { pipeline, shards, hash_seed },
            writer: Process { host, id, started },
            version,
        })
    }

    /// Reads the manifest of this name. What is not whole is an error of the kind `Damaged`.
    pub fn read(storage: &dyn Storage, name: FileName, incarnation: u64) -> Result<Manifest, Error> {
        let file = name.to_string();
        let (mut reader, header) = match FrameReader::open(storage, &file)? {
            Ok(opened) => opened,
            Err(fault) => return Err(header_error(&file, fault)),
        };
        let damaged = |what: &str| Error::damaged(&file, super::header::HEADER, what).section("the manifest");
        if header.kind != FileKind::Manifest || header.incarnation != incarnation {
            return Err(Error::damaged(&file, 0, "the header is not that of a manifest here").section("the header"));
        }
        let manifest = match reader.next()? {
            Next::Frame(frame) if frame.kind == FrameKind::Manifest => Manifest::decode(header, frame.body),
            Next::Frame(_) => None,
            Next::End => return Err(damaged("the manifest is missing")),
            Next::Bad(what) => return Err(damaged(what)),
        };
        let manifest = manifest.filter(|manifest| manifest.name() == name && !manifest.segments.is_empty());
        let manifest = manifest.ok_or_else(|| damaged("this is no manifest"))?;
        match reader.next()? {
            Next::End => Ok(manifest),
            _ => Err(Error::damaged(&file, reader.offset(), "there is more than the manifest").section("the end")),
        }
    }
}

fn numbers(out: &mut Vec<u8>, numbers: &[u64]) {
    out.put_u64(numbers.len() as u64);
    for number in numbers {
        out.put_u64(*number);
    }
}
