//! Orders of the last seconds: changes of the stage that keeps the state.

use std::path::PathBuf;
use streamflow::{Error, sink, source, stream};

#[cfg(not(any(feature = "other_window", feature = "other_operator", feature = "no_label")))]
pub(crate) fn run(checkpoint: PathBuf) -> Result<(), Error> {
    stream! {
        #![name = "recent"]
        #![checkpoint(checkpoint)]
        source::vec(vec![1_u64, 2])
            -> window(tumbling(10s, clock = processing))
            -> count() as recent
            -> sink::discard()
    }
    .run()
    .map(drop)
}

#[cfg(feature = "other_window")]
pub(crate) fn run(checkpoint: PathBuf) -> Result<(), Error> {
    stream! {
        #![name = "recent"]
        #![checkpoint(checkpoint)]
        source::vec(vec![1_u64, 2])
            -> window(tumbling(20s, clock = processing))
            -> count() as recent
            -> sink::discard()
    }
    .run()
    .map(drop)
}

#[cfg(feature = "other_operator")]
pub(crate) fn run(checkpoint: PathBuf) -> Result<(), Error> {
    stream! {
        #![name = "recent"]
        #![checkpoint(checkpoint)]
        source::vec(vec![1_u64, 2])
            -> window(tumbling(10s, clock = processing))
            -> sum() as recent
            -> sink::discard()
    }
    .run()
    .map(drop)
}

#[cfg(feature = "no_label")]
pub(crate) fn run(checkpoint: PathBuf) -> Result<(), Error> {
    stream! {
        #![name = "recent"]
        #![checkpoint(checkpoint)]
        source::vec(vec![1_u64, 2])
            -> window(tumbling(10s, clock = processing))
            -> count()
            -> sink::discard()
    }
    .run()
    .map(drop)
}
