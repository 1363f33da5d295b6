//! The names of files in a checkpoint directory. All that is in a name is also in the file; names say what to read.

use std::fmt;

/// A file of the checkpoint. Files of other names are not ours: they are neither read nor deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum FileName {
    /// `man-<sequence>-<generation>`: which snapshot and which segments belong together.
    Manifest { sequence: u64, generation: u64 },
    /// `snap-<generation>-<epoch>-<number>`: the whole state.
    Snapshot { generation: u64, epoch: u64, number: u64 },
    /// `log-<generation>-<epoch>`: the commits behind this epoch.
    Log { generation: u64, epoch: u64 },
    /// `rx-<generation>-<number>`: what a receiver has acknowledged.
    Receiver { generation: u64, number: u64 },
}

impl FileName {
    pub fn parse(name: &str) -> Option<FileName> {
        let mut parts = name.split('-');
        let kind = parts.next()?;
        let mut number = || parts.next().and_then(|part| part.parse().ok());
        let parsed = match kind {
            "man" => FileName::Manifest { sequence: number()?, generation: number()? },
            "snap" => FileName::Snapshot { generation: number()?, epoch: number()?, number: number()? },
            "log" => FileName::Log { generation: number()?, epoch: number()? },
            "rx" => FileName::Receiver { generation: number()?, number: number()? },
            _ => return None,
        };
        // `log-1-2` and `log-00000001-2` must not be the same file twice
        (parsed.to_string() == name).then_some(parsed)
    }

    pub fn generation(self) -> u64 {
        match self {
            FileName::Manifest { generation, .. }
            | FileName::Snapshot { generation, .. }
            | FileName::Log { generation, .. }
            | FileName::Receiver { generation, .. } => generation,
        }
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FileName::Manifest { sequence, generation } => write!(f, "man-{sequence:08}-{generation:06}"),
            FileName::Snapshot { generation, epoch, number } => write!(f, "snap-{generation:06}-{epoch:010}-{number}"),
            FileName::Log { generation, epoch } => write!(f, "log-{generation:06}-{epoch:010}"),
            FileName::Receiver { generation, number } => write!(f, "rx-{generation:06}-{number:08}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_as_they_are_written_and_others_are_not_ours() {
        let names = [
            FileName::Manifest { sequence: 7, generation: 2 },
            FileName::Snapshot { generation: 1, epoch: u64::MAX, number: 3 },
            FileName::Log { generation: 1_000_000, epoch: 0 },
            FileName::Receiver { generation: 1, number: 12 },
        ];
        for name in names {
            assert_eq!(FileName::parse(&name.to_string()), Some(name));
        }
        for other in ["LOCK", "log-1-2", "log-000001-0000000000-1", "man-00000001", "log-000001-00000000+1", "snap", ""]
        {
            assert_eq!(FileName::parse(other), None, "{other}");
        }
    }
}
