//! The caches of this machine, as Linux tells them.

use std::fmt;
use std::fs;

pub struct Caches {
    /// Level and bytes, the smallest first.
    levels: Vec<(u32, usize)>,
}

impl Caches {
    /// Of the first core; none where the system does not tell.
    pub fn of_this_machine() -> Self {
        let read = |index: usize, what: &str| {
            let path = format!("/sys/devices/system/cpu/cpu0/cache/index{index}/{what}");
            fs::read_to_string(path).ok().map(|text| text.trim().to_owned())
        };
        let level = |index| {
            if read(index, "type")? == "Instruction" {
                return None;
            }
            let kilobytes: usize = read(index, "size")?.strip_suffix('K')?.parse().ok()?;
            Some((read(index, "level")?.parse().ok()?, kilobytes << 10))
        };
        let mut levels: Vec<(u32, usize)> = (0..8).filter_map(level).collect();
        levels.sort_unstable();
        Caches { levels }
    }

    /// The smallest cache that so much fits into, in words.
    pub fn that_holds(&self, bytes: usize) -> String {
        let level = self.levels.iter().find(|(_, size)| *size >= bytes);
        let place = level.map_or("memory".to_owned(), |(level, _)| format!("L{level}"));
        format!("{place} ({})", Size(bytes))
    }
}

impl fmt::Display for Caches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.levels.is_empty() {
            return f.write_str("unknown");
        }
        for (at, (level, size)) in self.levels.iter().enumerate() {
            write!(f, "{}L{level} {}", if at > 0 { ", " } else { "" }, Size(*size))?;
        }
        Ok(())
    }
}

/// Bytes in the unit that leaves up to four digits.
struct Size(usize);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            bytes if bytes < 10 << 10 => write!(f, "{bytes} B"),
            bytes if bytes < 10 << 20 => write!(f, "{} KiB", bytes >> 10),
            bytes => write!(f, "{} MiB", bytes >> 20),
        }
    }
}
