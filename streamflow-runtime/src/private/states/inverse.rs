//! Holds the inverse of a combining function against the values that it would take apart.
//!
//! It is not called: a window is combined from its steps, which costs as little, and is as exact for
//! fractions as for whole numbers.

use crate::state::{Held, Keyed, Single};

macro_rules! takes_out {
    ($($(#[$doc:meta])* $name:ident [$($key:ident)?] $state:ty;)*) => {$(
        $(#[$doc])*
        pub fn $name<$($key,)? V>(_state: &$state, _inverse: impl FnMut(V, V) -> V) {}
    )*};
}

takes_out! {
    /// Checks an inverse for values under keys.
    takes_out [K] Keyed<K, V>;
    /// Checks an inverse for values under keys, which a closure combines.
    takes_out_held [K] Keyed<K, Held<V>>;
    /// Checks an inverse for values without keys.
    single_takes_out [] Single<V>;
    /// Checks an inverse for values without keys, which a closure combines.
    single_takes_out_held [] Single<Held<V>>;
}
