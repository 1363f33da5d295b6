//! Labels.

use super::check;
use crate::slot::slot_names;

#[test]
fn findings() {
    check(&[
        ("numbers -> key_by(k) -> count() as n -> count() as n -> out", &["SF0505 @ n: label `n` is used twice"]),
        ("numbers -> count() -> count() as count_0 -> out", &["SF0505 @ count_0: label `count_0` is used twice"]),
        ("numbers -> map(f) as n -> out", &["SF0507 @ n: `map` has no state, so it takes no label"]),
        (
            "numbers -> timestamp(t) -> window(tumbling(1s)) as n -> count() -> out",
            &["SF0507 @ n: `window` has no state, so it takes no label"],
        ),
        ("numbers -> count() as fn -> out", &["SF0508 @ fn: `fn` cannot be a label"]),
        ("numbers -> count() as -> out", &["SF0508 @ as: expected a label after `as`"]),
        ("numbers -> count() as 3 -> out", &["SF0508 @ 3: `3` cannot be a label"]),
    ]);
}

/// A label on one stage leaves the names of the others alone.
#[test]
fn names_of_states() {
    let names = |text: &str| -> Vec<String> {
        let pipeline = super::good(text);
        let mut stages = vec![];
        pipeline.each(|flow| stages.extend(&flow.stages));
        slot_names(&stages).into_iter().flatten().map(|name| name.to_string()).collect()
    };
    assert_eq!(names("s -> count -> top(3, by = f) -> map(f) -> count -> out"), ["count_0", "top_0", "count_1"]);
    assert_eq!(names("s -> count as n -> map(f) -> count -> out"), ["n", "count_1"]);
    assert_eq!(names("let a = s; a -> count -> out; a -> split { b => count -> out }"), ["count_0", "count_1"]);
}
