//! Says what a stage keeps: under which name, within which bound, as what.

use super::Explanation;
use crate::plan::{AsOf, Combine, Exchange, Placed, Role, Steps, TableKeeps};
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

/// What limits the state of windows that no interval of the clock ends.
fn bound_of_window(
    closing: &str,
    steps: Option<Steps>,
    (exchange, combine): (Exchange, Combine),
) -> String {
    let what = match (exchange, steps) {
        (_, Some(Steps::Rows { .. } | Steps::Sliding)) => {
            "one value for each item of the window of each key"
        }
        (
            _,
            Some(
                Steps::Placed(Placed { changes: true, .. }) | Steps::Session { changes: true, .. },
            ),
        ) => "one value for each key of each open window",
        (
            _,
            Some(Steps::Session {
                max_ms: Some(_), ..
            }),
        ) => "one value for each millisecond of each open session",
        (Exchange::ByKey | Exchange::None, Some(Steps::Session { .. })) => {
            "one value for each open session of each key"
        }
        (Exchange::ToOne, Some(Steps::Session { .. })) => "one value for each open session",
        (_, None) if combine == Combine::Meet => {
            "the values of both streams for each key of each open window"
        }
        (_, Some(_)) if combine == Combine::Meet => {
            "the values of both streams for each key of each step"
        }
        (Exchange::ByKey | Exchange::None, None) => "one value for each key of each open window",
        (Exchange::ByKey | Exchange::None, Some(_)) => "one value for each key of each step",
        (Exchange::ToOne, None) => "one value for each open window, on each worker",
        (Exchange::ToOne, Some(_)) => "one value for each step, on each worker",
    };
    format!("{what}, forgotten when {closing}")
}

/// What limits the fields and timers of `process`.
fn bound_of_timers(ttl_ms: Option<u64>) -> String {
    match ttl_ms {
        Some(ttl_ms) => format!(
            "fields and timers for each key, forgotten when nobody has used it for {} and no timer is set",
            duration::display_ms(ttl_ms)
        ),
        None => "fields and timers for each key, kept until `forget`".to_owned(),
    }
}

/// What limits the state of a table.
fn bound_of_table(keeps: TableKeeps, ttl_ms: Option<u64>) -> String {
    let what = match keeps {
        TableKeeps::Latest => "the latest value of each key",
        TableKeeps::Versions => "the versions of each key that items can still ask for",
    };
    match ttl_ms {
        Some(ttl_ms) => format!(
            "{what}, forgotten when it has had no new one for {}",
            duration::display_ms(ttl_ms)
        ),
        None => format!("{what}, kept until it is deleted"),
    }
}

/// What limits the state of a stage that works on a key's items in their order.
fn bound_of_keys(ttl_ms: Option<u64>, cap: Option<u64>, by_event_time: bool) -> String {
    let what = match cap {
        Some(cap) => {
            format!("something for each of the {cap} keys that were used last, on one worker")
        }
        None => "something for each key".to_owned(),
    };
    match ttl_ms {
        Some(ttl_ms) => {
            let of = if by_event_time { " of event time" } else { "" };
            format!(
                "{what}, forgotten when nobody has used it for {}{of}",
                duration::display_ms(ttl_ms)
            )
        }
        None if cap.is_some() => what,
        None => format!("{what}, kept forever"),
    }
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
                exchange,
                combine,
                ..
            } => {
                let overlap = steps.filter(|steps| !steps.follow_each_other());
                let bound = match stage.role.closing() {
                    Some(closing) => bound_of_window(&closing, overlap, (exchange, combine)),
                    None => bound(every_ms, overlap, (exchange, combine)),
                };
                (state, bound)
            }
            Role::EventTime { state, .. } => (
                state,
                "the watermark, and the latest time of each partition".to_owned(),
            ),
            Role::Ordered {
                state,
                within: Some(within),
                ..
            } => {
                let until = if within.event.is_some() {
                    "the watermark has"
                } else {
                    "the clock has"
                };
                let range = within.shown();
                (
                    state,
                    format!(
                        "the items of both streams, forgotten when {until} passed all that they meet \
                         `{range}`"
                    ),
                )
            }
            Role::Ordered {
                state,
                ttl_ms,
                cap,
                event,
                ..
            } => {
                let bound = if stage.operator == "process" {
                    bound_of_timers(ttl_ms)
                } else {
                    bound_of_keys(ttl_ms, cap, event.is_some())
                };
                (state, bound)
            }
            Role::Table {
                state,
                ttl_ms,
                keeps,
            } => (state, bound_of_table(keeps, ttl_ms)),
            Role::LookUp {
                as_of: Some(AsOf { state, .. }),
                ..
            } => (
                state,
                "the items that wait until the watermark of the table is past them".to_owned(),
            ),
            Role::LookUp { as_of: None, .. } | Role::Source | Role::Stateless | Role::Sink => {
                return None;
            }
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
