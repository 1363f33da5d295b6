//! A `Vec` that keeps borrowed records.
//@ line: source::stdin()
//@ leak: __sink0, the borrow checker names the variable that lives too long, and it is the one of the macro
//@ place: borrows are checked on the whole job, and its error is that of the batch, which the source owns; a label is on the sink

use streamflow::*;

fn main() {
    let mut lines: Vec<&str> = Vec::new();
    let _job = stream! {
        source::stdin()
            -> filter(|line| !line.is_empty())
            -> &mut lines
    };
}
