//! Panes that are open, for what is no array by the numbers of keys.

use std::collections::BTreeMap;
use timely::ExchangeData;
use timely::dataflow::StreamVec;
use timely::dataflow::channels::pact::Exchange;
use timely::dataflow::operators::generic::Operator;

pub struct Open<P> {
    /// Milliseconds.
    width: u64,
    panes: BTreeMap<u64, P>,
}

impl<P: Default> Open<P> {
    pub fn of(width: u64) -> Self {
        Open { width, panes: BTreeMap::new() }
    }

    #[inline]
    pub fn at(&mut self, millis: u64) -> &mut P {
        self.pane(millis / self.width)
    }

    #[inline]
    pub fn pane(&mut self, pane: u64) -> &mut P {
        self.panes.entry(pane).or_default()
    }

    /// The next pane that ends by `time`, or any if no time will come.
    pub fn next(&mut self, time: Option<u64>) -> Option<(u64, P)> {
        let first = self.panes.first_entry()?;
        let has_passed = time.is_none_or(|time| (first.key() + 1) * self.width <= time);
        has_passed.then(|| first.remove_entry())
    }
}

/// Puts together what workers have found in each pane, when all have told.
pub fn merged<'scope, V: Default + ExchangeData>(
    parts: StreamVec<'scope, u64, (u64, V)>,
    width: u64,
    merge: impl Fn(&mut V, V) + 'static,
) -> StreamVec<'scope, u64, (u64, V)> {
    let by_pane = Exchange::new(|(pane, _): &(u64, V)| *pane);
    parts.unary_frontier(by_pane, "Merged", |capability, _| {
        let mut capability = Some(capability);
        let mut open = Open::<V>::of(width);
        move |(input, frontier), output| {
            input.for_each(|_, parts| {
                parts.drain(..).for_each(|(pane, part)| merge(open.pane(pane), part));
            });
            let Some(held) = &mut capability else { return };
            let time = frontier.frontier().first().copied();
            let mut session = output.session(held);
            while let Some(pane) = open.next(time) {
                session.give(pane);
            }
            drop(session);
            match time {
                Some(time) => held.downgrade(&time),
                None => capability = None,
            }
        }
    })
}
