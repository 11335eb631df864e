//! Channels and sinks of a user's own, and whether they take the items that come.

use std::sync::Arc;
use std::sync::mpsc::Sender;

use super::sources::{Itself, Never, Nowhere};
use crate::custom::{self, CustomSink, CustomWriter, SinkOf, WriteItem, WriterOf};
use crate::failure::Failure;
use crate::sink::Sink;
use crate::sink::Writes;
use crate::sink::channel::{self, Channel, ChannelSink, ChannelWriter};

/// What `to channel(…)` takes.
#[diagnostic::on_unimplemented(
    message = "`to channel` takes the sender of a channel, not a `{Self}`",
    label = "this is no sender",
    note = "write `let (tx, rx) = std::sync::mpsc::channel();` in front of the job, and `to channel(tx)`"
)]
pub trait ChannelSender<By> {
    /// The sink as the driver sees it.
    type Sink: Sink + Writes + 'static;

    /// Makes it that.
    fn in_job(self) -> Arc<Self::Sink>;
}

#[diagnostic::do_not_recommend]
impl<S: Channel> ChannelSender<Itself> for S {
    type Sink = ChannelSink<S>;

    fn in_job(self) -> Arc<ChannelSink<S>> {
        Arc::new(ChannelSink(self))
    }
}

#[diagnostic::do_not_recommend]
impl<S: Never + 'static> ChannelSender<Nowhere> for S {
    type Sink = ChannelSink<Sender<()>>;

    fn in_job(self) -> Arc<ChannelSink<Sender<()>>> {
        Arc::new(ChannelSink(std::sync::mpsc::channel().0))
    }
}

/// What `to custom(…)` takes.
#[diagnostic::on_unimplemented(
    message = "`to custom` takes a sink of your own, not a `{Self}`",
    label = "this is no sink",
    note = "implement `streamflow::custom::CustomSink` for it"
)]
pub trait SinkOfOnesOwn<By> {
    /// The sink as the driver sees it.
    type Sink: Sink + Writes + 'static;

    /// Makes it that.
    fn in_job(self) -> Arc<Self::Sink>;
}

#[diagnostic::do_not_recommend]
impl<S: CustomSink> SinkOfOnesOwn<Itself> for S {
    type Sink = SinkOf<S>;

    fn in_job(self) -> Arc<SinkOf<S>> {
        Arc::new(SinkOf(self))
    }
}

#[diagnostic::do_not_recommend]
impl<S: Never + 'static> SinkOfOnesOwn<Nowhere> for S {
    type Sink = ChannelSink<Sender<()>>;

    fn in_job(self) -> Arc<ChannelSink<Sender<()>>> {
        Arc::new(ChannelSink(std::sync::mpsc::channel().0))
    }
}

/// A way out that takes items of a type.
#[diagnostic::on_unimplemented(
    message = "the items that reach this sink are `{T}`, which it does not take",
    label = "`{T}` comes here",
    note = "a channel takes the items that it was made for: `| map(|item| …)` in front makes others of them, \
            and a text is made owned with `.to_owned()`",
    note = "the writer of a sink of your own takes what `streamflow::custom::WriteItem` is implemented for"
)]
pub trait Takes<T, By> {
    /// Takes an item.
    fn take(&mut self, item: T) -> Result<(), Failure>;
}

#[diagnostic::do_not_recommend]
impl<T, S: Channel<Item = T>> Takes<T, Itself> for ChannelWriter<S> {
    #[inline]
    fn take(&mut self, item: T) -> Result<(), Failure> {
        if self.0.put(item) {
            Ok(())
        } else {
            Err(Failure::fatal(channel::nobody_receives()))
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T, W: CustomWriter + WriteItem<T>> Takes<T, Itself> for WriterOf<W> {
    #[inline]
    fn take(&mut self, item: T) -> Result<(), Failure> {
        let written = self.0.write(item);
        written.map_err(|cause| Failure::fatal(custom::failed(cause)))
    }
}

/// Nothing is of this type: with a second impl in sight, the compiler compares the items with those that
/// the sink takes, and does not take them for those.
#[derive(Debug)]
pub struct NoItem;

#[diagnostic::do_not_recommend]
impl<S> Takes<NoItem, Nowhere> for ChannelWriter<S> {
    fn take(&mut self, _item: NoItem) -> Result<(), Failure> {
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl<W> Takes<NoItem, Nowhere> for WriterOf<W> {
    fn take(&mut self, _item: NoItem) -> Result<(), Failure> {
        Ok(())
    }
}
