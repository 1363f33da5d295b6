//! q11: how many bids does somebody make in a session, which ends with ten seconds of silence?

use super::Event;
use super::events::DISORDER;
use super::panes::STEP;
use crate::workloads::{Hashed, Start, run};
use foldhash::fast::RandomState;
use std::collections::HashMap;
use streamflow::{Error, Report, Sink, Timestamp, source, stream};

/// Bidder, bids, begin and end of the session.
pub type Row = (u64, u64, Timestamp, Timestamp);

pub fn flow(events: &[Event], start: &Start<'_>, sink: impl Sink<Row>) -> Result<Option<Report>, Error> {
    let job = stream! {
        #![name = "q11"]
        source::slice(events)
            -> filter_map(|event| event.bid())
            -> timestamp(|bid| bid.time, disorder = 1s)
            -> key_by(|bid| bid.bidder)
            -> window(session(10s))
            -> count() as sessions
            -> map(|row| (row.key, row.value, row.start, row.end))
            -> sink
    };
    run!(start, job)
}

const GAP: i64 = 10_000_000;

#[derive(Clone, Copy)]
struct Session {
    from: i64,
    last: i64,
    bids: u64,
}

impl Session {
    fn hash(&self, bidder: u64) -> u64 {
        let [from, end] = [self.from, self.last + GAP].map(Timestamp::from_micros);
        (bidder, self.bids, from, end).hash()
    }
}

/// A bidder has one session that may grow, or two for as long as the older one may still meet the newer one.
pub fn hand(events: &[Event]) -> u64 {
    let mut open: HashMap<u64, Vec<Session>, RandomState> = HashMap::default();
    let mut checksum = 0u64;
    let (mut newest, mut swept) = (i64::MIN, i64::MIN);
    for step in events.chunks(STEP) {
        for bid in step.iter().filter_map(Event::bid) {
            let time = bid.time.as_micros();
            newest = newest.max(time);
            add(open.entry(bid.bidder).or_default(), time);
        }
        let passed = newest - DISORDER.as_micros() as i64;
        // every second of event time
        if passed >= swept.saturating_add(1_000_000) {
            swept = passed;
            open.retain(|bidder, sessions| {
                sessions.retain(|session| {
                    let ended = session.last + GAP <= passed;
                    if ended {
                        checksum = checksum.wrapping_add(session.hash(*bidder));
                    }
                    !ended
                });
                !sessions.is_empty()
            });
        }
    }
    for (bidder, sessions) in &open {
        checksum = sessions.iter().fold(checksum, |sum, session| sum.wrapping_add(session.hash(*bidder)));
    }
    checksum
}

/// Sessions that begin or end no more than a gap from the bid become one with it.
fn add(sessions: &mut Vec<Session>, time: i64) {
    if let [session] = sessions.as_mut_slice()
        && time >= session.from
        && time <= session.last + GAP
    {
        session.last = session.last.max(time);
        session.bids += 1;
        return;
    }
    let mut joined = Session { from: time, last: time, bids: 1 };
    sessions.retain(|session| {
        let meets = session.from <= time + GAP && time <= session.last + GAP;
        if meets {
            joined.from = joined.from.min(session.from);
            joined.last = joined.last.max(session.last);
            joined.bids += session.bids;
        }
        !meets
    });
    sessions.push(joined);
}
