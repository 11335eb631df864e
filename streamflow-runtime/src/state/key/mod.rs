//! What can be a key: looked up as it is borrowed from a record, copied only when it is new.

mod compact;

use std::hash::{Hash, Hasher};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::keyed::{Keyed, Place, Soon};
use crate::time::Window;
pub use compact::Compact;

/// A key as it comes, borrowed or owned.
///
/// Strings, bytes, whole numbers, `bool`, `char`, tuples and `Option`s of keys are keys. For a
/// type of your own, `#[derive(streamflow::Key)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a key",
    label = "the key of the items reaching this stage is a `{Self}`",
    note = "keys are strings, bytes, whole numbers, `bool`, `char`, and tuples or `Option`s of them",
    note = "for a type of your own: `#[derive(streamflow::Key, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]`",
    note = "floating-point numbers are no keys: round them first, as in `(price * 100.0).round() as i64`"
)]
pub trait Key: Sized {
    /// The owned form in which the key is kept.
    type Kept: KeptKey;

    /// Feeds the key to a hasher: equal keys alike, borrowed or kept.
    fn hash_into<H: Hasher>(&self, hasher: &mut H);

    /// Whether this is the kept key.
    fn is(&self, kept: &Self::Kept) -> bool;

    /// Makes the owned form. Called once per key, not once per record.
    fn keep(self) -> Self::Kept;

    /// The owned form, where making it takes no memory of its own.
    #[inline]
    fn keep_short(&self) -> Option<Self::Kept> {
        None
    }

    /// The place of the key in a table: its value, or room for one.
    ///
    /// A call of its own, so that the key may borrow from the value that is then put in its place.
    #[inline]
    fn place<V>(table: &mut Keyed<Self::Kept, V>, key: Self) -> Place<'_, Self::Kept, V> {
        table.place(key)
    }

    /// The same where the value may be put in its place a few records later, together with others:
    /// see [`Keyed::place_soon`]. `at` is the offset of its record.
    #[inline]
    fn place_soon<V>(
        table: &mut Keyed<Self::Kept, V>,
        key: Self,
        at: i64,
    ) -> Soon<'_, Self::Kept, V> {
        table.place_soon(key, at)
    }
}

/// A key in its owned form: it can be saved, sent to another worker, and lent to later stages.
pub trait KeptKey: Serialize + DeserializeOwned + Send + 'static {
    /// The form in which later stages get the key.
    type Lent<'a>: Key<Kept = Self>;

    /// Lends the key to later stages.
    fn lend(&self) -> Self::Lent<'_>;

    /// Feeds the key to a hasher, as [`Key::hash_into`] does with one that comes: when a table
    /// grows, and when keys are shared out among workers.
    #[inline]
    fn hash_kept<H: Hasher>(&self, hasher: &mut H) {
        self.lend().hash_into(hasher);
    }

    /// Whether both are kept for the same key.
    #[inline]
    fn is_same(&self, other: &Self) -> bool {
        self.lend().is(other)
    }
}

/// The same key once more.
pub(super) fn copy_of<K: KeptKey>(key: &K) -> K {
    Key::keep(key.lend())
}

/// Small values are kept and lent as copies.
macro_rules! copied_keys {
    ($($key:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl Key for $key {
            type Kept = $key;

            #[inline]
            fn hash_into<H: Hasher>(&self, hasher: &mut H) {
                self.hash(hasher);
            }

            #[inline]
            fn is(&self, kept: &$key) -> bool {
                self == kept
            }

            #[inline]
            fn keep(self) -> $key {
                self
            }

            #[inline]
            fn keep_short(&self) -> Option<$key> {
                Some(*self)
            }
        }

        impl KeptKey for $key {
            type Lent<'a> = $key;

            #[inline]
            fn lend(&self) -> $key {
                *self
            }
        }
    )*};
}

copied_keys! { u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, bool, char, (), Window }

#[diagnostic::do_not_recommend]
impl<K: Key + Clone> Key for &K {
    type Kept = K::Kept;

    #[inline]
    fn hash_into<H: Hasher>(&self, hasher: &mut H) {
        (**self).hash_into(hasher);
    }

    #[inline]
    fn is(&self, kept: &K::Kept) -> bool {
        (**self).is(kept)
    }

    #[cold]
    fn keep(self) -> K::Kept {
        self.clone().keep()
    }

    #[inline]
    fn keep_short(&self) -> Option<K::Kept> {
        (**self).keep_short()
    }
}

#[diagnostic::do_not_recommend]
impl<K: Key> Key for Option<K> {
    type Kept = Option<K::Kept>;

    #[inline]
    fn hash_into<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_u8(u8::from(self.is_some()));
        if let Some(key) = self {
            key.hash_into(hasher);
        }
    }

    #[inline]
    fn is(&self, kept: &Option<K::Kept>) -> bool {
        match (self, kept) {
            (Some(key), Some(kept)) => key.is(kept),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }

    fn keep(self) -> Option<K::Kept> {
        self.map(K::keep)
    }

    #[inline]
    fn keep_short(&self) -> Option<Self::Kept> {
        match self {
            Some(key) => key.keep_short().map(Some),
            None => Some(None),
        }
    }
}

impl<K: KeptKey> KeptKey for Option<K> {
    type Lent<'a> = Option<K::Lent<'a>>;

    #[inline]
    fn lend(&self) -> Option<K::Lent<'_>> {
        self.as_ref().map(K::lend)
    }
}

macro_rules! tuple_keys {
    ($(($($key:ident $at:tt),+);)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($key: Key),+> Key for ($($key,)+) {
            type Kept = ($($key::Kept,)+);

            #[inline]
            fn hash_into<Feed: Hasher>(&self, hasher: &mut Feed) {
                $(self.$at.hash_into(hasher);)+
            }

            #[inline]
            fn is(&self, kept: &Self::Kept) -> bool {
                $(self.$at.is(&kept.$at))&&+
            }

            fn keep(self) -> Self::Kept {
                ($(self.$at.keep(),)+)
            }

            #[inline]
            fn keep_short(&self) -> Option<Self::Kept> {
                Some(($(self.$at.keep_short()?,)+))
            }
        }

        impl<$($key: KeptKey),+> KeptKey for ($($key,)+) {
            type Lent<'a> = ($($key::Lent<'a>,)+);

            #[inline]
            fn lend(&self) -> Self::Lent<'_> {
                ($(self.$at.lend(),)+)
            }
        }
    )*};
}

tuple_keys! {
    (A 0);
    (A 0, B 1);
    (A 0, B 1, C 2);
    (A 0, B 1, C 2, D 3);
    (A 0, B 1, C 2, D 3, E 4);
    (A 0, B 1, C 2, D 3, E 4, F 5);
}
