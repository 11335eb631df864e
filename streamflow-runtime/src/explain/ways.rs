//! Lists the ways of items between stages, with what happens on them.

use super::Explanation;
use crate::plan::{self, Exchange, Role, Steps};
use crate::time::duration;

/// The way of items from one stage to another.
pub(super) struct Way<'e> {
    pub(super) from: usize,
    pub(super) to: usize,
    /// Whether it leads out of a loop.
    pub(super) between_loops: bool,
    /// How the workers' results meet on it, where the trigger of an aggregate is waited for.
    pub(super) trigger: Option<Trigger>,
    pub(super) items: Option<&'e str>,
}

/// When the results of an aggregate leave, and how those of the workers meet.
#[derive(Clone, Copy)]
pub(super) struct Trigger {
    /// The interval, or the step of the windows.
    pub(super) every_ms: u64,
    pub(super) exchange: Exchange,
    /// Whether the records' own time decides, and not the clock.
    pub(super) is_event_time: bool,
    /// Whether the interval is the gap that ends a session.
    pub(super) is_gap: bool,
    /// Whether each window ends with an item.
    pub(super) is_by_item: bool,
}

impl Way<'_> {
    /// How the workers' results meet, for a label: `by key, every 1s`.
    pub(super) fn meeting(&self) -> Option<String> {
        let Trigger {
            every_ms,
            exchange,
            is_event_time,
            is_gap,
            is_by_item,
        } = self.trigger?;
        let meeting = match exchange {
            Exchange::ByKey => "by key, ",
            Exchange::ToOne => "to one worker, ",
            Exchange::None => "",
        };
        let by = if is_event_time { " of event time" } else { "" };
        let every = duration::display_ms(every_ms);
        if is_by_item {
            return Some(meeting.trim_end_matches(", ").to_owned());
        }
        Some(if is_gap {
            format!("{meeting}behind gaps of {every}{by}")
        } else {
            format!("{meeting}every {every}{by}")
        })
    }

    /// What is written at the way, line by line.
    pub(super) fn label(&self) -> Vec<String> {
        let items = self.items.map(str::to_owned);
        self.meeting().into_iter().chain(items).collect()
    }
}

impl Explanation {
    /// All ways, in the order of the stages they lead to.
    pub(super) fn ways(&self) -> Vec<Way<'_>> {
        let stages = self.plan.stages;
        let mut ways = Vec::new();
        for (to, stage) in stages.iter().enumerate() {
            for &from in stage.inputs {
                let Some(before) = stages.get(from) else {
                    continue;
                };
                let trigger = match before.role {
                    Role::Aggregate {
                        every_ms,
                        steps,
                        exchange,
                        event,
                        ..
                    } => Some(Trigger {
                        every_ms: plan::results_every_ms(every_ms, steps),
                        exchange,
                        is_event_time: event.is_some(),
                        is_gap: matches!(steps, Some(Steps::Session { .. })),
                        is_by_item: matches!(steps, Some(Steps::Rows { .. } | Steps::Sliding)),
                    }),
                    Role::Source
                    | Role::Stateless
                    | Role::Ordered { .. }
                    | Role::Table { .. }
                    | Role::LookUp { .. }
                    | Role::EventTime { .. }
                    | Role::Sink => None,
                };
                ways.push(Way {
                    from,
                    to,
                    between_loops: before.segment != stage.segment,
                    trigger,
                    items: self.items(from),
                });
            }
        }
        ways
    }
}
