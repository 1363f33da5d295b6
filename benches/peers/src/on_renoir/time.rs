//! Event time for Renoir.

use crate::shares::DISORDER_MILLIS;
use renoir::operator::Timestamp;

/// The times of records, at which the `width` milliseconds begin that they are in, and watermarks: all windows of all keys are looked at for
/// each, so there are no more of them than can close windows.
pub fn aligned<T>(
    width: i64,
    millis: impl Fn(&T) -> i64 + Copy + Send + 'static,
) -> (
    impl FnMut(&T) -> Timestamp + Clone + Send + 'static,
    impl FnMut(&T, &Timestamp) -> Option<Timestamp> + Clone + Send + 'static,
) {
    let begin = move |millis: i64| millis.div_euclid(width) * width;
    let mut newest = i64::MIN + DISORDER_MILLIS + width;
    let mut told = begin(newest - DISORDER_MILLIS);
    let watermark = move |record: &T, _: &Timestamp| {
        newest = newest.max(millis(record));
        let watermark = begin(newest - DISORDER_MILLIS);
        (watermark > told).then(|| {
            told = watermark;
            watermark
        })
    };
    (move |record| begin(millis(record)), watermark)
}
