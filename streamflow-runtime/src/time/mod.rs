//! Time as a job sees it. Only [`Clock`] reads the wall clock.

pub(crate) mod calendar;
mod clock;
pub mod duration;
pub mod timestamp;
mod window;
mod zone;

pub use clock::{Clock, ManualClock};
pub use window::Window;

/// Why the clocks of a place are not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// The program is built without any.
    #[cfg_attr(feature = "tz", expect(dead_code, reason = "it is built with them"))]
    Feature,
    /// There is no place of that name.
    #[cfg_attr(not(feature = "tz"), expect(dead_code, reason = "none is known"))]
    Zone,
}

/// Finds out whether the clocks of a place are known.
pub(crate) fn find_zone(name: &str) -> Result<(), Unknown> {
    zone::Zone::named(name).map(|_| ())
}
