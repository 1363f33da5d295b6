//! Arrows, heads and ends, and what is written in their place.

use super::check;

#[test]
fn findings() {
    check(&[
        ("numbers |>", &["SF0106 @ |>: stages are joined by `->`"]),
        ("numbers - > map(f) -> out", &[]),
        ("numbers -> map(f) - > out", &["SF0106 @ - >: stages are joined by `->`"]),
        ("numbers -> map(f) &mut out", &["SF0105 @ &: expected `->` behind this stage, found `&`"]),
        ("numbers -> map(|x| x * 2) -> out", &[]),
        ("numbers ->", &["SF0101 @ ->: expected a sink after the last `->`"]),
        ("numbers -> -> out", &["SF0102 @ ->: expected an operator after `->`"]),
        ("numbers", &["SF0103 @ numbers: a stream needs at least a source and a sink"]),
        ("-> map(f) -> out", &["SF0103 @ ->: expected a source before the first `->`"]),
        ("|x| -> u64 { x } -> out", &["SF0104 @ | x |: the arrow in this closure would end the stage here"]),
        (
            "numbers -> move |a, b| -> u64 { x }",
            &["SF0104 @ move | a , b |: the arrow in this closure would end the stage here"],
        ),
        ("(|x| -> u64 { x }) -> out", &[]),
        ("numbers -> map(f) map(g) -> out", &["SF0105 @ map: expected `->` before the next stage"]),
        ("numbers map(g) -> out", &["SF0105 @ map: expected `->` before the next stage"]),
        ("numbers -> map(f) out", &["SF0105 @ out: expected `->` before the next stage"]),
        ("numbers, map(f)", &["SF0106 @ ,: stages are joined by `->`"]),
        ("numbers, map(f) -> out", &["SF0106 @ ,: stages are joined by `->`"]),
        ("numbers.map(f) |> g", &["SF0106 @ |>: stages are joined by `->`"]),
        (
            "numbers => map(f) => out",
            &["SF0106 @ =>: stages are joined by `->`", "SF0106 @ =>: stages are joined by `->`"],
        ),
        ("numbers -> map(f).filter(g) -> out", &["SF0106 @ .: stages are joined by `->`"]),
        ("numbers -> map(f), filter(g) -> out", &["SF0106 @ ,: stages are joined by `->`"]),
        ("numbers -> map(f) |> filter(g) -> out", &["SF0106 @ |>: stages are joined by `->`"]),
        ("numbers -> map(f)", &["SF0109 @ map: expected a sink after the last `->`, found an operator"]),
        ("numbers -> count", &["SF0109 @ count: expected a sink after the last `->`, found an operator"]),
        (
            "numbers -> key_by(k) -> count() as hot",
            &["SF0109 @ count: expected a sink after the last `->`, found an operator"],
        ),
        ("numbers -> (count)", &[]),
        (
            "numbers -> fliter(b, f) -> fold(1) -> out",
            &[
                "SF0201 @ fliter: unknown operator `fliter`",
                "SF0203 @ fold: `fold` takes 2 arguments (an initial state and a closure), found 1",
            ],
        ),
        (
            "numbers -> fliter(f) -> map() -> count(1) -> ",
            &[
                "SF0101 @ ->: expected a sink after the last `->`",
                "SF0201 @ fliter: unknown operator `fliter`",
                "SF0203 @ map: `map` takes 1 argument (a closure), found 0",
                "SF0204 @ 1: `count` takes no arguments, found 1",
            ],
        ),
        ("numbers -> 5 -> out", &["SF0102 @ 5: expected the name of an operator after `->`"]),
        ("numbers -> map::<fn(A) -> B>(x) -> out", &[]),
        ("numbers -> map(f) = out", &["SF0106 @ =: stages are joined by `->`"]),
        ("numbers -> map(f)::<u8>() -> out", &["SF0105 @ :: expected `->` behind this stage, found `:`"]),
        ("numbers -> inspect(f)? -> out", &["SF0105 @ ?: expected `->` behind this stage, found `?`"]),
        ("/// doc", &["SF0103 @ : a stream needs at least a source and a sink"]),
    ]);
}
