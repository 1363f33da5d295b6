//! The queries of Nexmark.

mod bids;
mod open;
mod q3;
mod q4;
mod q5;
mod q7;
mod q8;

pub use bids::{q1, q2};
pub use q3::q3;
pub use q4::q4;
pub use q5::q5;
pub use q7::q7;
pub use q8::q8;

use super::feed::{CONTAINER, feed};
use crate::shares::{DISORDER_MILLIS, stripes};
use crate::workloads::nexmark::Event;
use timely::dataflow::{Scope, StreamVec};

/// All events. The time of the stream is the watermark, in milliseconds.
fn events<'scope>(
    scope: Scope<'scope, u64>,
    events: &'static [Event],
    index: usize,
    threads: usize,
) -> StreamVec<'scope, u64, &'static Event> {
    let containers = stripes(events, index, threads).flat_map(|stripe| stripe.chunks(CONTAINER));
    feed(scope, containers.map(|some| some.iter()), |events| {
        let newest = events.iter().map(|event| event.time().as_millis()).max().unwrap_or(0);
        (newest - DISORDER_MILLIS).max(0) as u64
    })
}
