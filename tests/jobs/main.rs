//! What each operator does, on a virtual clock: the production loop over topics in the process.

mod aggregates;
mod as_of;
mod batches;
mod changes;
mod changes_of_keys;
mod combinations;
mod dead_letters;
mod event_time;
mod every_window;
mod explain;
mod failures;
mod flink_suites;
mod forgetting;
mod formats;
mod generics;
mod interval_joins;
mod join_windows;
mod joins;
mod kafka_streams_suites;
mod keys;
mod large_state;
mod locks;
mod ordered;
mod passing;
mod patterns;
mod process;
mod ranking;
mod reads;
mod recovery;
mod refused;
mod retimed;
mod retries;
mod round_batches;
mod rows;
mod running;
mod sessions;
mod sharing;
mod side_by_side;
mod sinks;
mod sketches;
mod sources;
mod spark_suites;
mod state_behind_state;
mod stateless;
mod streams;
mod tables;
mod testing;
mod time;
mod update_state;
mod windows;

use std::time::Duration;

/// One second, the interval of most jobs here.
const SECOND: Duration = Duration::from_secs(1);
