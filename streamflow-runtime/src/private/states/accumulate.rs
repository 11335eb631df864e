//! Begins, combines and ends the aggregates of `agg_by_key`.

use crate::private::sources::{Itself, Never, Nowhere};
use crate::state::{
    Accumulate, Counted, Extreme, Greatest, Keyed, Least, Mean, Number, Overflow, Single, Summand,
    Summed,
};

/// A record that is counted.
#[inline]
pub fn counted() -> Counted {
    Counted(1)
}

/// Values that a `sum` of `agg_by_key` adds up.
#[diagnostic::on_unimplemented(
    message = "`sum` cannot add values of type `{Self}`",
    label = "this sum is of values of type `{Self}`",
    note = "it adds numbers, `String`s, `Duration`s and tuples of numbers: take one out of the value, as in `sum(|v| v.price)`"
)]
pub trait Summing<By> {
    /// What is kept of them. This trait tells it, and has a second impl, so that of what cannot be
    /// added nothing more is said than that.
    type Summed: Accumulate;

    /// The sum of one value.
    fn summed(self) -> Self::Summed;
}

#[diagnostic::do_not_recommend]
impl<V: Summand> Summing<Itself> for V {
    type Summed = Summed<V>;

    #[inline]
    fn summed(self) -> Summed<V> {
        Summed(self)
    }
}

#[diagnostic::do_not_recommend]
impl<V: Never> Summing<Nowhere> for V {
    type Summed = Counted;

    fn summed(self) -> Counted {
        counted()
    }
}

/// Numbers that an `average` of `agg_by_key` is of.
#[diagnostic::on_unimplemented(
    message = "`average` cannot average values of type `{Self}`",
    label = "this average is of values of type `{Self}`",
    note = "it takes numbers: `average(|v| v.price)`"
)]
pub trait Averaging<By> {
    /// What is kept of them.
    type Averaged: Accumulate;

    /// The mean of one number.
    fn averaged(self) -> Self::Averaged;
}

#[diagnostic::do_not_recommend]
impl<V: Number> Averaging<Itself> for V {
    type Averaged = Mean;

    #[inline]
    fn averaged(self) -> Mean {
        Mean::of(self.to_f64())
    }
}

#[diagnostic::do_not_recommend]
impl<V: Never> Averaging<Nowhere> for V {
    type Averaged = Counted;

    fn averaged(self) -> Counted {
        counted()
    }
}

/// Values that a `min` or a `max` of `agg_by_key` compares.
#[diagnostic::on_unimplemented(
    message = "values of type `{Self}` have no least and no greatest",
    label = "this compares values of type `{Self}`",
    note = "derive `PartialOrd` for `{Self}`, or take out of the value what is compared: `min(|v| v.price)`"
)]
pub trait Comparing<By> {
    /// What is kept for `min`.
    type Least: Accumulate;
    /// What is kept for `max`.
    type Greatest: Accumulate;

    /// The least of one value.
    fn least(self) -> Self::Least;

    /// The greatest of one value.
    fn greatest(self) -> Self::Greatest;
}

#[diagnostic::do_not_recommend]
impl<V: Extreme> Comparing<Itself> for V {
    type Least = Least<V>;
    type Greatest = Greatest<V>;

    #[inline]
    fn least(self) -> Least<V> {
        Least(self)
    }

    #[inline]
    fn greatest(self) -> Greatest<V> {
        Greatest(self)
    }
}

#[diagnostic::do_not_recommend]
impl<V: Never> Comparing<Nowhere> for V {
    type Least = Counted;
    type Greatest = Counted;

    fn least(self) -> Counted {
        counted()
    }

    fn greatest(self) -> Counted {
        counted()
    }
}

/// Combines what a key has with what another record, worker or step has; all of it or nothing.
#[inline]
pub fn accumulate<A: Accumulate>(known: &mut A, other: A) -> Result<(), Overflow> {
    known.can_take(&other)?;
    known.take(other)
}

/// What leaves in the end.
#[inline]
pub fn accumulated<A: Accumulate>(accumulated: A) -> A::Result {
    accumulated.result()
}

/// Stands for a state of one aggregate's values alone, to be looked at: see `Outliving`.
pub fn part_of<K, A, P: Accumulate>(_: &Keyed<K, A>, _: fn(&A) -> &P) -> Single<P::Result> {
    Single::default()
}
