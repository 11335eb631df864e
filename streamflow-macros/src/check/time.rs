//! Rules about windows and the records' own time.

use super::Checked;
use super::flow::{EventTime, Shape};
use crate::diagnostics::Diagnostics;
use crate::model::{Health, Job, Join, Kind, Node, NodeId, Passing, Plain, Refused, WindowKind};
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

/// The watermark is that of the partitions of records, or that of a whole stage whose items come in
/// rounds: there is none of both together.
pub(super) fn event_time_is_of_items_that_come_alike(
    Checked { job, .. }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    let mut unfit = Vec::new();
    for (at, node) in job.nodes.iter().enumerate() {
        if !is(node, "event_time") || node.health != Health::Sound {
            continue;
        }
        if brought(job, node) == Some(Brought::Both) {
            diagnostics
                .error(
                    node.word.span(),
                    "`event_time` gets records and results of intervals, whose times have nothing \
                     in common",
                )
                .help(format!(
                    "give each stream its time in front of the `union`: `union(a | {0}, b | {0})`",
                    node.text
                ));
            unfit.push(NodeId(at));
        }
    }
    unfit
}

/// How items come to a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Brought {
    /// Each in the batch of its record.
    WithRecords,
    /// When a round takes them out of what is kept.
    InRounds,
    Both,
}

/// How items come to a stage; nothing where a mistake was reported in front.
fn brought(job: &Job, node: &Node) -> Option<Brought> {
    let mut all = node.inputs.iter().map(|input| {
        let before = job.node(*input)?;
        match &before.kind {
            Kind::Source(_) => Some(Brought::WithRecords),
            Kind::Aggregate(_)
            | Kind::Join(_)
            | Kind::UpdateState(_)
            | Kind::Asking(_)
            | Kind::Passing(Passing::Repartition { .. }) => Some(Brought::InRounds),
            Kind::Reserved { operator, .. } if operator.keeps != Keeps::Nothing => {
                Some(Brought::InRounds)
            }
            // They come as they have come to the stage that does not take them; what is late for sessions
            // shows in a round.
            Kind::Refused(refused) => {
                let refusing = before.inputs.first().and_then(|stage| job.node(*stage))?;
                let window = refusing.keeping.window.as_ref();
                let is_of_sessions =
                    window.is_some_and(|window| window.kind == WindowKind::Session);
                match refused {
                    Refused::Late if is_of_sessions => Some(Brought::InRounds),
                    Refused::Late | Refused::Failed => brought(job, refusing),
                }
            }
            _ if before.trigger.is_some() => Some(Brought::InRounds),
            _ => brought(job, before),
        }
    });
    let first = all.next()??;
    all.try_fold(first, |known, other| {
        Some(if other? == known {
            known
        } else {
            Brought::Both
        })
    })
}

/// There is no time to give where none was given.
pub(super) fn timestamps_need_event_time(
    Checked { job, flows }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    for node in &job.nodes {
        if !matches!(node.kind, Kind::Plain(Plain::Timestamp))
            || flows.reaching(node).event_time != EventTime::None
        {
            continue;
        }
        diagnostics
            .error(node.word.span(), "the items have no time of their own here")
            .help("say in front what it is: `| event_time(|item| item.at) lag 5s`");
    }
    Vec::new()
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
        if node.keeping.running.is_some() {
            diagnostics
                .error(
                    late.word,
                    format!("nothing is late for `{word}`: what is `running` takes every item"),
                )
                .help("take `late …` away");
            continue;
        }
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

/// Near each other in event time means that some items come too late to meet all that they should.
pub(super) fn joins_in_event_time_say_what_late_items_become(
    Checked { job, flows }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    for node in &job.nodes {
        let Some(within) = &node.keeping.within else {
            continue;
        };
        let by_event_time = flows.reaching(node).event_time == EventTime::Given;
        if by_event_time && node.keeping.late.is_none() && node.health == Health::Sound {
            diagnostics
                .error(
                    within.word,
                    format!(
                        "`{}` does not say what happens to items that come when the watermark has \
                         passed their time",
                        node.word
                    ),
                )
                .help(
                    "write `late drop` behind the range to count them and leave them out, or `late 2m \
                     drop` to wait for them longer",
                );
        }
    }
    Vec::new()
}

/// Items are near each other by one time: their own on both sides, or that of the clock.
pub(super) fn joins_go_by_one_time(
    Checked { job, flows }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    let mut unfit = Vec::new();
    for (at, node) in job.nodes.iter().enumerate() {
        let by_time = node.keeping.within.is_some() || node.keeping.window.is_some();
        let (Kind::Join(_), [left, right], true) = (&node.kind, node.inputs.as_slice(), by_time)
        else {
            continue;
        };
        let word = &node.word;
        let sides = [*left, *right].map(|side| flows.leaving(side).event_time);
        let (without, place) = match sides {
            [EventTime::Given, EventTime::None] => (
                format!("those in the parentheses of `{word}`"),
                "inside the parentheses, behind their source",
            ),
            [EventTime::None, EventTime::Given] => {
                (format!("those in front of `{word}`"), "in front of it")
            }
            [_, _] => continue,
        };
        if node.health != Health::Sound {
            continue;
        }
        diagnostics
            .error(
                word.span(),
                format!(
                    "the items of one stream have a time of their own here, and {without} have none"
                ),
            )
            .help(format!(
                "say what theirs is {place}: `| event_time(|item| item.at) lag 5s`"
            ));
        unfit.push(NodeId(at));
    }
    unfit
}

/// All values of a key leave together, and in a range that moves with each item there is no moment for
/// that.
pub(super) fn cogroups_take_intervals(
    Checked { job, .. }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    let mut unfit = Vec::new();
    for (at, node) in job.nodes.iter().enumerate() {
        let (Kind::Join(Join::Cogroup), Some(within)) = (&node.kind, &node.keeping.within) else {
            continue;
        };
        diagnostics
            .error(
                within.word,
                "`cogroup` gives all values of a key at once, and within a range every item has others",
            )
            .help("say when they are all there: `every 1m`, or `over tumbling 1m`")
            .help("or take the items that are near each other one by one: `full_join`");
        unfit.push(NodeId(at));
    }
    unfit
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
        } else if window.kind != WindowKind::Rows && window.size % step.size != 0 {
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
    let mut unfit = Vec::new();
    for (at, node) in job.nodes.iter().enumerate() {
        let is_join = node
            .operator()
            .is_some_and(|operator| operator.keeps == Keeps::BothSides);
        let Some(other) = node.inputs.get(1).filter(|_| is_join) else {
            continue;
        };
        // A table in front of a join is told by itself.
        if node.health != Health::Sound || flows.reaching(node).shape == Shape::Table {
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
                    unfit.push(NodeId(at));
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
    unfit
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
