//! What part of the input each worker of an engine reads.

/// How far a record may lie behind one that came before it, as all pipelines say.
pub const DISORDER_MILLIS: i64 = 1_000;

/// How many records of a stripe follow each other.
const STRIPE: usize = 4_096;

/// One of `peers` pieces of about the same size.
pub fn share<T>(records: &[T], index: usize, peers: usize) -> &[T] {
    let place = |index: usize| records.len() * index / peers;
    &records[place(index)..place(index + 1)]
}

/// One of `peers` pieces of whole lines.
pub fn share_of_text(text: &str, index: usize, peers: usize) -> &str {
    let place = |index: usize| match index {
        0 => 0,
        index => {
            let near = text.len() * index / peers;
            let end = text.as_bytes()[near..].iter().position(|byte| *byte == b'\n');
            end.map_or(text.len(), |end| near + end + 1)
        }
    };
    &text[place(index)..place(index + 1)]
}

/// Pieces in turn, as partitions would have them: no worker is ahead of the others in event time.
pub fn stripes<T>(records: &'static [T], index: usize, peers: usize) -> impl Iterator<Item = &'static [T]> + use<T> {
    records.chunks(STRIPE).skip(index).step_by(peers)
}
