//! Settings that must be refused.

use crate::case::{Case, integer, items, millis};
use streamflow::window::Offset;
use streamflow::{ErrorKind, Timestamp, sink, source, stream, window};

/// Windows with sizes that make no sense. Durations cannot be negative; where the file has such a number, the type refuses it. Slides
/// larger than the size, which one of the systems refuses and three allow, are allowed.
pub fn windows(case: &Case<'_>) {
    for row in items(case.input) {
        let number = |name: &str| row.get(name).map(integer);
        let numbers = ["size", "slide", "advance", "grace"].map(|name| number(name).unwrap_or(1));
        if numbers.iter().any(|number| *number < 0) {
            continue;
        }
        let size = number("size").expect("a size");
        let every = number("slide").or(number("advance")).unwrap_or(size);
        if every > size {
            continue;
        }
        let offset = number("offset").unwrap_or(0);
        assert!(refused(size, every, offset), "{}: {row} is taken", case.id);
    }
}

fn refused(size: i64, every: i64, offset: i64) -> bool {
    let shift = Offset::from(millis(offset.abs()));
    let window = window::sliding(millis(size), millis(every)).offset(if offset < 0 { -shift } else { shift });
    let job = stream! {
        source::vec(vec![1])
            -> timestamp(|moment| Timestamp::from_secs(*moment))
            -> window(window)
            -> count()
            -> sink::discard()
    };
    job.threads(1).run().is_err_and(|error| error.kind() == ErrorKind::Settings)
}
