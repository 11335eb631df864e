//! State: made, added to, merged at a trigger, taken out, saved.

mod accumulate;
mod add;
mod event;
mod inverse;
mod keepable;
mod locked;
mod make;
mod merge;
mod save;
mod sides;
mod signs;
mod take;
mod top;
mod unfit;
mod update;
mod windows;

pub use accumulate::*;
pub use add::*;
pub use event::*;
pub use inverse::*;
pub use keepable::*;
pub use locked::*;
pub use make::*;
pub(super) use make::{restored, restored_state};
pub(super) use merge::Parcels;
pub use merge::*;
pub use save::*;
pub use sides::*;
pub use signs::*;
pub use take::*;
pub use top::*;
pub use update::*;
pub use windows::*;
