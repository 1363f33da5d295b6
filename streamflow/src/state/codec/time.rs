//! Times: whole seconds, then nanoseconds; timestamps in microseconds.

use super::scalar::{is, same};
use super::{Differences, Layout, ReadError, Reader, Type, Writer};
use crate::Timestamp;
use crate::state::State;
use std::time::{Duration, SystemTime};

const SECOND: u32 = 1_000_000_000;

/// The nanoseconds within the second.
fn nanoseconds(rows: usize, input: &mut Reader<'_>) -> Result<Vec<u32>, ReadError> {
    let read = u32::read(&u32::schema(), rows, input)?;
    if read.iter().any(|nanoseconds| *nanoseconds >= SECOND) {
        return Err(ReadError::new("a second has more nanoseconds than there are"));
    }
    Ok(read)
}

impl State for Duration {
    const COLUMNS: &'static Layout = &Layout::Word("duration");
    fn schema() -> Type {
        Type::TimeSpan
    }
    fn write(rows: &[&Self], out: &mut Writer) {
        out.fixed(rows.iter().map(|row| row.as_secs().to_le_bytes()));
        out.fixed(rows.iter().map(|row| row.subsec_nanos().to_le_bytes()));
    }
    fn read(stored: &Type, rows: usize, input: &mut Reader<'_>) -> Result<Vec<Self>, ReadError> {
        is(stored, &Type::TimeSpan)?;
        let seconds = u64::read(&u64::schema(), rows, input)?;
        let nanoseconds = nanoseconds(rows, input)?;
        let mut read = input.reserve(rows)?;
        read.extend(seconds.into_iter().zip(nanoseconds).map(|(seconds, within)| Duration::new(seconds, within)));
        Ok(read)
    }
    fn compare(stored: &Type, found: &mut Differences) {
        same(stored, &Type::TimeSpan, found);
    }
}

/// Seconds since 1970, downwards, and nanoseconds from there.
fn parts(time: SystemTime) -> (i64, u32) {
    let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => (seconds(after), after.subsec_nanos()),
        Err(error) => match (seconds(error.duration()), error.duration().subsec_nanos()) {
            (before, 0) => (-before, 0),
            (before, within) => (-before - 1, SECOND - within),
        },
    }
}

impl State for SystemTime {
    const COLUMNS: &'static Layout = &Layout::Word("time");
    fn schema() -> Type {
        Type::Time
    }
    fn write(rows: &[&Self], out: &mut Writer) {
        out.fixed(rows.iter().map(|row| parts(**row).0.to_le_bytes()));
        out.fixed(rows.iter().map(|row| parts(**row).1.to_le_bytes()));
    }
    fn read(stored: &Type, rows: usize, input: &mut Reader<'_>) -> Result<Vec<Self>, ReadError> {
        is(stored, &Type::Time)?;
        let seconds = i64::read(&i64::schema(), rows, input)?;
        let nanoseconds = nanoseconds(rows, input)?;
        let mut read = input.reserve(rows)?;
        for (seconds, within) in seconds.into_iter().zip(nanoseconds) {
            let distance = Duration::from_secs(seconds.unsigned_abs());
            let second = if seconds < 0 {
                SystemTime::UNIX_EPOCH.checked_sub(distance)
            } else {
                SystemTime::UNIX_EPOCH.checked_add(distance)
            };
            let time = second.and_then(|second| second.checked_add(Duration::from_nanos(within.into())));
            read.push(time.ok_or_else(|| ReadError::new("a time is beyond the clock of this machine"))?);
        }
        Ok(read)
    }
    fn compare(stored: &Type, found: &mut Differences) {
        same(stored, &Type::Time, found);
    }
}

impl State for Timestamp {
    const COLUMNS: &'static Layout = &Layout::Word("timestamp");
    fn schema() -> Type {
        Type::Timestamp
    }
    fn write(rows: &[&Self], out: &mut Writer) {
        out.fixed(rows.iter().map(|row| row.as_micros().to_le_bytes()));
    }
    fn read(stored: &Type, rows: usize, input: &mut Reader<'_>) -> Result<Vec<Self>, ReadError> {
        is(stored, &Type::Timestamp)?;
        let micros = i64::read(&i64::schema(), rows, input)?;
        let mut read = input.reserve(rows)?;
        read.extend(micros.into_iter().map(Timestamp::from_micros));
        Ok(read)
    }
    fn compare(stored: &Type, found: &mut Differences) {
        same(stored, &Type::Timestamp, found);
    }
}
