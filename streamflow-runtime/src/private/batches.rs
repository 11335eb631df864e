//! Items that a function gets all at once: those of a batch, or those that an interval has brought.

use crate::state::{
    AsIs, AsKey, AsPair, Gathered, GatheredAt, Keeps, KeptKey, Key, Lends, Mailbox, Stored,
};
use crate::worker::{Outcome, Worker};

/// The items of one batch of one partition.
#[derive(Debug)]
pub struct Batch<T> {
    items: Vec<T>,
    /// The offset of the record that the first of them came from.
    first: i64,
}

/// A batch that nothing is in yet.
#[inline]
pub fn batch<T>() -> Batch<T> {
    Batch {
        items: Vec::new(),
        first: 0,
    }
}

/// Puts an item with the others of its batch.
#[inline]
pub fn put<T>(batch: &mut Batch<T>, worker: &Worker<'_>, item: T) {
    if batch.items.is_empty() {
        batch.first = worker.offset();
    }
    batch.items.push(item);
}

/// The items of the batch, if there are any, and the offset to go on with behind them.
///
/// What is refused then is the batch from its first record on: the next run begins there.
pub fn filled<T>(
    batch: Batch<T>,
    worker: &mut Worker<'_>,
) -> impl Iterator<Item = (Vec<T>, i64)> + use<T> {
    let filled = (!batch.items.is_empty()).then(|| {
        let at = worker.offset();
        worker.at(batch.first);
        (batch.items, at)
    });
    filled.into_iter()
}

/// An item to be gathered: `(&&&Borrowing(&item)).way()` tells the way in which it is kept.
#[derive(Debug)]
pub struct Borrowing<'i, T>(pub &'i T);

/// Texts and bytes that are borrowed, and pairs of a key and one.
pub trait KeptAsKey: Sized {
    /// The way in which they are kept.
    fn way(self) -> AsKey {
        AsKey
    }
}

impl KeptAsKey for &&&Borrowing<'_, &str> {}
impl KeptAsKey for &&&Borrowing<'_, &[u8]> {}
impl<A: Key> KeptAsKey for &&&Borrowing<'_, (A, &str)> {}

/// Other pairs.
pub trait KeptAsPair: Sized {
    /// The way in which they are kept.
    fn way(self) -> AsPair {
        AsPair
    }
}

impl<A: Key, B> KeptAsPair for &&Borrowing<'_, (A, B)> {}

/// All other items.
pub trait KeptAsIs: Sized {
    /// The way in which they are kept.
    fn way(self) -> AsIs {
        AsIs
    }
}

impl<T> KeptAsIs for &Borrowing<'_, T> {}

/// Puts an item with the others of its interval.
#[inline]
pub fn gather_item<W: Keeps<T>, T>(
    gathered: &mut Gathered<W, W::Kept>,
    worker: &Worker<'_>,
    item: T,
    _way: W,
) {
    gathered.items.push((worker.row_place(), W::keep(item)));
}

/// The same for a pair whose key has been kept.
#[inline]
pub fn gather_pair<K: KeptKey, V>(
    gathered: &mut Gathered<AsPair, (K, V)>,
    worker: &Worker<'_>,
    key: K,
    value: V,
) {
    gathered.items.push((worker.row_place(), (key, value)));
}

/// State of items that wait for the end of their interval.
#[diagnostic::on_unimplemented(
    message = "a `{X}` cannot be kept until the interval ends",
    label = "this stage would keep a `{X}` after its batch is gone, and save it in checkpoints",
    note = "it derives `serde::Serialize` and `serde::Deserialize`, is `Send`, and outlives the record: a text is kept with `.to_owned()`, a struct has `String` in place of `&str`",
    note = "or take each batch as it comes: leave `every` out"
)]
pub trait GatheredOf<X>: Sized {
    /// The state that a worker begins with.
    fn make(worker: &mut Worker<'_>, stage: usize) -> Outcome<Self>;
}

#[diagnostic::do_not_recommend]
impl<W, X: Stored> GatheredOf<X> for Gathered<W, X> {
    fn make(worker: &mut Worker<'_>, stage: usize) -> Outcome<Self> {
        super::states::gathered_state(worker, stage)
    }
}

/// What was gathered, until the stages behind are done with it.
#[derive(Debug)]
pub struct Apart<W: Lends<X>, X>(W::Apart);

/// Brings what the workers have gathered to the first of them, in the order of the records.
pub fn gathered<W: Lends<X>, X>(
    worker: &Worker<'_>,
    exchange: &Mailbox<(GatheredAt, X)>,
    gathered: &mut Gathered<W, X>,
) -> Outcome<Option<Apart<W, X>>> {
    let brought = brought(worker, exchange, gathered)?;
    Ok(brought.map(|items| Apart(W::apart(items))))
}

fn brought<W, X>(
    worker: &Worker<'_>,
    exchange: &Mailbox<(GatheredAt, X)>,
    gathered: &mut Gathered<W, X>,
) -> Outcome<Option<Vec<X>>> {
    let mut items = std::mem::take(&mut gathered.items);
    if worker.workers() > 1 {
        let run = worker.run().number;
        exchange.post(run, 0, items);
        worker.barrier()?;
        if worker.index() != 0 {
            return Ok(None);
        }
        items = exchange.collect(run, 0).into_iter().flatten().collect();
    }
    items.sort_by_key(|(place, _)| *place);
    Ok(Some(items.into_iter().map(|(_, item)| item).collect()))
}

/// The same of a round, if it has brought anything.
pub fn gathered_in_round<W: Lends<X>, X>(
    worker: &Worker<'_>,
    exchange: &Mailbox<(GatheredAt, X)>,
    state: &mut Gathered<W, X>,
) -> Outcome<Option<Apart<W, X>>> {
    let brought = brought(worker, exchange, state)?.filter(|items| !items.is_empty());
    Ok(brought.map(|items| Apart(W::apart(items))))
}

/// Calls for a round if items wait for one, at the end of a batch.
pub fn after_gathering<W, X>(worker: &mut Worker<'_>, gathered: &Gathered<W, X>) {
    if !gathered.items.is_empty() {
        worker.has_sent(true);
    }
}

/// The items as the function gets them.
pub fn lent<W: Lends<X>, X>(apart: &mut Apart<W, X>) -> Vec<W::Lent<'_>> {
    W::lend(&mut apart.0)
}
