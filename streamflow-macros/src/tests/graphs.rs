//! Named streams, merges, branches and side streams.

use super::check;

#[test]
fn good_graphs() {
    for text in [
        "a -> x; b -> y",
        "let a = s -> map(f); a -> out; a -> filter(g) -> other",
        "let a = s; let b = t; merge(a, b) -> count -> out",
        "let a = s -> key_by(k); let b = t -> key_by(k); merge(a, b) -> count -> out",
        "s -> split { a => out, b => map(f) -> key_by(k) -> count -> out, }",
        "s -> route { a if |x| x > 1 => out, b if f => out, rest => filter(f) -> split { c => out, d => out } }",
        "s -> timestamp(t) -> key_by(k) -> window(tumbling(1s)) -> count as n -> out; late(n) -> other",
        "s -> timestamp(t) -> window(tumbling(1s, lateness = 5s)) -> count as n -> out; late(n) -> other",
        "s -> timestamp(t) -> window(tumbling(1s, lateness = 5s)) -> count -> out",
        "s -> timestamp(t) -> window(mine) -> count as n -> out; late(n) -> timestamp(t) -> window(counts(2)) -> sum(f) -> o",
        "let a = s -> timestamp(t) -> key_by(k) -> window(tumbling(1s)); a -> count -> out; a -> sum(f) -> out",
        "self::merge(a, b) -> out",
        "s -> timestamp(t) -> window(tumbling(1min)) -> count -> window(tumbling(1h)) -> sum(f) -> out",
    ] {
        check(&[(text, &[])]);
    }
}

#[test]
fn findings() {
    check(&[
        ("let a = s -> map(f);", &["SF0107 @ a: the stream `a` is never used"]),
        ("let a = s; let a = t; a -> out", &["SF0111 @ a: two streams are called `a`"]),
        (
            "let a = s -> map(f) -> &mut out; a -> out",
            &["SF0111 @ & mut out: a stream with a name does not end: whoever uses it does"],
        ),
        ("let = s -> map(f) -> out", &["SF0111 @ let: expected `let name = ..`"]),
        ("let a = ; a -> out", &["SF0111 @ a: expected a stream behind `let a =`"]),
        ("a -> out; let a = s; a -> out", &["SF0110 @ a: no stream is called `a` before this"]),
        ("let a = s; merge(a, bb) -> out", &["SF0110 @ bb: no stream is called `bb` before this"]),
        ("merge(a) -> out", &["SF0111 @ merge: `merge` takes two or more streams by their names"]),
        ("merge(s -> map(f), b) -> out", &["SF0111 @ merge: `merge` takes two or more streams by their names"]),
        (
            "let a = s -> key_by(k); let b = t; merge(a, b) -> count -> out",
            &["SF0113 @ b: `a` and `b` cannot be merged: only `a` has a key"],
        ),
        (
            "let a = s; let b = t -> timestamp(f); merge(a, b) -> count -> out",
            &["SF0113 @ b: `a` and `b` cannot be merged: only `b` has timestamps"],
        ),
        (
            "let a = s -> timestamp(t) -> window(tumbling(1s)); let b = s -> timestamp(t); merge(a, b) -> count -> out",
            &["SF0304 @ a: a window is open in `a`, so it cannot be merged"],
        ),
        ("s -> count as n -> out; late(m) -> out", &["SF0108 @ m: no stage before this is labelled `m`"]),
        (
            "s -> distinct as n -> out; late(n) -> out",
            &["SF0108 @ n: `distinct` puts nothing aside that `late` could read"],
        ),
        (
            "s -> count as n -> out; late(n) -> map(f) -> key_by(k) -> out",
            &["SF0108 @ n: no window is open before `count`, so no record is late for `n`"],
        ),
        (
            "let a = s -> timestamp(t) -> window(tumbling(1s)); a -> count as n -> count as m -> out; late(m) -> out",
            &["SF0108 @ m: no window is open before `count`, so no record is late for `m`"],
        ),
        (
            "s -> window(tumbling(1s, clock = processing)) -> count as n -> out; late(n) -> out",
            &["SF0108 @ n: this window goes by the batch clock, so no record is late for `n`"],
        ),
        (
            "s -> window(batches(3)) -> count as n -> out; late(n) -> out",
            &["SF0108 @ n: `batches` takes every record when it comes, so no record is late for `n`"],
        ),
        (
            "s -> window(batch) -> count as n -> out; late(n) -> out",
            &["SF0108 @ n: `batch` takes every record when it comes, so no record is late for `n`"],
        ),
        (
            "s -> timestamp(t) -> window(counts(3)) -> count as n -> out; late(n) -> out",
            &["SF0108 @ n: `counts` takes every record when it comes, so no record is late for `n`"],
        ),
        (
            "s -> timestamp(t) -> window(tumbling(1s, lateness = 5s)) -> count as n -> out",
            &["warning SF0709 @ lateness: records that come later than this are only counted"],
        ),
        ("s -> timestamp(t) -> window(tumbling(1s, lateness = 5s, late = count)) -> count as n -> out", &[]),
        ("s -> timestamp(t) -> window(session(1s, late = count, lateness = 5s)) -> count as n -> out", &[]),
        (
            "s -> timestamp(t) -> window(tumbling(1s, late = count)) -> count as n -> out; late(n) -> out",
            &["SF0108 @ n: `late = count` says that the late records of `n` are only counted"],
        ),
        (
            "s -> timestamp(t) -> window(tumbling(1s, lateness = 5s, late = drop)) -> count as n -> out",
            &["SF0707 @ drop: this does not say what becomes of late records"],
        ),
        (
            "s -> timestamp(t) -> window(aligned(1s, late =)) -> count as n -> out",
            &["SF0203 @ late: the option `late` has no value"],
        ),
        (
            "s -> window(batches(3, late = count)) -> count as n -> out",
            &["SF0207 @ late: the window `batches` has no option `late`"],
        ),
        (
            "s -> timestamp(t) -> window(tumbling(1s)) -> count as n -> out; late(n) -> a; late(n) -> b",
            &["SF0111 @ n: `late(n)` is read twice"],
        ),
        ("s -> try_map(f) as n -> out; errors(n) -> a; errors(n) -> b", &["SF0111 @ n: `errors(n)` is read twice"]),
        ("s -> count as n -> out; late(n, m) -> out", &["SF0111 @ late: `late` takes the label of one stage"]),
        ("s -> split { }", &["SF0112 @ split: `split` needs at least one arm"]),
        ("s -> split { a -> out }", &["SF0112 @ a: expected `=>` behind the name of this arm of `split`"]),
        ("s -> split { => out }", &["SF0112 @ =: expected the name of an arm of `split`"]),
        (
            "s -> split { a if f => out }",
            &["SF0112 @ f: every arm of `split` sees every record, so it has no condition"],
        ),
        ("s -> split { a => map(f) }", &["SF0109 @ map: expected a sink after the last `->`, found an operator"]),
        ("s -> split { a => fliter(f) -> out, b => out }", &["SF0201 @ fliter: unknown operator `fliter`"]),
        ("s -> route { a if f => out }", &["SF0112 @ route: a record for which no condition holds would go nowhere"]),
        ("s -> route { a => out, b => out }", &["SF0112 @ a: `a` takes every record, so the arms behind it get none"]),
        ("s -> route { a when f => out, b => out }", &["SF0112 @ when f: expected `if` and a closure, or `=>`"]),
        (
            "s -> split { a => out } -> map(f) -> out",
            &["SF0112 @ split: `split` ends a flow, but more stages stand behind it"],
        ),
        (
            "let a = s -> key_by(k); a -> map_values(f) -> count -> out; s -> map_values(f) -> out",
            &["SF0301 @ map_values: `map_values` needs a keyed stream, but no `key_by` stands before it"],
        ),
        ("let a = s -> count as n; a -> out; a -> count as n -> out", &["SF0505 @ n: label `n` is used twice"]),
    ]);
}
