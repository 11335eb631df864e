//! Sinks, and how items are shown on their way into them.

use std::fmt::Debug;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

use crate::encode::{self, EncodeError};
use crate::failure::Failure;
use crate::sink::files::{Directory, FilesSink};
use crate::sink::kafka::{KafkaSink, KafkaWriter};
use crate::sink::objects::{Objects, ObjectsSink};
pub use crate::sink::parts::Roll;
use crate::sink::parts::{PartsOptions, PartsWriter, Place};
use crate::sink::print::{PrintSink, PrintWriter, Rows};
use crate::sink::{Sink, Writer, Writes};
use crate::state::{Row, RowsState};
use crate::worker::{Outcome, Worker};

/// `print` and `print(n)`.
pub fn print_sink(limit: Option<usize>, rows: Rows) -> Arc<PrintSink> {
    Arc::new(PrintSink::new(limit, rows))
}

/// `to files("dir")`.
pub fn files_sink(
    dir: impl Into<PathBuf>,
    suffix: impl Into<String>,
    every_ms: Option<u64>,
    roll: Option<Roll>,
) -> Arc<FilesSink> {
    let options = PartsOptions {
        suffix: suffix.into(),
        every_ms,
        roll,
    };
    Arc::new(FilesSink::new(Directory::new(dir.into()), options))
}

/// The URL of a place in an object store.
#[diagnostic::on_unimplemented(
    message = "`object_store` takes a URL, and this is a `{Self}`",
    label = "a `{Self}`",
    note = "a URL is a text: `\"s3://bucket/dir\"`, `&url` or `format!(\"s3://{{bucket}}/dir\")`; a directory of this machine is written by `to files(…)`"
)]
pub trait StoreUrl {
    /// The URL as a text.
    fn text(self) -> String;
}

#[diagnostic::do_not_recommend]
impl<T: AsRef<str>> StoreUrl for T {
    fn text(self) -> String {
        self.as_ref().to_owned()
    }
}

/// `to object_store("url")`.
pub fn objects_sink(
    stage: usize,
    url: String,
    suffix: impl Into<String>,
    every_ms: Option<u64>,
    roll: Option<Roll>,
) -> Arc<ObjectsSink> {
    let options = PartsOptions {
        suffix: suffix.into(),
        every_ms,
        roll,
    };
    let objects = Objects::new(stage, url);
    Arc::new(ObjectsSink::new(objects, options))
}

/// `to kafka("topic")`.
pub fn kafka_sink(topic: impl AsRef<str>) -> Arc<KafkaSink> {
    Arc::new(KafkaSink::new(topic.as_ref()))
}

/// A sink as the driver sees it.
pub fn sink<S: Sink + 'static>(sink: &Arc<S>) -> Arc<dyn Sink> {
    Arc::clone(sink) as Arc<dyn Sink>
}

/// This worker's way to a sink.
pub fn writer<S: Writes>(sink: &Arc<S>, worker: &Worker<'_>) -> Outcome<S::Writer> {
    Ok(sink.writer(worker.index())?)
}

/// What a writer does behind every batch.
pub fn after_batch(writer: &mut impl Writer) -> Outcome {
    Ok(writer.after_batch()?)
}

/// Hands over what was written since the last round.
pub fn hand_over(writer: &mut impl Writer) -> Outcome {
    Ok(writer.hand_over()?)
}

/// An item to be shown. `(&&Shown(&item)).kind()` finds out how, by method look-up.
#[derive(Debug)]
pub struct Shown<'s, T>(pub &'s T);

/// The item is shown as a row: `(user,2)`.
#[derive(Debug, Clone, Copy)]
pub struct AsRow;

/// The item is shown as `Debug` shows it.
#[derive(Debug, Clone, Copy)]
pub struct ByDebug;

/// Items that derive `Serialize`.
pub trait ShownAsRow {
    /// How the item is shown.
    fn kind(self) -> AsRow;
}

impl<T: Serialize> ShownAsRow for &&Shown<'_, T> {
    fn kind(self) -> AsRow {
        AsRow
    }
}

/// All other items.
pub trait ShownByDebug {
    /// How the item is shown.
    fn kind(self) -> ByDebug;
}

impl<T> ShownByDebug for &Shown<'_, T> {
    fn kind(self) -> ByDebug {
        ByDebug
    }
}

/// A way to show items of a type.
#[diagnostic::on_unimplemented(
    message = "`print` cannot print items of type `{T}`",
    label = "the items reaching this stage are `{T}`",
    note = "derive `Debug` or `serde::Serialize` for the type, or put `| map(|item| …)` in front of `print`"
)]
pub trait Shows<T>: Sized {
    /// Writes the item.
    fn show(self, item: &T, out: &mut Vec<u8>);

    /// Prints the item.
    #[inline]
    fn print(self, item: &T, out: &mut PrintWriter) {
        out.row(|text| self.show(item, text));
    }

    /// Keeps the item's row until its interval ends.
    #[inline]
    fn keep(self, item: &T, state: &mut RowsState, worker: &Worker<'_>) {
        state.rendered.clear();
        self.show(item, &mut state.rendered);
        let row = Row::new(worker.row_place(), &state.rendered);
        state.rows.push(row);
    }
}

#[diagnostic::do_not_recommend]
impl<T: Serialize> Shows<T> for AsRow {
    #[inline]
    fn show(self, item: &T, out: &mut Vec<u8>) {
        encode::shown(item, out);
    }
}

#[diagnostic::do_not_recommend]
impl<T: Debug> Shows<T> for ByDebug {
    fn show(self, item: &T, out: &mut Vec<u8>) {
        // Writing to a vector cannot fail; a `Debug` that fails leaves what it wrote.
        let _written = write!(out, "{item:?}");
    }
}

/// Takes the kept rows out.
pub fn drain_rows(state: &mut RowsState) -> impl Iterator<Item = Row> + '_ {
    state.rows.drain(..)
}

/// Prints a kept row.
pub fn print_kept(out: &mut PrintWriter, row: Row) {
    out.kept(row);
}

/// Writes an item as a line of a file or an object.
#[inline]
pub fn write_row<P: Place>(
    out: &mut PartsWriter<P>,
    encode: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>,
) -> Result<(), Failure> {
    out.row(encode).map_err(Failure::refused)
}

/// Keys of messages.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` cannot be the key of a message",
    label = "`key:` gives a `{Self}`",
    note = "text, numbers and tuples of them can be; for a type of your own, derive `serde::Serialize`"
)]
pub trait MessageKey {
    /// Sets the key of the message that is sent next.
    fn set(&self, out: &mut KafkaWriter) -> Result<(), Failure>;
}

#[diagnostic::do_not_recommend]
impl<K: Serialize> MessageKey for K {
    #[inline]
    fn set(&self, out: &mut KafkaWriter) -> Result<(), Failure> {
        encode::shown(self, out.key());
        Ok(())
    }
}

/// Headers of messages: names with their values.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` cannot be the headers of a message",
    label = "`headers:` gives a `{Self}`",
    note = "write names with their values, text or bytes: `headers: |item| [(\"trace\", item.trace.as_str())]`"
)]
pub trait MessageHeaders {
    /// Sets the headers of the message that is sent next.
    fn set(self, out: &mut KafkaWriter);
}

#[diagnostic::do_not_recommend]
impl<Name, Value, All> MessageHeaders for All
where
    Name: AsRef<str>,
    Value: AsRef<[u8]>,
    All: IntoIterator<Item = (Name, Value)>,
{
    #[inline]
    fn set(self, out: &mut KafkaWriter) {
        out.begin_headers();
        for (name, value) in self {
            out.header(name.as_ref(), value.as_ref());
        }
    }
}

/// Sends an item as a message.
#[inline]
pub fn send(
    out: &mut KafkaWriter,
    encode: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>,
) -> Result<(), Failure> {
    encode(out.value()).map_err(Failure::refused)?;
    out.send_written().map_err(Failure::fatal)
}
