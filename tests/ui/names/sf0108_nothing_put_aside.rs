//! What is skipped is not put aside.
//@ line: errors(parsed)

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec!["1"]) -> try_map(|text| text.parse::<u64>(), on_error = skip) as parsed -> sink::discard();
        errors(parsed) -> map(|failed| failed.to_string()) -> sink::discard();
    };
}
