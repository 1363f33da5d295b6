//! Every single byte changed, every frame dropped, doubled or moved: harmless, or refused with its place, and never silent.

use super::frame::{HEAD, OVERHEAD};
use super::header::HEADER;
use super::*;

/// More than there are records behind a snapshot, so that it shows when one of either is missing.
const LABELS: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];

/// The last bytes of each section.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Values(Vec<Vec<u8>>);

impl Values {
    fn apply(&mut self, section: &Section) {
        self.0.resize(LABELS.len(), Vec::new());
        if let Some(place) = LABELS.iter().position(|label| *label == section.name) {
            self.0[place].clone_from(&section.bytes);
        }
    }
}

impl Replay for Values {
    fn begin(&mut self) -> Result<(), crate::Error> {
        self.0.clear();
        Ok(())
    }

    fn schemas(&mut self, _: &Schemas) -> Result<(), crate::Error> {
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

/// A directory, and what it held after each epoch.
struct Fixture {
    storage: MemoryStorage,
    history: Vec<Values>,
    /// The epoch that the newest manifest has seen.
    manifest: u64,
    blocks: u64,
    small: bool,
}

fn section(epoch: u64, length: usize) -> Section {
    let bytes = (0..length).map(|at| (at as u64 * 31 + epoch * 17) as u8).collect();
    Section { name: LABELS[epoch as usize % LABELS.len()].into(), schema: 0, bytes }
}

impl Fixture {
    /// Two snapshots with records between and behind them; with `rolls`, segments that no manifest lists.
    fn new(length: usize, rolls: bool) -> Fixture {
        let storage = MemoryStorage::new();
        let options = Options { incarnation: 0x5eed, receiver_bytes: 3 * length as u64, ..Options::default() };
        let opening = Opening::lock(Box::new(storage.clone()), options).unwrap();
        let mut log = opening.read(&mut Values::default(), None).unwrap().begin(Schemas::default()).unwrap();
        let mut history = vec![Values::default()];
        let mut commit = |log: &mut CommitLog| {
            let epoch = log.epoch() + 1;
            let section = section(epoch, length);
            let mut values = history[epoch as usize - 1].clone();
            values.apply(&section);
            history.push(values.clone());
            log.commit(&Commit { epoch, sections: vec![section], ..Commit::default() }).unwrap();
            values
        };
        let mut manifest = 0;
        for _ in 0..2 {
            (0..4).for_each(|_| drop(commit(&mut log)));
            let frozen = commit(&mut log);
            let mut writer = log.begin_snapshot().unwrap();
            for (label, bytes) in LABELS.iter().zip(frozen.0).filter(|(_, bytes)| !bytes.is_empty()) {
                writer.push(&Section { name: label.to_string(), schema: 0, bytes }).unwrap();
            }
            (0..2).for_each(|_| drop(commit(&mut log)));
            log.finish_snapshot(writer.finish().unwrap()).unwrap();
            manifest = log.epoch();
        }
        (0..3).for_each(|_| drop(commit(&mut log)));
        if rolls {
            for _ in 0..2 {
                drop(log.begin_snapshot().unwrap());
                log.abandon_snapshot();
                (0..2).for_each(|_| drop(commit(&mut log)));
            }
        }
        let mut receivers = log.receiver_log(&mut |_| Ok(())).unwrap();
        let blocks = 6;
        for number in 1..=blocks {
            assert_eq!(receivers.append(number as u32 % 2, &section(number, length).bytes), number);
            receivers.sync().unwrap();
        }
        Fixture { storage, history, manifest, blocks, small: length < 100 }
    }

    fn names(&self) -> Vec<String> {
        let mut names = self.storage.list().unwrap();
        names.sort();
        names
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        self.storage.read(name, 0, usize::MAX).unwrap()
    }

    fn last(&self) -> u64 {
        self.history.len() as u64 - 1
    }

    /// Reads the directory as it is now; says what is wrong with what comes of it.
    fn judge(&self, what: &str) -> Result<(), String> {
        for sinks in [Some(self.last()), None] {
            let mut values = Values::default();
            let opening = Opening::lock(Box::new(self.storage.clone()), Options::default());
            match opening.and_then(|opening| opening.read(&mut values, sinks)) {
                Ok(recovered) => {
                    let epoch = recovered.epoch.unwrap_or(0);
                    // without a sink that can be asked the end of the log may be gone, but never what a manifest has seen
                    let least = sinks.unwrap_or(self.manifest);
                    if epoch < least || self.history.get(epoch as usize) != Some(&values) {
                        return Err(format!("{what}: epoch {epoch} of {} with other values, silently", self.last()));
                    }
                }
                Err(error) if error.kind() == ErrorKind::Damaged => {
                    let place = (error.file_name(), error.offset(), error.section_name());
                    if !matches!(place, (Some(_), Some(_), Some(_))) {
                        return Err(format!("{what}: refused without a place: {error}"));
                    }
                    // of the big directory it would only take long
                    let found = if self.small { verify(&self.storage) } else { Vec::new() };
                    if self.small && !found.iter().any(|finding| finding.fatal) {
                        return Err(format!("{what}: refused, but `verify` finds nothing: {error}"));
                    }
                    // that is so whatever the sinks say
                    return Ok(());
                }
                Err(error) if error.kind() == ErrorKind::Behind => {}
                Err(error) => return Err(format!("{what}: {error}")),
            }
        }
        Ok(())
    }

    /// The same for what receivers have acknowledged: all blocks, or all but those of the last sync, or an error.
    fn judge_blocks(&self, what: &str) -> Result<(), String> {
        let copy = MemoryStorage::new();
        self.names().iter().for_each(|name| copy.put(name, self.bytes(name)));
        let opening = Opening::lock(Box::new(copy), Options::default()).unwrap();
        let log = opening.read(&mut Values::default(), None).unwrap().begin(Schemas::default()).unwrap();
        let mut next = 1;
        let mut wrong = None;
        let read = log.receiver_log(&mut |block| {
            let right = block.number == next && block.bytes == section(next, block.bytes.len()).bytes;
            if !right {
                wrong = Some(block.number);
            }
            next += 1;
            Ok(())
        });
        match read {
            Err(error) if error.kind() == ErrorKind::Damaged => Ok(()),
            Err(error) => Err(format!("{what}: {error}")),
            Ok(_) if wrong.is_none() && next >= self.blocks => Ok(()),
            Ok(_) => Err(format!("{what}: block {wrong:?} of {next} is wrong, silently")),
        }
    }

    /// The file in parts: its header, and its frames.
    fn parts(bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut parts = vec![bytes[..HEADER as usize].to_vec()];
        let mut at = HEADER as usize;
        while at < bytes.len() {
            let length = u64::from_le_bytes(bytes[at + 32..at + 40].try_into().unwrap()) as usize + OVERHEAD;
            assert!(length > HEAD);
            parts.push(bytes[at..at + length].to_vec());
            at += length;
        }
        parts
    }

    fn rearranged(&self) -> Result<(), String> {
        for name in self.names() {
            let whole = self.bytes(&name);
            let parts = Self::parts(&whole);
            let mut changed = Vec::new();
            for at in 1..parts.len() {
                let mut other = parts.clone();
                other.remove(at);
                changed.push((format!("frame {at} dropped"), other));
                let mut other = parts.clone();
                other.insert(at, parts[at].clone());
                changed.push((format!("frame {at} doubled"), other));
                changed.push((format!("the file ends before frame {at}"), parts[..at].to_vec()));
                if at > 1 {
                    let mut other = parts.clone();
                    other.swap(at - 1, at);
                    changed.push((format!("frames {} and {at} exchanged", at - 1), other));
                }
            }
            for (how, parts) in changed {
                self.storage.put(&name, parts.concat());
                self.judge_file(&name, &format!("{name}: {how}"))?;
            }
            self.storage.clone().delete(&name).unwrap();
            self.judge_file(&name, &format!("{name} deleted"))?;
            self.storage.put(&name, whole);
        }
        Ok(())
    }

    /// Changes one byte after another; gives how many there are.
    fn every_byte(&self) -> Result<usize, String> {
        let mut bytes = 0;
        for name in self.names() {
            let whole = self.bytes(&name);
            for at in 0..whole.len() {
                let mut other = whole.clone();
                other[at] ^= 1 << (at % 8);
                self.storage.put(&name, other);
                self.judge_file(&name, &format!("{name}, byte {at}"))?;
            }
            bytes += whole.len();
            self.storage.put(&name, whole);
        }
        Ok(bytes)
    }

    fn judge_file(&self, name: &str, what: &str) -> Result<(), String> {
        match name.starts_with("rx-") {
            // a run of blocks whose end is cut off cannot be told from one that never was longer
            true if what.contains("ends before") || what.ends_with("deleted") => Ok(()),
            true => self.judge_blocks(what),
            false => self.judge(what),
        }
    }
}

/// What is seen in two small directories.
pub(super) fn rearranged() -> Result<(), String> {
    for rolls in [true, false] {
        let fixture = Fixture::new(40, rolls);
        fixture.rearranged()?;
        fixture.every_byte()?;
    }
    Ok(())
}

#[test]
fn frames_and_files_that_are_missing_doubled_or_moved_are_seen() {
    Fixture::new(40, true).rearranged().unwrap();
    Fixture::new(40, false).rearranged().unwrap();
}

#[test]
#[allow(clippy::print_stderr)]
fn every_changed_byte_of_a_directory_is_harmless_or_refused_with_its_place() {
    let bytes = Fixture::new(1700, true).every_byte().unwrap();
    eprintln!("{bytes} bytes were changed, one after the other");
    assert!(bytes >= 64 << 10, "{bytes}");
}

#[test]
fn bytes_of_any_kind_are_no_reason_to_panic() {
    let mut random = crate::testing::Random::new(3);
    for _ in 0..300 {
        let fixture = Fixture::new(20, true);
        for name in fixture.names() {
            let mut bytes = fixture.bytes(&name);
            for _ in 0..random.below(4) {
                let (at, length) = (random.below(bytes.len()), random.below(64));
                let end = (at + length).min(bytes.len());
                bytes[at..end].iter_mut().for_each(|byte| *byte = random.next() as u8);
            }
            if random.once_in(4) {
                bytes.truncate(random.below(bytes.len()));
            }
            fixture.storage.put(&name, bytes);
        }
        let found = verify(&fixture.storage);
        assert!(found.iter().all(|finding| !finding.what.is_empty()));
        let opening = Opening::lock(Box::new(fixture.storage.clone()), Options::default()).unwrap();
        if let Ok(recovered) = opening.read(&mut Values::default(), None)
            && let Ok(log) = recovered.begin(Schemas::default())
        {
            drop(log.receiver_log(&mut |_| Ok(())));
        }
    }
}

#[test]
fn verify_notes_what_no_start_needs() {
    let fixture = Fixture::new(20, false);
    assert_eq!(verify(&fixture.storage), []);
    let name = fixture.names().into_iter().find(|name| name.starts_with("snap-")).unwrap();
    let mut bytes = fixture.bytes(&name);
    bytes[HEADER as usize + 60] ^= 1;
    fixture.storage.put(&name, bytes);
    let found = verify(&fixture.storage);
    assert!(!found.is_empty() && found.iter().all(|finding| !finding.fatal && finding.file == name), "{found:?}");
    assert_eq!(found[0].section.as_deref(), Some("section 1"));
}
