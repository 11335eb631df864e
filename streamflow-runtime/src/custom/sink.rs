//! `to custom(sink)`.

use std::fmt;
use std::sync::Arc;

use super::Result;
use crate::error::{Code, Error};
use crate::round::Round;
use crate::sink::{Sink, SinkOpening, Writer, Writes};

/// An output that streamflow does not know: each worker writes to it through a writer of its own.
///
/// An example stands in the book, under "A sink of your own".
pub trait CustomSink: Send + Sync + 'static {
    /// What one worker writes with.
    type Writer: CustomWriter;

    /// Opens the writer of a worker, counted from 0.
    ///
    /// # Errors
    ///
    /// Any error ends the job.
    fn open(&self, worker: usize) -> Result<Self::Writer>;
}

/// What one worker writes with: see also [`WriteItem`].
pub trait CustomWriter {
    /// Returns when everything written so far is out. Called at the end of each interval, in front
    /// of each checkpoint, and at the end: what is not out before a checkpoint is lost if the process ends
    /// behind it.
    ///
    /// # Errors
    ///
    /// Any error ends the job, and the records are read again.
    fn flush(&mut self) -> Result<()>;
}

/// A writer that takes items of a type.
pub trait WriteItem<T> {
    /// Takes an item.
    ///
    /// # Errors
    ///
    /// Any error ends the job, and the records are read again.
    fn write(&mut self, item: T) -> Result<()>;
}

/// A sink of a user's own, as the driver sees it.
pub struct SinkOf<S>(pub(crate) S);

impl<S> fmt::Debug for SinkOf<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("custom")
    }
}

impl<S: CustomSink> Sink for SinkOf<S> {
    fn open(&self, _opening: &SinkOpening<'_>) -> crate::error::Result<()> {
        Ok(())
    }

    fn publish(&self, _round: &Round) -> crate::error::Result<()> {
        Ok(())
    }

    fn flush(&self) -> crate::error::Result<()> {
        // Writers have done so by themselves.
        Ok(())
    }
}

/// One worker's way to it.
#[derive(Debug)]
pub struct WriterOf<W>(pub(crate) W);

impl<W: CustomWriter> Writer for WriterOf<W> {
    fn hand_over(&mut self) -> crate::error::Result<()> {
        self.0.flush().map_err(failed)
    }
}

impl<S: CustomSink> Writes for SinkOf<S> {
    type Writer = WriterOf<S::Writer>;

    fn writer(self: &Arc<Self>, worker: usize) -> crate::error::Result<Self::Writer> {
        self.0.open(worker).map(WriterOf).map_err(failed)
    }
}

#[cold]
pub(crate) fn failed(cause: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error::new(Code::OutputUnreachable, "the sink of `to custom` failed").caused_by(cause)
}
