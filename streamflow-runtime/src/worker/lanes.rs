//! One worker's part in stages that work on a key's items in their order: where the item at hand
//! stands, and when a round is called for.

use std::sync::atomic::Ordering;

use super::Worker;
use crate::state::At;

impl Worker<'_> {
    /// Where the record at hand stands.
    #[inline]
    pub(crate) fn stands_at(&mut self) -> At {
        let partition = match self.block_number {
            Some(number) => number,
            None => self.number_block(),
        };
        At {
            offset: self.at,
            partition,
        }
    }

    #[cold]
    fn number_block(&mut self) -> u32 {
        let name = self.positions.current(self.source).cloned();
        let number = name.map_or(u32::MAX, |name| self.run.places.number((self.source, name)));
        self.block_number = Some(number);
        number
    }

    /// Where an item of a round stands: where its record does, or behind those that were sent before
    /// it.
    pub(crate) fn arrives_at(&mut self) -> At {
        self.arrived.unwrap_or_else(|| {
            self.n_sent_on += 1;
            At {
                offset: self.n_sent_on,
                partition: u32::MAX,
            }
        })
    }

    /// Where the item at hand stands, in a round or in the loop over records.
    #[inline]
    pub(crate) fn item_at(&mut self, in_round: bool) -> At {
        if in_round {
            self.arrives_at()
        } else {
            self.stands_at()
        }
    }

    /// Notes which item is worked on in a round.
    #[inline]
    pub(crate) fn arrived(&mut self, at: Option<At>) {
        self.arrived = at;
    }

    pub(super) fn place_in_round(&self) -> String {
        let At { offset, partition } = self.arrived.unwrap_or(At {
            offset: 0,
            partition: u32::MAX,
        });
        let place = self.run.places.shown(partition, offset);
        place.unwrap_or_else(|| "in a round".to_owned())
    }

    /// Notes that items wait for a round, which is called for if it should come soon.
    pub(crate) fn has_sent(&mut self, is_urgent: bool) {
        if !self.has_sent {
            self.has_sent = true;
            self.run.items_wait.store(true, Ordering::Release);
        }
        // Under test a round has all that was fed together.
        if is_urgent && !self.run.is_test() {
            self.run.rounds.request();
        }
    }

    /// Calls for a round when there is nothing else to do.
    pub(super) fn call_for_items(&self) {
        let is_wanted = if self.run.is_test() {
            self.index == 0 && self.run.items_wait.load(Ordering::Acquire) && self.run.is_idle()
        } else {
            self.idle && self.has_sent
        };
        if is_wanted {
            self.run.rounds.request();
        }
    }
}
