//! A `Vec` that keeps borrowed records.
//@ errors: 2, the batch lives in two places of the job, and both outlive the sink
//@ line: stream! {
//@ leak: __sink0, the borrow checker names the variable that lives too long, and it is the one of the macro
//@ place: borrows are checked on the whole job, and its first error is that of the batch; a label is on the sink

use streamflow::*;

fn main() {
    let mut lines: Vec<&str> = Vec::new();
    let _job = stream! {
        source::stdin()
            -> filter(|line| !line.is_empty())
            -> &mut lines
    };
}
