//! Which process writes a checkpoint: noted in the lock and in manifests, for people.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// A process, its host and its start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// The name of the machine.
    pub host: String,
    /// The number of the process on it.
    pub id: u32,
    /// Microseconds since 1970, UTC.
    pub started: i64,
}

impl Process {
    /// This process, as of now.
    #[must_use]
    pub fn this() -> Self {
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname")
            .ok()
            .or_else(|| std::env::var("HOSTNAME").or_else(|_| std::env::var("COMPUTERNAME")).ok())
            .map_or_else(|| "an unnamed host".to_string(), |host| host.trim().to_string());
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Process { host, id: std::process::id(), started: i64::try_from(since.as_micros()).unwrap_or(i64::MAX) }
    }
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {} on `{}`", self.id, self.host)?;
        match jiff::Timestamp::from_microsecond(self.started) {
            Ok(started) => write!(f, ", started {started}"),
            Err(_) => Ok(()),
        }
    }
}
