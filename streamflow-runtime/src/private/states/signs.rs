//! The signs that combine two values: `+`, `min` and their relatives.

use crate::state::{Extreme, Mean, Overflow, Plus, Times};

/// `+`.
#[inline]
pub fn plus<V: Plus>(known: &mut V, other: V) -> Result<(), Overflow> {
    known.plus(other)
}

/// `wrapping +`.
#[inline]
pub fn wrapping_plus<V: Plus>(known: &mut V, other: V) -> Result<(), Overflow> {
    known.wrapping_plus(other);
    Ok(())
}

/// `saturating +`.
#[inline]
pub fn saturating_plus<V: Plus>(known: &mut V, other: V) -> Result<(), Overflow> {
    known.saturating_plus(other);
    Ok(())
}

/// `*`.
#[inline]
pub fn times<V: Times>(known: &mut V, other: V) -> Result<(), Overflow> {
    known.times(other)
}

/// `wrapping *`.
#[inline]
pub fn wrapping_times<V: Times>(known: &mut V, other: V) -> Result<(), Overflow> {
    known.wrapping_times(other);
    Ok(())
}

/// `saturating *`.
#[inline]
pub fn saturating_times<V: Times>(known: &mut V, other: V) -> Result<(), Overflow> {
    known.saturating_times(other);
    Ok(())
}

/// `min`.
#[inline]
pub fn least<V: Extreme>(known: &mut V, other: V) -> Result<(), Overflow> {
    known.least(other);
    Ok(())
}

/// `max`.
#[inline]
pub fn greatest<V: Extreme>(known: &mut V, other: V) -> Result<(), Overflow> {
    known.greatest(other);
    Ok(())
}

/// `average`, when the workers' means come together.
#[inline]
pub fn add_mean(known: &mut Mean, other: Mean) -> Result<(), Overflow> {
    known.add(other);
    Ok(())
}

macro_rules! bit_signs {
    ($($name:ident $bound:ident $sign:tt;)*) => {$(
        #[doc = concat!("`", stringify!($sign), "`.")]
        #[inline]
        pub fn $name<V: std::ops::$bound>(known: &mut V, other: V) -> Result<(), Overflow> {
            *known $sign other;
            Ok(())
        }
    )*};
}

bit_signs! {
    bit_and BitAndAssign &=;
    bit_or BitOrAssign |=;
    bit_xor BitXorAssign ^=;
}
