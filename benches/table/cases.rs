//! All workloads. Inputs are made when they are wanted.

use super::arguments::Arguments;
use super::case::{Case, Share};
use crate::workloads::nexmark::{self, Event};
use crate::workloads::{self, Checksum, How, Outcome, Start, w1_fused_chain, w2_word_count, w3_tumbling, w4_sliding};
use std::collections::HashMap;
use streamflow::{Error, Report, sink};

/// Calls `each` with every workload that is wanted.
pub fn each(arguments: &Arguments, each: &mut dyn FnMut(&Case<'_>)) {
    if arguments.want("w1") {
        fused_chain(20_000_000 / arguments.scale, each);
    }
    if arguments.want("w2") {
        word_count(20_000_000 / arguments.scale, each);
    }
    if arguments.want("w3") || arguments.want("w4") {
        windows(arguments, each);
    }
    if (0..=12).any(|query| arguments.want(&format!("q{query}"))) {
        queries(arguments, each);
    }
}

fn fused_chain(size: usize, each: &mut dyn FnMut(&Case<'_>)) {
    let numbers = w1_fused_chain::input(size);
    each(&Case {
        name: "w1 fused chain",
        events: size,
        hand: &|| w1_fused_chain::hand(&numbers),
        pipeline: &|how, share| w1_fused_chain::pipeline(share.of(&numbers), how),
        verify: None,
    });
}

fn word_count(words: usize, each: &mut dyn FnMut(&Case<'_>)) {
    let text = w2_word_count::input(words);
    let half = text[..text.len() / 2].rfind('\n').map_or(0, |end| end + 1);
    let share = |share: Share| match share {
        Share::All => text.as_str(),
        Share::Half => &text[..half],
    };
    each(&Case {
        name: "w2 word count",
        events: words,
        hand: &|| w2_word_count::hand(&text).distinct(),
        pipeline: &|how, part| w2_word_count::pipeline(share(part), how),
        verify: Some(&|how| {
            let counted = w2_word_count::verified(&text, how).expect("counts");
            counted.checksum == w2_word_count::hand(&text).checksum()
        }),
    });
}

fn windows(arguments: &Arguments, each: &mut dyn FnMut(&Case<'_>)) {
    let records = workloads::records(10_000_000 / arguments.scale);
    if arguments.want("w3") {
        each(&Case {
            name: "w3 tumbling windows",
            events: records.len(),
            hand: &|| w3_tumbling::hand(&records),
            pipeline: &|how, share| w3_tumbling::pipeline(share.of(&records), how),
            verify: None,
        });
    }
    if arguments.want("w4") {
        each(&Case {
            name: "w4 sliding windows",
            events: records.len(),
            hand: &|| w4_sliding::hand(&records),
            pipeline: &|how, share| w4_sliding::pipeline(share.of(&records), how),
            verify: None,
        });
    }
}

fn queries(arguments: &Arguments, each: &mut dyn FnMut(&Case<'_>)) {
    use nexmark::{q0, q1, q2, q3, q4, q5, q7, q8, q11, q12};
    let events = nexmark::events(5_000_000 / arguments.scale);
    macro_rules! query {
        ($query:ident, $name:literal) => {
            if arguments.want(stringify!($query)) {
                each(&Case {
                    name: $name,
                    events: events.len(),
                    hand: &|| $query::hand(&events),
                    pipeline: &|how, share| summed(how, |start, sink| $query::flow(share.of(&events), start, sink)),
                    verify: None,
                });
            }
        };
    }
    query!(q0, "q0 pass through");
    query!(q1, "q1 currency");
    query!(q2, "q2 selection");
    query!(q3, "q3 local items");
    if arguments.want("q4") {
        each(&Case {
            name: "q4 average price",
            events: events.len(),
            hand: &|| q4::hand(&events),
            pipeline: &|how, share| averages(share.of(&events), how),
            verify: None,
        });
    }
    query!(q5, "q5 hot items");
    query!(q7, "q7 highest bid");
    query!(q8, "q8 new users");
    query!(q11, "q11 user sessions");
    query!(q12, "q12 clock windows");
}

/// The checksum of all rows.
fn summed<'h>(
    how: &How<'h>,
    flow: impl FnOnce(&Start<'h>, Checksum<'_>) -> Result<Option<Report>, Error>,
) -> Result<Outcome, Error> {
    let mut checksum = 0;
    let report = flow(&how.into(), Checksum(&mut checksum))?;
    Ok(Outcome::of(checksum, report))
}

/// Of q4 the last row of each category.
fn averages(events: &[Event], how: &How<'_>) -> Result<Outcome, Error> {
    let mut latest: HashMap<u64, f64> = HashMap::new();
    let latest_rows = sink::for_each_batch(|_, rows: Vec<nexmark::q4::Row>| latest.extend(rows));
    let report = nexmark::q4::flow(events, &how.into(), latest_rows)?;
    Ok(Outcome::of(nexmark::q4::checksum(latest.into_iter()), report))
}
