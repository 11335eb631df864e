//! What `agg_by_key` keeps of each of its aggregates, and how two of one become one.

use serde::{Deserialize, Serialize};

use super::combine::{Extreme, Mean, Overflow, Summand};

/// One aggregate, or several side by side.
pub trait Accumulate: Sized {
    /// What leaves in the end.
    type Result;

    /// Says whether the other one can be taken in: of several aggregates all are asked before any
    /// of them changes.
    fn can_take(&self, _other: &Self) -> Result<(), Overflow> {
        Ok(())
    }

    /// Takes another one in.
    fn take(&mut self, other: Self) -> Result<(), Overflow>;

    /// The result.
    fn result(self) -> Self::Result;
}

/// `count`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Counted(pub u64);

impl Accumulate for Counted {
    type Result = u64;

    #[inline]
    fn take(&mut self, other: Self) -> Result<(), Overflow> {
        // A count of 2^64 is out of reach of any input.
        self.0 = self.0.wrapping_add(other.0);
        Ok(())
    }

    #[inline]
    fn result(self) -> u64 {
        self.0
    }
}

/// `average`.
impl Accumulate for Mean {
    type Result = f64;

    #[inline]
    fn take(&mut self, other: Self) -> Result<(), Overflow> {
        self.add(other);
        Ok(())
    }

    fn result(self) -> f64 {
        self.value()
    }
}

/// `sum`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Summed<V>(pub V);

impl<V: Summand> Accumulate for Summed<V> {
    type Result = V;

    #[inline]
    fn can_take(&self, other: &Self) -> Result<(), Overflow> {
        self.0.can_add(&other.0)
    }

    #[inline]
    fn take(&mut self, other: Self) -> Result<(), Overflow> {
        self.0.add_item(other.0)
    }

    #[inline]
    fn result(self) -> V {
        self.0
    }
}

macro_rules! extremes {
    ($($(#[$doc:meta])* $name:ident $method:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name<V>(pub V);

        impl<V: Extreme> Accumulate for $name<V> {
            type Result = V;

            #[inline]
            fn take(&mut self, other: Self) -> Result<(), Overflow> {
                self.0.$method(other.0);
                Ok(())
            }

            #[inline]
            fn result(self) -> V {
                self.0
            }
        }
    )*};
}

extremes! {
    /// `min`.
    Least least;
    /// `max`.
    Greatest greatest;
}
