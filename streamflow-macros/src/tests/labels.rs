//! Labels.

use super::check;

#[test]
fn findings() {
    check(&[
        (
            "numbers -> key_by(k) -> count() as n -> count() as n -> out",
            &["SF0505 @ n: label `n` is used twice"],
        ),
        (
            "numbers -> count() -> count() as count_0 -> out",
            &["SF0505 @ count_0: label `count_0` is used twice"],
        ),
        (
            "numbers -> map(f) as n -> out",
            &["SF0507 @ n: `map` has no state, so it takes no label"],
        ),
        (
            "numbers -> timestamp(t) -> window(tumbling(1s)) as n -> count() -> out",
            &["SF0507 @ n: `window` has no state, so it takes no label"],
        ),
        (
            "numbers -> count() as fn -> out",
            &["SF0508 @ fn: `fn` cannot be a label"],
        ),
        (
            "numbers -> count() as -> out",
            &["SF0508 @ as: expected a label after `as`"],
        ),
        (
            "numbers -> count() as 3 -> out",
            &["SF0508 @ 3: `3` cannot be a label"],
        ),
    ]);
}
