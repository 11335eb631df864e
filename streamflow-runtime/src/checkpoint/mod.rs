//! Checkpoints: the state and the next offsets of a job, durable together.
//!
//! [`Checkpoint`] is what the driver takes and gets back, [`mod@format`] its bytes, [`Store`] the
//! directory in which it is kept. Nothing here knows operators: state is bytes with a name.

pub mod format;
mod lock;
mod names;
mod refusal;
mod store;

use crate::run::kept::WATERMARK;
use crate::source::PartitionName;

pub use store::Store;

/// State and next offsets of a job at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The job's name.
    pub job: String,
    /// Counts the checkpoints of a job over all its runs, from 1.
    pub epoch: u64,
    /// When it was taken, in milliseconds since the Unix epoch.
    pub taken_at_ms: i64,
    /// How far each partition has been read.
    pub positions: Vec<Position>,
    /// What each stateful stage keeps.
    pub states: Vec<StateImage>,
}

impl Checkpoint {
    /// Its epoch, if it holds state that is in no result yet: offsets alone do not say all then.
    pub(crate) fn epoch_of_open_state(&self) -> Option<u64> {
        // What is empty is one byte: a list of no entries. A watermark is in every result.
        let is_open = |state: &StateImage| {
            state.layout != WATERMARK && state.parts.iter().any(|part| part.bytes.len() > 1)
        };
        self.states.iter().any(is_open).then_some(self.epoch)
    }
}

/// How far one partition has been read by one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The source's stable name, as written: `kafka("user_access")`.
    pub source: String,
    /// The partition.
    pub partition: PartitionName,
    /// The first offset not yet read.
    pub next_offset: i64,
}

/// The state of one stage, as bytes that only the stage understands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateImage {
    /// The name under which the job keeps it.
    pub name: String,
    /// What the bytes hold, `keyed str -> u64`; a job with another layout refuses them.
    pub layout: String,
    /// What is kept, shared out so that any number of workers may go on with it.
    pub parts: Vec<StatePart>,
}

/// A part of a state: what one worker kept of one key group, or of all where there are no keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatePart {
    /// The key group, if all keys in it are of one: it goes to the worker that owns the group.
    pub group: Option<u8>,
    /// The entries: a list in the postcard format.
    pub bytes: Vec<u8>,
}
