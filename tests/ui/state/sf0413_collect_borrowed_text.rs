//! A list of texts that borrow from the batch.
//@ stage: collect

use streamflow::*;

fn main() {
    let lines = vec!["a b".to_owned()];
    let _job = stream! {
        source::vec(lines)
            -> map(|line| line)
            -> inspect(|line| println!("{line}"))
            -> key_by(|line| line.len() as u64)
            -> collect(|line| line.as_str())
            -> map(|row| row.value.len())
            -> sink::discard()
    };
}
