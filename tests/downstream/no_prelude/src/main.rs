//! What `stream!` expands to names everything by its full path: here no prelude helps it, and the names around it mislead.

#![no_implicit_prelude]
#![deny(warnings)]

/// Names that expansions must not pick up.
mod misleading {
    #![allow(dead_code)]
    pub struct Vec;
    pub struct Option;
    pub struct Result;
    pub struct Some;
    pub struct Ok;
    pub struct Err;
    pub struct State;
    pub struct Iterator;
    pub struct FnMut;
    pub mod core {}
    pub mod streamflow {}
}

fn main() -> ::std::result::Result<(), ::streamflow::Error> {
    use ::std::clone::Clone as _;
    use ::std::string::ToString as _;
    #[allow(unused_imports)]
    use misleading::*;

    let counts = ::streamflow::sink::collect();
    ::streamflow::stream! {
        #![name = "words"]
        #![batch(bytes = 100)]
        ::streamflow::source::vec(::std::vec!["to be or not", "to be"])
            -> flat_map(|line| line.split_whitespace())
            -> filter_map(|word| ::std::option::Option::Some(word))
            -> key_by(|word| *word)
            -> count() as words
            -> top(1, by = |row| row.key)
            -> map(|row| (row.key.to_string(), row.value))
            -> counts.clone()
    }
    .run()?;
    ::std::assert_eq!(counts.take(), [("to".to_string(), 2)]);

    let totals = ::streamflow::sink::collect();
    ::streamflow::stream! {
        ::streamflow::source::vec(::std::vec![1, 4, 12])
            -> timestamp(|second| ::streamflow::Timestamp::from_secs(*second), disorder = 1s)
            -> window(tumbling(10s))
            -> sum()
            -> distinct(|row| row.value)
            -> map(|row| row.value)
            -> totals.clone()
    }
    .run()?;
    ::std::assert_eq!(totals.take(), [5, 12]);
    ::std::result::Result::Ok(())
}
