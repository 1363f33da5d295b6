//! The fields are serde's.
//@ line: state(default)

use streamflow::State;

#[derive(Clone, serde::Serialize, serde::Deserialize, State)]
#[state(serde)]
struct Totals {
    #[state(default)]
    cents: u64,
}

fn main() {}
