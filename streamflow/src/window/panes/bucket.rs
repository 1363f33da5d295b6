//! The records of a chunk on their way to their windows.

use super::meeting::Meeting;
use crate::flow::aggregate::Aggregate;
use crate::flow::aside::Dropped;
use crate::state::exchange::{Bucket, Buckets};
use crate::state::{Key, Probe};
use crate::window::late::KeepLate;
use crate::window::{Fit, Stamp};

/// Makes the buckets of one batch.
pub struct WindowBuckets<P, C, S, L = Dropped, V = ()> {
    pub(in crate::window) buckets: Buckets<P, (C, S, V)>,
    pub(in crate::window) keep: L,
    /// Where records of a key and a pane are combined.
    pub(in crate::window) meeting: Option<Meeting>,
}

impl<P, C, S, L: Copy, V> WindowBuckets<P, C, S, L, V> {
    pub fn bucket(&self) -> WindowBucket<P, C, S, L, V> {
        WindowBucket { bucket: self.buckets.bucket(), keep: self.keep, sent: 0, meeting: self.meeting.clone() }
    }
}

/// The records of a chunk on their way to their windows.
pub struct WindowBucket<P, C, S, L = Dropped, V = ()> {
    pub(in crate::window) bucket: Bucket<P, (C, S, V)>,
    keep: L,
    sent: u64,
    pub(in crate::window) meeting: Option<Meeting>,
}

impl<P: Probe, C, S: Stamp, L, V> WindowBucket<P, C, S, L, V> {
    #[inline(always)]
    pub fn feed<T, G: Aggregate<T, Carry = C>>(
        &mut self,
        aggregate: &G,
        item: T,
        key: impl Key<Probe = P>,
        stamp: impl Fit<S>,
        record: u64,
    ) where
        L: KeepLate<T, Copied = V>,
    {
        let copied = self.keep.copy(&item, self.sent);
        self.sent += u64::from(L::KEEPS);
        let (key, stamp) = (key.probe(), stamp.fit());
        let carry = || (aggregate.lift(item, record), stamp, copied);
        if G::COMBINES
            && self.bucket.tries()
            && let Some(meeting) = &mut self.meeting
            && let Some((pane, place)) = meeting.pane(stamp)
        {
            let met = self.bucket.combine(
                (key, place),
                carry,
                |(_, earlier, _)| pane.holds(earlier.time(pane.now)),
                |into, from| {
                    aggregate.combine(&mut into.0, from.0);
                    into.1 = into.1.after(from.1.watermark());
                },
            );
            pane.combined += u64::from(met);
        } else {
            self.bucket.push(key, carry());
        }
    }
}
