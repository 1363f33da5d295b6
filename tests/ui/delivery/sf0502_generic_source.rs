//! A source of which nothing is known but that it is one.
//@ line: numbers ->

use streamflow::*;

fn run<S: Source<Item<'static> = u64> + 'static>(numbers: S)
where
    for<'b> S: Source<Item<'b> = u64>,
{
    let _job = stream! {
        #![delivery(exactly_once)]
        numbers -> file::parts("out")
    };
}

fn main() {
    run(source::vec(vec![1u64]));
}
