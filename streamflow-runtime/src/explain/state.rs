//! Says what a stage keeps: under which name, within which bound, as what.

use super::Explanation;
use crate::plan::{Combine, Exchange, Role};
use crate::run::kept;
use crate::time::duration;

/// What a stage keeps.
pub(super) struct Kept<'e> {
    /// What checkpoints call it.
    pub(super) name: &'static str,
    /// What limits it.
    pub(super) bound: String,
    /// What it is, if the compiled loop was asked: `keyed str -> u64`.
    pub(super) layout: Option<&'e str>,
    /// A short sign of the name and of all that a checkpoint knows of the state: one that was
    /// saved under another does not fit.
    pub(super) fingerprint: Option<String>,
}

/// The sign of a state by its name and the words that a checkpoint has for it.
pub(super) fn fingerprint(name: &str, kept_as: &str) -> String {
    format!(
        "{:08x}",
        crc32c::crc32c(format!("{name}: {kept_as}").as_bytes())
    )
}

impl Explanation {
    /// What a stage keeps, if it keeps anything.
    pub(super) fn kept(&self, id: usize) -> Option<Kept<'_>> {
        let stage = self.plan.stages.get(id)?;
        let Role::Aggregate {
            state: name,
            every_ms,
            steps,
            exchange,
            combine,
        } = stage.role
        else {
            return None;
        };
        let what = match (exchange, steps) {
            _ if combine == Combine::Rows => "what the interval brings, on each worker",
            (Exchange::ByKey, None) => "one value for each key of the interval",
            (Exchange::ByKey, Some(_)) => "one value for each key of each step",
            (Exchange::ToOne, None) => "one value on each worker",
            (Exchange::ToOne, Some(_)) => "one value for each step",
            (Exchange::None, _) => "what the interval brings, on each worker",
        };
        let until = match steps {
            None => format!("emptied every {}", duration::display_ms(every_ms)),
            Some(steps) => format!("forgotten when it leaves `{}`", steps.shown(every_ms)),
        };
        let layout = self.layouts.get(&id);
        Some(Kept {
            name,
            bound: format!("{what}, {until}"),
            layout: layout.map(String::as_str),
            fingerprint: layout.map(|layout| {
                let kept = kept::Kept {
                    version: 1,
                    layout: kept::windowed(&self.plan, id, layout.clone()),
                    place: kept::place(&self.plan, id),
                };
                fingerprint(name, &kept.to_string())
            }),
        })
    }
}
