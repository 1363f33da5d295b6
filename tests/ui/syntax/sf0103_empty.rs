//! No pipeline at all.
//@ line: stream! {

use streamflow::*;

fn main() {
    let _job = stream! {};
}
