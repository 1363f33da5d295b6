//! Deliberate bugs, each of which the simulation has to find.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Plan, Tally, Verdict, run, show, variable};
use crate::commit::{damage, mutant};

/// What finds a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    /// Random faults without rot.
    Random,
    /// Only changed bits.
    Rot,
    /// Only files with a changed byte, or whose frames are dropped, doubled or moved; see `damage`.
    Rearranged,
    /// Nothing, and why that is right.
    Harmless(&'static str),
}
use Found::{Harmless, Random, Rearranged, Rot};

const MUTANTS: &[(&str, Found)] = &[
    // the log
    ("NoCommitSync", Random),
    ("AppendAgain", Random),
    ("SyncAgain", Random),
    ("GoOnAfterError", Random),
    ("NoSegmentSync", Random),
    ("NoSegmentDirectorySync", Random),
    ("DoneAhead", Random),
    // snapshots and manifests
    ("NoSnapshotSync", Random),
    (
        "NoSnapshotDirectorySync",
        Harmless("that of the manifest covers it; a name that is lost before costs a fall-back"),
    ),
    ("SnapshotNotFrozen", Random),
    ("NoManifestSync", Random),
    ("NoManifestDirectorySync", Random),
    ("CollectBeforeManifest", Random),
    ("PublishWhenTakenOver", Harmless("generations order manifests, and nobody deletes files of a later one")),
    ("PublishWhenTakenOver+CollectNewerGenerations", Random),
    ("PublishWhenTakenOver+ManifestsBySequence", Random),
    ("CutUndelivered", Random),
    // what receivers acknowledge
    ("NoBlockSync", Random),
    ("NoReceiverDirectorySync", Random),
    ("NoBlockCopy", Random),
    ("AcknowledgedEarly", Random),
    ("CollectBlocksAll", Random),
    ("NoDeletionSync", Random),
    ("CollectBlocksAhead", Harmless("a commit that has taken a block holds what came of it")),
    // recovery
    ("NoIdentity", Random),
    ("NoCopySync", Random),
    ("NoCopyDirectorySync", Random),
    ("CopyTornTail", Random),
    ("TornManifestIsDamage", Random),
    ("GenerationReused", Random),
    ("GenerationNotRaised", Random),
    ("NoHeadChecksum", Rearranged),
    ("NoBodyChecksum", Random),
    ("NoChain", Rearranged),
    ("SkipBadRecord", Rot),
    ("DamagedMiddleIsTorn+NoSegmentBaseCheck", Rot),
    ("NoLaterRecordCheck", Rot),
    ("NoManifestEpochCheck", Rearranged),
    ("NoSegmentBaseCheck", Rearranged),
    ("NoSinkEpochCheck", Rot),
    ("NoOrphanCheck", Rot),
    ("FallBackAcrossGenerations+NoOrphanCheck", Rot),
    ("NoSnapshotLength", Harmless("the trailer says the same")),
    ("NoTrailer", Harmless("the length says the same")),
    ("NoTrailer+NoSnapshotLength", Rearranged),
    // the order of steps around the log
    ("NoFence", Random),
    ("ReadBeforeFence", Random),
    ("SinkIgnoresFence", Random),
    ("NoRollback", Random),
    ("DeliverBeforeCommit", Random),
    ("DeliverBeforeBegin", Random),
    ("DeliveredEarly", Random),
    ("NoRedelivery", Random),
    ("PrepareAfterCommit", Random),
    ("AbortBeforeReading", Random),
    ("CommitAllInDoubt", Random),
    ("NoAbort", Random),
    ("DeltaWithoutDeletions", Random),
];

/// The first seed of a plan at which the mutant is caught, and how.
fn hunt(name: &'static str, plan: Plan, seeds: u64) -> Option<(u64, String)> {
    mutant::with(name, || {
        (0..seeds).find_map(|seed| {
            // a mutant may break what the code relies on: a panic is a catch as well
            match catch_unwind(AssertUnwindSafe(|| run(seed, plan, &mut Tally::default()))) {
                Ok((Verdict::Wrong(what), _)) => Some((seed, what)),
                Ok(_) => None,
                Err(_) => Some((seed, "a panic".into())),
            }
        })
    })
}

#[test]
fn every_mutant_is_caught_or_known_to_be_harmless() {
    let seeds = variable("SEEDS").unwrap_or(3000);
    let only = std::env::var("MUTANT").ok();
    let mut wrong = Vec::new();
    for (name, found) in MUTANTS.iter().filter(|(name, _)| only.as_deref().is_none_or(|only| only == *name)) {
        let caught = match found {
            Random => hunt(name, Plan::Random, seeds).map(|caught| (Plan::Random, caught)),
            Rot => hunt(name, Plan::Rot, seeds).map(|caught| (Plan::Rot, caught)),
            Rearranged => mutant::with(name, || catch_unwind(damage::rearranged))
                .map_or_else(|_| Some("a panic".to_string()), Result::err)
                .map(|what| (Plan::Rot, (0, what))),
            Harmless(_) => hunt(name, Plan::Random, seeds.min(300))
                .map(|caught| (Plan::Random, caught))
                .or_else(|| hunt(name, Plan::Rot, seeds.min(300)).map(|caught| (Plan::Rot, caught))),
        };
        match (&caught, found) {
            (Some((plan, (seed, what))), _) => show(&format!("{name}: caught, {plan:?} {seed}: {what}")),
            (None, Harmless(why)) => show(&format!("{name}: harmless: {why}")),
            (None, _) => show(&format!("{name}: ESCAPES")),
        }
        if caught.is_some() == matches!(found, Harmless(_)) {
            wrong.push(*name);
        }
    }
    assert!(wrong.is_empty(), "not as the table says: {wrong:?}");
}
