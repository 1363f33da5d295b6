//! Distances between names.

use crate::near::{distance, nearest, same};
use crate::op::TABLE;

#[test]
fn distances() {
    for (left, right, expected) in [
        ("map", "map", 0),
        ("mpa", "map", 1),
        ("fliter", "filter", 1),
        ("filtr", "filter", 1),
        ("", "map", 3),
        ("ab", "ba", 1),
        ("window", "widnwo", 2),
        ("sum", "fold", 4),
    ] {
        assert_eq!(distance(left, right), expected, "{left} {right}");
        assert_eq!(distance(right, left), expected, "{right} {left}");
    }
}

#[test]
fn suggestions() {
    let suggest = |name| nearest(name, TABLE.iter().map(|spec| spec.name));
    for (name, expected) in [
        ("mpa", Some("map")),
        ("fliter", Some("filter")),
        ("flatmap", Some("flat_map")),
        ("Count", Some("count")),
        ("timestmap", Some("timestamp")),
        ("wnidow", Some("window")),
        ("x", None),
        ("explode", None),
        ("saveAsObjectFiles", None),
    ] {
        assert_eq!(suggest(name), expected, "{name}");
    }
}

#[test]
fn case_and_underscores_do_not_count() {
    assert!(same("groupBy", "group_by"));
    assert!(same("MAP_VALUES", "mapValues"));
    assert!(!same("map", "maps"));
}
