//! Two pipelines of a crate that knows streamflow as `flows`, and takes no warning.

#![forbid(unsafe_code)]
#![deny(warnings, rust_2018_idioms, future_incompatible, let_underscore, keyword_idents, nonstandard_style)]
#![deny(missing_debug_implementations, single_use_lifetimes, trivial_casts, trivial_numeric_casts, unreachable_pub)]
#![deny(unused_import_braces, unused_lifetimes, unused_qualifications, unused_results, variant_size_differences)]

use flows::{Timestamp, sink, source, stream};

fn main() -> Result<(), flows::Error> {
    let counts = sink::collect();
    let report = stream! {
        #![name = "words"]
        #![threads = 2]
        source::vec(vec!["to be or not", "to be"])
            -> flat_map(|line| line.split_whitespace())
            -> inspect(|word| assert!(!word.is_empty()))
            -> key_by(|word| *word)
            -> count() as words
            -> top(2, by = |row| (row.value, row.key))
            -> map(|row| format!("{}={}", row.key, row.value))
            -> counts.clone()
    }
    .run()?;
    assert_eq!(report.records, 2);
    assert_eq!(counts.take(), ["to=2", "be=2"]);

    let mut windows = Vec::new();
    let _report = stream! {
        source::vec(vec![1, 4, 12, 13])
            -> timestamp(|second| Timestamp::from_secs(*second), disorder = 1s)
            -> filter(|second| second % 2 == 0 || *second > 12)
            -> key_by(|second| second % 2)
            -> map_values(|second| second * 10)
            -> window(sliding(10s, every = 5s))
            -> fold(0, |sum, second| *sum += second) as sums
            -> filter_map(|row| (row.value > 0).then_some((row.end.as_secs(), row.key, row.value)))
            -> &mut windows
    }
    .run()?;
    windows.sort();
    assert_eq!(windows, [(5, 0, 40), (10, 0, 40), (15, 0, 120), (15, 1, 130), (20, 0, 120), (20, 1, 130)]);
    Ok(())
}
