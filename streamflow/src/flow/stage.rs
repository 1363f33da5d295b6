//! Carriers of user functions.

/// A user's closure. Built by the operators alone, which ask for `Sync` where the user wrote it.
pub struct Stage<F>(F);

impl<F: Sync> Stage<F> {
    pub(crate) fn new(function: F) -> Self {
        Stage(function)
    }
}

impl<F> Stage<F> {
    #[doc(hidden)]
    #[inline(always)]
    pub fn get(&self) -> &F {
        &self.0
    }
}
