//! Sessions: visits of a page, which end when a visitor has been silent for ten minutes.
//!
//! `cargo run --example sessions`

use std::cmp::Reverse;
use streamflow::{Timestamp, sink, source, stream};

/// State owns what it keeps: a page is copied, and `&'static str` is no state.
type Page = String;

struct Click {
    minute: i64,
    visitor: &'static str,
    page: &'static str,
}

/// Out of order: the click at minute 14 joins what would else be two visits of ann.
const CLICKS: [(i64, &str, &str); 9] = [
    (0, "ann", "/"),
    (3, "bob", "/"),
    (6, "ann", "/shoes"),
    (21, "ann", "/cart"),
    (14, "ann", "/shoes/7"),
    (25, "bob", "/"),
    (33, "ann", "/pay"),
    (41, "bob", "/hats"),
    (90, "cyd", "/"),
];

fn main() -> Result<(), streamflow::Error> {
    let clicks = CLICKS.map(|(minute, visitor, page)| Click { minute, visitor, page });
    let mut job = stream! {
        #![name = "sessions"]
        source::slice(&clicks)
            -> timestamp(|click| Timestamp::from_secs(click.minute * 60), disorder = 15min)
            -> key_by(|click| click.visitor)
            -> window(session(10min))
            -> fold(
                Vec::<Page>::new(),
                |pages, click| pages.push(click.page.to_owned()),
                merge = |pages, later| pages.extend(later),
            ) as visits
            -> top(10, by = |row| Reverse((row.start, row.key)))
            -> map(|row| {
                let (from, to) = (row.start.as_secs() / 60, row.end.as_secs() / 60);
                format!("{:>2} to {:>3}  {}  {}", from, to, row.key, row.value.join(" "))
            })
            -> sink::stdout()
    };
    if std::env::var_os("STREAMFLOW_EXPLAIN").is_some() {
        print!("{}", job.explain());
        return Ok(());
    }
    job.run()?;
    Ok(())
}
