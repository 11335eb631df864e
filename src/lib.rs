// The README is the first page of the documentation: its jobs compile, and those that can run do.
#![doc = include_str!("../README.md")]

pub use streamflow_macros::{Key, State, stream_job, stream_test};
pub use streamflow_runtime::config::{From, RunConfig, Through, Until};
pub use streamflow_runtime::decode::{Decode, DecodeError, formats};
pub use streamflow_runtime::encode::{Encode, EncodeError};
pub use streamflow_runtime::job::{Job, main};
pub use streamflow_runtime::process::Out;
pub use streamflow_runtime::shutdown::StopSignal;
pub use streamflow_runtime::time::Window;
pub use streamflow_runtime::topics::{NewRecord, Samples, TopicRecord, Topics};
pub use streamflow_runtime::{Code, Error, Headers, Record, Result};
pub use streamflow_runtime::{custom, explain, lock, ops, plan, testing};

/// What stages ask of the types of their items, and what they keep, by the names that the compiler
/// uses where a type does not fit.
///
/// Nothing of it needs to be named in a job: the compiler finds out whether a type fits.
pub mod bounds {
    pub use streamflow_runtime::private::{
        Again, AsIs, AsPair, Averaging, Becomes, Bits, BorrowedFromRecord, BothSides, BothSidesOf,
        ByDebug, Cache, CacheOf, Changed, ChannelReceiver, ChannelSender, ChannelWriter, Compact,
        Comparing, Distinguishing, EventSides, EventWindows, Extreme, FrequentKey, FromCsv,
        FromJson, FunctionOfItem, FutureOfAnswer, Gathered, GatheredOf, GivesTime, GoesOn,
        Harmless, Held, HeldStateOf, InOpenWindows, InWindows, InWindowsOfItems, IntervalJoin,
        ItemAs, Items, Itself, Keepable, KeptKey, Key, Keyed, KnownLayout, Lasting, LeftSideOf,
        LentAs, LetterTopic, LooksUp, LooksUpVersions, LosesFailures, LosesNoFailure, Mean,
        Meeting, MeetingKey, MeetingNear, MessageHeaders, MessageKey, MovingSides, Number,
        OnTheClock, OptionOrResult, Outlives, OverlappingEventSides, OverlappingSides,
        OwnedByWorker, OwnedStateOf, Pair, Plus, Processes, ProcessesOf, RankedKey, Ranking,
        Repeats, RowWindows, SameAs, SessionSides, Sessions, SharedByWorkers, ShownError, Shows,
        Sides, Single, SingleWindow, SinkOfOnesOwn, SlidingWindows, SourceOfOnesOwn, Spreading,
        StateInWindows, StateOf, States, StatesOf, StoreUrl, Stored, Summand, Summing, TableKey,
        TableOf, TakenOut, Takes, Times, TopicNames, Tried, Versions, VersionsOf, Waiting,
        WaitingOf, WaitsForAnswer, Windows, WriterOf,
    };
}

/// What generated code calls. Not for use by hand, and not stable.
#[doc(hidden)]
pub mod __private {
    pub use streamflow_runtime::private::*;
}

#[cfg(doctest)]
mod book;
