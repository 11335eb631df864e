//! Stages that pass items on as they are: some of them, slower, or to the workers in turn.

use std::marker::PhantomData;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::{Code, Error};
use crate::state::{HandedOn, Keeps, Lends, Mailbox, RecordPlace, Stands, Turned, Turns};
use crate::worker::{Outcome, Worker};

/// `sample` on one worker.
#[derive(Debug)]
pub struct Sampling {
    /// Which `sample` of the job it is: two of them choose independently.
    nth: u64,
    /// The record of the last item.
    last: Option<RecordPlace>,
    /// How many items of that record came before the one at hand.
    n_before: u64,
}

/// Begins to choose.
pub fn sampling(nth: u64) -> Sampling {
    Sampling {
        nth,
        last: None,
        n_before: 0,
    }
}

/// Whether an item of the record at hand is chosen: by where the record stands, so that it is chosen
/// again when it is read again.
#[inline]
pub fn is_sampled(sampling: &mut Sampling, worker: &Worker<'_>, share: f64) -> bool {
    let place = worker.record_place();
    if sampling.last == Some(place) {
        sampling.n_before += 1;
    } else {
        sampling.last = Some(place);
        sampling.n_before = 0;
    }
    place.as_share(sampling.nth, sampling.n_before) < share
}

/// `throttle`: so many items a second, over all workers.
#[derive(Debug)]
pub struct Throttle {
    per_second: u64,
    bucket: Mutex<Bucket>,
}

/// What may still pass. It has at most what one second brings.
#[derive(Debug)]
struct Bucket {
    /// The run that it is of: a job can be run again.
    run: u64,
    /// Thousandths of items; less than 0 where more have passed than was known beforehand.
    credit: i128,
    at_ms: i64,
}

/// What one worker has taken out of the bucket, and not used yet.
#[derive(Debug)]
pub struct Allowance {
    left: i64,
}

/// Limits the items that pass.
pub fn throttle(per_second: u64) -> Throttle {
    Throttle {
        per_second,
        bucket: Mutex::new(Bucket {
            run: 0,
            credit: 0,
            at_ms: 0,
        }),
    }
}

/// Nothing has been taken yet.
pub fn allowance() -> Allowance {
    Allowance { left: 0 }
}

impl Throttle {
    fn lock(&self) -> MutexGuard<'_, Bucket> {
        self.bucket.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, run: u64, now_ms: i64) {
        let mut bucket = self.lock();
        if bucket.run != run {
            *bucket = Bucket {
                run,
                credit: self.full(),
                at_ms: now_ms,
            };
        }
    }

    /// What a second brings.
    fn full(&self) -> i128 {
        i128::from(self.per_second) * 1_000
    }

    /// Takes one worker's share out of the bucket.
    fn take(&self, now_ms: i64, workers: usize) -> i64 {
        let mut bucket = self.lock();
        let elapsed_ms = i128::from(now_ms.saturating_sub(bucket.at_ms).max(0));
        bucket.at_ms = bucket.at_ms.max(now_ms);
        let come = elapsed_ms.saturating_mul(i128::from(self.per_second));
        bucket.credit = bucket.credit.saturating_add(come).min(self.full());
        let items = (bucket.credit / 1_000).max(0);
        let workers = i128::try_from(workers).unwrap_or(1).max(1);
        let share = (items + workers - 1) / workers;
        bucket.credit -= share * 1_000;
        i64::try_from(share).unwrap_or(i64::MAX)
    }

    fn give_back(&self, items: i64) {
        if items != 0 {
            self.lock().credit += i128::from(items) * 1_000;
        }
    }
}

/// Begins with a full bucket.
pub fn begin_throttle(worker: &Worker<'_>, stage: usize, throttle: &Throttle) -> Outcome {
    if throttle.per_second == 0 {
        let what = format!(
            "`{}` lets nothing pass",
            worker
                .run()
                .plan
                .stages
                .get(stage)
                .map_or("throttle", |it| it.text)
        );
        return Err(Error::new(Code::Config, what)
            .help("give it a rate of at least 1, as in `throttle(100/s)`")
            .into());
    }
    let run = worker.run();
    throttle.begin(run.number, run.clock.now_ms());
    Ok(())
}

/// Says how many records may be read next.
#[inline]
pub fn hold_back(throttle: &Throttle, allowance: &mut Allowance, worker: &mut Worker<'_>) {
    give_back(throttle, allowance);
    let now_ms = worker.run().clock.now_ms();
    allowance.left = throttle.take(now_ms, worker.workers());
    worker.may_read(allowance.left);
}

/// Counts an item that passes.
#[inline]
pub fn pass(allowance: &mut Allowance) {
    allowance.left -= 1;
}

/// Puts back what has not been used. Where records have given more items than there are records,
/// others wait for longer.
pub fn give_back(throttle: &Throttle, allowance: &mut Allowance) {
    throttle.give_back(std::mem::take(&mut allowance.left));
}

/// Puts back what a source had no records for, and waits for some.
pub fn rest(throttle: &Throttle, allowance: &mut Allowance, worker: &Worker<'_>) {
    give_back(throttle, allowance);
    worker.rest();
}

/// A round is called for when so many items wait.
const MANY: usize = 16_384;

/// A round is called for when an item has waited for so long.
const LONG: Duration = Duration::from_millis(2);

/// Items that go on to other workers.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` cannot go on to another worker",
    label = "items go to the workers in turn, behind this batch",
    note = "make it owned in front of this stage: a text in a tuple with `.to_owned()`; in a struct, write `String` for `&str`; it must also be `Send`"
)]
pub trait GoesOn: Send + 'static {}

#[diagnostic::do_not_recommend]
impl<X: Send + 'static> GoesOn for X {}

/// The ways to the workers.
pub fn turns<W, X: GoesOn>() -> Turns<W, X> {
    Turns::default()
}

/// Refuses to share items out among no workers.
pub fn check_among(worker: &Worker<'_>, stage: usize, among: usize) -> Outcome {
    if among > 0 {
        return Ok(());
    }
    let stages = worker.run().plan.stages;
    let text = stages.get(stage).map_or("repartition", |stage| stage.text);
    let what = format!("`{text}` has no workers to share items out among");
    Err(Error::new(Code::Config, what)
        .help("give it a number of at least 1, as in `repartition(8)`")
        .into())
}

/// Sends an item to the worker whose turn it is; also says whether it is one of a round.
#[inline]
pub fn send_in_turn<T, W: Keeps<T>>(
    turns: &mut Turns<W, W::Kept>,
    (worker, among, time_ms, in_round): (&mut Worker<'_>, usize, i64, bool),
    item: T,
    _way: W,
) {
    let at = worker.item_at(in_round);
    let among = among.min(worker.workers()).max(1);
    turns.send(worker.index(), among, item, (at, time_ms));
}

/// Calls for a round if enough items wait, at the end of a batch.
pub fn after_turns<W, X>(worker: &mut Worker<'_>, turns: &mut Turns<W, X>) {
    let (waiting, since) = turns.waiting();
    if waiting == 0 {
        return;
    }
    let is_long = || since.is_some_and(|since| since.elapsed() >= LONG);
    worker.has_sent(waiting >= MANY || is_long());
}

/// What has come to this worker, until the stages behind are done with it.
#[derive(Debug)]
pub struct Taken<W: Lends<X>, X> {
    handed_on: HandedOn<W::Apart>,
    kept: PhantomData<X>,
}

/// Brings the items of a round to the workers, each partition's in its order.
pub fn turns_taken<W: Lends<X>, X: GoesOn>(
    worker: &Worker<'_>,
    exchange: &Mailbox<Turned<X>>,
    turns: &mut Turns<W, X>,
) -> Outcome<Taken<W, X>> {
    let run = worker.run();
    let arrived: Vec<Turned<X>> = if worker.workers() == 1 {
        turns.take().into_iter().flatten().collect()
    } else {
        for (to, parcel) in turns.take().into_iter().enumerate() {
            exchange.post(run.number, to, parcel);
        }
        worker.barrier()?;
        let parcels = exchange.collect(run.number, worker.index());
        parcels.into_iter().flatten().collect()
    };
    Ok(in_order(worker, arrived))
}

/// Makes items ready in the order of their records.
pub(super) fn in_order<W: Lends<X>, X>(
    worker: &Worker<'_>,
    mut items: Vec<Turned<X>>,
) -> Taken<W, X> {
    let ranks = worker.run().places.ranks();
    // Stable: what stands at one place keeps its order.
    items.sort_by_key(|turned| {
        let partition = usize::try_from(turned.at.partition).unwrap_or(usize::MAX);
        let rank = ranks.get(partition).copied().unwrap_or(u32::MAX);
        (turned.at.offset, rank)
    });
    Taken {
        handed_on: Turns::<W, X>::handed_on(items),
        kept: PhantomData,
    }
}

/// The items that have come, each with its place and its time.
pub fn handed_on<W: Lends<X>, X: 'static>(
    taken: &mut Taken<W, X>,
) -> impl Iterator<Item = (W::Lent<'_>, (Stands, i64))> {
    taken.handed_on.items::<W, X>()
}

/// Notes which item is worked on, for messages and for the lanes behind.
#[inline]
pub fn handed(worker: &mut Worker<'_>, Stands(at): Stands) {
    worker.arrived(Some(at));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_is_full_at_first_and_fills_with_time_up_to_one_second() {
        let throttle = throttle(10);
        throttle.begin(1, 5_000);
        assert_eq!(throttle.take(5_000, 1), 10);
        assert_eq!(throttle.take(5_000, 1), 0);
        assert_eq!(throttle.take(5_250, 1), 2, "and half an item is left");
        assert_eq!(throttle.take(5_300, 1), 1);
        assert_eq!(throttle.take(60_000, 1), 10);
    }

    #[test]
    fn workers_share_the_bucket() {
        let throttle = throttle(5);
        throttle.begin(1, 0);
        let shares: Vec<i64> = (0..4).map(|_| throttle.take(0, 2)).collect();
        assert_eq!(shares, [3, 1, 1, 0]);
        throttle.give_back(2);
        assert_eq!(throttle.take(0, 2), 1);
    }

    #[test]
    fn more_items_than_allowed_are_waited_for() {
        let throttle = throttle(10);
        throttle.begin(1, 0);
        let allowed = throttle.take(0, 1);
        throttle.give_back(allowed - 30);
        assert_eq!(throttle.take(1_999, 1), 0);
        assert_eq!(throttle.take(2_100, 1), 1);
    }
}
