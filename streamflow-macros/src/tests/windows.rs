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
            &["SF0120 @ session: the window `session` does not exist in this version of streamflow"],
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
        (
            "numbers -> window(tumbling(1h, lateness = 5s, clock = processing)) -> count -> out",
            &["SF0120 @ lateness: the option `lateness` of windows does not exist in this version of streamflow"],
        ),
    ]);
}
