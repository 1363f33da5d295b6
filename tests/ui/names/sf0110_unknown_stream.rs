//! A name that is none.
//@ line: merge(web

use streamflow::*;

fn main() {
    let _job = stream! {
        let web = source::vec(vec![1u64, 2]);
        let store = source::vec(vec![3u64]);
        merge(web, stores) -> sink::discard();
        store -> sink::discard();
    };
}
