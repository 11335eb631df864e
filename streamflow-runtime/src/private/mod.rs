//! What `stream_job!` calls: the only paths that generated code names.
//!
//! Free functions, bounded by traits whose messages speak the user's language: a bound that is
//! not met is then one error, at the operator that was written. Nothing here is for use by hand,
//! and nothing here is stable.

mod batches;
mod changes;
mod edges;
pub mod editor;
mod ordered;
mod records;
mod rounds;
mod sharing;
mod sinks;
mod sources;
mod states;
mod times;
mod walks;

pub use crate::decode::{Decode, FromCsv, FromJson, formats};
pub use crate::encode::Encode;
pub use crate::failure::{OptionOrResult, ShownError, Tried};
pub use crate::history::{History, Version};
pub use crate::job::{broken_job, job, with_history};
pub use crate::plan::{
    Combine, EventWindow, Exchange, OnError, Placed, Plan, Role, Settings, Stage, Steps, Topic,
    WindowKind, last_name,
};
pub use crate::sink::print::{Order, Rows};
pub use crate::source::Source;
pub use crate::source::kafka::Reads;
pub use crate::state::{
    Accumulate, Becomes, Bits, BothSides, Compact, EventWindows, Extreme, Gathered, Held, KeptKey,
    Key, Keyed, Layout, List, Map, Maybe, Mean, MeetingKey, Named, Number, Overflow, Plus,
    RankedKey, Ranking, Sent, Single, SingleWindow, Soon, States, Stored, Summand, Times, Windows,
    Words,
};
pub use crate::time::calendar::Ends;
pub use crate::worker::{Outcome, Worker};
/// For the derives of what `agg_by_key` keeps.
pub use serde;

pub use batches::*;
pub use changes::*;
pub use edges::*;
pub use ordered::*;
pub use records::*;
pub use rounds::*;
pub use sharing::*;
pub use sinks::*;
pub use sources::*;
pub use states::*;
pub use times::*;
pub use walks::*;
