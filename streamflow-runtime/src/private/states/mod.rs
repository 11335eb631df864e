//! State: made, added to, merged at a trigger, taken out, saved.

mod add;
mod keepable;
mod locked;
mod make;
mod merge;
mod save;
mod signs;
mod take;
mod unfit;
mod windows;

pub use add::*;
pub use keepable::*;
pub use locked::*;
pub(super) use make::restored_state;
pub use make::*;
pub use merge::*;
pub use save::*;
pub use signs::*;
pub use take::*;
pub use windows::*;
