//! What an old type has stored and a new one reads: the changes of a type that a checkpoint survives, and those that it refuses.

use super::{read, written};
use crate::codec::{Fit, fit_key};
use crate::{ByValue, State};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;

/// The totals of the first release.
#[derive(Clone, Debug, PartialEq, State)]
struct First {
    count: u32,
    sum: f64,
    max: f64,
}

const FIRST: [First; 3] = [
    First { count: 1, sum: 1.5, max: 1.25 },
    First { count: 2, sum: -2.5, max: 2.25 },
    First { count: u32::MAX, sum: 3.5, max: f64::INFINITY },
];

/// Old rows as new ones; their types must fit, with these differences.
#[track_caller]
fn changed<Old: State, New: State>(old: &[Old], differences: &[&str]) -> Vec<New> {
    assert_eq!(New::fit(&Old::schema()), Fit::Changed(differences.iter().map(|text| (*text).to_owned()).collect()));
    read(&Old::schema(), old.len(), &written(old)).unwrap()
}

/// The one reason why the types do not fit; reading has to fail as well.
#[track_caller]
fn refused<Old: State, New: State + Debug>(old: &[Old]) -> String {
    let error = read::<New>(&Old::schema(), old.len(), &written(old)).unwrap_err();
    assert!(!error.is_empty());
    match New::fit(&Old::schema()) {
        Fit::Refused(reasons) if reasons.len() == 1 => reasons[0].clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_field_is_added_at_the_end_with_its_default() {
    #[derive(Clone, State)]
    struct New {
        count: u32,
        sum: f64,
        max: f64,
        #[state(default)]
        seen: Vec<u8>,
    }
    let new = changed::<_, New>(&FIRST, &["`seen: list<u8>` is new and starts with its default"]);
    assert_eq!((new[1].count, new[1].sum, new[1].max), (2, -2.5, 2.25));
    assert!(new.iter().all(|new| new.seen.is_empty()));
}

#[test]
fn a_field_is_added_in_the_middle_with_a_default_of_its_own() {
    #[derive(Clone, State)]
    struct New {
        count: u32,
        #[state(default = f64::NEG_INFINITY)]
        min: f64,
        sum: f64,
        max: f64,
    }
    let new = changed::<_, New>(&FIRST, &["`min: f64` is new and starts with its default"]);
    assert_eq!((new[1].count, new[1].min, new[1].sum, new[1].max), (2, f64::NEG_INFINITY, -2.5, 2.25));
}

#[test]
fn a_field_is_removed_aloud_or_in_silence() {
    #[derive(Clone, State)]
    struct New {
        count: u32,
        max: f64,
    }
    let new = changed::<_, New>(&FIRST, &["`sum: f64` is gone; what was stored in it is forgotten"]);
    assert_eq!((new[1].count, new[1].max), (2, 2.25));

    #[derive(Clone, State)]
    #[state(removed("sum", "average"))]
    struct Silent {
        count: u32,
        max: f64,
    }
    let silent = changed::<_, Silent>(&FIRST, &[]);
    assert_eq!((silent[2].count, silent[2].max), (u32::MAX, f64::INFINITY));
}

#[test]
fn fields_move() {
    #[derive(Clone, State)]
    struct New {
        max: f64,
        count: u32,
        sum: f64,
    }
    let new = changed::<_, New>(&FIRST, &[]);
    assert_eq!((new[1].count, new[1].sum, new[1].max), (2, -2.5, 2.25));
}

/// The change that formats by position get wrong without a word.
#[test]
fn two_fields_of_one_type_change_places() {
    #[derive(Clone, State)]
    struct New {
        count: u32,
        max: f64,
        sum: f64,
    }
    for (new, old) in changed::<_, New>(&FIRST, &[]).iter().zip(&FIRST) {
        assert_eq!((new.count, new.sum, new.max), (old.count, old.sum, old.max));
    }
}

#[test]
fn a_field_is_renamed() {
    #[derive(Clone, State)]
    struct New {
        count: u32,
        #[state(renamed = "sum", renamed = "amount")]
        total: f64,
        max: f64,
    }
    let new = changed::<_, New>(&FIRST, &[]);
    assert_eq!((new[1].total, new[1].max), (-2.5, 2.25));
    // and what is stored from now on has the new name
    assert_eq!(New::shape(), "{count: u32, total: f64, max: f64}");
    assert_eq!(read::<New>(&New::schema(), 3, &written(&new)).unwrap()[2].total, 3.5);
}

#[test]
fn numbers_become_wider() {
    #[derive(Clone, State)]
    struct New {
        count: u64,
        sum: f64,
        max: Option<f64>,
    }
    let words = ["`count`: `u32` is read as `u64`", "`max`: `f64` is read as `option<f64>`"];
    let new = changed::<_, New>(&FIRST, &words);
    assert_eq!((new[2].count, new[2].sum, new[2].max), (u64::from(u32::MAX), 3.5, Some(f64::INFINITY)));

    fn widened<Old: State, New: State + PartialEq + Debug>(old: Old, new: New) {
        assert!(matches!(New::fit(&Old::schema()), Fit::Changed(_)), "{}", Old::shape());
        assert_eq!(read::<New>(&Old::schema(), 1, &written(&[old])), Ok(vec![new]));
    }
    widened(-1i8, -1i64);
    widened(i64::MIN, i128::from(i64::MIN));
    widened(u8::MAX, i16::from(u8::MAX));
    widened(u64::MAX, i128::from(u64::MAX));
    widened(u64::MAX, u128::from(u64::MAX));
    widened(7u16, 7usize);
    widened(0.1f32, f64::from(0.1f32));
    widened(1u8, Some(1u32));
    widened(Some(1u8), Some(1u32));
    widened(vec![1u8, 2], vec![Some(1u64), Some(2)]);
    widened(BTreeMap::from([(1u8, 2u8)]), HashMap::from([(1u16, 2u32)]));
    widened((1u8, [2u8]), (1u16, [2i64]));
}

#[derive(Clone, Debug, PartialEq, State)]
enum OldEvent {
    Opened(u32),
    Moved { x: f32, y: f32 },
    Closed,
}

const EVENTS: [OldEvent; 4] =
    [OldEvent::Closed, OldEvent::Moved { x: 1.0, y: 2.0 }, OldEvent::Opened(7), OldEvent::Moved { x: 3.0, y: 4.0 }];

#[test]
fn a_variant_is_inserted_and_one_is_appended() {
    #[derive(Clone, Debug, PartialEq, State)]
    enum New {
        Opened(u64),
        Paused,
        #[state(renamed = "Moved")]
        Went {
            y: f32,
            #[state(default)]
            z: f32,
            x: f32,
        },
        Closed,
        Failed(String),
    }
    let words = [
        "`Opened.0`: `u32` is read as `u64`",
        "the variant `Paused` is new",
        "`Went`: `z: f32` is new and starts with its default",
        "the variant `Failed` is new",
    ];
    let new = changed::<_, New>(&EVENTS, &words);
    let went = |x, y| New::Went { y, z: 0.0, x };
    assert_eq!(new, [New::Closed, went(1.0, 2.0), New::Opened(7), went(3.0, 4.0)]);
}

#[test]
fn a_variant_is_gone() {
    #[derive(Clone, Debug, PartialEq, State)]
    enum New {
        Moved { x: f32, y: f32 },
        Closed,
    }
    assert_eq!(
        refused::<_, New>(&EVENTS),
        "the variant `Opened` is gone; if no value of it is stored, write `#[state(removed(\"Opened\"))]` on the type; if it has \
         another name now, `#[state(renamed = \"Opened\")]` on the variant"
    );

    #[derive(Clone, Debug, PartialEq, State)]
    #[state(removed("Opened"))]
    enum Announced {
        Moved { x: f32, y: f32 },
        Closed,
    }
    let others = [OldEvent::Closed, OldEvent::Moved { x: 1.0, y: 2.0 }];
    assert_eq!(changed::<_, Announced>(&others, &[]), [Announced::Closed, Announced::Moved { x: 1.0, y: 2.0 }]);
    // what was announced has to be true
    let error = read::<Announced>(&OldEvent::schema(), 4, &written(&EVENTS)).unwrap_err();
    assert_eq!(error, "1 rows are `Opened`, which is gone");
}

#[test]
fn a_missing_default_is_refused_with_the_line_to_add() {
    #[derive(Clone, Debug, State)]
    struct New {
        count: u32,
        sum: f64,
        max: f64,
        last: String,
    }
    assert_eq!(
        refused::<_, New>(&FIRST),
        "`last: string` is new and has no default for what is stored; add `#[state(default)]` to `last`"
    );

    #[derive(Clone, Debug, State)]
    struct Renamed {
        count: u32,
        sum: f64,
        highest: f64,
    }
    assert_eq!(
        refused::<_, Renamed>(&FIRST),
        "`highest: f64` is new and has no default for what is stored; add `#[state(default)]` to `highest`, or \
         `#[state(renamed = \"max\")]` if it was called so"
    );
}

#[test]
fn narrowing_and_other_meanings_are_refused() {
    #[derive(Clone, Debug, State)]
    struct New {
        count: u16,
        sum: f64,
        max: f64,
    }
    assert_eq!(
        refused::<_, New>(&FIRST),
        "`count`: was `u32` and is now `u16`; keep `u32`, or keep the old type and write `#[state(version = 2, migrate = \
         OldType)]` with `impl From<OldType>`"
    );
    fn is_refused<Old: State, New: State + Debug>(old: Old) {
        let reason = refused::<Old, New>(&[old]);
        assert!(reason.contains(&format!("was `{}` and is now `{}`", Old::shape(), New::shape())), "{reason}");
    }
    is_refused::<u64, i64>(1);
    is_refused::<i32, u64>(1);
    is_refused::<f64, f32>(1.0);
    is_refused::<u8, f64>(1);
    is_refused::<u8, bool>(1);
    is_refused::<u64, String>(1);
    is_refused::<String, char>(String::new());
    is_refused::<Option<u8>, u8>(None);
    is_refused::<i64, Option<u64>>(1);
    is_refused::<Vec<u8>, Box<[u8]>>(vec![]);
    is_refused::<[u8; 2], [u8; 3]>([1, 2]);
    is_refused::<(u8, u8), (u8,)>((1, 2));
    is_refused::<BTreeMap<u8, u8>, Vec<(u8, u8)>>(BTreeMap::new());
    is_refused::<First, OldEvent>(FIRST[0].clone());
    is_refused::<OldEvent, First>(OldEvent::Closed);
    is_refused::<u64, std::time::Duration>(1);
}

#[derive(Clone, Debug, PartialEq, State)]
#[state(version = 2, migrate = First)]
struct Second {
    count: u64,
    mean: f64,
}

impl From<First> for Second {
    fn from(old: First) -> Self {
        Second { count: old.count.into(), mean: old.sum / f64::from(old.count) }
    }
}

#[derive(Clone, Debug, PartialEq, State)]
#[state(version = 3, migrate = Second)]
struct Third {
    sum: f64,
    #[state(default)]
    name: String,
}

impl From<Second> for Third {
    fn from(old: Second) -> Self {
        Third { sum: old.mean * old.count as f64, name: "migrated".to_owned() }
    }
}

#[test]
fn versions_are_a_chain() {
    assert_eq!(Third::shape(), "{sum: f64, name: string} version 3");
    let words = ["version 1 is migrated to version 3", "version 1 is migrated to version 2"];
    let third = changed::<_, Third>(&FIRST[..2], &words);
    assert_eq!(third[1], Third { sum: -2.5, name: "migrated".to_owned() });

    let second = [Second { count: 4, mean: 0.25 }];
    let third = changed::<_, Third>(&second, &["version 2 is migrated to version 3"]);
    assert_eq!(third[0].sum, 1.0);
    assert_eq!(Third::fit(&Third::schema()), Fit::Same);
    assert_eq!(read::<Third>(&Third::schema(), 1, &written(&third)), Ok(third));
}

#[test]
fn within_a_version_changes_go_by_name() {
    #[derive(Clone, State)]
    #[state(version = 3, migrate = Second)]
    struct Before {
        sum: f32,
    }
    impl From<Second> for Before {
        fn from(old: Second) -> Self {
            Before { sum: old.mean as f32 }
        }
    }
    let words = ["`sum`: `f32` is read as `f64`", "`name: string` is new and starts with its default"];
    assert_eq!(changed::<_, Third>(&[Before { sum: 0.5 }], &words), [Third { sum: 0.5, name: String::new() }]);
}

#[test]
fn a_newer_version_is_refused() {
    let newer =
        "version 3 was stored, and this program knows version 2; run the program that stored it, or a newer one";
    assert_eq!(refused::<_, Second>(&[Third { sum: 1.0, name: String::new() }]), newer);
    assert_eq!(
        refused::<_, First>(&[Second { count: 1, mean: 1.0 }]),
        "version 2 was stored, and this program knows version 1; run the program that stored it, or a newer one"
    );
}

#[test]
fn differences_say_how_deep_they_are() {
    #[derive(Clone, Debug, State)]
    struct Old {
        days: BTreeMap<u32, Vec<First>>,
    }
    #[derive(Clone, Debug, State)]
    struct Inner {
        count: u32,
        sum: f64,
        max: f32,
    }
    #[derive(Clone, Debug, State)]
    struct New {
        days: BTreeMap<u32, Vec<Inner>>,
    }
    let old = [Old { days: BTreeMap::from([(1, FIRST.to_vec())]) }];
    assert!(refused::<_, New>(&old).starts_with("`days.max`: was `f64` and is now `f32`; "));
    let error = read::<New>(&Old::schema(), 1, &written(&old)).unwrap_err();
    assert_eq!(error, "`days.max`: `f64` was stored, which cannot be read as `f32`");
}

/// All reasons are given at once.
#[test]
fn every_reason_is_told() {
    #[derive(Clone, Debug, State)]
    struct New {
        count: u8,
        sum: bool,
    }
    let Fit::Refused(reasons) = New::fit(&First::schema()) else { panic!("it does not fit") };
    assert_eq!(reasons.len(), 2, "{reasons:?}");
}

#[test]
fn keys_do_not_change() {
    assert_eq!(fit_key::<(u64, crate::OwnedText)>(&<(u64, String)>::schema()), Fit::Same);
    let reason =
        "the key was `u32` and is now `u64`; keep the key, or give the stage another label: it then starts empty";
    assert_eq!(fit_key::<u64>(&u32::schema()), Fit::Refused(vec![reason.to_owned()]));
    assert!(matches!(fit_key::<ByValue<Vec<u8>>>(&u32::schema()), Fit::Refused(_)));
}
