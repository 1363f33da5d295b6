//! Jobs that die and come back: on a disk that fails by a seed, and as real processes that are killed.

mod changes;
#[path = "../child/mod.rs"]
mod child;
mod disk;
mod failing_disks;
mod golden;
mod grouping;
mod kill;
mod killed_receiver;
mod random;
mod received;
mod simulation;
mod world;
