//! What the state of the shop is made of: changes of types.

use std::collections::BTreeMap;
use streamflow::State;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Order {
    pub(crate) shop: u32,
    pub(crate) cents: i64,
}

pub(crate) fn orders(rounds: usize) -> Vec<Order> {
    [Order { shop: 1, cents: 250 }, Order { shop: 2, cents: 120 }, Order { shop: 1, cents: 50 }].repeat(rounds)
}

impl Order {
    pub(crate) fn kind(self) -> Kind {
        #[cfg(feature = "variant_gone")]
        let small = Kind::Tiny;
        #[cfg(not(feature = "variant_gone"))]
        let small = Kind::Small;
        if self.cents < 100 { small } else { Kind::Large { cents: self.cents } }
    }
}

#[derive(Clone, Debug, Default, State)]
#[cfg(not(any(
    feature = "allowed",
    feature = "migrated",
    feature = "narrower_field",
    feature = "new_field"
)))]
pub(crate) struct Totals {
    orders: u32,
    cents: i64,
    days: BTreeMap<u32, Day>,
}

#[derive(Clone, Debug, Default, State)]
#[cfg(feature = "allowed")]
pub(crate) struct Totals {
    days: BTreeMap<u32, Day>,
    #[state(renamed = "orders")]
    count: u64,
    #[state(default)]
    returned: u32,
}

#[derive(Clone, Debug, Default, State)]
#[cfg(feature = "migrated")]
pub(crate) struct OldTotals {
    orders: u32,
    cents: i64,
    days: BTreeMap<u32, Day>,
}

#[derive(Clone, Debug, Default, State)]
#[cfg(feature = "migrated")]
#[state(version = 2, migrate = OldTotals)]
pub(crate) struct Totals {
    orders: u8,
    euros: String,
}

#[cfg(feature = "migrated")]
impl From<OldTotals> for Totals {
    fn from(old: OldTotals) -> Self {
        assert!(old.days.len() < 32);
        Totals { orders: u8::try_from(old.orders).unwrap_or(u8::MAX), euros: (old.cents / 100).to_string() }
    }
}

#[derive(Clone, Debug, Default, State)]
#[cfg(feature = "narrower_field")]
pub(crate) struct Totals {
    orders: u16,
    cents: i64,
    days: BTreeMap<u32, Day>,
}

#[derive(Clone, Debug, Default, State)]
#[cfg(feature = "new_field")]
pub(crate) struct Totals {
    orders: u32,
    money: i64,
    days: BTreeMap<u32, Day>,
}

#[derive(Clone, Debug, Default, State)]
#[cfg(not(feature = "nested_field"))]
pub(crate) struct Day {
    cents: i64,
}

#[derive(Clone, Debug, Default, State)]
#[cfg(feature = "nested_field")]
pub(crate) struct Day {
    cents: i32,
}

#[derive(Clone, Debug, State)]
pub(crate) enum Kind {
    #[cfg(not(feature = "variant_gone"))]
    Small,
    #[cfg(feature = "variant_gone")]
    Tiny,
    Large {
        cents: i64,
    },
}

impl Totals {
    #[cfg(feature = "allowed")]
    pub(crate) fn add(&mut self, order: &Order) {
        self.count += 1;
        self.returned += u32::from(order.cents < 0);
        self.days.entry(0).or_default().cents += order.cents;
    }

    #[cfg(feature = "migrated")]
    pub(crate) fn add(&mut self, order: &Order) {
        self.orders += 1;
        self.euros = (order.cents / 100).to_string();
    }

    #[cfg(not(any(feature = "allowed", feature = "migrated")))]
    pub(crate) fn add(&mut self, order: &Order) {
        self.orders += 1;
        #[cfg(not(feature = "new_field"))]
        let money = &mut self.cents;
        #[cfg(feature = "new_field")]
        let money = &mut self.money;
        *money += order.cents;
        self.days.entry(0).or_default().cents += order.cents.try_into().unwrap_or(0);
    }

    #[cfg(feature = "allowed")]
    pub(crate) fn orders(&self) -> u64 {
        self.count
    }

    #[cfg(not(feature = "allowed"))]
    pub(crate) fn orders(&self) -> u64 {
        self.orders.into()
    }
}
