//! Writes a plan as text for people.

use std::fmt::Write;

use super::sensitivity::{Dependence, Depends, Sensitivity};
use super::{Explanation, Segment, listed, name, promise, segments, sources};
use crate::plan::{self, Exchange, Plan, Role, Stage};
use crate::time::duration;

/// Where the text of a stage begins, and with it what is said about the stage.
const STAGE_COLUMN: usize = 25;
const LABEL_WIDTH: usize = 12;
const LINE_WIDTH: usize = 92;

pub(super) fn text(explanation: &Explanation) -> String {
    let plan = &explanation.plan;
    let mut out = String::new();
    let sinks = plan.stages.iter().filter(|stage| stage.role == Role::Sink);
    labelled(&mut out, "job", plan.name);
    labelled(&mut out, "reads", &listed(sources(plan).map(name)));
    labelled(&mut out, "writes", &listed(sinks.map(name)));
    let legs = [
        ("input", explanation.input()),
        ("output", explanation.output()),
    ];
    for (label, leg) in legs {
        if let Some(leg) = leg {
            labelled(&mut out, label, &leg.words());
        }
    }

    out.push_str("\nstage  line  bad record\n");
    for segment in segments(plan) {
        line(
            &mut out,
            format_args!("── loop {}: {}", segment.number, heading(plan, &segment)),
        );
        let mut previous = None;
        for &(id, stage) in &segment.stages {
            write_stage(&mut out, explanation, id, previous);
            write_state(&mut out, explanation, id);
            write_sensitivity(&mut out, explanation, id, stage);
            if let Some(items) = explanation.items(id) {
                note(&mut out, format_args!("→ {items}"));
            }
            previous = Some(id);
        }
        out.push('\n');
    }

    labelled(&mut out, "bad record", &promise::bad_records(plan));
    labelled(&mut out, "delivery", &promise::delivery(plan));
    labelled(&mut out, "progress", &promise::progress(plan));
    labelled(&mut out, "order", ORDER);
    out
}

const ORDER: &str = "a stage that says nothing of it takes each item by itself: its results depend \
                     neither on the order of records nor on intervals. No result depends on how \
                     input is cut into batches.";

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
                let ends_loop =
                    stage.role.state().is_some() || matches!(stage.role, Role::LookUp { .. });
                stage.segment != segment.number && ends_loop
            })
        })
        .collect();
    feeding.sort_unstable();
    feeding.dedup();
    feeding
}

/// One stage, and below it whose items it takes where that cannot be seen.
fn write_stage(out: &mut String, explanation: &Explanation, id: usize, previous: Option<usize>) {
    let Some(stage) = explanation.plan.stages.get(id) else {
        return;
    };
    let on_error = stage.on_error.word();
    line(
        out,
        format_args!("{id:5} {:5}  {on_error:<11} {}", stage.line, stage.text),
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
}

/// What a stage keeps, and how it leaves.
fn write_state(out: &mut String, explanation: &Explanation, id: usize) {
    let Some(stage) = explanation.plan.stages.get(id) else {
        return;
    };
    if stage.operator == "repartition" {
        note(out, format_args!("↓ in rounds, to the workers in turn"));
    }
    if matches!(stage.operator, "map_async" | "lookup") {
        note(out, format_args!("↓ in rounds, when the answers have come"));
    }
    let Some(kept) = explanation.kept(id) else {
        return;
    };
    note(out, format_args!("state `{}`: {}", kept.name, kept.bound));
    if let (Some(layout), Some(fingerprint)) = (kept.layout, &kept.fingerprint) {
        note(
            out,
            format_args!("kept as `{layout}`, fingerprint {fingerprint}"),
        );
    }
    if let Role::Aggregate {
        every_ms,
        steps,
        exchange,
        ..
    } = stage.role
    {
        let when = if stage.role.gives_changes() {
            "with each item".to_owned()
        } else if let Some(closing) = stage.role.closing() {
            format!("when {closing}")
        } else {
            let every_ms = plan::results_every_ms(every_ms, steps);
            format!("every {}", duration::display_ms(every_ms))
        };
        let meeting = match exchange {
            Exchange::ByKey => "by key: equal keys meet on one worker",
            Exchange::ToOne => "to one worker, which merges what all have",
            Exchange::None => "on the same worker",
        };
        note(out, format_args!("↓ {when}, {meeting}"));
    }
}

/// What the results depend on, where there is more to a stage than one item.
fn write_sensitivity(out: &mut String, explanation: &Explanation, id: usize, stage: &Stage) {
    let Sensitivity { order, boundaries } = explanation.sensitivity(id, stage);
    let is_aggregate = matches!(stage.role, Role::Aggregate { .. });
    for (what, dependence) in [("order", order), ("interval", boundaries)] {
        let Dependence { depends, why } = dependence;
        match depends {
            Depends::No if is_aggregate => note(out, format_args!("{what} does not matter: {why}")),
            Depends::No => {}
            Depends::Perhaps => note(out, format_args!("{what} may matter: {why}")),
            Depends::Yes => note(out, format_args!("{what} matters: {why}")),
        }
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
