//! State: made, added to, merged at a trigger, taken out, saved.

mod add;
mod keepable;
mod make;
mod merge;
mod signs;
mod take;

pub use add::*;
pub use keepable::*;
pub use make::*;
pub use merge::*;
pub use signs::*;
pub use take::*;
