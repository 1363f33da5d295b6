//! An enum that borrows.
//@ line: enum Place

use streamflow::Key;

#[derive(Clone, Key)]
enum Place<'b> {
    City(&'b str),
    Sea,
}

fn main() {}
