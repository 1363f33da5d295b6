//! Files compressed with gzip.

use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufReader, Read};
use streamflow::file::{self, Lines, Paths};

/// The lines of files that are compressed with gzip. Paths, order, policies and failure are those of
/// [`streamflow::file::lines`]; files of several members, as `cat a.gz b.gz` makes them, are read whole.
///
/// ```
/// use std::io::Write;
/// use streamflow::Source;
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("words.gz");
/// let file = std::fs::File::create(&path)?;
/// let mut gzip = flate2::write::GzEncoder::new(file, Default::default());
/// gzip.write_all(b"to be\nor not\n")?;
/// gzip.finish()?;
///
/// let mut words = streamflow_io::gzip::lines(&path);
/// words.open(&Default::default())?;
/// assert_eq!(words.partitions()?, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Failure
/// A file that is truncated, damaged (its checksum says so) or not gzip ends the job with an error that
/// names the file and the line that was reached.
///
/// # Cost
/// Decompression runs on the thread of the job, so it bounds the job's speed. The size of the input is
/// not known before its end.
///
/// # After a crash
/// As with [`streamflow::file::lines`]: each file is decompressed again up to the last line that was committed.
pub fn lines(paths: impl Into<Paths>) -> Lines {
    file::lines(paths).decoder(decoder)
}

/// The decoder of [`lines`], for [`streamflow::file::Watch::decoder`].
///
/// # Errors
/// None: damage is found when reading.
pub fn decoder(file: File) -> io::Result<Box<dyn Read + Send>> {
    Ok(Box::new(MultiGzDecoder::new(BufReader::with_capacity(64 * 1024, file))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::check;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn compress(text: &[u8]) -> Vec<u8> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(text).expect("compressed");
        gzip.finish().expect("compressed")
    }

    #[test]
    fn files_of_one_and_of_several_members_are_read_and_damage_is_found() {
        check(compress, |path| lines(path));
    }
}
