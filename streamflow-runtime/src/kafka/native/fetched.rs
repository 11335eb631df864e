//! A response of a broker on its way to the reader, and its memory on the way back.

use std::ops::Range;
use std::sync::mpsc::Sender;

use super::connection::Frame;
use crate::batch::Aborted;

/// Records of some partitions of one broker: a response as it came.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(super) buffer: Buffer,
    /// What is in it, in the order in which it came.
    pub(crate) found: Vec<Found>,
}

/// Where the batches of one partition lie in a response.
#[derive(Debug)]
pub(crate) struct Found {
    /// The place of the partition among those of the reader.
    pub(crate) index: usize,
    /// The offset that was asked for; the first batch may begin in front of it.
    pub(crate) offset: i64,
    /// Where the partition ended for readers when the broker answered.
    pub(crate) end_offset: i64,
    /// The transactions that were aborted.
    pub(crate) aborted: Vec<Aborted>,
    pub(super) place: FoundIn,
}

/// A place in a response.
pub(crate) type FoundIn = Range<usize>;

/// A frame that goes back to the fetcher that it came from.
#[derive(Debug)]
pub(super) struct Buffer {
    pub(super) frame: Frame,
    home: Sender<Buffer>,
}

impl Fetched {
    /// The batches of one partition.
    pub(crate) fn batches(&self, place: &FoundIn) -> &[u8] {
        self.buffer
            .frame
            .bytes()
            .get(place.clone())
            .unwrap_or_default()
    }

    /// Gives the memory back to be filled again.
    pub(crate) fn give_back(self) {
        self.buffer.go_home();
    }
}

impl Found {
    /// Where the batches lie.
    pub(crate) fn place(&self) -> FoundIn {
        self.place.clone()
    }
}

impl Buffer {
    /// A buffer that goes home this way.
    pub(super) fn new(home: Sender<Buffer>) -> Self {
        Buffer {
            frame: Frame::default(),
            home,
        }
    }

    pub(super) fn go_home(self) {
        let home = self.home.clone();
        // The fetcher may have ended: then nobody needs the memory.
        let _ = home.send(self);
    }
}
