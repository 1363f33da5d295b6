//! Counts of arguments, options, and `move`.

use super::check;

#[test]
fn findings() {
    check(&[
        ("numbers -> map() -> out", &["SF0203 @ map: `map` takes 1 argument (a closure), found 0"]),
        ("numbers -> map -> out", &["SF0203 @ map: `map` takes 1 argument (a closure), found 0"]),
        ("numbers -> map(f, g) -> out", &["SF0204 @ g: `map` takes 1 argument (a closure), found 2"]),
        ("numbers -> count(1) -> out", &["SF0204 @ 1: `count` takes no arguments, found 1"]),
        ("numbers -> sum(f, g) -> out", &["SF0204 @ g: `sum` takes at most 1 argument (a closure), found 2"]),
        ("numbers -> fold(|t, x| t) -> out", &["SF0205 @ | t , x | t: `fold` takes an initial state first"]),
        (
            "numbers -> fold(0) -> out",
            &["SF0203 @ fold: `fold` takes 2 arguments (an initial state and a closure), found 1"],
        ),
        (
            "numbers -> fold -> out",
            &["SF0203 @ fold: `fold` takes 2 arguments (an initial state and a closure), found 0"],
        ),
        (
            "numbers -> reduce(0, |a, b| a) -> out",
            &["SF0204 @ | a , b | a: `reduce` takes 1 argument without a name (a closure), found 2"],
        ),
        ("numbers -> top(10) -> out", &["SF0203 @ top: `top` needs `by = ..`"]),
        (
            "numbers -> top(10, |x| x) -> out",
            &["SF0204 @ | x | x: `top` takes 1 argument without a name (a number of rows), found 2"],
        ),
        ("numbers -> top(by = |x| x, 10) -> out", &[]),
        ("numbers -> top(10, bu = |x| x) -> out", &["SF0207 @ bu: `top` has no option `bu`"]),
        ("numbers -> timestamp(f, disorde = 2s) -> out", &["SF0207 @ disorde: `timestamp` has no option `disorde`"]),
        (
            "numbers -> timestamp(f, disorder = 2s, disorder = 3s) -> out",
            &["SF0208 @ disorder: the option `disorder` is given twice"],
        ),
        ("numbers -> timestamp(f, disorder = ) -> out", &["SF0203 @ disorder: the option `disorder` has no value"]),
        (
            "numbers -> timestamp(f, 2s) -> out",
            &[
                "SF0204 @ :: core :: time :: Duration :: from_micros (2000000u64): `timestamp` takes 1 argument without a name (a closure), found 2",
            ],
        ),
        ("numbers -> count(by = 2) -> out", &["SF0207 @ by: `count` has no option `by`"]),
        ("numbers -> map(, f) -> out", &["SF0203 @ map: `map`: there is nothing between the commas"]),
        ("numbers -> map(x == y) -> out", &[]),
        (
            "numbers -> map(move |x| x + n) -> out",
            &["SF0407 @ move: `move` is not needed here: the job already owns what its closures capture"],
        ),
        ("numbers -> map(move |x| move |y| x + y) -> out", &[]),
        ("numbers -> map(move |x| { move |y| x + y }) -> out", &[]),
        ("numbers -> flat_map(move |x| x.iter()) -> out", &[]),
        (
            "numbers -> top(3, by = move |x| x) -> out",
            &["SF0407 @ move: `move` is not needed here: the job already owns what its closures capture"],
        ),
        ("numbers -> map(|x| 10m) -> out", &["SF0703 @ 10m: `10m` is not a duration"]),
        ("numbers -> map(|x| 0.0000001s) -> out", &["SF0703 @ 0.0000001s: `0.0000001s` is not a duration"]),
        (
            "numbers -> map(|x| 99999999999999999999d) -> out",
            &["SF0703 @ 99999999999999999999d: `99999999999999999999d` is not a duration"],
        ),
        ("numbers -> map(|x| -> Result<u8, Error> { x }) -> out", &[]),
        ("numbers -> map(|x: HashMap<u8, u8>| x) -> out", &[]),
        ("numbers -> filter(|x| a || b, ) -> out", &[]),
    ]);
}
