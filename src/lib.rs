// The README is the first page of the documentation: its jobs compile, and those that can run do.
#![doc = include_str!("../README.md")]

pub use streamflow_macros::{Key, State, stream_job, stream_test};
pub use streamflow_runtime::config::{From, RunConfig, Through, Until};
pub use streamflow_runtime::decode::{Decode, DecodeError, formats};
pub use streamflow_runtime::encode::{Encode, EncodeError};
pub use streamflow_runtime::job::{Job, main};
pub use streamflow_runtime::process::Out;
pub use streamflow_runtime::shutdown::StopSignal;
pub use streamflow_runtime::topics::{NewRecord, Samples, TopicRecord, Topics};
pub use streamflow_runtime::{Code, Error, Headers, Record, Result};
pub use streamflow_runtime::{custom, explain, lock, ops, plan, testing};

/// What stages ask of the types of their items, and what they keep, by the names that the compiler
/// uses where a type does not fit.
///
/// Nothing of it needs to be named in a job: the compiler finds out whether a type fits.
pub mod bounds {
    pub use streamflow_runtime::private::{
        Again, Becomes, Bits, Compact, Complete, Extreme, FunctionOfItem, Harmless, Held,
        HeldStateOf, InWindows, Items, Keepable, KeptKey, Keyed, Layout, LetterTopic, MessageKey,
        Number, OptionOrResult, Outlives, Pair, Plus, SameAs, ShownError, Shows, Single, StateOf,
        StoreUrl, Stored, Summand, Times, TopicNames, Tried,
    };
}

/// What generated code calls. Not for use by hand, and not stable.
#[doc(hidden)]
pub mod __private {
    pub use streamflow_runtime::private::*;
}

#[cfg(doctest)]
mod book;
