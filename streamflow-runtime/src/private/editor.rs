//! What a job is written with for editors, apart from [`ops`](crate::ops). None of it ever runs.

use crate::decode::Decode;
pub use crate::decode::formats;
use crate::job::{Job, broken_job};
use crate::ops::stream::{Records, Results, Stream};
use crate::plan::Plan;
use crate::record::Record;
use crate::time::Window;

/// The plan of a job that is only looked at.
pub const PLAN: Plan = Plan::empty("");

/// The job.
pub fn job<'e>() -> Job<'e> {
    broken_job()
}

/// What stands behind `from`, with the format that stands behind `as`.
pub trait Origin<'b, F> {
    /// The items of the stream.
    type Item;
}

impl<'b, F: Decode<'b>> Origin<'b, F> for Records {
    type Item = F::Item;
}

impl<F, T> Origin<'_, F> for Stream<T> {
    type Item = T;
}

/// Reads a source in a format.
pub fn read<'b, F, S: Origin<'b, F>>(_source: S) -> Stream<S::Item> {
    Stream::new()
}

/// Names a format.
pub fn format<F>() {}

/// A stream that nothing is known of.
pub fn unknown<T>() -> Stream<T> {
    Stream::new()
}

/// The records that a source's format does not take.
pub fn records<'b>() -> Stream<Record<'b>> {
    Stream::new()
}

/// An argument that is not there yet.
pub fn missing<T>() -> T {
    unreachable!("a job that is written for an editor never runs")
}

/// The sign of an aggregate, such as `+`.
pub fn sign<V>(one: V, _other: V) -> V {
    one
}

/// A function that looks at the items of a stream, such as `key:` of a sink.
pub fn look<T, R>(_items: Stream<T>, _f: impl FnMut(&T) -> R) {}

impl<T> Stream<T> {
    /// The stream as its last reader gets it.
    ///
    /// The name is as long as [`share`](SharedByCopy::share): an editor asks about a job with one
    /// word changed, and finds the answer by its place in what was written before.
    #[doc(hidden)]
    #[must_use]
    pub fn whole(&self) -> Stream<T> {
        *self
    }
}

/// A stream whose items are copied for each reader.
pub trait SharedByCopy {
    /// The stream as all but its last reader get it.
    type Shared;
    /// Gives it.
    fn share(self) -> Self::Shared;
}

impl<T: Copy> SharedByCopy for &&Stream<T> {
    type Shared = Stream<T>;

    fn share(self) -> Stream<T> {
        Stream::new()
    }
}

/// A stream whose items are lent to each reader.
pub trait SharedByReference {
    /// The stream as all but its last reader get it.
    type Shared;
    /// Gives it.
    fn share(self) -> Self::Shared;
}

impl<'t, T> SharedByReference for &'t Stream<T> {
    type Shared = Stream<&'t T>;

    fn share(self) -> Stream<&'t T> {
        Stream::new()
    }
}

/// A stream of answers as it goes on behind [`map_async`](crate::ops::map_async) and
/// [`lookup`](crate::ops::lookup).
pub trait SettlesAsIs {
    /// The stream of what goes on.
    type Settled;
    /// Gives it.
    fn settled(self) -> Self::Settled;
}

impl<T> SettlesAsIs for &Stream<T> {
    type Settled = Stream<T>;

    fn settled(self) -> Stream<T> {
        Stream::new()
    }
}

/// A stream of answers that may be missing.
pub trait SettlesMaybe {
    /// The stream of what goes on.
    type Settled;
    /// Gives it.
    fn settled(self) -> Self::Settled;
}

impl<T> SettlesMaybe for &&Stream<Option<T>> {
    type Settled = Stream<T>;

    fn settled(self) -> Stream<T> {
        Stream::new()
    }
}

impl<K, V, A> SettlesMaybe for &&Stream<(K, (V, Option<A>))> {
    type Settled = Stream<(K, (V, A))>;

    fn settled(self) -> Stream<(K, (V, A))> {
        Stream::new()
    }
}

/// A stream of answers that may be errors.
pub trait SettlesOrFails {
    /// The stream of what goes on.
    type Settled;
    /// Gives it.
    fn settled(self) -> Self::Settled;
}

impl<T, E> SettlesOrFails for &&&Stream<Result<T, E>> {
    type Settled = Stream<T>;

    fn settled(self) -> Stream<T> {
        Stream::new()
    }
}

impl<K, V, A, E> SettlesOrFails for &&&Stream<(K, (V, Result<A, E>))> {
    type Settled = Stream<(K, (V, A))>;

    fn settled(self) -> Stream<(K, (V, A))> {
        Stream::new()
    }
}

/// A stream of what was looked up, which may be an error or missing.
pub trait SettlesMaybeOrFails {
    /// The stream of what goes on.
    type Settled;
    /// Gives it.
    fn settled(self) -> Self::Settled;
}

impl<K, V, A, E> SettlesMaybeOrFails for &&&&Stream<(K, (V, Result<Option<A>, E>))> {
    type Settled = Stream<(K, (V, A))>;

    fn settled(self) -> Stream<(K, (V, A))> {
        Stream::new()
    }
}

/// Results that are pairs: their keys get the windows.
pub trait PairsOfWindows {
    /// The results with their windows.
    type Told;
    /// Gives them.
    fn of_windows(self) -> Results<Self::Told>;
}

impl<K, V> PairsOfWindows for &&&Stream<(K, V)> {
    type Told = ((K, Window), V);

    fn of_windows(self) -> Results<Self::Told> {
        Results::new()
    }
}

/// Pairs that are lent.
pub trait LentPairsOfWindows {
    /// The results with their windows.
    type Told;
    /// Gives them.
    fn of_windows(self) -> Results<Self::Told>;
}

impl<'p, K, V> LentPairsOfWindows for &&Stream<&'p (K, V)> {
    type Told = ((&'p K, Window), &'p V);

    fn of_windows(self) -> Results<Self::Told> {
        Results::new()
    }
}

/// All other results.
pub trait ResultsOfWindows {
    /// The results with their windows.
    type Told;
    /// Gives them.
    fn of_windows(self) -> Results<Self::Told>;
}

impl<T> ResultsOfWindows for &Stream<T> {
    type Told = (Window, T);

    fn of_windows(self) -> Results<Self::Told> {
        Results::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::with_window;

    /// That it compiles is what is asked.
    #[expect(
        clippy::needless_borrow,
        reason = "that is how the kind of the items is found out"
    )]
    #[test]
    fn windows_stand_in_the_key_of_a_pair_and_in_front_of_all_else() {
        let pairs: Stream<(String, u64)> = Stream::new();
        let _: Stream<((String, Window), u64)> = with_window((&&&pairs).of_windows());
        let lent: Stream<&(String, u64)> = Stream::new();
        let _: Stream<((&String, Window), &u64)> = with_window((&&&lent).of_windows());
        let counts: Stream<u64> = Stream::new();
        let _: Stream<(Window, u64)> = with_window((&&&counts).of_windows());
    }
}
