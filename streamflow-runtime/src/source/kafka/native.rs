//! Reads the topics of a cluster as the batches that its brokers return.
//!
//! What has come is checked and unpacked here, on the worker's own thread, piece by piece: a piece
//! is then walked while it is still in the cache.

use std::sync::Arc;
use std::time::Duration;

use super::damage::{damaged, walked_whole};
use super::reads::Reads;
use super::share::Share;
use super::wanted::Wanted;
use crate::batch::{Breakage, Damage, Fault, Piece, Pieces, Records, Unpacked};
use crate::error::{Code, Error, Result};
use crate::kafka::native::{Assigned, Dispatcher, Event, Fetched, FoundIn, Hold, Settings};
use crate::kafka::{Client, Start};
use crate::source::{Block, Opening, Partition, PartitionName, Polled};

/// One worker's partitions of the topics of a cluster.
#[derive(Debug)]
pub(super) struct NativeReader {
    settings: Arc<Settings>,
    share: Share,
    /// The first offset of each partition that has not been handed out.
    next_offsets: Vec<i64>,
    /// Whether each partition is still this reader's, as those that fetch it see it.
    held: Vec<Hold>,
    /// Those that fetch, from the first poll on.
    dispatcher: Option<Dispatcher>,
    /// The response at hand.
    at_hand: Option<AtHand>,
    unpacked: Unpacked,
    breakage: Breakage,
    /// The partition that was handed out last.
    handed_out: usize,
    /// How many offsets a block reaches over at most.
    longest: i64,
    /// The piece of which only a part has been handed out for that reason.
    cut: Option<Next>,
}

/// A response, and the partition in it whose batches are handed out.
#[derive(Debug)]
struct AtHand {
    fetched: Fetched,
    partition: Option<OfPartition>,
}

#[derive(Debug)]
struct OfPartition {
    index: usize,
    place: FoundIn,
    pieces: Pieces,
}

/// What is handed out next.
#[derive(Debug)]
struct Next {
    index: usize,
    piece: Piece,
    /// The first offset that is not this run's any more.
    end_offset: i64,
}

impl NativeReader {
    pub(super) fn open(
        client: &Arc<Client>,
        settings: &Arc<Settings>,
        (topics, reads): (&Wanted, &Reads),
        opening: &Opening<'_>,
    ) -> Result<Self> {
        let (share, own) = Share::open(client, (topics, reads), opening)?;
        Ok(NativeReader {
            settings: Arc::clone(settings),
            share,
            next_offsets: own.iter().map(|start| start.offset).collect(),
            held: own.iter().map(|_| Hold::default()).collect(),
            dispatcher: None,
            at_hand: None,
            unpacked: Unpacked::default(),
            breakage: Breakage::default(),
            handed_out: 0,
            longest: i64::MAX,
            cut: None,
        })
    }

    pub(super) fn partitions(&self) -> &[Partition] {
        self.share.partitions()
    }

    pub(super) fn poll(&mut self, wait: Duration) -> Result<Polled<Records<'_>>> {
        let next = loop {
            if let Some(next) = self.next_piece()? {
                break next;
            }
            if self.serve()? {
                // The worker learns of new partitions before it gets records of them.
                return Ok(Polled::Idle);
            }
            if self.share.has_ended() {
                return Ok(Polled::Ended);
            }
            if !self.take_response(wait)? {
                return Ok(Polled::Idle);
            }
        };
        self.block(next)
    }

    pub(super) fn limit(&mut self, records: u64) {
        self.longest = i64::try_from(records).unwrap_or(i64::MAX);
    }

    pub(super) fn finish(&mut self) -> Result<()> {
        let partition = self.share.partition(self.handed_out);
        walked_whole(&self.breakage, partition.map(|it| &it.name))
    }

    pub(super) fn is_caught_up(&self, index: usize) -> bool {
        let next_offset = self.next_offsets.get(index);
        next_offset.is_none_or(|next_offset| self.share.is_caught_up(index, *next_offset))
    }

    pub(super) fn release(&mut self, index: usize) {
        // What has been fetched of it is not looked at any more.
        self.share.reach(index);
        if let Some(hold) = self.held.get(index) {
            hold.let_go();
        }
    }

    pub(super) fn adopt(&mut self, name: &PartitionName, next_offset: i64) -> Result<()> {
        self.share.adopt(name, next_offset)?;
        self.fetch_also([next_offset]);
        Ok(())
    }

    /// The next piece of the response at hand that has something for this run.
    fn next_piece(&mut self) -> Result<Option<Next>> {
        let cut = self.cut.take();
        // Unless its partition has gone to another reader since.
        let is_own = |next: &Next| self.share.end_offset(next.index).is_some();
        if let Some(next) = cut.filter(is_own) {
            return Ok(Some(next));
        }
        while let Some(AtHand { fetched, partition }) = &mut self.at_hand {
            if partition.is_none() {
                *partition = fetched.found.pop().map(|found| OfPartition {
                    index: found.index,
                    place: found.place(),
                    pieces: Pieces::new(found.aborted),
                });
            }
            let Some(at_hand) = partition else {
                if let Some(spent) = self.at_hand.take() {
                    spent.fetched.give_back();
                }
                break;
            };
            let index = at_hand.index;
            let Some(end_offset) = self.share.end_offset(index) else {
                // Read to its end: what comes behind it is not looked at, be it whole or not.
                *partition = None;
                continue;
            };
            let bytes = fetched.batches(&at_hand.place);
            let piece = at_hand.pieces.next(bytes, &mut self.unpacked);
            let piece = piece.map_err(|damage| match self.share.partition(index) {
                Some(known) => damaged(&known.name, damage).help(way_out(&damage)),
                None => nobodys(index),
            })?;
            match piece {
                None => *partition = None,
                Some(piece) => {
                    return Ok(Some(Next {
                        index,
                        piece,
                        end_offset,
                    }));
                }
            }
        }
        Ok(None)
    }

    /// Waits for a response that has something; returns whether there is one.
    fn take_response(&mut self, wait: Duration) -> Result<bool> {
        let Some(dispatcher) = &self.dispatcher else {
            self.dispatcher = Some(self.begin()?);
            return Ok(false);
        };
        match dispatcher.next(wait) {
            None => Ok(false),
            Some(Event::Fetched(mut fetched)) => {
                self.follow_on(&fetched)?;
                for found in &fetched.found {
                    self.share.log_ends(found.index, found.end_offset);
                }
                // They are taken from the end.
                fetched.found.reverse();
                self.at_hand = Some(AtHand {
                    fetched,
                    partition: None,
                });
                Ok(true)
            }
            Some(Event::OutOfRange { index, .. }) if self.share.end_offset(index).is_none() => {
                Ok(false)
            }
            Some(Event::OutOfRange { index, offset }) => Err(match self.share.partition(index) {
                Some(partition) => self.share.client().out_of_range(&partition.name, offset),
                None => nobodys(index),
            }),
            Some(Event::Failed(error)) => Err(error),
        }
    }

    /// Starts to fetch. Not before the first poll: until then others may not be ready.
    fn begin(&self) -> Result<Dispatcher> {
        let all = (0..self.share.partitions().len()).collect::<Vec<_>>();
        let assigned = self.assigned(&all);
        self.share.client().dispatch(&self.settings, assigned)
    }

    fn assigned(&self, indexes: &[usize]) -> Vec<Assigned> {
        let wanted = indexes.iter().filter_map(|index| {
            let name = &self.share.partition(*index)?.name;
            let next_offset = *self.next_offsets.get(*index)?;
            let end_offset = self.share.end_offset(*index)?;
            let topic = Arc::clone(&name.topic);
            let wanted = Assigned::new(*index, topic, name.partition, next_offset, end_offset);
            Some(wanted.held(self.held.get(*index)?))
        });
        wanted.collect()
    }

    /// Hears what the client has to say; returns whether there are new partitions.
    fn serve(&mut self) -> Result<bool> {
        let new: Vec<Start> = self.share.serve()?;
        self.fetch_also(new.iter().map(|start| start.offset));
        Ok(!new.is_empty())
    }

    /// Fetches the partitions that the share has got since, from these offsets on.
    fn fetch_also(&mut self, next_offsets: impl IntoIterator<Item = i64>) {
        let known = self.next_offsets.len();
        self.next_offsets.extend(next_offsets);
        self.held
            .resize_with(self.next_offsets.len(), Hold::default);
        let added: Vec<usize> = (known..self.next_offsets.len()).collect();
        if let Some(dispatcher) = self.dispatcher.as_ref().filter(|_| !added.is_empty()) {
            dispatcher.fetch(self.assigned(&added));
        }
    }

    /// What has come must go on where the last response of each partition ended: records between
    /// the two would be lost without a word.
    fn follow_on(&self, fetched: &Fetched) -> Result<()> {
        let is_read = |index| self.share.end_offset(index).is_some();
        for found in fetched.found.iter().filter(|found| is_read(found.index)) {
            let next_offset = self.next_offsets.get(found.index);
            if next_offset.is_none_or(|next_offset| found.offset > *next_offset) {
                return Err(nobodys(found.index));
            }
        }
        Ok(())
    }

    /// Hands out a piece of the response at hand.
    fn block(&mut self, next: Next) -> Result<Polled<Records<'_>>> {
        let Next {
            index,
            ref piece,
            end_offset,
        } = next;
        let first_offset = self.next_offsets.get(index).copied();
        let cut_offset = first_offset.unwrap_or(0).saturating_add(self.longest);
        let is_cut = cut_offset < piece.next_offset.min(end_offset);
        if piece.next_offset >= end_offset && !is_cut {
            self.share.reach(index);
        }
        let end_offset = end_offset.min(cut_offset);
        let (Some(at_hand), Some(known), Some(next_offset)) = (
            self.at_hand.as_ref(),
            self.share.partition(index),
            self.next_offsets.get_mut(index),
        ) else {
            return Err(nobodys(index));
        };
        let first_offset = *next_offset;
        *next_offset = piece.next_offset.min(end_offset).max(first_offset);
        self.handed_out = index;
        let of_partition = at_hand.partition.as_ref();
        let bytes = of_partition.map_or(&[][..], |it| at_hand.fetched.batches(&it.place));
        let batches = piece.batches(bytes, &self.unpacked);
        if is_cut {
            self.cut = Some(next);
        }
        Ok(Polled::Block(Block {
            partition: index,
            next_offset: *next_offset,
            items: Records::new(
                &known.name.topic,
                known.name.partition,
                batches,
                first_offset..end_offset,
                &self.breakage,
            ),
        }))
    }
}

/// What to do about a batch that cannot be read.
fn way_out(damage: &Damage) -> &'static str {
    match damage.fault {
        Fault::Version(_) => {
            "read through librdkafka, which knows older formats: `--source rdkafka`"
        }
        _ => "nothing behind the last commit is processed: mend or delete the damaged segment",
    }
}

/// Something came of a partition that is not this reader's, or not from where it was wanted.
fn nobodys(index: usize) -> Error {
    let what = format!("records came that nobody has asked for, of partition {index} of a reader");
    Error::new(Code::Bug, what)
}
