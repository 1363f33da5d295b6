//! Durations as literals.

use super::{findings, good, tokens};
use crate::durations::{Reading, literal, read};
use crate::ir::Head;
use proc_macro2::TokenTree;

fn reading(text: &str) -> Reading {
    match tokens(text).into_iter().next() {
        Some(TokenTree::Literal(literal)) => read(&literal),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn units() {
    for (text, micros) in [
        ("7us", 7),
        ("500ms", 500_000),
        ("10s", 10_000_000),
        ("5min", 300_000_000),
        ("1h", 3_600_000_000),
        ("2d", 172_800_000_000),
        ("1_000ms", 1_000_000),
        ("0s", 0),
        ("1.5s", 1_500_000),
        ("0.1s", 100_000),
        ("0.000001s", 1),
        ("1.50h", 5_400_000_000),
        ("0.5us", 0),
    ] {
        let expected = if text == "0.5us" { Reading::TooFine } else { Reading::Micros(micros) };
        assert_eq!(reading(text), expected, "{text}");
    }
}

#[test]
fn edges_of_64_bits() {
    assert_eq!(reading("18446744073709551615us"), Reading::Micros(u64::MAX));
    assert_eq!(reading("18446744073709551616us"), Reading::TooLong);
    assert_eq!(reading("18446744073709551615.0us"), Reading::Micros(u64::MAX));
    assert_eq!(reading("213503983d"), Reading::TooLong);
    assert_eq!(reading("0.00000000000000000000000000000000000000001s"), Reading::TooFine);
}

#[test]
fn other_literals() {
    for text in ["10", "10u64", "1e3", "1.5", "1.5f64", "0x1d", "0b1", "1_000", "\"10s\"", "b's'", "'s'", "1e3s"] {
        assert_eq!(reading(text), Reading::Other, "{text}");
    }
}

#[test]
fn names_from_elsewhere() {
    assert_eq!(reading("10m"), Reading::Alias("10min".into()));
    assert_eq!(reading("3secs"), Reading::Alias("3s".into()));
}

#[test]
fn only_a_lone_literal_has_a_value() {
    assert_eq!(literal(&tokens("10s")), Some(10_000_000));
    assert_eq!(literal(&tokens("2 * 10s")), None);
    assert_eq!(literal(&tokens("size")), None);
}

#[test]
fn rewritten_everywhere() {
    let pipeline = good("ticks(500ms) -> map(|t| (t, [10s])) -> sink");
    let Head::Source(source) = &pipeline.flows[0].head else { panic!("a source") };
    let duration = |micros: &str| format!("::core::time::Duration::from_micros({micros}u64)");
    let source_text = format!("ticks({})", duration("500000"));
    assert_eq!(source.to_string(), tokens(&source_text).to_string());
    let map = &pipeline.flows[0].stages[0].args[0];
    assert_eq!(map.tokens.to_string(), tokens(&format!("|t| (t, [{}])", duration("10000000"))).to_string());
    assert!(map.expr.is_some());
}

#[test]
fn reported_where_they_stand() {
    assert_eq!(
        findings("ticks(10m) -> map(|x| 0.1us) -> out"),
        ["SF0703 @ 10m: `10m` is not a duration", "SF0703 @ 0.1us: `0.1us` is not a duration"]
    );
}
