//! The operator table is in order.

use super::findings;
use crate::near::plain;
use crate::op::{ArgKind, Needs, Role, Shape, TABLE, find};
use std::collections::HashSet;

#[test]
fn names_are_unique() {
    let mut names = HashSet::new();
    for spec in TABLE {
        assert!(names.insert(plain(spec.name)), "{} twice", spec.name);
        assert_eq!(find(spec.name).map(|found| found.name), Some(spec.name));
        assert!(syn::parse_str::<syn::Ident>(spec.name).is_ok(), "{}", spec.name);
    }
}

#[test]
fn foreign_names_are_unique_and_not_ours() {
    let ours: HashSet<String> = TABLE.iter().map(|spec| plain(spec.name)).collect();
    let mut foreign = HashSet::new();
    for name in TABLE.iter().flat_map(|spec| spec.also_called) {
        assert!(!ours.contains(&plain(name)), "{name} is one of ours");
        assert!(foreign.insert(plain(name)), "{name} twice");
    }
}

#[test]
fn examples_are_good_stages() {
    for spec in TABLE {
        let key = if spec.needs == Needs::Keyed { "-> key_by(|item| item.key)" } else { "" };
        let counted = if spec.role == Role::Window { "-> count()" } else { "" };
        let before = format!("-> timestamp(|item| item.at) {key}");
        let two = spec.args.iter().any(|arg| arg.kind == ArgKind::Stream);
        let other = if two { format!("let other = t {before};") } else { String::new() };
        let text = format!("{other} s {before} -> {} {counted} -> out", spec.example);
        let errors: Vec<_> = findings(&text).into_iter().filter(|line| !line.starts_with("warning")).collect();
        assert_eq!(errors, [""; 0], "{text}");
        assert!(spec.example.starts_with(spec.name), "{}", spec.name);
    }
}

#[test]
fn examples_of_arguments_are_written_as_they_are_given() {
    for arg in TABLE.iter().flat_map(|spec| spec.args) {
        let named = arg.by_name();
        assert_eq!(arg.example.starts_with(&format!("{} = ", arg.name)), named, "{}", arg.example);
        if let ArgKind::Function(parameters) = arg.kind {
            let closure = arg.example.split('|').nth(1).map_or(0, |names| names.split(',').count());
            assert_eq!(closure, parameters, "{}", arg.example);
        }
    }
}

/// Texts put the summary behind `which`.
#[test]
fn summaries_go_on_a_sentence() {
    for spec in TABLE {
        let verb = spec.summary.split(' ').next().unwrap_or_default();
        assert!(verb.ends_with('s') && verb == verb.to_lowercase(), "{}", spec.summary);
        assert!(!spec.summary.ends_with('.'), "{}", spec.summary);
    }
}

#[test]
fn shapes() {
    let gives = |name: &str, shape| (find(name).expect("an operator").gives)(shape);
    let open = |keyed| Shape::Open { keyed };
    for (name, from, to) in [
        ("map", Shape::Keyed, Shape::Plain),
        ("filter", Shape::Keyed, Shape::Keyed),
        ("inspect", Shape::Windows, Shape::Windows),
        ("key_by", Shape::Changes, Shape::Keyed),
        ("map_values", Shape::Keyed, Shape::Keyed),
        ("timestamp", Shape::Keyed, Shape::Keyed),
        ("window", Shape::Keyed, open(true)),
        ("window", Shape::Changes, open(false)),
        ("count", open(true), Shape::Windows),
        ("count", open(false), Shape::Windows),
        ("fold", Shape::Keyed, Shape::Changes),
        ("sum", Shape::Plain, Shape::Plain),
        ("sum", Shape::Windows, Shape::Plain),
        ("top", Shape::Windows, Shape::Windows),
        ("top", Shape::Changes, Shape::Changes),
        ("distinct", Shape::Changes, Shape::Plain),
    ] {
        assert_eq!(gives(name, from), to, "{name} behind {from:?}");
    }
}
