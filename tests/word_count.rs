//! Words of a large text are counted exactly as the tools of the system count them.

mod text;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use streamflow::{file, sink, stream};

/// What `tr | sort | uniq -c` finds.
fn counted_by_tools(path: &Path) -> BTreeMap<String, u64> {
    let script = "tr -s '[:space:]' '\\n' < \"$1\" | sort | uniq -c";
    let output = Command::new("sh").args(["-c", script, "sh"]).arg(path).env("LC_ALL", "C").output();
    let output = output.expect("a shell");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).expect("text");
    let counts = lines.lines().filter_map(|line| {
        // the file begins with a blank or not: then there is one empty word
        let (count, word) = line.trim_start().split_once(' ')?;
        Some((word.to_owned(), count.parse().expect("a count")))
    });
    counts.filter(|(word, _)| !word.is_empty()).collect()
}

#[test]
fn words_are_counted_as_the_tools_of_the_system_count_them() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("words.txt");
    text::write(&path, text::megabytes(20) << 20).expect("written");
    let expected = counted_by_tools(&path);
    assert_eq!(expected.len() as u64, text::VOCABULARY);
    for threads in [1, 2] {
        for batch_bytes in [100_000, 4 << 20, 64 << 20] {
            let counts = sink::collect();
            let job = stream! {
                file::lines(&path)
                    -> flat_map(|line| line.split_whitespace())
                    -> key_by(|word| *word)
                    -> count() as words
                    -> filter(|row| row.value > 0)
                    -> map(|row| (row.key.to_owned(), row.value))
                    -> counts.clone()
            };
            let report = job.threads(threads).batch_bytes(batch_bytes).run().expect("counts");
            let size = path.metadata().expect("the file").len();
            assert!(report.batches >= size / (batch_bytes as u64 + (64 << 10)), "{report}");
            let counts: BTreeMap<String, u64> = counts.take().into_iter().collect();
            assert_eq!(counts, expected, "{threads} threads, batches of {batch_bytes}");
        }
    }
}
