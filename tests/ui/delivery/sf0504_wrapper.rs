//! A wrapper is as good as what it wraps.
//@ stage: sink

use streamflow::sink::Idempotent;
use streamflow::*;

struct Twice<K>(K);

impl<T, K: Sink<T>> Sink<T> for Twice<K> {
    type Part = K::Part;
    fn name(&self) -> String {
        self.0.name()
    }
    fn part(&self) -> K::Part {
        self.0.part()
    }
    fn push(part: &mut K::Part, item: T) {
        K::push(part, item);
    }
    fn deliver(&mut self, batch: BatchInfo, parts: Vec<K::Part>) -> Result<(), Error> {
        self.0.deliver(batch, parts)
    }
}

impl<K: Idempotent> Idempotent for Twice<K> {}

fn main() {
    let _job = stream! {
        #![delivery(exactly_once)]
        source::vec(vec![1u64, 2])
            -> Twice(sink::stdout())
    };
}
