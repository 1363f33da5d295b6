//! Keys: as the pipeline computes them, as the exchange carries them, as state keeps them.

use super::State;
use super::hash::{mix, mix_bytes};
use super::text::{OwnedText, Text};

/// What `key_by` may return.
///
/// A key may borrow from the batch (`&str`, tuples of borrows): it is turned into its
/// [`Owned`](Key::Owned) form only when it is seen for the first time.
///
/// Implemented for integers, `bool`, `char`, `()`, `&str`, `String`, `&[u8]`, `Option`, arrays of bytes and
/// tuples of keys.
///
/// Derive it for a struct of your own: `#[derive(Clone, Key)]`. If the struct borrows, its parts are keys, and its owned form is
/// made as well: of `Route` a struct `OwnedRoute` with the same fields. Other types, enums among them, are stored as they are, so
/// they need `Hash`, `Eq` and [`State`](crate::State) too; rows show them as a reference, which is a key again. Wrap types of
/// others in [`ByValue`](crate::ByValue).
///
/// ```
/// use streamflow::{Key, State, source, stream};
///
/// #[derive(Clone, Copy, Key)]
/// struct Route<'b> {
///     from: &'b str,
///     to: &'b str,
/// }
/// assert_eq!(OwnedRoute::shape(), "{from: string, to: string}");
///
/// let flights = vec!["oslo rome".to_owned(), "rome oslo".to_owned(), "oslo rome".to_owned()];
/// let mut rows = Vec::new();
/// stream! {
///     source::slice(&flights)
///         -> filter_map(|line| line.split_once(' '))
///         -> key_by(|(from, to)| Route { from, to })
///         -> count()
///         -> filter(|row| row.key.from == "oslo")
///         -> map(|row| (row.key.to.to_owned(), row.value))
///         -> &mut rows
/// }
/// .run()?;
/// assert_eq!(rows, [("rome".to_owned(), 2)]);
/// # Ok::<(), streamflow::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used as a grouping key",
    label = "this is not a key",
    note = "keys are integers, text, `bool`, `char`, or tuples of keys; a struct derives it: `#[derive(Clone, streamflow::Key)]`; wrap other `Hash + Eq + State` types in `streamflow::ByValue(..)`",
    note = "for a float: round it, or use `.to_bits()`"
)]
pub trait Key: Clone {
    /// What state keeps.
    type Owned: StoredKey;
    /// What the exchange carries.
    type Probe: Probe<Owned = Self::Owned>;
    /// Turns the key into its probe; called once a record.
    fn probe(self) -> Self::Probe;
}

/// A key on its way to its shard: hashed once, compared with stored keys, owned when it is new.
pub trait Probe: Send + Sync {
    /// What state keeps.
    type Owned: StoredKey;
    /// The hash under a seed; equal to that of the owned form.
    fn hash(&self, seed: u64) -> u64;
    /// Is this the stored key?
    fn same(&self, stored: &Self::Owned) -> bool;
    /// Is this the same key as another probe of the batch?
    fn equal(&self, other: &Self) -> bool;
    /// The owned form.
    fn own(&self) -> Self::Owned;
}

/// A key as state keeps it, and as checkpoints store it.
pub trait StoredKey: State + Eq + 'static {
    /// What rows show of the key: a copy, or a borrow of the key column for the rest of the batch.
    type Ref<'s>
    where
        Self: 's;
    /// The view for a row.
    fn view(&self) -> Self::Ref<'_>;
    /// The hash under a seed; equal to that of every probe of this key.
    fn hash(&self, seed: u64) -> u64;
    /// The key as messages show it; `None` where its type cannot say.
    fn words(&self) -> Option<String> {
        None
    }
    /// The only key there is, for streams without one.
    #[doc(hidden)]
    fn only() -> Option<Self>
    where
        Self: Sized,
    {
        None
    }
}

macro_rules! integers {
    ($($type:ty),*) => {$(
        impl Key for $type {
            type Owned = $type;
            type Probe = $type;
            #[inline(always)]
            fn probe(self) -> $type {
                self
            }
        }
        impl Probe for $type {
            type Owned = $type;
            #[inline(always)]
            fn hash(&self, seed: u64) -> u64 {
                mix(*self as u64 ^ seed, seed.rotate_left(32) ^ ((*self as i128) >> 64) as u64)
            }
            #[inline(always)]
            fn same(&self, stored: &$type) -> bool {
                self == stored
            }
            #[inline(always)]
            fn equal(&self, other: &$type) -> bool {
                self == other
            }
            #[inline(always)]
            fn own(&self) -> $type {
                *self
            }
        }
        impl StoredKey for $type {
            type Ref<'s> = $type;
            #[inline(always)]
            fn view(&self) -> $type {
                *self
            }
            #[inline(always)]
            fn hash(&self, seed: u64) -> u64 {
                Probe::hash(self, seed)
            }
            fn words(&self) -> Option<String> {
                Some(format!("{self:?}"))
            }
        }
    )*};
}
integers!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, bool, char);

impl<'b> Key for &'b str {
    type Owned = OwnedText;
    type Probe = Text<'b>;
    #[inline(always)]
    fn probe(self) -> Text<'b> {
        Text::pack(self)
    }
}

/// Owned text packs into an owned probe: it may come from a record that does not live in the batch.
impl Key for String {
    type Owned = OwnedText;
    type Probe = OwnedText;
    fn probe(self) -> OwnedText {
        Text::pack(&self).own()
    }
}

impl Probe for Text<'_> {
    type Owned = OwnedText;
    #[inline(always)]
    fn hash(&self, seed: u64) -> u64 {
        Text::hash(self, seed)
    }
    #[inline(always)]
    fn same(&self, stored: &OwnedText) -> bool {
        Text::same(self, stored)
    }
    #[inline(always)]
    fn equal(&self, other: &Self) -> bool {
        Text::equal(self, other)
    }
    fn own(&self) -> OwnedText {
        Text::own(self)
    }
}

impl Probe for OwnedText {
    type Owned = OwnedText;
    fn hash(&self, seed: u64) -> u64 {
        self.text().hash(seed)
    }
    fn same(&self, stored: &OwnedText) -> bool {
        self.text().same(stored)
    }
    fn equal(&self, other: &Self) -> bool {
        self.text().same(other)
    }
    fn own(&self) -> OwnedText {
        self.clone()
    }
}

impl StoredKey for OwnedText {
    type Ref<'s> = &'s str;
    #[inline(always)]
    fn view(&self) -> &str {
        self.as_str()
    }
    fn hash(&self, seed: u64) -> u64 {
        self.text().hash(seed)
    }
    fn words(&self) -> Option<String> {
        Some(format!("{:?}", self.as_str()))
    }
}

impl<'b> Key for &'b [u8] {
    type Owned = Box<[u8]>;
    type Probe = &'b [u8];
    #[inline(always)]
    fn probe(self) -> Self {
        self
    }
}

impl Probe for &[u8] {
    type Owned = Box<[u8]>;
    fn hash(&self, seed: u64) -> u64 {
        mix_bytes(self, seed)
    }
    fn same(&self, stored: &Box<[u8]>) -> bool {
        **self == **stored
    }
    fn equal(&self, other: &Self) -> bool {
        self == other
    }
    fn own(&self) -> Box<[u8]> {
        (*self).into()
    }
}

impl StoredKey for Box<[u8]> {
    type Ref<'s> = &'s [u8];
    fn view(&self) -> &[u8] {
        self
    }
    fn hash(&self, seed: u64) -> u64 {
        mix_bytes(self, seed)
    }
    fn words(&self) -> Option<String> {
        Some(format!("b\"{}\"", self.escape_ascii()))
    }
}

impl<K: Key> Key for Option<K> {
    type Owned = Option<K::Owned>;
    type Probe = Option<K::Probe>;
    #[inline(always)]
    fn probe(self) -> Self::Probe {
        self.map(K::probe)
    }
}

impl<P: Probe> Probe for Option<P> {
    type Owned = Option<P::Owned>;
    #[inline(always)]
    fn hash(&self, seed: u64) -> u64 {
        self.as_ref().map_or(mix(seed, 1), |key| key.hash(seed))
    }
    #[inline(always)]
    fn same(&self, stored: &Self::Owned) -> bool {
        match (self, stored) {
            (Some(key), Some(stored)) => key.same(stored),
            (None, None) => true,
            _ => false,
        }
    }
    #[inline(always)]
    fn equal(&self, other: &Self) -> bool {
        match (self, other) {
            (Some(key), Some(other)) => key.equal(other),
            (None, None) => true,
            _ => false,
        }
    }
    fn own(&self) -> Self::Owned {
        self.as_ref().map(P::own)
    }
}

impl<K: StoredKey> StoredKey for Option<K> {
    type Ref<'s>
        = Option<K::Ref<'s>>
    where
        Self: 's;
    fn view(&self) -> Self::Ref<'_> {
        self.as_ref().map(K::view)
    }
    fn hash(&self, seed: u64) -> u64 {
        self.as_ref().map_or(mix(seed, 1), |key| key.hash(seed))
    }
    fn words(&self) -> Option<String> {
        let Some(key) = self else { return Some("None".to_owned()) };
        Some(format!("Some({})", key.words()?))
    }
}

/// The hash of a key of several parts, one after the other.
#[doc(hidden)]
#[inline(always)]
pub fn join_hashes(hash: u64, part: u64) -> u64 {
    mix(hash.rotate_left(23), part)
}

macro_rules! tuples {
    ($(($($name:ident $index:tt),*))*) => {$(
        impl<$($name: Key),*> Key for ($($name,)*) {
            type Owned = ($($name::Owned,)*);
            type Probe = ($($name::Probe,)*);
            #[inline(always)]
            fn probe(self) -> Self::Probe {
                ($(self.$index.probe(),)*)
            }
        }
        impl<$($name: Probe),*> Probe for ($($name,)*) {
            type Owned = ($($name::Owned,)*);
            #[inline(always)]
            fn hash(&self, seed: u64) -> u64 {
                let hash = seed;
                $(let hash = join_hashes(hash, self.$index.hash(seed));)*
                hash
            }
            #[inline(always)]
            fn same(&self, stored: &Self::Owned) -> bool {
                true $(&& self.$index.same(&stored.$index))*
            }
            #[inline(always)]
            fn equal(&self, other: &Self) -> bool {
                true $(&& self.$index.equal(&other.$index))*
            }
            fn own(&self) -> Self::Owned {
                ($(self.$index.own(),)*)
            }
        }
        impl<$($name: StoredKey),*> StoredKey for ($($name,)*) {
            type Ref<'s> = ($($name::Ref<'s>,)*) where Self: 's;
            fn view(&self) -> Self::Ref<'_> {
                ($(self.$index.view(),)*)
            }
            #[inline(always)]
            fn hash(&self, seed: u64) -> u64 {
                let hash = seed;
                $(let hash = join_hashes(hash, self.$index.hash(seed));)*
                hash
            }
            fn words(&self) -> Option<String> {
                Some(format!("({})", [$(self.$index.words()?),*].join(", ")))
            }
        }
    )*};
}
tuples! { (A 0) (A 0, B 1) (A 0, B 1, C 2) (A 0, B 1, C 2, D 3) (A 0, B 1, C 2, D 3, E 4) (A 0, B 1, C 2, D 3, E 4, F 5) }

impl Key for () {
    type Owned = ();
    type Probe = ();
    #[inline(always)]
    fn probe(self) {}
}
impl Probe for () {
    type Owned = ();
    #[inline(always)]
    fn hash(&self, _: u64) -> u64 {
        0
    }
    #[inline(always)]
    fn same(&self, (): &()) -> bool {
        true
    }
    #[inline(always)]
    fn equal(&self, (): &()) -> bool {
        true
    }
    #[inline(always)]
    fn own(&self) {}
}
impl StoredKey for () {
    type Ref<'s> = ();
    #[inline(always)]
    fn view(&self) {}
    fn hash(&self, _: u64) -> u64 {
        0
    }
    fn only() -> Option<Self> {
        Some(())
    }
    fn words(&self) -> Option<String> {
        Some("()".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ByValue;

    fn agree<K: Key + Clone>(key: K) {
        let probe = key.clone().probe();
        let owned = probe.own();
        assert!(probe.same(&owned));
        assert!(probe.equal(&key.probe()));
        for seed in [0, 1, u64::MAX] {
            assert_eq!(probe.hash(seed), owned.hash(seed));
        }
    }

    #[test]
    fn probe_and_owned_form_agree() {
        agree(7u64);
        agree(-7i8);
        agree(u128::MAX);
        agree(true);
        agree('x');
        agree(());
        agree("short");
        agree("a text that is longer than fifteen bytes");
        agree("owned".to_owned());
        agree(&b"bytes"[..]);
        agree(Some("x"));
        agree(None::<u64>);
        agree(("a", 1u8, Some('c')));
        agree(ByValue(vec![1, 2]));
    }

    #[test]
    fn keys_in_words() {
        assert_eq!(("ann", -7i8).probe().own().words().as_deref(), Some("(\"ann\", -7)"));
        assert_eq!(Some(&b"a\xff"[..]).probe().own().words().as_deref(), Some("Some(b\"a\\xff\")"));
        assert_eq!(None::<()>.probe().own().words().as_deref(), Some("None"));
        assert_eq!((1u64, ByValue('x')).probe().own().words(), None);
    }

    #[test]
    fn hashes_spread_over_shards_and_low_bits() {
        let mut shards = [0u32; super::super::SHARDS];
        let mut low = [0u32; 64];
        for n in 0..64_000u64 {
            let hash = Probe::hash(&n, 42);
            shards[super::super::shard_of(hash)] += 1;
            low[hash as usize & 63] += 1;
        }
        assert!(shards.iter().chain(&low).all(|n| (800..1200).contains(n)), "{shards:?} {low:?}");
    }
}
