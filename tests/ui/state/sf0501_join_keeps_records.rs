//! A join by time keeps the records of both sides.
//@ stage: join

use streamflow::*;

#[derive(Clone)]
struct Click {
    at: i64,
}

fn main() {
    let _job = stream! {
        let right = source::vec(vec![1i64]) -> map(|at| Click { at })
            -> timestamp(|click| Timestamp::from_secs(click.at)) -> key_by(|click| click.at);
        let left = source::vec(vec![1i64, 2]) -> timestamp(|n| Timestamp::from_secs(*n)) -> key_by(|n| *n);
        left -> join(right, within = 10s, |l, r| l + r.at) -> sink::discard();
    };
}
