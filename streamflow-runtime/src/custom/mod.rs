//! Sources and sinks of a user's own: what stands behind `from custom(…)` and `to custom(…)`.

mod sink;
mod source;

/// Named by the compiler where a sink does not take the items that come.
#[doc(hidden)]
pub use sink::WriterOf;
pub use sink::{CustomSink, CustomWriter, WriteItem};
pub(crate) use sink::{SinkOf, failed};
pub(crate) use source::SourceOf;
pub use source::{CustomReader, CustomSource, Progress};

/// What code of a user's own can fail with: `?` works on every error.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
