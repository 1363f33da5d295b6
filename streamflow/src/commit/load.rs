//! Reading a checkpoint: which manifest holds, and what its snapshot and its log say.
//!
//! A total function of the bytes in the directory: it reads, decides and never writes.

use std::collections::{BTreeMap, BTreeSet};

use super::frame::FrameKind;
use super::header::{FileKind, HEADER};
use super::manifest::Manifest;
use super::mutant::mutant;
use super::names::FileName;
use super::opening::names;
use super::reader::{FrameReader, Next, find_frame, header};
use super::record::raise;
use super::recovered::Undelivered;
use super::{Commit, Error, ErrorKind, Replay, Storage, snapshot};

/// What was read, and where the records behind the snapshot stand.
pub(super) struct Loaded {
    pub manifest: Manifest,
    pub epoch: u64,
    pub clock: i64,
    pub done: Vec<u64>,
    pub blocks: BTreeMap<u32, u64>,
    pub undelivered: BTreeMap<u64, Undelivered>,
    pub tail: Vec<Span>,
    /// Fingerprints that the snapshot uses, and those that the log uses.
    pub used: (BTreeSet<u64>, BTreeSet<u64>),
    pub records: u64,
    pub torn: Option<(String, u64)>,
}

/// The valid part of a segment.
pub(super) struct Span {
    pub epoch: u64,
    pub end: u64,
}

/// Reads the newest state. `None` where nothing was ever committed.
pub(super) fn newest(
    storage: &dyn Storage,
    incarnation: u64,
    replay: &mut dyn Replay,
) -> Result<Option<Loaded>, Error> {
    let names = names(storage)?;
    let mut manifests = Vec::new();
    let mut unreadable = None;
    for name in names.iter().filter(|name| matches!(name, FileName::Manifest { .. })) {
        match Manifest::read(storage, *name, incarnation) {
            Ok(manifest) => manifests.push(manifest),
            // R3: a manifest that is torn is not yet damage. Each start that was cut off before its first one was durable leaves such
            // a file; whether something was committed behind it is asked below, by rule R5.
            Err(error) if error.kind() == ErrorKind::Damaged && !mutant!(TornManifestIsDamage) => {
                unreadable = Some(error)
            }
            Err(error) => return Err(error),
        }
    }
    // by generation first: a paused process of an older one may still publish manifests of higher sequence
    manifests.sort_by_key(|manifest| {
        let generation = if mutant!(ManifestsBySequence) { 0 } else { manifest.generation };
        (generation, manifest.sequence)
    });
    let newest = manifests.last().map_or(0, |manifest| manifest.generation);
    if !mutant!(FallBackAcrossGenerations) {
        // R5: never fall back across a generation that may have committed. An older generation's log may hold a late record of a process
        // that was paused, and that is another history.
        manifests.retain(|manifest| manifest.generation == newest);
    }
    // whatever manifest is taken, the log must reach what the newest one of the generation had seen
    let reached = manifests.iter().map(|manifest| manifest.epoch).max().unwrap_or(0);
    let mut first_error = None;
    let mut loaded = None;
    for manifest in manifests.into_iter().rev() {
        refused(replay.begin())?;
        match load(storage, &names, manifest, reached, replay) {
            Ok(found) => {
                loaded = Some(found);
                break;
            }
            Err(error) if error.kind() == ErrorKind::Damaged => {
                first_error.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
    }
    if loaded.is_none()
        && let Some(error) = first_error
    {
        return Err(error);
    }
    if !mutant!(NoOrphanCheck) {
        let generation = loaded.as_ref().map(|loaded| loaded.manifest.generation);
        nothing_newer(storage, &names, incarnation, generation, unreadable)?;
    }
    if loaded.is_none() {
        refused(replay.begin())?;
    }
    Ok(loaded)
}

/// R5, second half: a commit whose generation is that of its segment proves that this generation was live, and it became live only
/// behind a durable manifest. If that is not the one in hand, it has been lost. Without any manifest in hand every commit proves it, also one
/// that was copied into a later segment, and every snapshot; but for those that a savepoint brings along, which are written before a manifest.
fn nothing_newer(
    storage: &dyn Storage,
    names: &[FileName],
    incarnation: u64,
    loaded: Option<u64>,
    unreadable: Option<Error>,
) -> Result<(), Error> {
    for name in names {
        let file = name.to_string();
        let found = match *name {
            FileName::Snapshot { number: 1.., .. } if loaded.is_none() => Some(0),
            FileName::Log { generation, .. } if loaded.is_none_or(|loaded| loaded < generation) => {
                let wanted = |of: u64| if loaded.is_none() { of > 0 } else { of == generation };
                find_frame(storage, &file, incarnation, |head| {
                    head.kind == FrameKind::Commit && wanted(head.generation)
                })?
            }
            _ => None,
        };
        if let Some(offset) = found {
            let message =
                format!("generation {} has committed, but none of its manifests can be read", name.generation());
            let error = Error::damaged(&file, offset, message).section("the manifests");
            return Err(match unreadable {
                Some(cause) => error.because(cause),
                None => error,
            });
        }
    }
    Ok(())
}

pub(super) fn refused(said: Result<(), crate::Error>) -> Result<(), Error> {
    said.map_err(|cause| {
        Error::new(ErrorKind::Refused, format!("the checkpoint cannot be used: {cause}")).because(cause)
    })
}

fn load(
    storage: &dyn Storage,
    names: &[FileName],
    manifest: Manifest,
    reached: u64,
    replay: &mut dyn Replay,
) -> Result<Loaded, Error> {
    refused(replay.schemas(&manifest.schemas))?;
    let mut loaded = Loaded {
        epoch: manifest.segments[0],
        clock: manifest.clock,
        done: manifest.done.clone(),
        blocks: manifest.blocks.iter().copied().collect(),
        undelivered: BTreeMap::new(),
        tail: Vec::new(),
        used: Default::default(),
        records: 0,
        torn: None,
        manifest,
    };
    if let Some(file) = &loaded.manifest.snapshot {
        let used = &mut loaded.used.0;
        snapshot::read(storage, file, loaded.manifest.incarnation, &mut |section| {
            used.insert(section.schema);
            refused(replay.snapshot(section))
        })?;
    }
    let (segments, listed) = segments(names, &loaded.manifest);
    for (number, epoch) in segments.iter().enumerate() {
        let place = Place { epoch: *epoch, listed: number < listed, last: number + 1 == segments.len() };
        loaded.segment(storage, names, place, replay)?;
    }
    if loaded.epoch < reached && !mutant!(NoManifestEpochCheck) {
        let name = loaded.manifest.name().to_string();
        let message =
            format!("the log ends at epoch {}, but had reached {reached} when this was written", loaded.epoch);
        return Err(Error::damaged(&name, HEADER, message).section("the manifest"));
    }
    Ok(loaded)
}

/// The epochs of the segments in order: those that the manifest lists, and those of its generation that were opened later.
fn segments(names: &[FileName], manifest: &Manifest) -> (Vec<u64>, usize) {
    let mut segments = manifest.segments.clone();
    let (listed, last) = (segments.len(), segments[segments.len() - 1]);
    segments.extend(names.iter().filter_map(|name| match name {
        FileName::Log { generation, epoch } if *generation == manifest.generation && *epoch > last => Some(*epoch),
        _ => None,
    }));
    (segments, listed)
}

struct Place {
    epoch: u64,
    listed: bool,
    last: bool,
}

impl Loaded {
    fn segment(
        &mut self,
        storage: &dyn Storage,
        names: &[FileName],
        place: Place,
        replay: &mut dyn Replay,
    ) -> Result<(), Error> {
        let (incarnation, generation) = (self.manifest.incarnation, self.manifest.generation);
        let name = FileName::Log { generation, epoch: place.epoch };
        let file = name.to_string();
        if !names.contains(&name) {
            return Err(Error::damaged(&file, 0, "this segment of the log is missing").section("the log"));
        }
        // a segment is durable up to its header before it takes a record: a torn header has nothing behind it
        if place.last && !place.listed && storage.length(&file)? <= HEADER {
            let opened = FrameReader::open(storage, &file)?;
            if opened.is_err() {
                self.torn = Some((file, 0));
                return Ok(());
            }
        }
        let expected = header(FileKind::Log, incarnation, generation, place.epoch);
        let mut reader = FrameReader::expect(storage, &file, expected)?;
        if place.epoch != self.epoch && !mutant!(NoSegmentBaseCheck) {
            let message = format!(
                "this segment begins behind epoch {}, but the log before it ends at {}",
                place.epoch, self.epoch
            );
            return Err(Error::damaged(&file, 0, message).section("the header"));
        }
        loop {
            let (epoch, end) = (self.epoch, reader.offset());
            match reader.next()? {
                Next::Frame(frame) => {
                    let commit = Some(&frame).filter(|frame| frame.kind == FrameKind::Commit && frame.epoch > epoch);
                    let commit = commit.and_then(|frame| Commit::decode(frame.epoch, frame.body));
                    let wrong = || Error::damaged(&file, end, "this is no commit").section(behind(epoch));
                    self.record(frame.generation, commit.ok_or_else(wrong)?, replay)?;
                }
                Next::End => {
                    self.tail.push(Span { epoch: place.epoch, end });
                    return Ok(());
                }
                Next::Bad(what) => {
                    #[cfg(test)]
                    if mutant!(SkipBadRecord) && reader.skip()? {
                        continue;
                    }
                    // A torn tail is normal: the process died in a write that nobody was told of. It has nothing behind it, since a
                    // record is written when the one before it is durable; and no segment follows it. A whole frame that does not follow is no
                    // torn one either.
                    let later = reader.find(end, |head| head.kind == FrameKind::Commit && head.epoch > epoch)?;
                    let inside = later.is_some() && !mutant!(NoLaterRecordCheck);
                    if inside || !place.last && !mutant!(DamagedMiddleIsTorn) {
                        return Err(Error::damaged(&file, end, what).section(behind(epoch)));
                    }
                    self.tail.push(Span { epoch: place.epoch, end });
                    self.torn = Some((file, end));
                    return Ok(());
                }
            }
        }
    }

    fn record(&mut self, generation: u64, commit: Commit, replay: &mut dyn Replay) -> Result<(), Error> {
        self.epoch = commit.epoch;
        self.records += 1;
        self.used.1.extend(commit.sections.iter().map(|section| section.schema));
        raise(&mut self.done, &commit.done);
        // records before the snapshot are kept for their outputs alone
        if commit.epoch > self.manifest.snapshot.as_ref().map_or(0, |file| file.epoch) {
            self.clock = commit.clock;
            self.blocks.extend(commit.blocks.iter().copied());
            refused(replay.record(&commit))?;
        }
        if !commit.outputs.is_empty() {
            let Commit { epoch, outputs, .. } = commit;
            self.undelivered.insert(epoch, Undelivered { generation, epoch, outputs });
        }
        let done = &self.done;
        self.undelivered.retain(|epoch, left| {
            left.outputs.retain(|(sink, _)| *epoch > done.get(*sink as usize).copied().unwrap_or(0));
            !left.outputs.is_empty()
        });
        Ok(())
    }
}

fn behind(epoch: u64) -> String {
    format!("the record behind epoch {epoch}")
}
