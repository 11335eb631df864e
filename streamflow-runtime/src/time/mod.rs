//! Time as a job sees it. Only [`Clock`] reads the wall clock.

mod clock;

pub use clock::{Clock, ManualClock};
