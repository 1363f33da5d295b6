//! The numbers of the errors; `docs/errors` has a page for each.

use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $number:literal,)*) => {
        /// What is wrong, by number.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code { $($(#[$doc])* $name = $number,)* }

        impl Code {
            /// Every code of the macro.
            #[cfg(test)]
            pub const ALL: &[Code] = &[$(Code::$name,)*];
        }
    };
}

codes! {
    /// The macro itself failed.
    Bug = 1,
    /// Nothing behind the last arrow.
    NoSink = 101,
    /// Nothing between two arrows.
    EmptyStage = 102,
    /// No arrow at all, or nothing before the first one.
    TooShort = 103,
    /// `|x| -> T { .. }` without parentheses.
    BareClosure = 104,
    /// Two stages side by side.
    MissingArrow = 105,
    /// `,`, `|>`, `=>` or `.` in place of an arrow.
    WrongJoin = 106,
    /// A named stream that nothing reads.
    UnusedStream = 107,
    /// No stage has this label, or it puts nothing aside.
    UnknownLabel = 108,
    /// The last stage is an operator.
    EndsInOperator = 109,
    /// No stream has this name, or not yet.
    UnknownStream = 110,
    /// A named stream, a merge or a side stream in a form that is none.
    BadStream = 111,
    /// An arm of `split` or `route` in a form that is none.
    BadArm = 112,
    /// Streams that cannot be merged or joined: one with a key, one without.
    UnlikeStreams = 113,
    /// No operator of this name, and perhaps a similar one.
    UnknownOperator = 201,
    /// Other systems call an operator so.
    ForeignOperator = 202,
    /// An argument is missing.
    MissingArgument = 203,
    /// An argument too many.
    SurplusArgument = 204,
    /// `fold` without its first value.
    NoInitialState = 205,
    /// No option of this name.
    UnknownOption = 207,
    /// An option twice.
    RepeatedOption = 208,
    /// A key where none may be, or none where one must be.
    WrongKey = 301,
    /// A window in an open window.
    WindowInWindow = 303,
    /// An open window that is not aggregated.
    OpenWindow = 304,
    /// An event-time window on a stream without times.
    NoTimestamps = 305,
    /// A key that nothing uses.
    UnusedKey = 306,
    /// State of the user's for each key, with neither a timeout nor the word `unbounded`.
    NoTimeout = 310,
    /// `move` on a closure in a stage.
    MoveClosure = 407,
    /// One label on two stages.
    RepeatedLabel = 505,
    /// A label on a stage that has no state.
    IdleLabel = 507,
    /// Not usable as a label.
    BadLabel = 508,
    /// No such word in `#[state(..)]`, or not there.
    UnknownStateAttribute = 510,
    /// A word of `#[state(..)]` in the wrong form.
    BadStateAttribute = 511,
    /// An old name that a field or variant has now, or that two had.
    StateNameTaken = 512,
    /// A version without the type of the last one, or the other way round.
    HalfVersion = 513,
    /// A type that cannot be stored by columns.
    Underivable = 514,
    /// State that `streamflow.lock` knows otherwise.
    LockedState = 515,
    /// No attribute of this name.
    UnknownAttribute = 601,
    /// An attribute in the wrong form or place.
    BadAttribute = 602,
    /// An attribute twice.
    RepeatedAttribute = 603,
    /// A window of no length.
    ZeroWindow = 701,
    /// A window that slides by more than its size.
    SkippingWindow = 702,
    /// A duration that cannot be written so.
    BadDuration = 703,
    /// No window of this name.
    UnknownWindow = 704,
    /// Neither `event` nor `processing`.
    UnknownClock = 705,
    /// An offset of a whole slide or more.
    LongOffset = 706,
    /// A word that an option of a window does not know.
    UnknownChoice = 707,
    /// A fold over sessions that cannot say how two of them become one.
    SessionFold = 708,
    /// Late records that are let in for a while and then only counted.
    UnreadLate = 709,
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SF{:04}", *self as u16)
    }
}
