//! What exactly-once delivery asks of the ends of a pipeline, each once.
//!
//! A source or sink implements one of several marker traits. A trait stands above them with one implementation for each; its
//! parameter keeps them apart, so that rustc looks for the one that holds, and where none does it reports the trait above, in the
//! words below.

use crate::job::input::Input;
use crate::job::output::Out;
use crate::sink::{Idempotent, OffsetStoring, Transactional};
use crate::source::{Journaled, Replayable, Source};

/// `M` below, by the marker that holds.
pub struct ByReplay;
pub struct ByJournal;
pub struct ByName;
pub struct ByTransaction;
pub struct ByOffset;

/// Records that were read before a crash can be had again.
#[diagnostic::on_unimplemented(
    message = "exactly-once delivery needs a source that can be read again, and `{Self}` cannot",
    label = "records that were read before a crash are lost with it",
    note = "`file::lines(..)`, `file::watch(..)`, `source::vec(..)` and `source::generate(..)` can; a source of your own that can go back implements `source::Replayable`",
    note = "`.journaled()` behind `tcp::listen(..)`, `tcp::lines(..)`, `source::stdin()` or `source::pushed(..)` keeps what it receives in a receiver log",
    note = "or ask for less: `#![delivery(at_least_once)]`"
)]
pub trait ReadAgain<M> {}
#[diagnostic::do_not_recommend]
impl<S: Replayable> ReadAgain<ByReplay> for S {}
#[diagnostic::do_not_recommend]
impl<S: Journaled> ReadAgain<ByJournal> for S {}

/// Results that are sent again after a crash are held once.
#[diagnostic::on_unimplemented(
    message = "exactly-once delivery needs a sink that holds results once, and `{Self}` may hold them twice",
    label = "results that are sent again after a crash would be here twice",
    note = "`file::parts(..)`, `file::batches(..)` and `file::write(..)` hold them once; a sink of your own implements `sink::Idempotent`, `sink::Transactional` or `sink::OffsetStoring`",
    note = "or ask for less: `#![delivery(at_least_once)]`"
)]
pub trait HeldOnce<M> {}
#[diagnostic::do_not_recommend]
impl<K: Idempotent> HeldOnce<ByName> for K {}
#[diagnostic::do_not_recommend]
impl<K: Transactional> HeldOnce<ByTransaction> for K {}
#[diagnostic::do_not_recommend]
impl<K: OffsetStoring> HeldOnce<ByOffset> for K {}

// Asked of what is proven to be a source and a sink: where it is not, its type is unknown here, and nothing more is said.

#[inline(always)]
pub fn read_again<S: Source + ReadAgain<M>, M>(_: &Input<S>) {}

#[inline(always)]
pub fn held_once<K: HeldOnce<M>, T, M>(_: &Out<'_, K, T>) {}
