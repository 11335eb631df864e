//! Begins sketches, and asks them for their results.

use crate::error::{Code, Error};
use crate::private::sources::{Itself, Never, Nowhere};
use crate::state::{
    Accumulate, Counted, Distinct, Frequent, FrequentKey, Key, Number, Quantiles, Single, Top,
};
use crate::worker::{Outcome, Worker};

/// Values that `approx_distinct` tells apart.
#[diagnostic::on_unimplemented(
    message = "`approx_distinct` cannot tell values of type `{Self}` apart",
    label = "the different values of type `{Self}` would be counted here",
    note = "it takes what can be a key: strings, bytes, whole numbers, `bool`, `char`, and tuples or `Option`s of them",
    note = "for a type of your own: `#[derive(streamflow::Key, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]`",
    note = "floating-point numbers are rounded first, as in `(price * 100.0).round() as i64`"
)]
pub trait Distinguishing<By> {
    /// What is kept of them. A trait with a second impl, as that of `sum` is.
    type Distinguished: Accumulate;

    /// The sketch of one value.
    fn distinguished(self) -> Self::Distinguished;
}

#[diagnostic::do_not_recommend]
impl<V: Key> Distinguishing<Itself> for V {
    type Distinguished = Distinct;

    #[inline]
    fn distinguished(self) -> Distinct {
        Distinct::of(&self)
    }
}

#[diagnostic::do_not_recommend]
impl<V: Never> Distinguishing<Nowhere> for V {
    type Distinguished = Counted;

    fn distinguished(self) -> Counted {
        super::counted()
    }
}

/// Numbers that a `quantile` is of.
#[diagnostic::on_unimplemented(
    message = "`quantile` cannot rank values of type `{Self}`",
    label = "this quantile is of values of type `{Self}`",
    note = "it takes numbers: take one out of the item in front, or in `agg_by_key` as in `quantile(0.99, |v| v.millis)`"
)]
pub trait Spreading<By> {
    /// What is kept of them.
    type Spread: Accumulate;

    /// The sketch of one number.
    fn spread(self) -> Self::Spread;
}

#[diagnostic::do_not_recommend]
impl<V: Number> Spreading<Itself> for V {
    type Spread = Quantiles;

    #[inline]
    fn spread(self) -> Quantiles {
        Quantiles::of(self.to_f64())
    }
}

#[diagnostic::do_not_recommend]
impl<V: Never> Spreading<Nowhere> for V {
    type Spread = Counted;

    fn spread(self) -> Counted {
        super::counted()
    }
}

/// The `n` items that have come most often.
pub fn most_frequent<K: FrequentKey>(
    frequent: Option<Frequent<K>>,
    n: usize,
) -> Option<Top<K, u64>> {
    frequent.map(|frequent| frequent.most(n))
}

/// How many different items the interval had: 0 where there were none.
pub fn take_distinct(worker: &Worker<'_>, state: &mut Single<Distinct>) -> Option<u64> {
    distinct_of(state.take(), worker)
}

/// The same of a window.
pub fn distinct_of(distinct: Option<Distinct>, worker: &Worker<'_>) -> Option<u64> {
    (worker.index() == 0).then(|| distinct.map_or(0, |distinct| distinct.count()))
}

/// The same where there are no windows without items.
pub fn any_distinct(state: &mut Single<Distinct>) -> Option<u64> {
    state.take().map(|distinct| distinct.count())
}

/// How many different items a window had.
pub fn distinct(distinct: Distinct) -> u64 {
    distinct.result()
}

/// The quantile of the interval.
pub fn take_quantile(state: &mut Single<Quantiles>, share: f64) -> Option<f64> {
    quantile_of(state.take(), share)
}

/// The quantile of a window.
pub fn quantile_of(quantiles: Option<Quantiles>, share: f64) -> Option<f64> {
    quantiles.map(|quantiles| quantiles.at(share))
}

/// The quantile that a window has come to.
pub fn quantile(quantiles: Quantiles, share: f64) -> f64 {
    quantiles.at(share)
}

/// Refuses a share that is none. One that is written out is looked at when the job is compiled.
pub fn check_share(worker: &Worker<'_>, stage: usize, share: f64) -> Outcome {
    if (0.0..=1.0).contains(&share) {
        return Ok(());
    }
    let stages = worker.run().plan.stages;
    let text = stages.get(stage).map_or("quantile", |stage| stage.text);
    let what = format!("`{text}` is asked for a share of {share}");
    Err(Error::new(Code::Config, what)
        .help("a share is between 0 and 1, such as 0.99")
        .into())
}
