//! The queries of Nexmark. What is sent to the owner of a key is what the query needs of an event.

use super::time::aligned;
use super::{add, batches, run_to_number};
use crate::nexmark::{Entry, Highest, Hottest, Local, Lot, Newcomer, Seller, Trade};
use crate::shares::stripes;
use crate::workloads::Hashed;
use crate::workloads::nexmark::Event;
use renoir::Stream;
use renoir::operator::window::TransactionOp;
use renoir::operator::{ElementGenerator, Operator, StreamElement};
use renoir::prelude::*;
use std::collections::HashMap;
use streamflow::Timestamp;

const SECOND: i64 = 1_000;

pub fn q1(input: &'static [Event], threads: usize) -> Result<u64, String> {
    run_to_number(threads, |context| {
        let bids = events(context, input).filter_map(Event::bid);
        sum(bids.map(|bid| (bid.auction, bid.bidder, bid.price * 908 / 1_000, bid.time)))
    })
}

pub fn q2(input: &'static [Event], threads: usize) -> Result<u64, String> {
    run_to_number(threads, |context| {
        let bids = events(context, input).filter_map(Event::bid);
        sum(bids.filter(|bid| bid.auction % 123 == 0).map(|bid| (bid.auction, bid.price)))
    })
}

pub fn q3(input: &'static [Event], threads: usize) -> Result<u64, String> {
    run_to_number(threads, |context| {
        let mut seller = Seller::default();
        let locals = events(context, input).filter_map(Local::of).group_by(Local::seller);
        sum(locals.rich_flat_map(move |(_, local)| seller.add(local)).drop_key())
    })
}

/// An auction is a transaction that is committed when it has ended. Bids that come later open another one, which stays.
pub fn q4(input: &'static [Event], threads: usize) -> Result<u64, String> {
    run_to_number(threads, |context| {
        let ends = TransactionWindow::new(|trade: &Trade| match trade {
            Trade::Opened { until, .. } => TransactionOp::CommitAfter(*until),
            Trade::Bid { .. } => TransactionOp::Continue,
        });
        let sold = timed(context, input, SECOND)
            .filter_map(Trade::of)
            .group_by(Trade::auction)
            .window(ends)
            .fold(Lot::default(), |lot, trade| lot.add(*trade))
            .drop_key()
            .filter_map(|lot| lot.sold());
        let averages = sold.group_by_avg(|(category, _)| *category, |(_, price)| *price as f64);
        sum(averages.unkey())
    })
}

/// Sliding windows of an auction would begin with its first bid, and the windows before would miss it. So bids are counted in panes, and
/// the counts of each window come together by its beginning. Bids are brought into order first: otherwise a count would lack those that lie
/// in a pane before the one of the first bid that arrives.
pub fn q5(input: &'static [Event], threads: usize) -> Result<u64, String> {
    const SLIDE: i64 = 2 * SECOND;
    const WINDOW: i64 = 10 * SECOND;
    run_to_number(threads, |context| {
        let panes = timed(context, input, SLIDE)
            .filter_map(Event::bid)
            .map(|bid| bid.auction)
            .group_by(|auction| *auction)
            .reorder()
            .window(EventTimeWindow::tumbling(SLIDE))
            .fold(0, |bids: &mut u64, _| *bids += 1)
            .rich_map_custom(with_end);
        let hottest = panes
            .flat_map(|(end, (auction, bids))| {
                (0..WINDOW / SLIDE).map(move |earlier| (end - WINDOW + earlier * SLIDE, auction, bids))
            })
            .group_by(|(start, _, _)| *start)
            // when the input ends all panes of an auction come before those of the next one
            .reorder()
            // begins with the first pane of the window, and is long enough for the last one
            .window(EventTimeWindow::tumbling(WINDOW))
            .fold(HashMap::new(), |counts: &mut HashMap<u64, u64>, (_, auction, bids)| {
                *counts.entry(*auction).or_default() += bids;
            })
            .unkey();
        sum(hottest.flat_map(|(start, counts)| {
            let mut hottest = Hottest::default();
            counts.into_iter().for_each(|(auction, bids)| hottest.add(auction, bids));
            let start = Timestamp::from_millis(start);
            hottest.auctions.into_iter().map(move |auction| (start, auction, hottest.bids))
        }))
    })
}

/// First where the bids are read, then once more over all.
pub fn q7(input: &'static [Event], threads: usize) -> Result<u64, String> {
    const WINDOW: i64 = 10 * SECOND;
    run_to_number(threads, |context| {
        let highest = timed(context, input, WINDOW)
            .filter_map(Event::bid)
            .key_by(|_| ())
            .window(EventTimeWindow::tumbling(WINDOW))
            .fold(Highest::default(), |highest, bid| highest.add(bid))
            .drop_key()
            .window_all(EventTimeWindow::tumbling(WINDOW))
            .fold(Highest::default(), |highest, part: &Highest| highest.merge(part.clone()))
            .drop_key();
        sum(highest.flat_map(Highest::rows))
    })
}

/// Brought into order first: otherwise who came in the window before the first one that is heard of would be missing.
pub fn q8(input: &'static [Event], threads: usize) -> Result<u64, String> {
    const WINDOW: i64 = 10 * SECOND;
    run_to_number(threads, |context| {
        let newcomers = timed(context, input, WINDOW)
            .filter_map(Entry::of)
            .group_by(Entry::person)
            .reorder()
            .window(EventTimeWindow::tumbling(WINDOW))
            .fold(Newcomer::default(), |newcomer, entry| newcomer.add(entry))
            .rich_map_custom(with_end);
        sum(newcomers
            .filter_map(|(end, (id, newcomer))| Some((id, newcomer.name()?, Timestamp::from_millis(end - WINDOW)))))
    })
}

fn events(context: &StreamContext, input: &'static [Event]) -> Stream<impl Operator<Out = &'static Event> + use<>> {
    context
        .stream_par_iter(move |index, peers| stripes(input, index as usize, peers as usize).flatten())
        .batch_mode(batches())
}

/// With the time at which their `width` milliseconds begin.
fn timed(
    context: &StreamContext,
    input: &'static [Event],
    width: i64,
) -> Stream<impl Operator<Out = &'static Event> + use<>> {
    let (time, watermark) = aligned(width, |event: &&Event| event.time().as_millis());
    events(context, input).add_timestamps(time, watermark)
}

fn sum<R: Hashed + Send + 'static>(rows: Stream<impl Operator<Out = R> + 'static>) -> StreamOutput<Vec<u64>> {
    rows.map(|row| row.hash()).fold_assoc(0, add, add).collect_vec()
}

/// Only the time of a row says which window it is of.
fn with_end<T: Send>(mut elements: ElementGenerator<'_, impl Operator<Out = T>>) -> StreamElement<(i64, T)> {
    match elements.next() {
        StreamElement::Timestamped(row, end) => StreamElement::Timestamped((end, row), end),
        StreamElement::Item(_) => unreachable!("rows of windows have a time"),
        StreamElement::Watermark(time) => StreamElement::Watermark(time),
        StreamElement::FlushBatch => StreamElement::FlushBatch,
        StreamElement::FlushAndRestart => StreamElement::FlushAndRestart,
        StreamElement::Terminate => StreamElement::Terminate,
    }
}
