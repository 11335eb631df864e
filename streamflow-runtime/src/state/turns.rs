//! Items on their way to the workers in turn, so that the work behind is shared out.

use std::marker::PhantomData;
use std::time::Instant;

use super::gathered::{Keeps, Lends};
use super::lane::At;

/// The items that one worker has for a stage, by the worker that they go to. `W` is the way in which
/// they are kept.
#[derive(Debug)]
pub struct Turns<W, X> {
    parcels: Vec<Vec<Turned<X>>>,
    /// How many have been sent since the run began.
    n_sent: usize,
    n_waiting: usize,
    /// Since when the first of them has waited.
    since: Option<Instant>,
    way: PhantomData<W>,
}

/// An item on its way.
#[derive(Debug)]
pub struct Turned<X> {
    pub(crate) at: At,
    /// Its own time, where it has one.
    pub(crate) time_ms: i64,
    pub(crate) kept: X,
}

/// Where the record of an item stands.
#[derive(Debug, Clone, Copy)]
pub struct Stands(pub(crate) At);

/// Items that have come to the worker whose turn it was, until the stages behind are done with them.
#[derive(Debug)]
pub struct HandedOn<A> {
    apart: A,
    places: Vec<(Stands, i64)>,
}

impl<W, X> Default for Turns<W, X> {
    fn default() -> Self {
        Turns {
            parcels: Vec::new(),
            n_sent: 0,
            n_waiting: 0,
            since: None,
            way: PhantomData,
        }
    }
}

impl<W, X> Turns<W, X> {
    /// Sends an item to one of so many workers. Those of different senders begin at different ones.
    #[inline]
    pub(crate) fn send<T>(&mut self, sender: usize, among: usize, item: T, (at, time_ms): (At, i64))
    where
        W: Keeps<T, Kept = X>,
    {
        let to = (self.n_sent % among + sender % among) % among;
        self.n_sent = self.n_sent.wrapping_add(1);
        if self.parcels.len() < among {
            self.parcels.resize_with(among, Vec::new);
        }
        if let Some(parcel) = self.parcels.get_mut(to) {
            let kept = W::keep(item);
            parcel.push(Turned { at, time_ms, kept });
            self.n_waiting += 1;
        }
    }

    /// How many items wait, and since when.
    pub(crate) fn waiting(&mut self) -> (usize, Option<Instant>) {
        if self.n_waiting > 0 && self.since.is_none() {
            self.since = Some(Instant::now());
        }
        (self.n_waiting, self.since)
    }

    /// Takes everything out, by the worker that it goes to.
    pub(crate) fn take(&mut self) -> Vec<Vec<Turned<X>>> {
        self.n_waiting = 0;
        self.since = None;
        std::mem::take(&mut self.parcels)
    }

    /// Makes ready what has come, in this order.
    pub(crate) fn handed_on(arrived: Vec<Turned<X>>) -> HandedOn<W::Apart>
    where
        W: Lends<X>,
    {
        let (places, kept) = arrived
            .into_iter()
            .map(|turned| ((Stands(turned.at), turned.time_ms), turned.kept))
            .unzip();
        HandedOn {
            apart: W::apart(kept),
            places,
        }
    }
}

impl<A> HandedOn<A> {
    /// The items, each with its place and its time.
    pub(crate) fn items<W, X>(&mut self) -> impl Iterator<Item = (W::Lent<'_>, (Stands, i64))>
    where
        W: Lends<X, Apart = A>,
        X: 'static,
    {
        let places = self.places.iter().copied();
        W::lend(&mut self.apart).into_iter().zip(places)
    }
}
