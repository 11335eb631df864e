//! Says what a stage keeps: under which name, within which bound, as what.

use super::Explanation;
use crate::plan::{self, Combine, Exchange, Role, Steps};
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

/// What limits the state of windows over event time.
fn bound_of_event_window(window: &str, steps: Option<Steps>, exchange: Exchange) -> String {
    let what = match (exchange, steps) {
        (Exchange::ByKey | Exchange::None, None) => "one value for each key of each open window",
        (Exchange::ByKey | Exchange::None, Some(_)) => "one value for each key of each step",
        (Exchange::ToOne, None) => "one value for each open window, on each worker",
        (Exchange::ToOne, Some(_)) => "one value for each step, on each worker",
    };
    format!("{what}, forgotten when the watermark closes `{window}`")
}

/// What limits the state of an aggregate.
fn bound(every_ms: u64, steps: Option<Steps>, (exchange, combine): (Exchange, Combine)) -> String {
    if combine == Combine::Update {
        return "something for each key, until the function gives `None` for it".to_owned();
    }
    let what = match (exchange, steps) {
        _ if combine == Combine::Rows => "what the interval brings, on each worker",
        _ if combine == Combine::Meet => "the values of both streams for each key of the interval",
        (Exchange::ByKey, None) => "one value for each key of the interval",
        (Exchange::ByKey, Some(_)) => "one value for each key of each step",
        (Exchange::ToOne, None) => "one value on each worker",
        (Exchange::ToOne, Some(_)) => "one value for each step",
        (Exchange::None, _) => "what the interval brings, on each worker",
    };
    match steps {
        None => format!("{what}, emptied every {}", duration::display_ms(every_ms)),
        Some(steps) => format!(
            "{what}, forgotten when it leaves `{}`",
            steps.shown(every_ms)
        ),
    }
}

impl Explanation {
    /// What a stage keeps, if it keeps anything.
    pub(super) fn kept(&self, id: usize) -> Option<Kept<'_>> {
        let stage = self.plan.stages.get(id)?;
        let (name, bound) = match stage.role {
            Role::Aggregate {
                state,
                every_ms,
                steps,
                event,
                exchange,
                combine,
            } => {
                let window = event.and_then(|_| plan::window(every_ms, steps, event));
                let overlap = steps.filter(|steps| !steps.follow_each_other());
                let bound = match window {
                    Some(window) => bound_of_event_window(&window, overlap, exchange),
                    None => bound(every_ms, overlap, (exchange, combine)),
                };
                (state, bound)
            }
            Role::EventTime { state, .. } => (
                state,
                "the watermark, and the latest time of each partition".to_owned(),
            ),
            Role::Ordered { state, ttl_ms } => {
                let until = match ttl_ms {
                    Some(ttl_ms) => format!(
                        "forgotten when nobody has used it for {}",
                        duration::display_ms(ttl_ms)
                    ),
                    None => "kept forever".to_owned(),
                };
                (state, format!("something for each key, {until}"))
            }
            Role::Source | Role::Stateless | Role::Sink => return None,
        };
        let layout = self.layouts.get(&id);
        Some(Kept {
            name,
            bound,
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
