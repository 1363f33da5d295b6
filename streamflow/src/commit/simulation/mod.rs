//! Crashes by a seed: the real log on a simulated disk, under a small engine, against sinks that lose answers.
//!
//! `SEEDS=1000000` runs more of them, on all cores; `CRASH_POINTS=20000` tries more deaths in a given call; `SEED=17` runs one and shows its
//! lives. What stands in a failure is the seed.

mod engine;
mod mutants;
mod received;
mod sections;
mod world;

use std::fmt;

use engine::{End, Engine};
use world::{Sink, World};

use super::ErrorKind;
use crate::testing::{Faults, Random, SimStorage};

impl std::ops::Add for Tally {
    type Output = Tally;

    fn add(self, other: Tally) -> Tally {
        Tally {
            runs: self.runs + other.runs,
            refused: self.refused + other.refused,
            batches: self.batches + other.batches,
            faults: self.faults + other.faults,
            crashes: self.crashes + other.crashes,
            calls: self.calls + other.calls,
            woken: self.woken + other.woken,
            unknowable: self.unknowable + other.unknowable,
        }
    }
}

/// How a run is disturbed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plan {
    /// Everything that a seed can draw, without rot.
    Random,
    /// The same with bits that change at rest.
    Rot,
    /// One death, in exactly this call.
    CrashAt(u64),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Verdict {
    Right,
    /// A start was refused, as it has to be with rot.
    Refused,
    /// The last record has rotted away, and no sink can tell: what nobody with a single disk can know.
    Unknowable,
    Wrong(String),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    runs: u64,
    refused: u64,
    batches: u64,
    faults: u64,
    crashes: u64,
    calls: u64,
    woken: u64,
    unknowable: u64,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { runs, refused, batches, faults, crashes, calls, woken, unknowable } = self;
        write!(f, "{runs} runs, {batches} batches, {calls} calls, {faults} faults, {crashes} crashes, ")?;
        write!(f, "{woken} awakenings, {refused} refused, {unknowable} unknowable")
    }
}

/// One run: a workload with everything that goes wrong drawn from the seed. Gives the calls that it made.
fn run(seed: u64, plan: Plan, tally: &mut Tally) -> (Verdict, u64) {
    let mut random = Random::new(seed);
    // one that forgets is allowed where nobody is paused behind its back: on a directory with a lock that holds
    let forgets = random.once_in(4);
    let outbox = Sink { forgets, ..Sink::default() };
    let two_phase = Sink { two_phase: true, ..Sink::default() };
    let sinks = match random.below(if forgets { 1 } else { 3 }) {
        0 => vec![outbox],
        1 => vec![two_phase],
        _ => vec![outbox, two_phase],
    };
    // as with those that forget: a paused receiver must not be able to answer
    let receives = random.once_in(3);
    let total = 60 + random.below(120) as u64;
    let loses = random.one_of(&[0, 0, 100, 33]);
    let mut world = World {
        sinks,
        incarnation: None,
        total,
        loses,
        confirmed: 0,
        receives,
        acknowledged: 0,
        flips: 0,
        wrong: None,
    };
    let mut storage = SimStorage::new(seed ^ 0xabc_def0);
    let faults = match plan {
        Plan::CrashAt(call) => Faults { crash_at: call, ..Faults::default() },
        _ => Faults {
            error: random.one_of(&[0, 0, 100, 33]),
            crash: random.one_of(&[333, 100, 33]),
            ..Faults::default()
        },
    };
    storage.set_faults(faults);
    let mut crashes = 0;
    let mut flips = 0;
    let mut paused: Option<Engine> = None;
    let verdict = loop {
        if crashes > 40 {
            // whatever happens, it has to come to an end once the faults do
            storage.set_faults(Faults::default());
            world.loses = 0;
        }
        if crashes > 60 {
            break Verdict::Wrong("it does not come to an end".into());
        }
        let pauses = faults.crash_at == 0 && !forgets && !receives && crashes <= 40;
        let ended = life(&storage, &mut world, &mut random, pauses, &mut paused, tally);
        if shows() {
            let sinks: Vec<_> =
                world.sinks.iter().map(|sink| (sink.fence, sink.rows.len(), sink.prepared.len())).collect();
            let files = super::Storage::list(&storage.restart()).unwrap_or_default();
            show(&format!("life {crashes}: {ended:?}; sinks {sinks:?}; {files:?}; wrong: {:?}", world.wrong));
        }
        world.check(ended.is_ok());
        if let Some(what) = world.wrong.take() {
            break Verdict::Wrong(what);
        }
        match ended {
            Ok(()) => break Verdict::Right,
            Err(End::Unknowable) => break Verdict::Unknowable,
            Err(End::Fenced) => break Verdict::Wrong("the process that holds the directory is fenced".into()),
            Err(End::Error(error)) => match error.kind() {
                ErrorKind::Io | ErrorKind::Stopped => {}
                // it may be told to start again where a paused process has woken up meanwhile
                ErrorKind::Newer if pauses => {}
                ErrorKind::Damaged | ErrorKind::Behind if flips > 0 => break Verdict::Refused,
                _ => break Verdict::Wrong(error.to_string()),
            },
        }
        crashes += 1;
        tally.crashes += 1;
        if paused.is_none() || random.below(10) < 3 {
            paused = None;
            if random.below(10) < 6 {
                storage.power_loss();
            }
            if plan == Plan::Rot && random.once_in(3) && storage.flip().is_some() {
                flips += 1;
                world.flips += 1;
            }
        }
        storage = storage.restart();
    };
    tally.runs += 1;
    tally.unknowable += u64::from(verdict == Verdict::Unknowable);
    tally.refused += u64::from(verdict == Verdict::Refused);
    tally.faults += storage.injected();
    tally.calls += storage.calls();
    (verdict, storage.calls())
}

/// A process from its start to its end, or until it is paused.
fn life(
    storage: &SimStorage,
    world: &mut World,
    random: &mut Random,
    pauses: bool,
    paused: &mut Option<Engine>,
    tally: &mut Tally,
) -> Result<(), End> {
    let mut wake = |world: &mut World, random: &mut Random| {
        if paused.is_some() && random.below(10) < 4 {
            tally.woken += 1;
            if let Some(mut old) = paused.take()
                && old.offset < world.total
                && (0..1 + random.below(4)).all(|_| awake(&mut old, world, random).is_ok())
            {
                *paused = Some(old);
            }
        }
    };
    let mut engine = Engine::start(storage.clone(), world, random, &mut wake)?;
    wake(world, random);
    while engine.offset < world.total {
        let often = if engine.is_writing_a_snapshot() { 12 } else { 80 };
        if pauses && random.once_in(often) {
            engine.pause();
            *paused = Some(engine);
            return Err(End::Error(super::Error::new(ErrorKind::Stopped, "paused")));
        }
        step(&mut engine, world, random)?;
        tally.batches += 1;
        wake(world, random);
    }
    engine.deliver(world, random, true)
}

/// What a process does that does not know that it was superseded: any of its threads may go on first.
fn awake(engine: &mut Engine, world: &mut World, random: &mut Random) -> Result<(), End> {
    match random.below(4) {
        0 => engine.batch(world, random),
        1 => engine.deliver(world, random, true),
        _ => engine.background(random),
    }
}

fn step(engine: &mut Engine, world: &mut World, random: &mut Random) -> Result<(), End> {
    engine.receive(world, random)?;
    engine.batch(world, random)?;
    engine.deliver(world, random, false)?;
    engine.background(random)
}

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|value| value.parse().ok())
}

fn shows() -> bool {
    variable("SEED").is_some()
}

#[allow(clippy::print_stderr)]
fn show(line: &str) {
    eprintln!("{line}");
}

/// Runs the seeds of a test: `SEEDS` of them, or the one that `SEED` names.
fn seeds(default: u64) -> std::ops::Range<u64> {
    match variable("SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..variable("SEEDS").unwrap_or(default),
    }
}

fn all(seeds: std::ops::Range<u64>, plan: Plan) -> Tally {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = |first: usize| {
        let mut tally = Tally::default();
        for seed in seeds.clone().skip(first).step_by(threads) {
            if let (Verdict::Wrong(what), _) = run(seed, plan, &mut tally) {
                panic!("{plan:?}, SEED={seed}: {what}");
            }
        }
        tally
    };
    let tally = std::thread::scope(|scope| {
        let shares: Vec<_> = (0..threads).map(|first| scope.spawn(move || share(first))).collect();
        let tallies = shares.into_iter().map(|share| share.join().expect("a seed that goes wrong is named above"));
        tallies.fold(Tally::default(), |sum, tally| sum + tally)
    });
    show(&format!("{plan:?}: {tally}"));
    tally
}

#[test]
fn nothing_is_lost_doubled_or_wrong_whatever_fails() {
    let tally = all(seeds(2000), Plan::Random);
    assert!(shows() || tally.faults > 1000 && tally.crashes > 1000 && tally.woken > 10, "{tally}");
}

#[test]
fn rot_is_refused_or_harmless_and_never_silent() {
    let tally = all(seeds(1000), Plan::Rot);
    assert!(shows() || tally.refused > 10, "{tally}");
}

#[test]
fn the_process_may_die_in_any_call() {
    let mut tally = Tally::default();
    let enough = variable("CRASH_POINTS").unwrap_or(850);
    for seed in variable("SEED").map_or(0..u64::MAX, |seed| seed..seed + 1) {
        if tally.crashes >= enough {
            break;
        }
        let (verdict, calls) = run(seed, Plan::CrashAt(u64::MAX), &mut tally);
        assert_eq!(verdict, Verdict::Right, "SEED={seed} without a crash");
        for call in 1..=calls {
            if let (Verdict::Wrong(what), _) = run(seed, Plan::CrashAt(call), &mut tally) {
                panic!("SEED={seed}, a death in call {call}: {what}");
            }
        }
    }
    show(&format!("a death in every call: {tally}"));
}
