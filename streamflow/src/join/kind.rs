//! Which rows a join gives: inner, left, right, full.

/// The function of a join.
pub trait Kind<L, R> {
    type Out;
    /// Left records that meet none give a row.
    const LEFT: bool;
    /// Right records that meet none give a row.
    const RIGHT: bool;
    fn both(&self, left: &L, right: &R) -> Self::Out;
    /// The row of a left record that met none.
    fn left(&self, left: &L) -> Option<Self::Out>;
    /// The row of a right record that met none.
    fn right(&self, right: &R) -> Option<Self::Out>;
}

/// Pairs alone.
pub struct Inner<F>(pub(crate) F);
/// Pairs, and left records that met none.
pub struct LeftOuter<F>(pub(crate) F);
/// Pairs, and right records that met none.
pub struct RightOuter<F>(pub(crate) F);
/// Pairs, and records of both sides that met none.
pub struct FullOuter<F>(pub(crate) F);

impl<L, R, U, F: Fn(&L, &R) -> U> Kind<L, R> for Inner<F> {
    type Out = U;
    const LEFT: bool = false;
    const RIGHT: bool = false;
    #[inline(always)]
    fn both(&self, left: &L, right: &R) -> U {
        (self.0)(left, right)
    }
    fn left(&self, _: &L) -> Option<U> {
        None
    }
    fn right(&self, _: &R) -> Option<U> {
        None
    }
}

impl<L, R, U, F: Fn(&L, Option<&R>) -> U> Kind<L, R> for LeftOuter<F> {
    type Out = U;
    const LEFT: bool = true;
    const RIGHT: bool = false;
    #[inline(always)]
    fn both(&self, left: &L, right: &R) -> U {
        (self.0)(left, Some(right))
    }
    fn left(&self, left: &L) -> Option<U> {
        Some((self.0)(left, None))
    }
    fn right(&self, _: &R) -> Option<U> {
        None
    }
}

impl<L, R, U, F: Fn(Option<&L>, &R) -> U> Kind<L, R> for RightOuter<F> {
    type Out = U;
    const LEFT: bool = false;
    const RIGHT: bool = true;
    #[inline(always)]
    fn both(&self, left: &L, right: &R) -> U {
        (self.0)(Some(left), right)
    }
    fn left(&self, _: &L) -> Option<U> {
        None
    }
    fn right(&self, right: &R) -> Option<U> {
        Some((self.0)(None, right))
    }
}

impl<L, R, U, F: Fn(Option<&L>, Option<&R>) -> U> Kind<L, R> for FullOuter<F> {
    type Out = U;
    const LEFT: bool = true;
    const RIGHT: bool = true;
    #[inline(always)]
    fn both(&self, left: &L, right: &R) -> U {
        (self.0)(Some(left), Some(right))
    }
    fn left(&self, left: &L) -> Option<U> {
        Some((self.0)(Some(left), None))
    }
    fn right(&self, right: &R) -> Option<U> {
        Some((self.0)(None, Some(right)))
    }
}
