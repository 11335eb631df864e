//! Opens sources, and hands their batches to the loop.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};

use crate::custom::{CustomSource, SourceOf};
use crate::source::channel::{ChannelSource, ReceivingEnd};
use crate::source::files::FilesSource;
use crate::source::generate::GenerateSource;
use crate::source::iter::IterSource;
use crate::source::kafka::KafkaSource;
use crate::source::socket::SocketSource;
use crate::source::stdin::StdinSource;
use crate::source::{Reader, Source};
use crate::worker::{Outcome, Worker};

/// What `kafka(…)` takes: a topic, or several.
#[diagnostic::on_unimplemented(
    message = "`kafka` takes the name of a topic, not a `{Self}`",
    note = "write `kafka(\"topic\")` or `kafka([\"a\", \"b\"])`"
)]
pub trait TopicNames {
    /// The names.
    fn names(self) -> Vec<Arc<str>>;
}

impl TopicNames for &str {
    fn names(self) -> Vec<Arc<str>> {
        vec![self.into()]
    }
}

impl TopicNames for String {
    fn names(self) -> Vec<Arc<str>> {
        vec![self.into()]
    }
}

impl TopicNames for &String {
    fn names(self) -> Vec<Arc<str>> {
        vec![self.as_str().into()]
    }
}

impl<T: Into<Arc<str>>, const N: usize> TopicNames for [T; N] {
    fn names(self) -> Vec<Arc<str>> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<T: Into<Arc<str>>> TopicNames for Vec<T> {
    fn names(self) -> Vec<Arc<str>> {
        self.into_iter().map(Into::into).collect()
    }
}

/// `from kafka(…)`.
pub fn kafka(topics: Vec<Arc<str>>) -> KafkaSource {
    KafkaSource::new(topics)
}

/// `from kafka(pattern "…")`.
pub fn kafka_matching(pattern: impl AsRef<str>) -> KafkaSource {
    KafkaSource::matching(pattern.as_ref())
}

/// What `iter(…)` takes.
#[diagnostic::on_unimplemented(
    message = "`iter` takes something to walk through, not a `{Self}`",
    label = "this is no iterator, and cannot be made one",
    note = "write `iter([1, 2, 3])`, `iter(0..10)` or `iter(list)`"
)]
pub trait Items<By> {
    /// What walks through the items.
    type Iter;

    /// Begins the walk.
    fn walk(self) -> Self::Iter;
}

/// By being an iterator, or something that can be made one.
#[derive(Debug)]
pub struct Itself;

#[diagnostic::do_not_recommend]
impl<T: IntoIterator> Items<Itself> for T {
    type Iter = T::IntoIter;

    fn walk(self) -> T::IntoIter {
        self.into_iter()
    }
}

/// No item is of this type: with a second impl in sight, the compiler looks whether what is given
/// is an iterator before it says what the items are, and says once that it is not.
#[derive(Debug)]
pub struct Nowhere;

/// Nothing.
pub trait Never {}

#[diagnostic::do_not_recommend]
impl<T: Never> Items<Nowhere> for T {
    type Iter = std::iter::Empty<()>;

    fn walk(self) -> Self::Iter {
        std::iter::empty()
    }
}

/// `from iter(…)`.
pub fn iter<I: Iterator<Item: Send> + Send>(items: I) -> IterSource<I> {
    IterSource::new(items)
}

/// What `channel(…)` takes.
#[diagnostic::on_unimplemented(
    message = "`from channel` takes the receiver of a channel, not a `{Self}`",
    label = "this is no receiver",
    note = "write `let (tx, rx) = std::sync::mpsc::channel();` in front of the job, and `from channel(rx)`"
)]
pub trait ChannelReceiver<By> {
    /// What comes through it.
    type Item;

    /// The receiver.
    fn receiver(self) -> Receiver<Self::Item>;
}

#[diagnostic::do_not_recommend]
impl<R: ReceivingEnd> ChannelReceiver<Itself> for R {
    type Item = R::Item;

    fn receiver(self) -> Receiver<R::Item> {
        self.itself()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Never> ChannelReceiver<Nowhere> for T {
    type Item = ();

    fn receiver(self) -> Receiver<()> {
        mpsc::channel().1
    }
}

/// What `from custom(…)` takes.
#[diagnostic::on_unimplemented(
    message = "`from custom` takes a source of your own, not a `{Self}`",
    label = "this is no source",
    note = "implement `streamflow::custom::CustomSource` for it"
)]
pub trait SourceOfOnesOwn<By> {
    /// The source as the driver sees it.
    type Source: Source;

    /// Makes it that.
    fn in_job(self) -> Self::Source;
}

#[diagnostic::do_not_recommend]
impl<S: CustomSource> SourceOfOnesOwn<Itself> for S {
    type Source = SourceOf<S>;

    fn in_job(self) -> SourceOf<S> {
        SourceOf(self)
    }
}

#[diagnostic::do_not_recommend]
impl<S: Never> SourceOfOnesOwn<Nowhere> for S {
    type Source = ChannelSource<()>;

    fn in_job(self) -> ChannelSource<()> {
        ChannelSource::new(mpsc::channel().1)
    }
}

/// `from channel(receiver)`.
pub fn channel<T: Send>(receiver: Receiver<T>) -> ChannelSource<T> {
    ChannelSource::new(receiver)
}

/// `from generate(rate, f)`.
pub fn generate<T, F>(per_second: u64, make: F) -> GenerateSource<F>
where
    F: Fn(u64) -> T + Send + Sync,
{
    GenerateSource::new(per_second, make)
}

/// `from stdin`.
pub fn stdin() -> StdinSource {
    StdinSource::new()
}

/// `from socket("host:port")`.
pub fn socket(address: impl Into<String>) -> SocketSource {
    SocketSource::new(address)
}

/// `from files("glob")`.
pub fn files(pattern: impl Into<String>) -> FilesSource {
    FilesSource::new(pattern)
}

/// Opens this worker's share of a source.
pub fn open<S: Source>(source: &S, worker: &mut Worker<'_>, stage: usize) -> Outcome<S::Reader> {
    worker.open(source, stage)
}

/// Waits until every worker has opened its sources.
pub fn ready(worker: &mut Worker<'_>) -> Outcome {
    worker.ready()
}

/// The next batch of a source, if it has one.
#[inline]
pub fn poll<'b, R: Reader>(
    reader: &'b mut R,
    worker: &mut Worker<'_>,
    stage: usize,
) -> Outcome<Option<R::Items<'b>>> {
    worker.poll(reader, stage)
}

/// Notes the offset of the record at hand.
#[inline]
pub fn at(worker: &mut Worker<'_>, offset: i64) {
    worker.at(offset);
}

/// Notes that the batch at hand is done, if it could be read to its end.
#[inline]
pub fn passed<R: Reader>(reader: &mut R, worker: &mut Worker<'_>, stage: usize) -> Outcome {
    reader.finish()?;
    worker.passed(stage);
    worker.crash_after_batch()
}
