//! How two values become one: `+` and its relatives, checked.

use std::fmt;
use std::ops::{BitAndAssign, BitOrAssign, BitXorAssign};

use serde::{Deserialize, Serialize};

use super::image::Stored;

/// A result that does not fit its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overflow {
    /// The operation: `+`.
    pub sign: &'static str,
    /// The type that is too small.
    pub ty: &'static str,
    /// The key, where there is one.
    pub key: Option<String>,
    /// The offset of its record, where that is not the one at hand.
    pub at: Option<i64>,
}

impl fmt::Display for Overflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` overflows `{}`", self.sign, self.ty)?;
        if let Some(key) = &self.key {
            write!(f, " for the key `{key}`")?;
        }
        Ok(())
    }
}

/// How one operation combines two values.
pub type Combine<V> = fn(&mut V, V) -> Result<(), Overflow>;

/// Values that `+` adds.
#[diagnostic::on_unimplemented(
    message = "`+` cannot add values of type `{Self}`",
    label = "the values reaching this stage are `{Self}`",
    note = "`+` adds numbers, `String`s, `Duration`s and tuples of them; for anything else give a closure: `reduce_by_key(|a, b| …)`",
    note = "the value of a `Result` or an `Option` is taken out in front, by `?` in a closure or by `try_map`"
)]
pub trait Plus: Stored {
    /// Adds `other`, or says that the sum does not fit and leaves the value as it was.
    fn plus(&mut self, other: Self) -> Result<(), Overflow>;
    /// Says whether the sum fits: a tuple asks all its parts before it adds to any of them.
    #[inline]
    fn can_add(&self, _other: &Self) -> Result<(), Overflow> {
        Ok(())
    }
    /// Adds `other`, beginning anew where the sum does not fit.
    fn wrapping_plus(&mut self, other: Self);
    /// Adds `other`, staying at the limit where the sum does not fit.
    fn saturating_plus(&mut self, other: Self);
}

/// Values that `*` multiplies.
#[diagnostic::on_unimplemented(
    message = "`*` cannot multiply values of type `{Self}`",
    label = "the values reaching this stage are `{Self}`",
    note = "`*` multiplies numbers; for anything else give a closure: `reduce_by_key(|a, b| …)`"
)]
pub trait Times: Stored {
    /// Multiplies by `other`, or says that the product does not fit.
    fn times(&mut self, other: Self) -> Result<(), Overflow>;
    /// Multiplies by `other`, beginning anew where the product does not fit.
    fn wrapping_times(&mut self, other: Self);
    /// Multiplies by `other`, staying at the limit where the product does not fit.
    fn saturating_times(&mut self, other: Self);
}

macro_rules! whole_numbers {
    ($($number:ident)*) => {$(
        #[diagnostic::do_not_recommend]
        impl Plus for $number {
            #[inline]
            fn plus(&mut self, other: Self) -> Result<(), Overflow> {
                match self.checked_add(other) {
                    Some(sum) => {
                        *self = sum;
                        Ok(())
                    }
                    None => Err(overflow("+", stringify!($number))),
                }
            }

            #[inline]
            fn can_add(&self, other: &Self) -> Result<(), Overflow> {
                match self.checked_add(*other) {
                    Some(_) => Ok(()),
                    None => Err(overflow("+", stringify!($number))),
                }
            }

            #[inline]
            fn wrapping_plus(&mut self, other: Self) {
                *self = self.wrapping_add(other);
            }

            #[inline]
            fn saturating_plus(&mut self, other: Self) {
                *self = self.saturating_add(other);
            }
        }

        #[diagnostic::do_not_recommend]
        impl Times for $number {
            #[inline]
            fn times(&mut self, other: Self) -> Result<(), Overflow> {
                match self.checked_mul(other) {
                    Some(product) => {
                        *self = product;
                        Ok(())
                    }
                    None => Err(overflow("*", stringify!($number))),
                }
            }

            #[inline]
            fn wrapping_times(&mut self, other: Self) {
                *self = self.wrapping_mul(other);
            }

            #[inline]
            fn saturating_times(&mut self, other: Self) {
                *self = self.saturating_mul(other);
            }
        }
    )*};
}

whole_numbers! { u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize }

#[cold]
fn overflow(sign: &'static str, ty: &'static str) -> Overflow {
    Overflow {
        sign,
        ty,
        key: None,
        at: None,
    }
}

macro_rules! floats {
    ($($number:ident)*) => {$(
        #[diagnostic::do_not_recommend]
        impl Plus for $number {
            #[inline]
            fn plus(&mut self, other: Self) -> Result<(), Overflow> {
                *self += other;
                Ok(())
            }

            #[inline]
            fn wrapping_plus(&mut self, other: Self) {
                *self += other;
            }

            #[inline]
            fn saturating_plus(&mut self, other: Self) {
                *self += other;
            }
        }

        #[diagnostic::do_not_recommend]
        impl Times for $number {
            #[inline]
            fn times(&mut self, other: Self) -> Result<(), Overflow> {
                *self *= other;
                Ok(())
            }

            #[inline]
            fn wrapping_times(&mut self, other: Self) {
                *self *= other;
            }

            #[inline]
            fn saturating_times(&mut self, other: Self) {
                *self *= other;
            }
        }
    )*};
}

floats! { f32 f64 }

#[diagnostic::do_not_recommend]
impl Plus for String {
    fn plus(&mut self, other: Self) -> Result<(), Overflow> {
        self.push_str(&other);
        Ok(())
    }

    fn wrapping_plus(&mut self, other: Self) {
        self.push_str(&other);
    }

    fn saturating_plus(&mut self, other: Self) {
        self.push_str(&other);
    }
}

#[diagnostic::do_not_recommend]
impl Plus for std::time::Duration {
    fn plus(&mut self, other: Self) -> Result<(), Overflow> {
        *self = self
            .checked_add(other)
            .ok_or_else(|| overflow("+", "Duration"))?;
        Ok(())
    }

    fn can_add(&self, other: &Self) -> Result<(), Overflow> {
        match self.checked_add(*other) {
            Some(_) => Ok(()),
            None => Err(overflow("+", "Duration")),
        }
    }

    fn wrapping_plus(&mut self, other: Self) {
        self.saturating_plus(other);
    }

    fn saturating_plus(&mut self, other: Self) {
        *self = self.saturating_add(other);
    }
}

macro_rules! tuples {
    ($(($($part:ident $at:tt),+);)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($part: Plus),+> Plus for ($($part,)+) {
            #[inline]
            fn plus(&mut self, other: Self) -> Result<(), Overflow> {
                // A record that is left out must not leave a part of itself behind.
                self.can_add(&other)?;
                $(self.$at.plus(other.$at)?;)+
                Ok(())
            }

            #[inline]
            fn can_add(&self, other: &Self) -> Result<(), Overflow> {
                $(self.$at.can_add(&other.$at)?;)+
                Ok(())
            }

            #[inline]
            fn wrapping_plus(&mut self, other: Self) {
                $(self.$at.wrapping_plus(other.$at);)+
            }

            #[inline]
            fn saturating_plus(&mut self, other: Self) {
                $(self.$at.saturating_plus(other.$at);)+
            }
        }
    )*};
}

tuples! {
    (A 0, B 1);
    (A 0, B 1, C 2);
    (A 0, B 1, C 2, D 3);
}

/// Items that `sum` adds as they are.
///
/// What `+` adds, less the tuples with a text in them: those are keys and values, and a `sum` of
/// them would string the keys together.
#[diagnostic::on_unimplemented(
    message = "`sum` cannot add items of type `{Self}`",
    label = "`sum` adds whole items, and these are `{Self}`",
    note = "of `(key, value)` pairs: `reduce_by_key(+)` makes a sum per key, `values | sum` one sum of all values",
    note = "whole items that can be added are numbers, `String`s, `Duration`s and tuples of numbers, as in `map(|item| item.amount) | sum every 1s`",
    note = "the value of a `Result` or an `Option` is taken out in front, by `?` in a closure or by `try_map`"
)]
pub trait Summand: Plus {
    /// Checks that the item can be added.
    #[inline]
    fn checked(&self) {}

    /// Adds `other`, or says that the sum does not fit and leaves the value as it was.
    #[inline]
    fn add_item(&mut self, other: Self) -> Result<(), Overflow> {
        self.plus(other)
    }
}

/// What tuples that `sum` adds are made of.
pub trait Amount: Plus {}

macro_rules! amounts {
    ($($number:ty)*) => {$(
        #[diagnostic::do_not_recommend]
        impl Amount for $number {}
        #[diagnostic::do_not_recommend]
        impl Summand for $number {}
    )*};
}

amounts! { u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64 std::time::Duration }

#[diagnostic::do_not_recommend]
impl Summand for String {}

macro_rules! tuples_of_amounts {
    ($(($($part:ident)+);)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($part: Amount),+> Amount for ($($part,)+) {}
        #[diagnostic::do_not_recommend]
        impl<$($part: Amount),+> Summand for ($($part,)+) {}
    )*};
}

tuples_of_amounts! {
    (A B);
    (A B C);
    (A B C D);
}

/// Values that have a least and a greatest.
#[diagnostic::on_unimplemented(
    message = "values of type `{Self}` have no least and no greatest",
    label = "the items reaching this stage are `{Self}`",
    note = "`min` and `max` compare values: derive `PartialOrd` for the type"
)]
pub trait Extreme: Sized {
    /// Takes `other`'s place if it is less.
    fn least(&mut self, other: Self);
    /// Takes `other`'s place if it is greater.
    fn greatest(&mut self, other: Self);
}

#[diagnostic::do_not_recommend]
impl<V: PartialOrd> Extreme for V {
    #[inline]
    fn least(&mut self, other: Self) {
        if other < *self || is_no_number(self) {
            *self = other;
        }
    }

    #[inline]
    fn greatest(&mut self, other: Self) {
        if other > *self || is_no_number(self) {
            *self = other;
        }
    }
}

/// Values whose bits `&`, `|` and `^` combine.
#[diagnostic::on_unimplemented(
    message = "`&`, `|` and `^` cannot combine values of type `{Self}`",
    label = "the values reaching this stage are `{Self}`",
    note = "they combine whole numbers and `bool`s; for anything else give a closure: `reduce_by_key(|a, b| …)`"
)]
pub trait Bits: Sized {
    /// Keeps what both have.
    fn bit_and(&mut self, other: Self);
    /// Keeps what one of them has.
    fn bit_or(&mut self, other: Self);
    /// Keeps what only one of them has.
    fn bit_xor(&mut self, other: Self);
}

#[diagnostic::do_not_recommend]
impl<V: BitAndAssign + BitOrAssign + BitXorAssign> Bits for V {
    #[inline]
    fn bit_and(&mut self, other: Self) {
        *self &= other;
    }

    #[inline]
    fn bit_or(&mut self, other: Self) {
        *self |= other;
    }

    #[inline]
    fn bit_xor(&mut self, other: Self) {
        *self ^= other;
    }
}

/// A floating-point NaN is not even equal to itself: any number takes its place.
#[expect(clippy::eq_op, reason = "only a NaN differs from itself")]
fn is_no_number<V: PartialOrd>(value: &V) -> bool {
    value != value
}

/// Numbers that can be averaged.
#[diagnostic::on_unimplemented(
    message = "`average` cannot average items of type `{Self}`",
    label = "the items reaching this stage are `{Self}`",
    note = "`average` takes numbers: `map(|item| item.price) | average every 1s`",
    note = "of `(key, value)` pairs: `values | average every 1s`"
)]
pub trait Number {
    /// The number as a floating-point one; beyond 2^53 the last digits are rounded.
    fn to_f64(&self) -> f64;
}

macro_rules! numbers {
    ($($number:ident)*) => {$(
        #[diagnostic::do_not_recommend]
        impl Number for $number {
            #[inline]
            #[allow(
                clippy::cast_precision_loss,
                clippy::cast_lossless,
                reason = "documented on the trait; one rule for every width"
            )]
            fn to_f64(&self) -> f64 {
                *self as f64
            }
        }
    )*};
}

numbers! { u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64 }

#[diagnostic::do_not_recommend]
impl<V: Number> Number for &V {
    #[inline]
    fn to_f64(&self) -> f64 {
        (**self).to_f64()
    }
}

/// The mean of the numbers seen so far.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Mean {
    sum: f64,
    count: u64,
}

impl Mean {
    /// The mean of one number.
    pub fn of(number: f64) -> Self {
        Mean {
            sum: number,
            count: 1,
        }
    }

    /// Takes in what another mean has seen.
    #[inline]
    pub fn add(&mut self, other: Mean) {
        self.sum += other.sum;
        self.count += other.count;
    }

    /// The value.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a count beyond 2^53 is out of reach"
    )]
    pub fn value(self) -> f64 {
        self.sum / self.count as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sum_that_does_not_fit_is_an_error_and_leaves_the_value() {
        let mut value = 250u8;
        assert_eq!(value.plus(10).map_err(|error| error.ty), Err("u8"));
        assert_eq!(value, 250);
        value.saturating_plus(10);
        assert_eq!(value, 255);
        value.wrapping_plus(2);
        assert_eq!(value, 1);
    }

    #[test]
    fn tuples_add_part_by_part() {
        let mut value = (1u64, 0.5);
        assert!(value.plus((2, 1.0)).is_ok());
        assert_eq!(value, (3, 1.5));
    }

    #[test]
    fn tuple_whose_last_part_overflows_keeps_all_its_parts() {
        let mut value = (1u64, ("a".to_owned(), 250u8));
        assert!(value.plus((2, ("b".to_owned(), 10))).is_err());
        assert_eq!(value, (1, ("a".to_owned(), 250)));
    }

    #[test]
    fn nan_is_neither_least_nor_greatest() {
        let mut value = f64::NAN;
        value.least(3.0);
        value.least(f64::NAN);
        assert!((value - 3.0).abs() < f64::EPSILON);
    }

    #[test]
    fn mean_is_of_all_numbers() {
        let mut mean = Mean::of(1.0);
        mean.add(Mean::of(2.0));
        mean.add(Mean::of(6.0));
        assert!((mean.value() - 3.0).abs() < f64::EPSILON);
    }
}
