//! What the user's names are does not matter, nor what lies around the pipeline.
#![deny(warnings)]

use streamflow::{Error, sink, source, stream};

struct State;
struct Slots;
struct Job;
struct Turn;
enum Option {}
enum Result {}

fn main() -> core::result::Result<(), Error> {
    let (x, k, t, job, state, batch) = (1u64, 2u64, 3u64, 4u64, 5u64, 6u64);
    let (slots, out, w0, f1, run, turn) = (7u64, 8u64, 9u64, 10u64, 11u64, 12u64);
    let mut sink = Vec::new();
    let rows = stream! {
        source::vec(vec![1u64, 2])
            -> filter(|n| n + x + k + t > 0)
            -> map(|n| n + job + state + batch + slots + out + w0 + f1 + run + turn)
            -> key_by(|n| n % k)
            -> fold(0u64, |total, n| *total += n + x)
            -> map(|row| row.value + k)
            -> &mut sink
    };
    rows.run()?;
    assert_eq!(sink.len(), 2);
    let _ = (State, Slots, Job, Turn, None::<Option>, None::<Result>);
    stream! { source::vec(vec![x]) -> map(|x| x + k) -> map(|k| k + x) -> sink::discard() }.run()?;
    Ok(())
}

