//! `#[derive(Key)]`: keys of several named parts.

use std::collections::BTreeMap;
use streamflow::codec::{Reader, Writer};
use streamflow::{Key, OwnedText, Probe, State, StoredKey, sink, source, stream};

#[derive(Clone, Copy, Debug, PartialEq, Key)]
struct Route<'b> {
    from: &'b str,
    to: &'b str,
    r#class: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Key)]
struct Pair<'a, 'b>(&'a str, Option<&'b [u8]>);

/// A key in a key.
#[derive(Clone, Copy, Debug, PartialEq, Key)]
struct Trip<'b> {
    route: Route<'b>,
    day: (u32, &'b str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, State, Key)]
enum Level {
    Low,
    High { above: i64 },
}

const LONG: &str = "a place with a name of more than fifteen bytes";

fn agree<K: Key>(key: K, other: K) {
    let (probe, owned) = (key.clone().probe(), other.probe().own());
    let same = probe.own();
    assert!(probe.same(&same) && !probe.same(&owned));
    assert!(probe.equal(&key.probe()));
    for seed in [0, 1, u64::MAX] {
        assert_eq!(probe.hash(seed), StoredKey::hash(&same, seed));
        assert_ne!(probe.hash(seed), StoredKey::hash(&owned, seed));
    }
    let mut out = Writer::new();
    State::write(&[&same, &owned], &mut out);
    let mut read = <K::Owned as State>::read(&<K::Owned as State>::schema(), 2, &mut Reader::new(out.bytes())).unwrap();
    assert!(probe.same(&read.remove(0)));
}

#[test]
fn probe_and_owned_form_agree() {
    let route = Route { from: "here", to: LONG, r#class: 1 };
    agree(route, Route { r#class: 2, ..route });
    agree(route, Route { from: LONG, to: "here", r#class: 1 });
    agree(Pair("a", Some(b"b")), Pair("a", None));
    agree(Trip { route, day: (1, "mon") }, Trip { route, day: (1, "tue") });
    agree(Level::High { above: 1 }, Level::Low);
    agree(&Level::High { above: 1 }, &Level::High { above: 2 });
}

#[test]
fn the_owned_form_has_the_same_fields_and_names() {
    assert_eq!(OwnedRoute::shape(), "{from: string, to: string, class: u8}");
    assert_eq!(OwnedPair::shape(), "(string, option<bytes>)");
    assert_eq!(OwnedTrip::shape(), "{route: {from: string, to: string, class: u8}, day: (u32, string)}");
    let route = Route { from: "here", to: LONG, r#class: 1 };
    let owned: OwnedRoute = route.probe().own();
    let from: &OwnedText = &owned.from;
    assert_eq!((from.as_str(), owned.view()), ("here", route));
}

#[test]
fn a_struct_that_borrows_from_the_batch_is_counted() {
    let lines = ["paris rome", "rome paris", "paris rome", "paris oslo"].map(str::to_owned).to_vec();
    let counts = sink::collect();
    stream! {
        source::slice(&lines)
            -> filter_map(|line| line.split_once(' '))
            -> key_by(|(from, to)| Route { from, to, r#class: 2 })
            -> count()
            -> map(|row| (format!("{} {} {}", row.key.from, row.key.to, row.key.r#class), row.value))
            -> counts.clone()
    }
    .run()
    .unwrap();
    let counts: BTreeMap<String, u64> = counts.take().into_iter().collect();
    let expected = [("paris oslo 2", 1), ("paris rome 2", 2), ("rome paris 2", 1)];
    assert_eq!(counts, expected.map(|(route, count)| (route.to_owned(), count)).into());
}

#[test]
fn rows_of_an_owned_key_are_grouped_again() {
    let best = sink::collect();
    stream! {
        source::vec(vec![1i64, 20, 300, 4, 5])
            -> key_by(|n| if *n < 10 { Level::Low } else { Level::High { above: 10 } })
            -> count()
            -> top(1, by = |row| row.value)
            -> map(|row| (*row.key, row.value))
            -> best.clone()
    }
    .run()
    .unwrap();
    assert_eq!(best.take(), [(Level::Low, 3)]);
}
