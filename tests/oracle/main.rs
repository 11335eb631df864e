//! Operators beside slow and obvious references: random streams, cut at random, over several
//! partitions, with restarts, by one worker and by several.
//!
//! A reference sees what was fed and when, and says all rows that a job must have printed in each step.
//! It keeps everything and computes each result anew. Seeds that failed are kept beside the tests.

mod changing_sessions;
mod event_time;
mod joins;
mod ordered;
mod process;
mod program;
mod rows;
mod running;
mod sessions;
mod tables;
mod watermark;
mod windows;
