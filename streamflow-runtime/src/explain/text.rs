//! Writes a plan as text for people.

use std::fmt::Write;

use super::{Segment, listed, name, promise, segments, sources};
use crate::plan::{Exchange, OnError, Plan, Role, Stage};
use crate::time::duration;

/// Where the text of a stage begins, and with it what is said about the stage.
const STAGE_COLUMN: usize = 25;
const LABEL_WIDTH: usize = 12;
const LINE_WIDTH: usize = 92;

/// The plan as text: loops and their stages, state, exchanges, and what the job promises.
///
/// ```
/// # use streamflow_runtime::plan::{OnError, Plan, Role, Settings, Stage};
/// # const SETTINGS: Settings = Settings {
/// #     checkpoint: None, checkpoint_every_ms: None, parallelism: None, shutdown_ms: None,
/// # };
/// const PLAN: Plan = Plan {
///     name: "copy",
///     stages: &[
///         Stage {
///             operator: "kafka",
///             text: r#"from kafka("clicks")"#,
///             line: 3,
///             role: Role::Source,
///             inputs: &[],
///             segment: 0,
///             on_error: OnError::Fail,
///         },
///         Stage {
///             operator: "print",
///             text: "print",
///             line: 4,
///             role: Role::Sink,
///             inputs: &[0],
///             segment: 0,
///             on_error: OnError::Fail,
///         },
///     ],
///     settings: SETTINGS,
/// };
/// let text = streamflow_runtime::explain::text(&PLAN);
/// assert!(text.starts_with("job         copy\nreads       kafka(\"clicks\")\n"));
/// ```
pub fn text(plan: &Plan) -> String {
    let mut out = String::new();
    let sinks = plan.stages.iter().filter(|stage| stage.role == Role::Sink);
    labelled(&mut out, "job", plan.name);
    labelled(&mut out, "reads", &listed(sources(plan).map(name)));
    labelled(&mut out, "writes", &listed(sinks.map(name)));

    out.push_str("\nstage  line  bad record\n");
    for segment in segments(plan) {
        line(
            &mut out,
            format_args!("── loop {}: {}", segment.number, heading(plan, &segment)),
        );
        let mut previous = None;
        for &(id, stage) in &segment.stages {
            write_stage(&mut out, id, stage, previous);
            previous = Some(id);
        }
        out.push('\n');
    }

    labelled(&mut out, "bad record", &promise::bad_records(plan));
    labelled(&mut out, "delivery", &promise::delivery(plan));
    labelled(&mut out, "progress", &promise::progress(plan));
    out
}

/// Where a loop runs and what goes through it.
fn heading(plan: &Plan, segment: &Segment) -> String {
    let reads = segment
        .stages
        .iter()
        .any(|(_, stage)| stage.role == Role::Source);
    let feeding = feeding_aggregates(plan, segment);
    let is_on_one = |id: &usize| {
        plan.stages.get(*id).is_some_and(|stage| {
            matches!(
                stage.role,
                Role::Aggregate {
                    exchange: Exchange::ToOne,
                    ..
                }
            )
        })
    };
    let place = if !reads && !feeding.is_empty() && feeding.iter().all(is_on_one) {
        "on one worker"
    } else {
        "on every worker"
    };
    let results = match feeding.as_slice() {
        [] => None,
        [one] => Some(format!("the results of stage {one}")),
        several => Some(format!("the results of stages {}", listed(several))),
    };
    match (reads, results) {
        (_, None) => format!("{place}, each batch in one pass"),
        (false, Some(results)) => format!("{place}, over {results}"),
        (true, Some(results)) => format!("{place}, each batch in one pass, and over {results}"),
    }
}

/// The aggregates whose results enter a loop.
fn feeding_aggregates(plan: &Plan, segment: &Segment) -> Vec<usize> {
    let inputs = segment
        .stages
        .iter()
        .flat_map(|(_, stage)| stage.inputs.iter().copied());
    let mut feeding: Vec<usize> = inputs
        .filter(|id| {
            plan.stages.get(*id).is_some_and(|stage| {
                stage.segment != segment.number && matches!(stage.role, Role::Aggregate { .. })
            })
        })
        .collect();
    feeding.sort_unstable();
    feeding.dedup();
    feeding
}

/// One stage, and below it what cannot be seen from its own text.
fn write_stage(out: &mut String, id: usize, stage: &Stage, previous: Option<usize>) {
    let on_error = match stage.on_error {
        OnError::Fail => "fail",
        OnError::Skip => "skip",
    };
    line(
        out,
        format_args!("{id:5} {:5}  {on_error:<10}  {}", stage.line, stage.text),
    );

    // A stage behind the one above it is the usual case, and needs no words.
    let is_next = stage.inputs.iter().copied().eq(previous);
    match stage.inputs {
        [] => {}
        _ if is_next || previous.is_none() && stage.inputs.len() == 1 => {}
        [one] => note(out, format_args!("takes what leaves stage {one}")),
        several => note(
            out,
            format_args!("takes what leaves stages {}", listed(several)),
        ),
    }
    if let Role::Aggregate {
        state,
        every_ms,
        exchange,
    } = stage.role
    {
        let every = duration::display_ms(every_ms);
        let bound = match exchange {
            Exchange::ByKey => "one value for each key of the interval",
            Exchange::ToOne => "one value on each worker",
            Exchange::None => "what the interval brings, on each worker",
        };
        note(
            out,
            format_args!("state `{state}`: {bound}, emptied every {every}"),
        );
        let meeting = match exchange {
            Exchange::ByKey => "by key: equal keys meet on one worker",
            Exchange::ToOne => "to one worker, which merges what all have",
            Exchange::None => "on the same worker",
        };
        note(out, format_args!("↓ every {every}, {meeting}"));
    }
}

fn note(out: &mut String, text: std::fmt::Arguments<'_>) {
    line(out, format_args!("{:STAGE_COLUMN$}{text}", ""));
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _infallible = writeln!(out, "{text}");
}

/// A label and a text behind it, broken into lines between words.
fn labelled(out: &mut String, label: &str, text: &str) {
    let mut current = format!("{label:<LABEL_WIDTH$}");
    let mut is_begun = false;
    for word in text.split(' ') {
        if is_begun && current.chars().count() + 1 + word.chars().count() > LINE_WIDTH {
            line(out, format_args!("{current}"));
            current = " ".repeat(LABEL_WIDTH);
            is_begun = false;
        }
        if is_begun {
            current.push(' ');
        }
        current.push_str(word);
        is_begun = true;
    }
    line(out, format_args!("{}", current.trim_end()));
}
