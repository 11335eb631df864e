//! What `stream_job!` calls: the only paths that generated code names.
//!
//! Free functions, bounded by traits whose messages speak the user's language: a bound that is
//! not met is then one error, at the operator that was written. Nothing here is for use by hand,
//! and nothing here is stable.

mod asking;
mod batches;
mod bounds;
mod changes;
mod changing;
mod custom;
mod edges;
pub mod editor;
mod forgetting;
mod home;
mod interval_join;
mod late;
mod letters;
mod ordered;
mod passing;
mod process;
mod records;
mod retries;
mod rounds;
mod running;
mod sharing;
mod sinks;
mod sources;
mod states;
mod tables;
mod times;
mod walks;

pub use crate::custom::WriterOf;
pub use crate::decode::{Decode, FromCsv, FromJson, formats};
pub use crate::encode::Encode;
pub use crate::failure::{OptionOrResult, ShownError, Tried};
pub use crate::history::{History, Version};
pub use crate::job::{broken_job, job, with_history};
pub use crate::plan::{
    AsOf, Combine, EventWindow, Exchange, OnError, Placed, Plan, Role, Settings, Stage, Steps,
    TableKeeps, Timed, Topic, WindowKind, Within, last_name,
};
pub use crate::sink::channel::ChannelWriter;
pub use crate::sink::print::{Order, Rows};
pub use crate::source::Source;
pub use crate::source::kafka::Reads;
pub use crate::state::Owned as OwnedByWorker;
pub use crate::state::{
    Accumulate, AsIs, AsPair, Becomes, Bits, BothSides, BySession, ByWindow, Compact, Distinct,
    EventSides, EventWindows, Extreme, FrequentKey, Gathered, Held, InEventTime, IntervalJoin,
    KeptKey, Key, Keyed, KnownLayout, List, Map, Maybe, Mean, MeetingKey, MovingSides, Named,
    Number, OfSide, OnTheClock, Overflow, Plus, Processes, Quantiles, RankedKey, Ranking,
    RowWindows, Sent, SessionSides, Sessions, Sides, Single, SingleWindow, SlidingWindows, Soon,
    States, Stored, Summand, Times, Versions, Waiting, Windows, Words,
};
pub use crate::time::calendar::Ends;
pub use crate::worker::{KeptLetter, Outcome, Worker};
/// For the derives of what `agg_by_key` keeps.
pub use serde;

pub use asking::*;
pub use batches::*;
pub use bounds::*;
pub use changes::*;
pub use changing::*;
pub use custom::*;
pub use edges::*;
pub use forgetting::*;
pub use home::*;
pub use interval_join::*;
pub use late::*;
pub use letters::*;
pub use ordered::*;
pub use passing::*;
pub use process::*;
pub use records::*;
pub use retries::*;
pub use rounds::*;
pub use running::*;
pub use sharing::*;
pub use sinks::*;
pub use sources::*;
pub use states::*;
pub use tables::*;
pub use times::*;
pub use walks::*;
