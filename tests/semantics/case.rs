//! A case of the file, and how found rows are compared with expected ones.

use serde_json::Value;
use std::time::Duration;
use streamflow::window::{self, Offset};

pub struct Case<'c> {
    pub id: &'c str,
    pub kind: &'c str,
    pub operator: &'c str,
    pub params: &'c Value,
    pub input: &'c Value,
    pub expected: &'c Value,
}

impl<'c> Case<'c> {
    pub fn new(case: &'c Value) -> Self {
        let text = |field: &str| case[field].as_str().unwrap_or_else(|| panic!("`{field}` in {case}"));
        let (params, input, expected) = (&case["params"], &case["input"], &case["expected"]);
        Case { id: text("id"), kind: text("kind"), operator: text("operator"), params, input, expected }
    }

    pub fn has(&self, name: &str) -> bool {
        self.params.get(name).is_some_and(|value| !value.is_null())
    }

    pub fn number(&self, name: &str) -> Option<i64> {
        let value = self.params.get(name).filter(|value| !value.is_null());
        value.map(|value| value.as_i64().unwrap_or_else(|| panic!("{name} of {}", self.id)))
    }

    pub fn float(&self, name: &str) -> Option<f64> {
        self.params.get(name).and_then(Value::as_f64)
    }

    /// Tumbling or sliding windows of the case; its numbers are taken as milliseconds.
    pub fn window(&self) -> window::Window {
        let size = self.number("size").expect("a size");
        let every = self.number("slide").unwrap_or(size);
        let offset = self.number("offset").unwrap_or(0);
        let shift = Offset::from(millis(offset.abs()));
        // gaps are meant where the case has them
        window::sliding(millis(size), millis(every)).offset(if offset < 0 { -shift } else { shift }).gaps(true)
    }

    /// As multisets, one expected list after the other.
    pub fn same(&self, found: &[Vec<Value>]) {
        self.same_as(self.expected, found);
    }

    pub fn same_as(&self, expected: &Value, found: &[Vec<Value>]) {
        let expected: Vec<_> = items(expected).iter().map(|rows| sorted(items(rows))).collect();
        let found: Vec<_> = found.iter().map(|rows| sorted(rows)).collect();
        assert_eq!(found, expected, "{}", self.id);
    }

    /// One multiset.
    pub fn same_rows(&self, expected: &Value, found: &[Value]) {
        assert_eq!(sorted(found), sorted(items(expected)), "{}", self.id);
    }
}

fn sorted(rows: &[Value]) -> Vec<String> {
    let mut rows: Vec<String> = rows.iter().map(Value::to_string).collect();
    rows.sort();
    rows
}

pub fn millis(millis: i64) -> Duration {
    Duration::from_millis(u64::try_from(millis).expect("a duration"))
}

pub fn items(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}

pub fn integer(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("{value} is no integer"))
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

pub fn integers(list: &Value) -> Vec<i64> {
    items(list).iter().map(integer).collect()
}
