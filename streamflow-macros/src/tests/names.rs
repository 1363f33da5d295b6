//! Operators that do not exist.

use super::check;

#[test]
fn findings() {
    check(&[
        ("numbers -> fliter(|x| x) -> out", &["SF0201 @ fliter: unknown operator `fliter`"]),
        ("numbers -> mpa(|x| x) -> out", &["SF0201 @ mpa: unknown operator `mpa`"]),
        (
            "numbers -> groupBy(|x| x) -> window(tumbling(10s)) -> out",
            &["SF0202 @ groupBy: unknown operator `groupBy`"],
        ),
        ("numbers -> keyBy(|x| x) -> map(f) -> out", &["SF0202 @ keyBy: unknown operator `keyBy`"]),
        ("numbers -> tap(f) -> out", &["SF0202 @ tap: unknown operator `tap`"]),
        ("numbers -> zzzzzzzz() -> out", &["SF0201 @ zzzzzzzz: unknown operator `zzzzzzzz`"]),
        ("numbers -> parse::<fn(A) -> B>(x) -> out", &["SF0201 @ parse: unknown operator `parse`"]),
    ]);
}
