//! What `stream!` expands to names everything by its full path: here no prelude helps it, and the names around it mislead.

#![no_implicit_prelude]
#![deny(warnings)]

/// Names that expansions must not pick up.
mod misleading {
    #![allow(dead_code, non_camel_case_types)]
    pub struct str;
    pub struct bool;
    pub struct u32;
    pub struct u64;
    pub struct usize;
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

/// State of a user's own, with an enumeration and a parameter.
#[derive(::std::clone::Clone, ::std::fmt::Debug, ::std::cmp::PartialEq, ::streamflow::State)]
struct Seen<T> {
    kind: Kind,
    last: T,
}

#[derive(::std::clone::Clone, ::std::fmt::Debug, ::std::cmp::PartialEq, ::streamflow::State)]
enum Kind {
    None,
    Some(i64),
}

/// A version of a state, and the one before.
#[derive(::std::clone::Clone, ::streamflow::State)]
#[state(version = 2, migrate = Kind, removed("count"), check = Sums::check)]
struct Sums {
    #[state(default = 7, renamed = "total")]
    sum: i64,
    #[state(default)]
    more: (i8, ::std::option::Option<Kind2>),
}

#[derive(::std::clone::Clone, ::streamflow::State)]
enum Kind2 {
    #[state(renamed = "None")]
    Nothing,
    #[allow(dead_code)]
    Pair { left: i64, right: i64 },
}

impl ::std::convert::From<Kind> for Sums {
    fn from(old: Kind) -> Self {
        let sum = match old {
            Kind::None => 0,
            Kind::Some(last) => last,
        };
        Sums { sum, more: (0, ::std::option::Option::Some(Kind2::Nothing)) }
    }
}

impl Sums {
    fn check(&self) -> ::std::result::Result<(), &'static str> {
        if self.sum > 1_000_000 && self.more.0 > 0 { ::std::result::Result::Err("too much") } else { ::std::result::Result::Ok(()) }
    }
}

/// A key that borrows, and one that owns.
#[derive(::std::clone::Clone, ::streamflow::Key)]
struct Route<'b> {
    from: &'b str,
    kind: &'b Side,
}

#[derive(::std::clone::Clone, ::std::cmp::PartialEq, ::std::cmp::Eq, ::std::hash::Hash, ::streamflow::State, ::streamflow::Key)]
enum Side {
    Left,
}

/// The stages that the first two pipelines leave out.
fn others() -> ::std::result::Result<(), ::streamflow::Error> {
    use ::std::clone::Clone as _;
    #[allow(unused_imports)]
    use misleading::*;

    let seen = ::streamflow::sink::collect();
    let initial = Seen { kind: Kind::None, last: 0 };
    ::streamflow::stream! {
        ::streamflow::source::vec(::std::vec![1i64, 4, 12])
            -> inspect(|_| ())
            -> key_by(|_| 0)
            -> map_values(|n| n + 1)
            -> fold(initial, |seen, n| {
                seen.kind = Kind::Some(seen.last);
                seen.last = n;
            })
            -> map(|row| row.value)
            -> seen.clone()
    }
    .run()?;
    ::std::assert_eq!(seen.take(), [Seen { kind: Kind::Some(5), last: 13 }]);

    let sums = ::streamflow::sink::collect();
    let initial = <Sums as ::std::convert::From<Kind>>::from(Kind::None);
    ::streamflow::stream! {
        ::streamflow::source::vec(::std::vec![1i64, 4, 12])
            -> key_by(|_| Route { from: "here", kind: &Side::Left })
            -> fold(initial, |sums, n| sums.sum += n)
            -> map(|row| (row.key.from.len(), row.value.sum))
            -> sums.clone()
    }
    .run()?;
    ::std::assert_eq!(sums.take(), [(4, 17)]);

    let best = ::streamflow::sink::collect();
    ::streamflow::stream! {
        ::streamflow::source::vec(::std::vec![1i64, 4, 12])
            -> filter(|n| *n > 1)
            -> key_by(|n| *n)
            -> window(sliding(10s, every = 5s, clock = processing))
            -> max()
            -> top(1, by = |row| row.value)
            -> map(|row| row.value)
            -> key_by(|_| ())
            -> reduce(|left, _| left)
            -> map(|row| row.value)
            -> mean()
            -> top(1, by = |mean| *mean)
            -> best.clone()
    }
    .run()?;
    ::std::assert_eq!(best.take(), [12.0]);
    ::std::result::Result::Ok(())
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
    others()
}
