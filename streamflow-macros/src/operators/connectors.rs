//! Sources and sinks, and what each can promise.

/// A source or a sink.
#[derive(Debug)]
pub(crate) struct Connector {
    pub(crate) name: &'static str,
    pub(crate) example: &'static str,
    pub(crate) promise: Promise,
    /// Whether it carries bytes, and so takes a format.
    pub(crate) bytes: bool,
    /// Whether it can take a change of something it was given before.
    pub(crate) updates: bool,
}

/// What a source or sink adds to a job's guarantee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Promise {
    /// A source that can be read again from an offset; a sink without an outside.
    Replays,
    /// What was read, or written, cannot be taken back, or read again.
    Once,
    /// A sink whose writes and the job's progress become visible together: only one such sink can
    /// be the place where progress is kept.
    Commits,
}

use Promise::{Commits, Once, Replays};

macro_rules! connectors {
    ($($name:literal $example:literal, $promise:expr, bytes: $bytes:literal, updates: $updates:literal;)*) => {
        &[$(Connector {
            name: $name,
            example: $example,
            promise: $promise,
            bytes: $bytes,
            updates: $updates,
        },)*]
    };
}

/// What can stand behind `from`.
pub(crate) const SOURCES: &[Connector] = connectors! {
    "kafka" "kafka(\"topic\")", Replays, bytes: true, updates: false;
    "iter" "iter(items)", Replays, bytes: false, updates: false;
    "generate" "generate(10_000/s, |n| n)", Replays, bytes: false, updates: false;
    "stdin" "stdin", Once, bytes: true, updates: false;
    "socket" "socket(\"host:port\")", Once, bytes: true, updates: false;
    "files" "files(\"dir/*.csv\")", Replays, bytes: true, updates: false;
    "channel" "channel(rx)", Once, bytes: false, updates: false;
    "custom" "custom(expr)", Once, bytes: false, updates: false;
};

/// What can stand behind `to`.
pub(crate) const SINKS: &[Connector] = connectors! {
    "files" "files(\"dir\")", Commits, bytes: true, updates: false;
    "kafka" "kafka(\"topic\")", Commits, bytes: true, updates: false;
    "null" "null", Replays, bytes: false, updates: true;
    "channel" "channel(tx)", Once, bytes: false, updates: true;
    "custom" "custom(expr)", Once, bytes: false, updates: true;
    "postgres" "postgres(\"table\")", Commits, bytes: false, updates: true;
    "object_store" "object_store(\"s3://bucket/dir\")", Commits, bytes: true, updates: false;
};

/// The source of this name.
pub(crate) fn source(name: &str) -> Option<&'static Connector> {
    SOURCES.iter().find(|source| source.name == name)
}

/// The sink of this name.
pub(crate) fn sink(name: &str) -> Option<&'static Connector> {
    SINKS.iter().find(|sink| sink.name == name)
}
