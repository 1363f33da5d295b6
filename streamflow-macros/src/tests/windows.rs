//! Windows as arguments.

use super::check;

#[test]
fn findings() {
    check(&[
        (
            "numbers -> window(tumbling(10s)) -> count -> out",
            &["SF0305 @ tumbling: an event-time window needs timestamps, but this stream carries none"],
        ),
        ("numbers -> window(tumbling(10s, clock = processing)) -> count -> out", &[]),
        ("numbers -> window(my) -> count -> out", &[]),
        ("numbers -> window(my(3)) -> count -> out", &[]),
        ("numbers -> window(tumbleing(10s)) -> count -> out", &["SF0704 @ tumbleing: unknown window `tumbleing`"]),
        ("numbers -> window(hopping(10s)) -> count -> out", &["SF0704 @ hopping: unknown window `hopping`"]),
        (
            "numbers -> window(session(10s)) -> count -> out",
            &["SF0305 @ session: an event-time window needs timestamps, but this stream carries none"],
        ),
        (
            "numbers -> window(whatever(10s, clock = event)) -> count -> out",
            &["SF0704 @ whatever: unknown window `whatever`"],
        ),
        (
            "numbers -> timestamp(t) -> window(sliding(10s)) -> count -> out",
            &["SF0203 @ sliding: `sliding` needs `every = ..`"],
        ),
        (
            "numbers -> timestamp(t) -> window(sliding(10s, 1s)) -> count -> out",
            &["SF0204 @ 1s: `sliding` takes one size, found 2"],
        ),
        (
            "numbers -> timestamp(t) -> window(sliding(10s, evry = 1s)) -> count -> out",
            &["SF0207 @ evry: the window `sliding` has no option `evry`"],
        ),
        ("numbers -> timestamp(t) -> window(tumbling) -> count -> out", &[]),
        (
            "numbers -> timestamp(t) -> window(tumbling()) -> count -> out",
            &["SF0203 @ tumbling: `tumbling` needs a size"],
        ),
        (
            "numbers -> timestamp(t) -> window(tumbling(0s)) -> count -> out",
            &["SF0701 @ 0s: this window has no length"],
        ),
        (
            "numbers -> timestamp(t) -> window(sliding(1s, every = 10s)) -> count -> out",
            &["SF0702 @ 10s: the window moves by more than its size, so records between two windows are lost"],
        ),
        (
            "numbers -> timestamp(t) -> window(sliding(1s, every = 0ms)) -> count -> out",
            &["SF0701 @ 0ms: this window never moves on"],
        ),
        (
            "numbers -> window(tumbling(1s, clock = procesing)) -> count -> out",
            &["SF0705 @ procesing: this is no clock of a window"],
        ),
        (
            "numbers -> window(tumbling(1s, clock = wall())) -> count -> out",
            &["SF0705 @ wall (): this is no clock of a window"],
        ),
        (
            "numbers -> window(tumbling(1h, clock = event)) -> count -> out",
            &["SF0305 @ tumbling: an event-time window needs timestamps, but this stream carries none"],
        ),
        ("numbers -> window(tumbling(1h, lateness = 5s, clock = processing)) -> count -> out", &[]),
    ]);
}

#[test]
fn offsets_and_gaps() {
    let window = |text: &str| format!("numbers -> timestamp(t) -> window({text}) -> count -> out");
    for right in [
        "tumbling(1d, offset = -8h)",
        "sliding(3s, every = 10s, gaps = true)",
        "tumbling(10s, offset = mine)",
        "tumbling(10s, origin = first)",
        "sliding(3s, every = 10s, origin = first, gaps = true)",
    ] {
        assert_eq!(super::findings(&window(right)), [""; 0], "{right}");
    }
    let long = "the offset of a window must be shorter than its slide";
    let skips = "the window moves by more than its size, so records between two windows are lost";
    let wrong = [
        ("tumbling(10s, offset = 20s)", format!("SF0706 @ 20s: {long}")),
        ("tumbling(10s, offset = -10s)", format!("SF0706 @ - 10s: {long}")),
        ("sliding(20s, every = 10s, offset = 11s)", format!("SF0706 @ 11s: {long}")),
        ("sliding(3s, every = 10s, gaps = false)", format!("SF0702 @ 10s: {skips}")),
        ("batches(2, every = 3)", format!("SF0702 @ 3: {skips}")),
        ("counts(2, every = 3)", format!("SF0702 @ 3: {skips}")),
        ("tumbling(-10s)", "SF0701 @ - 10s: this window has no length".to_owned()),
        ("sliding(10s, every = -1s)", "SF0701 @ - 1s: this window never moves on".to_owned()),
        ("tumbling(10s, origin = 5s)", "SF0707 @ 5s: this is no origin of windows".to_owned()),
        (
            "tumbling(10s, origin = first, offset = 5s)",
            "SF0208 @ offset: `origin` and `offset` cannot stand together".to_owned(),
        ),
        (
            "tumbling(10s, origin = first, purge = true)",
            "SF0208 @ purge: `origin` and `purge` cannot stand together".to_owned(),
        ),
        ("tumbling(10s, gaps = true)", "SF0207 @ gaps: the window `tumbling` has no option `gaps`".to_owned()),
    ];
    for (text, finding) in wrong {
        assert_eq!(super::findings(&window(text)), [finding], "{text}");
    }
}

#[test]
fn other_kinds() {
    check(&[
        ("numbers -> window(batch) -> count -> out", &[]),
        ("numbers -> window(batch()) -> count -> out", &[]),
        ("numbers -> window(batches(4, every = 2, keep_empty = true)) -> count -> out", &[]),
        ("numbers -> window(counts(4)) -> count -> out", &[]),
        ("numbers -> window(batches()) -> count -> out", &["SF0203 @ batches: `batches` needs a length"]),
        ("numbers -> window(batches(0)) -> count -> out", &["SF0701 @ 0: this window has no length"]),
        ("numbers -> window(batches(2, 1)) -> count -> out", &["SF0204 @ 1: `batches` takes one length, found 2"]),
        (
            "numbers -> window(batches(2, emit = changes)) -> count -> out",
            &["SF0207 @ emit: the window `batches` has no option `emit`"],
        ),
        ("numbers -> timestamp(t) -> window(session()) -> count -> out", &["SF0203 @ session: `session` needs a gap"]),
        ("numbers -> timestamp(t) -> window(session(0s)) -> count -> out", &["SF0701 @ 0s: this gap has no length"]),
        ("numbers -> timestamp(t) -> window(session(gap = |item| item.gap)) -> count -> out", &[]),
        (
            "numbers -> timestamp(t) -> window(session(3s, gap = |item| item.gap)) -> count -> out",
            &["SF0204 @ 3s: `session` takes one gap, found 2"],
        ),
        (
            "numbers -> timestamp(t) -> window(session(3s, boundary = opened)) -> count -> out",
            &["SF0707 @ opened: this is no boundary of a session"],
        ),
        ("numbers -> timestamp(t) -> window(windows(|item, time| bounds(item, time))) -> count -> out", &[]),
        (
            "numbers -> timestamp(t) -> window(windows()) -> count -> out",
            &["SF0203 @ windows: `windows` needs a function"],
        ),
        (
            "numbers -> timestamp(t) -> window(session(3s)) -> fold(0, |n, _| *n += 1) -> out",
            &["SF0708 @ fold: sessions that meet become one, but this `fold` cannot say how their values do"],
        ),
        (
            "numbers -> timestamp(t) -> window(session(3s)) -> fold(0, |n, _| *n += 1, merge = |a, b| *a += b) -> out",
            &[],
        ),
        ("numbers -> timestamp(t) -> window(session(3s)) -> reduce(|a, b| a + b) -> out", &[]),
        (
            "numbers -> timestamp(t) -> window(sliding(9s, every = 1s)) -> fold(0, |n, m| *n += m, inverse = |a, b| *a -= b) -> out",
            &["SF0203 @ inverse: `fold` is told how to take a value out of others, but not how they become one"],
        ),
        (
            "numbers -> timestamp(t) -> window(sliding(9s, every = 1s))
                -> fold(0, |n, m| *n += m, inverse = |a, b| *a -= b, merge = |a, b| *a += b) -> out",
            &[],
        ),
        (
            "numbers -> timestamp(t) -> window(sliding(9s, every = 1s)) -> reduce(|a, b| a + b, inverse = |a, b| a - b) -> out",
            &[],
        ),
        (
            "numbers -> reduce(|a, b| a + b, |a, b| a - b) -> out",
            &["SF0204 @ | a , b | a - b: `reduce` takes 1 argument without a name (a closure), found 2"],
        ),
        ("numbers -> timestamp(t) -> window(aligned(3s, lateness = 1s, emit = changes)) -> count -> out", &[]),
        (
            "numbers -> timestamp(t) -> window(aligned(3s)) -> fold(0, |n, _| *n += 1) -> out",
            &[
                "SF0708 @ fold: aligned windows share their records, but this `fold` cannot say how two values become one",
            ],
        ),
        (
            "numbers -> timestamp(t) -> window(aligned(3s, purge = true)) -> count -> out",
            &["SF0207 @ purge: the window `aligned` has no option `purge`"],
        ),
    ]);
}

#[test]
fn emission() {
    let text = "this does not say when a window is shown";
    let window = |emit: &str| format!("numbers -> timestamp(t) -> window(tumbling(1s, emit = {emit})) -> count -> out");
    for right in ["final", "changes", "early(1s)", "mine", "my::emission()"] {
        assert_eq!(super::findings(&window(right)), [""; 0], "{right}");
    }
    for (wrong, at) in
        [("change", "change"), ("early", "early"), ("final(1s)", "final (1s)"), ("erly(1s)", "erly (1s)")]
    {
        assert_eq!(super::findings(&window(wrong)), [format!("SF0707 @ {at}: {text}")], "{wrong}");
    }
}
