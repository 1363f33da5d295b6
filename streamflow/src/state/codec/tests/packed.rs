//! Values that serde stores.

use super::{read, written};
use crate::codec::{Fit, Writer};
use crate::{AsSerde, State};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, State)]
#[state(serde)]
enum Tree {
    Leaf { name: String, size: u32 },
    Nodes(Vec<Tree>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, State)]
#[state(serde)]
struct Pair<T> {
    first: T,
    second: T,
}

fn trees() -> [Tree; 3] {
    let leaf = |name: &str, size| Tree::Leaf { name: name.to_owned(), size };
    [leaf("a", 1), Tree::Nodes(vec![leaf("b", 2), Tree::Nodes(vec![])]), leaf("", u32::MAX)]
}

#[test]
fn values_that_contain_their_own_type_come_back() {
    assert_eq!(Tree::shape(), "packed");
    assert_eq!(read::<Tree>(&Tree::schema(), 3, &written(&trees())), Ok(trees().to_vec()));
    let wrapped = [AsSerde(BTreeMap::from([(1u8, Some("x".to_owned()))])), AsSerde(BTreeMap::new())];
    assert_eq!(read(&AsSerde::<BTreeMap<u8, Option<String>>>::schema(), 2, &written(&wrapped)), Ok(wrapped.to_vec()));
    let pair = [Pair { first: 0.5, second: -0.5 }];
    assert_eq!(read::<Pair<f64>>(&Pair::<f64>::schema(), 1, &written(&pair)), Ok(pair.to_vec()));
}

/// The field names are in the data: what serde's attributes allow is allowed.
#[test]
fn fields_come_go_and_move() {
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, State)]
    #[state(serde)]
    struct Old {
        count: u32,
        sum: f64,
        max: f64,
        gone: bool,
    }
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, State)]
    #[state(serde)]
    struct New {
        #[serde(default)]
        more: String,
        #[serde(alias = "max")]
        highest: f64,
        sum: f64,
        count: u64,
    }
    let old = [Old { count: 1, sum: 2.0, max: 3.0, gone: true }];
    let new = New { more: String::new(), highest: 3.0, sum: 2.0, count: 1 };
    assert_eq!(New::fit(&Old::schema()), Fit::Same);
    assert_eq!(read::<New>(&Old::schema(), 1, &written(&old)), Ok(vec![new]));
}

#[test]
fn a_version_turns_packed_values_into_columns() {
    #[derive(Clone, Debug, PartialEq, State)]
    #[state(version = 2, migrate = Pair<f64>)]
    struct Sum {
        sum: f64,
    }
    impl From<Pair<f64>> for Sum {
        fn from(old: Pair<f64>) -> Self {
            Sum { sum: old.first + old.second }
        }
    }
    let old = [Pair { first: 1.0, second: 2.5 }];
    assert_eq!(read::<Sum>(&Pair::<f64>::schema(), 1, &written(&old)), Ok(vec![Sum { sum: 3.5 }]));
    assert!(matches!(Pair::<f64>::fit(&Sum::schema()), Fit::Refused(_)));
}

#[test]
fn what_serde_refuses_is_no_panic() {
    #[derive(Clone, Deserialize)]
    struct Never;
    impl Serialize for Never {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("not today"))
        }
    }
    let mut out = Writer::new();
    AsSerde(Never).write_one(&mut out);
    assert!(out.failure().is_some_and(|text| text.contains("not today") && text.contains("Never")));
    let error = read::<AsSerde<u8>>(&Tree::schema(), 3, &written(&trees())).unwrap_err();
    assert!(error.starts_with("serde cannot read what is stored: "), "{error}");
}

proptest! {
    #[test]
    fn changed_bytes_are_answered(place in any::<prop::sample::Index>(), byte in any::<u8>(), end in any::<prop::sample::Index>()) {
        let mut bytes = written(&trees());
        let place = place.index(bytes.len());
        bytes[place] = byte;
        let _ = read::<Tree>(&Tree::schema(), 3, &bytes);
        let _ = read::<Tree>(&Tree::schema(), 3, &bytes[..end.index(bytes.len())]);
    }
}
