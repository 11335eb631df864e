//! What the courier hears from the threads that wait for brokers in its place.

use std::sync::Arc;
use std::sync::mpsc::Sender;

use super::carrier::Returned;
use super::outbox::Outbox;
use crate::kafka::native::connection::Trouble;
use crate::kafka::native::protocol::{Metadata, ProducerId};

/// One of the things that the courier hears.
#[derive(Debug)]
pub(super) enum Word {
    /// A carrier is back.
    Returned(Returned),
    /// Who leads what.
    Leaders(Result<Metadata, Trouble>),
    /// Who we are to brokers; their error code where they do not say it.
    Id(Result<Result<ProducerId, i16>, Trouble>),
}

/// How they are told to him: he waits at the outbox.
#[derive(Debug, Clone)]
pub(super) struct Tells {
    pub(super) outbox: Arc<Outbox>,
    pub(super) words: Sender<Word>,
}

impl Tells {
    pub(super) fn say(&self, word: Word) {
        // Without a courier nobody sends any more, and nothing is to be known.
        let _ = self.words.send(word);
        self.outbox.nudge();
    }
}
