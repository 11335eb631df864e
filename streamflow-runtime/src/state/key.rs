//! What can be a key: looked up as it is borrowed from a record, copied only when it is new.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::keyed::{Keyed, Place};

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

    /// The place of the key in a table: its value, or room for one.
    ///
    /// A call of its own, so that the key may borrow from the value that is then put in its place.
    #[inline]
    fn place<V>(table: &mut Keyed<Self::Kept, V>, key: Self) -> Place<'_, Self::Kept, V> {
        table.place(key)
    }
}

/// A key in its owned form: it can be saved, sent to another worker, and lent to later stages.
pub trait KeptKey: Serialize + DeserializeOwned + Send + 'static {
    /// The form in which later stages get the key.
    type Lent<'a>: Key<Kept = Self>;

    /// Lends the key to later stages.
    fn lend(&self) -> Self::Lent<'_>;
}

/// Strings and bytes, borrowed and owned: all are looked up as what they hold.
macro_rules! slice_keys {
    ($($key:ty => $kept:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl Key for $key {
            type Kept = $kept;

            #[inline]
            fn hash_into<H: Hasher>(&self, hasher: &mut H) {
                (**self).hash(hasher);
            }

            #[inline]
            fn is(&self, kept: &$kept) -> bool {
                **self == **kept
            }

            #[cold]
            fn keep(self) -> $kept {
                self.into()
            }
        }
    )*};
}

slice_keys! {
    &str => Box<str>;
    String => Box<str>;
    Box<str> => Box<str>;
    Cow<'_, str> => Box<str>;
    &[u8] => Box<[u8]>;
    Vec<u8> => Box<[u8]>;
    Box<[u8]> => Box<[u8]>;
}

impl KeptKey for Box<str> {
    type Lent<'a> = &'a str;

    #[inline]
    fn lend(&self) -> &str {
        self
    }
}

impl KeptKey for Box<[u8]> {
    type Lent<'a> = &'a [u8];

    #[inline]
    fn lend(&self) -> &[u8] {
        self
    }
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

copied_keys! { u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, bool, char, () }

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
