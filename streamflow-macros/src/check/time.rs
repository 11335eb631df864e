//! Rules about windows and the records' own time.

use super::Checked;
use super::flow::{EventTime, Shape};
use crate::diagnostics::Diagnostics;
use crate::model::{Health, Job, Kind, Node, NodeId, WindowKind};
use crate::operators::Keeps;

/// Without a lag nothing could ever be late, or everything would be.
pub(super) fn event_time_says_how_late(
    Checked { job, .. }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    for node in job.nodes.iter().filter(|node| is(node, "event_time")) {
        if node.keeping.times.lag_ms.is_none() && node.health == Health::Sound {
            diagnostics
                .error(
                    node.word.span(),
                    "`event_time` does not say how late records may come",
                )
                .help(format!(
                    "write how long to wait for them: `{} lag 5s`",
                    node.text
                ));
        }
    }
    Vec::new()
}

/// Time is that of records: results of an interval have none behind them.
pub(super) fn event_time_is_of_records(
    Checked { job, .. }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    let mut unfit = Vec::new();
    for (at, node) in job.nodes.iter().enumerate() {
        if !is(node, "event_time") || node.health != Health::Sound {
            continue;
        }
        if let Some(before) = keeper_in_front(job, node) {
            diagnostics
                .error(
                    node.word.span(),
                    format!(
                        "`event_time` is behind `{}`, and what leaves that is no record",
                        before.word
                    ),
                )
                .help(format!("put it in front of `{}`", before.word));
            unfit.push(NodeId(at));
        }
    }
    unfit
}

/// A stage in front that keeps items, or something of them.
fn keeper_in_front<'j>(job: &'j Job, node: &Node) -> Option<&'j Node> {
    node.inputs.iter().find_map(|input| {
        let before = job.node(*input)?;
        let keeps = match &before.kind {
            Kind::Aggregate(_) | Kind::Batch(..) | Kind::Join(_) | Kind::UpdateState(_) => true,
            Kind::Reserved { operator, .. } => operator.keeps != Keeps::Nothing,
            _ => before.trigger.is_some(),
        };
        if keeps {
            Some(before)
        } else {
            keeper_in_front(job, before)
        }
    })
}

/// By the time of their arrival no records are late.
pub(super) fn lateness_needs_event_time(
    Checked { job, flows }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    for node in &job.nodes {
        let Some(late) = &node.keeping.late else {
            continue;
        };
        let word = &node.word;
        let on_wall_clock = node.trigger.is_some() && node.keeping.window.is_none();
        if on_wall_clock {
            diagnostics
                .error(
                    late.word,
                    format!("nothing is late for `{word}`: `every` is the wall clock"),
                )
                .help("take `late …` away, or write a window: `over tumbling 1m late drop`");
        } else if flows.reaching(node).event_time == EventTime::None {
            diagnostics
                .error(
                    late.word,
                    "nothing is late here, as nothing in front says what an item's own time is",
                )
                .help("say it in front: `| event_time(|item| item.at) lag 5s`");
        }
    }
    Vec::new()
}

/// A window over event time closes, and records can come behind it.
pub(super) fn event_time_windows_say_what_late_records_become(
    Checked { job, flows }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    for node in &job.nodes {
        let Some(window) = &node.keeping.window else {
            continue;
        };
        let by_event_time = flows.reaching(node).event_time == EventTime::Given;
        let closes = window.kind != WindowKind::Rows;
        if by_event_time && closes && node.keeping.late.is_none() && node.health == Health::Sound {
            diagnostics
                .error(
                    window.word,
                    format!(
                        "`{}` does not say what happens to records that come when their window is \
                         closed",
                        node.word
                    ),
                )
                .help(
                    "write `late drop` to count them and leave them out, or `late 2m else \
                     dead_letter(\"topic\")`",
                );
        }
    }
    Vec::new()
}

/// A window that grows or counts rows is made of whole steps. One that hops need not be.
pub(super) fn windows_are_whole_steps(
    Checked { job, .. }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    for window in job
        .nodes
        .iter()
        .filter_map(|node| node.keeping.window.as_ref())
    {
        let word = window.kind.word();
        let needs_step = matches!(window.kind, WindowKind::Hopping | WindowKind::Cumulate);
        let Some(step) = window.step else {
            if needs_step {
                diagnostics
                    .error(window.word, format!("this {word} window has no step"))
                    .help(format!("write it behind `by`: `{}`", window.kind.example()));
            }
            continue;
        };
        if window.kind == WindowKind::Hopping {
            continue;
        }
        if step.size > window.size {
            diagnostics
                .error(step.span, "the step is longer than the window")
                .help(format!(
                    "write a step of at most {}",
                    shown(window.size, window.kind)
                ));
        } else if window.size % step.size != 0 {
            let less = window.size / step.size * step.size;
            diagnostics
                .error(
                    step.span,
                    format!(
                        "a window of {} is not made of whole steps of {}",
                        shown(window.size, window.kind),
                        shown(step.size, window.kind)
                    ),
                )
                .help(format!(
                    "write `over {word} {} by {}` or `over {word} {} by {}`",
                    shown(less, window.kind),
                    shown(step.size, window.kind),
                    shown(less + step.size, window.kind),
                    shown(step.size, window.kind),
                ));
        }
    }
    Vec::new()
}

/// Nothing leaves an interval before all of it does.
pub(super) fn inverses_are_of_windows(
    Checked { job, .. }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    for node in job.nodes.iter().filter(|node| node.health == Health::Sound) {
        let Some(inverse) = &node.keeping.inverse else {
            continue;
        };
        if node.keeping.window.is_none() {
            let word = &node.word;
            diagnostics
                .error(
                    inverse.word,
                    format!("`inverse:` takes values out of a window, and `{word}` has none here"),
                )
                .help("take it out: each interval begins anew")
                .help(format!(
                    "or write the window: `{word}(…) over hopping 1m by 5s as totals`"
                ));
        }
    }
    Vec::new()
}

/// Items of two streams must be near each other in time to meet; a table is always there.
pub(super) fn joins_say_who_can_meet(
    Checked { job, flows }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    for node in &job.nodes {
        let is_join = node
            .operator()
            .is_some_and(|operator| operator.keeps == Keeps::BothSides);
        let Some(other) = node.inputs.get(1).filter(|_| is_join) else {
            continue;
        };
        if node.health != Health::Sound {
            continue;
        }
        let word = &node.word;
        let says = node.trigger.is_some()
            || node.keeping.window.is_some()
            || node.keeping.within.is_some();
        match flows.leaving(*other).shape {
            Shape::Stream | Shape::Changes => {
                if let Some(as_of) = node.keeping.as_of {
                    diagnostics
                        .error(
                            as_of,
                            "`as_of` looks into a table, and a stream stands here",
                        )
                        .help("make a table of the other side: `… | table forever as prices`");
                } else if !says {
                    diagnostics
                        .error(
                            word.span(),
                            format!(
                                "`{word}` does not say which items of the two streams can meet"
                            ),
                        )
                        .help(format!(
                            "those of the same interval: `{} every 1s`",
                            node.text
                        ));
                }
            }
            Shape::Table if says => {
                diagnostics
                    .error(
                        word.span(),
                        format!("`{word}` looks into a table as each item comes"),
                    )
                    .help(format!("take what stands behind `{word}(…)` away"));
            }
            Shape::Table | Shape::Unknown => {}
        }
    }
    Vec::new()
}

fn is(node: &Node, name: &str) -> bool {
    matches!(&node.kind, Kind::Reserved { operator, .. } if operator.name == name)
}

fn shown(amount: u64, kind: WindowKind) -> String {
    if kind == WindowKind::Rows {
        amount.to_string()
    } else {
        crate::units::shown(amount)
    }
}
