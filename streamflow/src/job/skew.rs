//! Keys that have so many records that they hold the others up: found in a sample of what crosses the exchange.

use super::warning::{HotKey, Listener, Warning};
use crate::state::Probe;
use crate::state::exchange::Bucket;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One of so many records is looked at, on average.
const EVERY: u64 = 64;
/// So many of them decide: about 65,000 records. A share of a tenth is then known to one part in a hundred.
const SAMPLE: usize = 1_024;
/// A key with more than this share is hot.
const HOT: f64 = 0.1;
/// Unless there are so few keys that it does not have much more than its part.
const UNEVEN: f64 = 1.5;
/// Nobody reads a longer list.
const MOST_TOLD: usize = 64;

/// What has been seen of the keys of a job.
#[derive(Default)]
pub(crate) struct Skew {
    stages: BTreeMap<usize, Sample>,
    told: Vec<(u64, HotKey)>,
    listener: Arc<Listener>,
}

/// Hashes of keys that go to a stage.
struct Sample {
    hashes: Vec<u64>,
    /// Records until the next one that is looked at.
    skip: usize,
    random: u64,
}

impl Sample {
    fn new(stage: usize) -> Self {
        Sample { hashes: Vec::with_capacity(SAMPLE), skip: 0, random: stage as u64 ^ 0x9e37_79b9_7f4a_7c15 }
    }

    /// Uneven steps: an even one would see the same keys again and again where keys come in a cycle.
    fn step(&mut self) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        1 + (self.random % (2 * EVERY - 1)) as usize
    }
}

/// The hashes with too large a share of a sample.
fn hot(hashes: &mut [u64]) -> Vec<(u64, f64)> {
    hashes.sort_unstable();
    let keys: Vec<&[u64]> = hashes.chunk_by(|one, next| one == next).collect();
    let even = if keys.len() == 1 { 0.0 } else { UNEVEN / keys.len() as f64 };
    let shares = keys.iter().map(|key| (key[0], key.len() as f64 / hashes.len() as f64));
    shares.filter(|(_, share)| *share > HOT.max(even)).collect()
}

impl Skew {
    pub fn new(listener: Arc<Listener>) -> Self {
        Skew { listener, ..Skew::default() }
    }

    /// Looks at what goes to a stage.
    pub fn look<'p, P: Probe + 'p, C: 'p>(
        &mut self,
        stage: usize,
        name: &'static str,
        buckets: impl Iterator<Item = &'p Bucket<P, C>> + Clone,
    ) {
        let sample = self.stages.entry(stage).or_insert_with(|| Sample::new(stage));
        for entries in buckets.clone().flat_map(Bucket::entries) {
            let mut place = sample.skip;
            while let Some(entry) = entries.get(place) {
                sample.hashes.push(entry.hash);
                place += sample.step();
            }
            sample.skip = place - entries.len();
        }
        if sample.hashes.len() < SAMPLE {
            return;
        }
        let hot = hot(&mut sample.hashes);
        sample.hashes.clear();
        for (hash, share) in hot {
            let full = self.told.len() == MOST_TOLD;
            let known = self.told.iter_mut().find(|(told, key)| *told == hash && key.stage == name);
            match known {
                Some((_, key)) => key.share = key.share.max(share),
                None if full => {}
                None => {
                    let mut entries = buckets.clone().flat_map(Bucket::entries).flatten();
                    // if it was in the batches before this one it will come again
                    let Some(entry) = entries.find(|entry| entry.hash == hash) else { continue };
                    let words = crate::state::StoredKey::words(&entry.key.own());
                    let key =
                        HotKey { stage: name, key: words.unwrap_or_else(|| format!("with hash {hash:#x}")), share };
                    self.listener.tell(&Warning::HotKey(key.clone()));
                    self.told.push((hash, key));
                }
            }
        }
    }

    /// What has been found, each key of a stage once with its largest share.
    pub fn found(&self) -> Vec<HotKey> {
        self.told.iter().map(|(_, key)| key.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::hot;

    /// A sample with so many records of each key.
    fn shares(records: &[usize]) -> Vec<(u64, f64)> {
        let keys = records.iter().enumerate();
        let mut hashes: Vec<u64> = keys.flat_map(|(key, records)| vec![key as u64; *records]).collect();
        hot(&mut hashes)
    }

    #[test]
    fn a_key_is_hot_with_more_than_a_tenth_and_more_than_its_part() {
        assert_eq!(shares(&[1_000]), [(0, 1.0)], "all records on one key");
        assert_eq!(shares(&[500; 2]), [], "two even keys");
        assert_eq!(shares(&[100; 10]), [], "ten even keys");
        assert_eq!(shares(&[&[500][..], &[1; 500]].concat()), [(0, 0.5)]);
        assert_eq!(shares(&[&[300, 300][..], &[1; 400]].concat()), [(0, 0.3), (1, 0.3)]);
        assert_eq!(shares(&[&[99][..], &[1; 901]].concat()), []);
        assert_eq!(shares(&[800, 100, 100]), [(0, 0.8)]);
    }
}
