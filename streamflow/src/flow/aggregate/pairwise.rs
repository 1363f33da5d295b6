//! What a user may say of two accumulators: how they become one, and how one is taken out of another.

/// Nothing was said.
pub struct Unsaid;

/// A function that changes the first one: `|into, from| ..`. What it must be is asked where it is given, and here never again: a function
/// of other types is one error.
pub struct InPlace<A, F> {
    function: F,
    call: fn(&F, &mut A, A),
}

impl<A, F: Fn(&mut A, A)> InPlace<A, F> {
    pub(super) fn of(function: F) -> Self {
        InPlace { function, call: |function, to, other| function(to, other) }
    }
}

/// A function that gives the one that is left: `|all, leaving| ..`.
pub struct Giving<F>(pub(super) F);

/// Is it known what becomes of two accumulators, and what?
pub trait Pairwise<A> {
    const KNOWN: bool;
    fn apply(&self, to: &mut A, other: A);
}

impl<A> Pairwise<A> for Unsaid {
    const KNOWN: bool = false;
    fn apply(&self, _: &mut A, _: A) {
        unreachable!("`MERGES`, `JOINS` and `INVERTS` say that it is not known how")
    }
}

impl<A, F> Pairwise<A> for InPlace<A, F> {
    const KNOWN: bool = true;
    fn apply(&self, to: &mut A, other: A) {
        (self.call)(&self.function, to, other);
    }
}

impl<T, F: Fn(T, T) -> T> Pairwise<Option<T>> for Giving<F> {
    const KNOWN: bool = true;
    fn apply(&self, to: &mut Option<T>, other: Option<T>) {
        *to = match (to.take(), other) {
            (Some(to), Some(other)) => Some((self.0)(to, other)),
            (to, other) => to.or(other),
        };
    }
}
