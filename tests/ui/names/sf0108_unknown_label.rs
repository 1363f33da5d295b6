//! No stage has this label.
//@ line: errors(parse)

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec!["1"]) -> try_map(|text| text.parse::<u64>()) as parsed -> sink::discard();
        errors(parse) -> map(|failed| failed.to_string()) -> sink::discard();
    };
}
