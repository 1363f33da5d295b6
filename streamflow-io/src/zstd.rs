//! Files compressed with Zstandard.

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use streamflow::file::{self, Lines, Paths};

/// The lines of files that are compressed with Zstandard. Paths, order, policies and failure are those of
/// [`streamflow::file::lines`]; files of several frames, as `cat a.zst b.zst` makes them, are read whole.
///
/// ```
/// use ruzstd::encoding::{CompressionLevel, compress_to_vec};
/// use streamflow::Source;
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("words.zst");
/// std::fs::write(&path, compress_to_vec(&b"to be\nor not\n"[..], CompressionLevel::Fastest))?;
///
/// let mut words = streamflow_io::zstd::lines(&path);
/// words.open(&Default::default())?;
/// assert_eq!(words.partitions()?, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Failure
/// A file that is truncated, damaged (its checksum says so, if it has one) or not Zstandard ends the job
/// with an error that names the file and the line that was reached. Dictionaries are not supported.
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
/// A file without a single byte: not even an empty text looks like that when it is compressed.
pub fn decoder(file: File) -> io::Result<Box<dyn Read + Send>> {
    let mut file = BufReader::with_capacity(64 * 1024, file);
    if file.fill_buf()?.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Box::new(Frames { state: State::Between(file) }))
}

/// All frames of a file, one after the other; the library decodes one.
struct Frames {
    state: State,
}

enum State {
    Between(BufReader<File>),
    Within(Box<Frame>),
    /// At the end, or after an error.
    Done,
}

/// A frame that is being read.
struct Frame {
    decoder: FrameDecoder,
    file: BufReader<File>,
}

impl Read for Frame {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
            self.decoder
                .decode_blocks(&mut self.file, BlockDecodingStrategy::UptoBlocks(1))
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        }
        self.decoder.read(buffer)
    }
}

impl Read for Frames {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            self.state = match std::mem::replace(&mut self.state, State::Done) {
                State::Done => return Ok(0),
                State::Between(file) => next_frame(file)?,
                State::Within(mut frame) => {
                    let read = frame.read(buffer)?;
                    if read > 0 {
                        self.state = State::Within(frame);
                        return Ok(read);
                    }
                    check(&frame.decoder)?;
                    State::Between(frame.file)
                }
            };
        }
    }
}

/// The frame that begins here, or the end of the file.
fn next_frame(mut file: BufReader<File>) -> io::Result<State> {
    if file.fill_buf()?.is_empty() {
        return Ok(State::Done);
    }
    let mut decoder = FrameDecoder::new();
    match decoder.init(&mut file) {
        Ok(()) => Ok(State::Within(Box::new(Frame { decoder, file }))),
        // Frames that carry no data are part of the format.
        Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
            let skipped = io::copy(&mut (&mut file).take(u64::from(length)), &mut io::sink())?;
            match skipped == u64::from(length) {
                true => Ok(State::Between(file)),
                false => Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
        Err(error) => Err(io::Error::new(io::ErrorKind::InvalidData, error)),
    }
}

/// The library computes the checksum of a frame and leaves it to the caller to compare it.
fn check(decoder: &FrameDecoder) -> io::Result<()> {
    match (decoder.get_checksum_from_data(), decoder.get_calculated_checksum()) {
        (Some(stored), Some(computed)) if stored != computed => {
            Err(io::Error::new(io::ErrorKind::InvalidData, "the checksum of the data is wrong"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    fn compress(text: &[u8]) -> Vec<u8> {
        compress_to_vec(text, CompressionLevel::Fastest)
    }

    #[test]
    fn files_of_one_and_of_several_frames_are_read_and_damage_is_found() {
        crate::testing::check(compress, |path| lines(path));
    }

    #[test]
    fn frames_without_data_are_skipped() {
        let skippable: &[u8] = &[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, b'x', b'\n', b'y'];
        let file = [&compress(b"one\n"), skippable, &compress(b""), &compress(b"two")].concat();
        assert_eq!(crate::testing::read(&file, |path| lines(path)).expect("reads"), ["one", "two"]);
    }
}
