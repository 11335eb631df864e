//! Sends results through a channel of the program.

use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{Sender, SyncSender};

use crate::error::{Code, Error, Result};
use crate::round::Round;
use crate::sink::{Sink, SinkOpening, Writer, Writes};

/// The sender of a channel.
pub trait Channel: Clone + fmt::Debug + Send + Sync + 'static {
    /// What goes through it.
    type Item;

    /// Sends an item, waiting for room; `false` if nobody receives any more.
    fn put(&self, item: Self::Item) -> bool;
}

impl<T: Send + 'static> Channel for Sender<T> {
    type Item = T;

    fn put(&self, item: T) -> bool {
        self.send(item).is_ok()
    }
}

impl<T: Send + 'static> Channel for SyncSender<T> {
    type Item = T;

    fn put(&self, item: T) -> bool {
        self.send(item).is_ok()
    }
}

/// `to channel(sender)`.
#[derive(Debug)]
pub struct ChannelSink<S>(pub(crate) S);

impl<S: Channel> Sink for ChannelSink<S> {
    fn open(&self, _opening: &SinkOpening<'_>) -> Result<()> {
        Ok(())
    }

    fn publish(&self, _round: &Round) -> Result<()> {
        Ok(())
    }

    fn flush(&self) -> Result<()> {
        Ok(())
    }
}

/// One worker's way to a channel.
#[derive(Debug)]
pub struct ChannelWriter<S>(pub(crate) S);

#[cold]
pub(crate) fn nobody_receives() -> Error {
    Error::new(
        Code::OutputUnreachable,
        "the receiver of `to channel` is gone, and nobody takes what the job sends",
    )
    .help("keep the receiver as long as the job runs")
}

impl<S> Writer for ChannelWriter<S> {
    fn hand_over(&mut self) -> Result<()> {
        Ok(())
    }
}

impl<S: Channel> Writes for ChannelSink<S> {
    type Writer = ChannelWriter<S>;

    fn writer(self: &Arc<Self>, _worker: usize) -> Result<ChannelWriter<S>> {
        Ok(ChannelWriter(self.0.clone()))
    }
}
