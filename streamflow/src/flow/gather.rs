//! What stages that see a whole chunk or batch have in common: they gather records and pass them to a function.

use std::marker::PhantomData;
use std::sync::{Mutex, PoisonError};

/// Makes the empty chunks of one batch.
pub struct Gather<T>(PhantomData<fn(T)>);

impl<T> Gather<T> {
    pub(super) const NEW: Self = Gather(PhantomData);

    pub fn bucket(&self) -> Gathered<T> {
        Gathered(Vec::new())
    }
}

/// The records of one chunk.
pub struct Gathered<T>(pub(super) Vec<T>);

impl<T> Gathered<T> {
    #[inline(always)]
    pub fn feed<C, N, S>(&mut self, _: &C, item: T, _: N, _: S, _: u64) {
        self.0.push(item);
    }
}

/// Chunks that wait for their tasks, which take one each.
pub(super) struct Waiting<T>(Vec<Mutex<T>>);

impl<T: Default> Waiting<T> {
    pub fn new(chunks: impl IntoIterator<Item = T>) -> Self {
        Waiting(chunks.into_iter().map(Mutex::new).collect())
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn take(&self, index: usize) -> T {
        std::mem::take(&mut *self.0[index].lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A function and what it is called with. It is called where its results are taken: its panic then has the stage.
pub struct Applied<'s, F, A> {
    pub(super) function: &'s F,
    pub(super) argument: A,
}

impl<F, A, I> Applied<'_, F, A>
where
    F: Fn(A) -> I,
    I: IntoIterator,
{
    /// Calls `each` with every result.
    #[inline(always)]
    pub fn each(self, mut each: impl FnMut(I::Item, ())) {
        (self.function)(self.argument).into_iter().for_each(|row| each(row, ()));
    }
}
