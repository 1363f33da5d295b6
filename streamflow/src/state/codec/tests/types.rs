//! Texts of types.

use crate::State;
use crate::codec::Type;
use proptest::prelude::*;

fn names() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z_][a-z0-9_]{0,5}", Just("bool".to_owned()), Just("option".to_owned()), Just("größe".to_owned())]
}

/// Each name once.
fn named(inner: impl Strategy<Value = Type>, least: usize) -> impl Strategy<Value = Vec<(String, Type)>> {
    prop::collection::btree_map(names(), inner, least..4).prop_map(|fields| fields.into_iter().collect())
}

pub(super) fn types() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![
        prop::sample::select(
            ["()", "bool", "char", "string", "bytes", "duration", "time", "timestamp", "packed", "u8", "i128", "f32"]
                .map(|word| word.parse::<Type>().unwrap())
                .to_vec()
        ),
        Just(u64::schema()),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let fields = prop_oneof![
            Just(Type::Unit),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Type::Tuple),
            named(inner.clone(), 0).prop_map(Type::Struct),
        ];
        prop_oneof![
            inner.clone().prop_map(|item| Type::Optional(Box::new(item))),
            inner.clone().prop_map(|item| Type::List(Box::new(item))),
            inner.clone().prop_map(|item| Type::Set(Box::new(item))),
            (inner.clone(), inner.clone()).prop_map(|(key, value)| Type::Map(Box::new(key), Box::new(value))),
            (inner.clone(), 0usize..9).prop_map(|(item, length)| Type::Array(Box::new(item), length)),
            fields.clone(),
            named(fields.clone(), 1).prop_map(Type::Enum),
            (fields, 2u32..9).prop_map(|(inner, version)| Type::Versioned(version, Box::new(inner))),
        ]
    })
}

proptest! {
    #[test]
    fn a_text_is_read_back(stored in types()) {
        let text = stored.to_string();
        prop_assert_eq!(text.parse::<Type>().map_err(|error| format!("{text}: {error}")), Ok(stored));
    }

    #[test]
    fn any_text_is_answered(text in "\\PC{0,40}", tokens in "[a-z0-9(){}\\[\\]<>|;:,# ]{0,60}") {
        for text in [text, tokens] {
            if let Ok(found) = text.parse::<Type>() {
                prop_assert_eq!(found.to_string().parse(), Ok(found));
            }
        }
    }
}

#[test]
fn bad_texts_say_where() {
    let error = |text: &str| text.parse::<Type>().unwrap_err().to_string();
    assert_eq!(error("{a: u64"), "the description of a type is wrong at byte 7: expected , ");
    assert_eq!(error("{a: u64, a: u8}"), "the description of a type is wrong at byte 15: expected each field once");
    assert_eq!(error("u64 "), "the description of a type is wrong at byte 3: expected the end");
    assert_eq!(error("[u8; 99999999999999999999]"), "the description of a type is wrong at byte 5: expected a number");
    assert!(error("vec<u8>").contains("`option`, `list`, `set` or `map`"));
    assert!(error("A | A").contains("each variant once"));
    assert!(error("{} version 1").contains("above 1"));
}

#[test]
fn deep_texts_do_not_overflow_the_stack() {
    let deep = |open: &str, depth: usize| open.repeat(depth).parse::<Type>().unwrap_err().to_string();
    for open in ["option<", "(", "[", "{a: ", "A(", "A{a: "] {
        assert!(deep(open, 100_000).contains("less deep"), "{open}");
    }
    let fits = format!("{}u8{}", "list<".repeat(60), ">".repeat(60));
    assert!(fits.parse::<Type>().is_ok());
}

#[test]
fn fingerprints_are_those_of_the_text() {
    // stored in checkpoints: it may never change
    assert_eq!(<Vec<u64>>::schema().fingerprint(), xxhash_rust::xxh3::xxh3_64(b"list<u64>"));
    assert_ne!(<(u64, i64)>::schema().fingerprint(), <(i64, u64)>::schema().fingerprint());
}

#[test]
#[should_panic(expected = "contains itself by way of other types")]
fn types_that_contain_each_other_are_told_so() {
    // derived types that do so do not compile; the schema of others may be written by hand
    struct Left;
    fn schema() -> Type {
        crate::codec::nested::<Left>(|| Type::List(Box::new(schema())))
    }
    let _ = schema();
}
