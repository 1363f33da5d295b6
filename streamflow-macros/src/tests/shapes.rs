//! The order of stages: keys and windows.

use super::check;

#[test]
fn findings() {
    check(&[
        (
            "numbers -> map_values(f) -> out",
            &["SF0301 @ map_values: `map_values` needs a keyed stream, but no `key_by` stands before it"],
        ),
        (
            "numbers -> key_by(k) -> top(10, by = f) -> out",
            &["SF0301 @ top: `top` looks at the whole stream, but the stream is keyed here"],
        ),
        (
            "numbers -> key_by(k) -> distinct -> out",
            &["SF0301 @ distinct: `distinct` looks at the whole stream, but the stream is keyed here"],
        ),
        (
            "numbers -> timestamp(t) -> window(tumbling(10s)) -> window(tumbling(10s)) -> count -> out",
            &["SF0303 @ window: a window is already open"],
        ),
        (
            "numbers -> timestamp(t) -> window(tumbling(10s)) -> out",
            &["SF0304 @ window: a window must be aggregated before the sink"],
        ),
        (
            "numbers -> timestamp(t) -> window(tumbling(10s)) -> map(f) -> out",
            &["SF0304 @ window: a window must be aggregated before `map`"],
        ),
        (
            "numbers -> timestamp(t) -> window(tumbling(10s)) -> key_by(f) -> count() -> out",
            &["SF0304 @ key_by: a window must be aggregated before `key_by`"],
        ),
        (
            "numbers -> key_by(a) -> key_by(b) -> count -> out",
            &["warning SF0306 @ key_by: the key of this `key_by` is never used"],
        ),
        ("numbers -> key_by(a) -> map(b) -> out", &["warning SF0306 @ key_by: the key of this `key_by` is never used"]),
        ("numbers -> key_by(a) -> out", &["warning SF0306 @ key_by: the key of this `key_by` is never used"]),
    ]);
}
