//! Joins over windows that overlap, over windows of the items' own time, and over sessions.

use std::convert::Infallible;

use super::make::restored_as_it_is;
use super::session::slot_at;
use super::sides::{BothSidesOf, LeftSideOf};
use super::windows::restored;
use crate::state::{
    Ended, EventSides, KeptKey, Mailbox, Moved, MovingSides, Overflow, Panes, Place, SessionRule,
    SessionSides, SessionsOfKey, Sides, Stored, Unsettled,
};
use crate::worker::{Outcome, Worker};

macro_rules! made {
    ($($state:ident),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<K: KeptKey, L: Stored, R: Stored> BothSidesOf<L, R> for $state<K, L, R> {
            fn make(worker: &mut Worker<'_>, stage: usize) -> Outcome<Self> {
                restored_as_it_is(worker, stage)
            }
        }

        #[diagnostic::do_not_recommend]
        impl<K: KeptKey, L: Stored> LeftSideOf<L> for $state<K, L, ()> {
            fn make(worker: &mut Worker<'_>, stage: usize) -> Outcome<Self> {
                restored_as_it_is(worker, stage)
            }
        }
    )*};
}

made! { MovingSides, EventSides, SessionSides }

/// Adds what another worker or another step has for a key.
///
/// # Errors
///
/// None: nothing is computed.
pub fn append_sides<L, R>(known: &mut Sides<L, R>, other: Sides<L, R>) -> Result<(), Overflow> {
    known.append(other);
    Ok(())
}

/// What two streams have in the session that an item belongs to.
#[inline]
pub fn sides_at<K: KeptKey, L, R>(
    place: Place<'_, K, SessionsOfKey<Sides<L, R>>>,
    rule: SessionRule,
    time_ms: i64,
) -> &mut Sides<L, R> {
    slot_at(place, rule, time_ms).get_or_insert_default()
}

/// Windows of a join that overlap, of the clock.
#[diagnostic::on_unimplemented(
    message = "this stage's windows overlap, so a value is in several of them, and one of `{L}` and \
               `{R}` cannot be copied",
    label = "each window has results of its own",
    note = "derive `Clone` for it, or take windows that follow each other: `over tumbling 1m`"
)]
pub trait OverlappingSides<K, L, R> {
    /// Ends the open step of every key; returns whether a window ends with it.
    fn close(
        &mut self,
        worker: &Worker<'_>,
        ended: Ended,
        exchange: &Mailbox<Moved<K, Panes<Sides<L, R>>>>,
    ) -> Outcome<bool>;

    /// What all keys have in the window that has closed.
    fn results<'s>(&'s mut self) -> impl Iterator<Item = (&'s K, Sides<L, R>)>
    where
        K: 's;
}

#[diagnostic::do_not_recommend]
impl<K: KeptKey, L: Clone, R: Clone> OverlappingSides<K, L, R> for MovingSides<K, L, R> {
    fn close(
        &mut self,
        worker: &Worker<'_>,
        ended: Ended,
        exchange: &Mailbox<Moved<K, Panes<Sides<L, R>>>>,
    ) -> Outcome<bool> {
        restored(worker, exchange, &mut self.0)?;
        let closed = self.0.end(ended, |known, other| {
            known.append(other);
            Ok::<(), Infallible>(())
        });
        let Ok(closed) = closed.map_err(|Unsettled { cause, .. }| match cause {});
        Ok(closed)
    }

    fn results<'s>(&'s mut self) -> impl Iterator<Item = (&'s K, Sides<L, R>)>
    where
        K: 's,
    {
        self.0.results()
    }
}

/// The same of the items' own time.
#[diagnostic::on_unimplemented(
    message = "this stage's windows overlap, so a value is in several of them, and one of `{L}` and \
               `{R}` cannot be copied",
    label = "each window has results of its own",
    note = "derive `Clone` for it, or take windows that follow each other: `over tumbling 1m`"
)]
pub trait OverlappingEventSides<K, L, R> {
    /// Closes the next window; gives the time of its results.
    fn close_next(&mut self) -> Option<i64>;

    /// What all keys have in the window that has closed last.
    fn results<'s>(&'s mut self) -> impl Iterator<Item = (&'s K, Sides<L, R>)>
    where
        K: 's;
}

#[diagnostic::do_not_recommend]
impl<K: KeptKey, L: Clone, R: Clone> OverlappingEventSides<K, L, R> for EventSides<K, L, R> {
    fn close_next(&mut self) -> Option<i64> {
        let closed = self.0.close_next(|known, other| {
            known.append(other);
            Ok::<(), Infallible>(())
        });
        let Ok(time_ms) = closed.map_err(|Unsettled { cause, .. }| match cause {});
        time_ms
    }

    fn results<'s>(&'s mut self) -> impl Iterator<Item = (&'s K, Sides<L, R>)>
    where
        K: 's,
    {
        self.0.closed.results()
    }
}
