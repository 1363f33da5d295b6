//! A list that keeps a single item in place.

use super::State;
use super::codec::{Differences, Layout, ReadError, Reader, Type, Writer};
use std::mem::take;
use std::ops::{Deref, DerefMut};

/// A list that holds one item in place, and several in memory of their own. Where most lists have one item, that saves each of them an
/// allocation and each look a cache miss.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Few<T> {
    One(T),
    /// None, or two and more.
    Many(Vec<T>),
}

impl<T> Few<T> {
    pub const EMPTY: Self = Few::Many(vec![]);

    pub fn insert(&mut self, at: usize, item: T) {
        match take(self) {
            Few::One(other) => *self = Few::Many(if at == 0 { vec![item, other] } else { vec![other, item] }),
            Few::Many(list) if list.is_empty() => *self = Few::One(item),
            Few::Many(mut list) => {
                list.insert(at, item);
                *self = Few::Many(list);
            }
        }
    }

    pub fn remove(&mut self, at: usize) -> T {
        let mut list = match take(self) {
            Few::One(item) => return item,
            Few::Many(list) => list,
        };
        let item = list.remove(at);
        *self = list.into();
        item
    }

    pub fn retain_mut(&mut self, mut keep: impl FnMut(&mut T) -> bool) {
        match self {
            Few::One(item) => {
                if !keep(item) {
                    *self = Self::EMPTY;
                }
            }
            Few::Many(list) => {
                list.retain_mut(keep);
                if list.len() < 2 {
                    *self = take(list).into();
                }
            }
        }
    }

    /// The memory of the list besides itself.
    pub fn bytes(&self) -> usize {
        match self {
            Few::One(_) => 0,
            Few::Many(list) => list.capacity() * size_of::<T>(),
        }
    }
}

impl<T> From<Vec<T>> for Few<T> {
    fn from(mut list: Vec<T>) -> Self {
        match (list.len(), list.pop()) {
            (1, Some(item)) => Few::One(item),
            (_, Some(item)) => {
                list.push(item);
                Few::Many(list)
            }
            // without the memory that it may still have
            (_, None) => Self::EMPTY,
        }
    }
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<T> Deref for Few<T> {
    type Target = [T];
    #[inline(always)]
    fn deref(&self) -> &[T] {
        match self {
            Few::One(item) => std::slice::from_ref(item),
            Few::Many(list) => list,
        }
    }
}

impl<T> DerefMut for Few<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        match self {
            Few::One(item) => std::slice::from_mut(item),
            Few::Many(list) => list,
        }
    }
}

/// Stored as any list.
impl<T: State> State for Few<T> {
    const COLUMNS: &'static Layout = Vec::<T>::COLUMNS;
    fn schema() -> Type {
        Vec::<T>::schema()
    }
    fn write(rows: &[&Self], out: &mut Writer) {
        let slices: Vec<&[T]> = rows.iter().map(|row| &***row).collect();
        super::codec::write_lists(&slices, out);
    }
    fn read(stored: &Type, rows: usize, input: &mut Reader<'_>) -> Result<Vec<Self>, ReadError> {
        Ok(Vec::<T>::read(stored, rows, input)?.into_iter().map(Self::from).collect())
    }
    fn compare(stored: &Type, found: &mut Differences) {
        Vec::<T>::compare(stored, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn is_a_list(steps in prop::collection::vec((0u8..4, any::<u8>()), 0..40)) {
            let (mut few, mut list) = (Few::EMPTY, vec![]);
            for (step, item) in steps {
                match step {
                    0 | 1 => {
                        let at = usize::from(item) % (list.len() + 1);
                        few.insert(at, item);
                        list.insert(at, item);
                    }
                    2 if !list.is_empty() => {
                        let at = usize::from(item) % list.len();
                        prop_assert_eq!(few.remove(at), list.remove(at));
                    }
                    _ => {
                        few.retain_mut(|other| *other < item);
                        list.retain_mut(|other| *other < item);
                    }
                }
                prop_assert_eq!(&*few, &*list);
                prop_assert_eq!(&few, &Few::from(list.clone()), "one item is in place, several are not");
                prop_assert_eq!(few.bytes() == 0, list.len() < 2);
                few.iter_mut().chain(&mut list).for_each(|item| *item = item.wrapping_add(1));
            }
        }
    }
}
