//! Group commit: should a batch begin when the one before it is durable, with what has come meanwhile?
//!
//! A batch that begins as soon as there is a record holds little, and then waits for the sync of the one before it; what comes a moment later
//! waits for that, for the sync of the little batch, and for its own. If the batch begins when the log is back, that is two syncs in place of
//! three. Processing is then not done beside a sync, which would cost throughput where it takes about as long; so such batches do not wait,
//! and neither do those behind a full one.

use std::time::Duration;

/// What batches take, lately.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Grouping {
    processing: Duration,
    /// Not known before the first commit.
    committing: Option<Duration>,
    /// Of the batch in work, what it has waited for the one before it.
    waited: Duration,
}

/// About the last eight count.
fn smooth(lately: Duration, last: Duration) -> Duration {
    (lately * 7 + last) / 8
}

impl Grouping {
    pub fn worth_it(&self) -> bool {
        self.committing.is_none_or(|committing| self.processing * 2 < committing)
    }

    pub fn waited(&mut self, for_log: Duration) {
        self.waited += for_log;
    }

    /// A batch has been processed in this time, with what it has waited.
    pub fn processed(&mut self, in_all: Duration) {
        let processing = in_all.saturating_sub(std::mem::take(&mut self.waited));
        self.processing = smooth(self.processing, processing);
    }

    pub fn committed(&mut self, took: Duration) {
        self.committing = Some(self.committing.map_or(took, |lately| smooth(lately, took)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn after(processed: Duration, waited: Duration, committed: Duration) -> Grouping {
        let mut grouping = Grouping::default();
        for _ in 0..50 {
            grouping.waited(waited);
            grouping.processed(processed);
            grouping.committed(committed);
        }
        grouping
    }

    #[test]
    fn batches_that_are_quickly_processed_wait() {
        assert!(Grouping::default().worth_it());
        assert!(after(millis(4), millis(0), millis(10)).worth_it());
        assert!(!after(millis(6), millis(0), millis(10)).worth_it());
    }

    #[test]
    fn what_a_batch_has_waited_for_the_log_is_no_processing() {
        assert!(after(millis(13), millis(10), millis(10)).worth_it());
        assert!(!after(millis(17), millis(10), millis(10)).worth_it());
    }

    #[test]
    fn one_slow_sync_changes_nothing() {
        let mut grouping = after(millis(6), millis(0), millis(5));
        grouping.committed(millis(40));
        assert!(!grouping.worth_it());
    }
}
