//! What each operator does, on a virtual clock: the production loop over topics in the process.

mod aggregates;
mod batches;
mod bounds;
mod changes;
mod event_time;
mod explain;
mod failures;
mod formats;
mod generics;
mod joins;
mod keys;
mod large_state;
mod locks;
mod ordered;
mod ranking;
mod reads;
mod recovery;
mod sharing;
mod side_by_side;
mod sinks;
mod sources;
mod stateless;
mod streams;
mod time;
mod update_state;
mod updates;
mod windows;

use std::time::Duration;

/// One second, the interval of most jobs here.
const SECOND: Duration = Duration::from_secs(1);
