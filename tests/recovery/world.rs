//! The world outside of a job: a sink that remembers what it was sent, and who may send it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use streamflow::sink::{BatchInfo, Fence, Held, Idempotent, Prepared};
use streamflow::{Error, ErrorKind, Sink};

/// Lines by epoch. Clones are the same sink.
#[derive(Clone, Default)]
pub struct World(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    generation: u64,
    incarnation: Option<u64>,
    epochs: BTreeMap<u64, Vec<u8>>,
    /// What the sink must never see.
    wrong: Vec<String>,
    /// Of so many calls one is lost before it is done, and one behind it; 0: none.
    loses_one_in: u64,
    calls: u64,
    /// Nothing arrives any more.
    down: bool,
}

/// Who sends: a job keeps this for as long as it lives.
#[derive(Clone)]
pub struct Sender {
    world: World,
    fence: Option<Fence>,
}

impl World {
    pub fn losing_one_in(calls: u64) -> Self {
        let world = World::default();
        world.inner().loses_one_in = calls;
        world
    }

    pub fn sender(&self) -> Sender {
        Sender { world: self.clone(), fence: None }
    }

    /// From now on every call is lost before it is done.
    pub fn breaks_down(&self) {
        self.inner().down = true;
    }

    /// All lines, in the order of the epochs.
    pub fn lines(&self) -> Vec<String> {
        let inner = self.inner();
        let text = inner.epochs.values().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        text.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
    }

    /// What the sink has seen and never should.
    pub fn wrong(&self) -> Vec<String> {
        self.inner().wrong.clone()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }
}

impl Inner {
    /// True if the call gets lost at this point.
    fn lost(&mut self) -> bool {
        self.calls += 1;
        let mixed = self.calls.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        self.down || self.loses_one_in > 0 && mixed.is_multiple_of(self.loses_one_in)
    }
}

fn lost() -> Error {
    Error::new(ErrorKind::Sink, "the connection was lost")
}

impl Idempotent for Sender {}

impl<T: std::fmt::Display> Sink<T> for Sender {
    type Part = Vec<u8>;

    fn name(&self) -> String {
        "the world".to_owned()
    }

    fn part(&self) -> Vec<u8> {
        vec![]
    }

    fn push(part: &mut Vec<u8>, item: T) {
        part.extend(format!("{item}\n").bytes());
    }

    fn fence(&mut self, fence: Fence) -> Result<Held, Error> {
        let mut inner = self.world.inner();
        inner.generation = inner.generation.max(fence.generation);
        inner.incarnation.get_or_insert(fence.incarnation);
        self.fence = Some(fence);
        Ok(Held { generation: Some(inner.generation), epoch: inner.epochs.keys().next_back().copied() })
    }

    fn deliver(&mut self, _: BatchInfo, _: Vec<Vec<u8>>) -> Result<(), Error> {
        panic!("a job with a checkpoint delivers through its log")
    }

    fn prepare(&mut self, _: BatchInfo, parts: Vec<Vec<u8>>) -> Result<Prepared, Error> {
        Ok(Prepared::Logged(parts.concat()))
    }

    fn commit(&mut self, batch: BatchInfo, prepared: &[u8]) -> Result<(), Error> {
        let mut inner = self.world.inner();
        let fence = self.fence.expect("a sink is fenced before it is sent anything");
        if fence.generation < inner.generation {
            return Err(Error::new(ErrorKind::Sink, "a newer process writes here"));
        }
        if inner.lost() {
            return Err(lost());
        }
        match inner.epochs.get(&batch.epoch) {
            Some(known) if known != prepared => {
                let text = format!("epoch {} was sent again with other content", batch.epoch);
                inner.wrong.push(text);
            }
            Some(_) => {}
            None => {
                inner.epochs.insert(batch.epoch, prepared.to_vec());
            }
        }
        if inner.lost() { Err(lost()) } else { Ok(()) }
    }
}
