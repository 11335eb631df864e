//! Says what a stage keeps: under which name, within which bound, as what.

use super::Explanation;
use crate::plan::{Exchange, Role};
use crate::time::duration;

/// What a stage keeps.
pub(super) struct Kept<'e> {
    /// What checkpoints call it.
    pub(super) name: &'static str,
    /// What limits it.
    pub(super) bound: String,
    /// What it is, if the compiled loop was asked: `keyed str -> u64`.
    pub(super) layout: Option<&'e str>,
}

impl Kept<'_> {
    /// A short sign of the name and the layout: it changes when either does, and a checkpoint then
    /// does not fit any more.
    pub(super) fn fingerprint(&self) -> Option<String> {
        let layout = self.layout?;
        let hash = crc32c::crc32c(format!("{}: {layout}", self.name).as_bytes());
        Some(format!("{hash:08x}"))
    }
}

impl Explanation {
    /// What a stage keeps, if it keeps anything.
    pub(super) fn kept(&self, id: usize) -> Option<Kept<'_>> {
        let stage = self.plan.stages.get(id)?;
        let Role::Aggregate {
            state: name,
            every_ms,
            exchange,
            combine: _,
        } = stage.role
        else {
            return None;
        };
        let what = match exchange {
            Exchange::ByKey => "one value for each key of the interval",
            Exchange::ToOne => "one value on each worker",
            Exchange::None => "what the interval brings, on each worker",
        };
        Some(Kept {
            name,
            bound: format!("{what}, emptied every {}", duration::display_ms(every_ms)),
            layout: self.layouts.get(&id).map(String::as_str),
        })
    }
}
