//! Time as a job sees it. Only [`Clock`] reads the wall clock.

mod clock;
pub mod duration;
pub mod timestamp;

pub use clock::{Clock, ManualClock};
