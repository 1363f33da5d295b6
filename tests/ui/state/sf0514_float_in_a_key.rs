//! A key that borrows and holds a float.
//@ line: price: Option

use streamflow::*;
use streamflow::Key;

#[derive(Clone, Copy, Key)]
struct Place<'b> {
    name: &'b str,
    price: Option<(u32, f64)>,
}

fn main() {
    let _job = stream! {
        source::vec(vec![("a", 1.0)])
            -> key_by(|(name, price)| Place { name, price: Some((1, *price)) })
            -> count()
            -> map(|row| (row.key, row.value))
            -> sink::discard()
    };
}
