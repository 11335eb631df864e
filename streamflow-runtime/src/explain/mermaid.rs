//! Writes a plan as a Mermaid flowchart: a box for each loop, an arrow for each way of an item.

use std::fmt::Write;

use super::segments;
use crate::plan::{Exchange, OnError, Plan, Role, Stage};
use crate::time::duration;

/// A box with more text than this makes the chart unreadable.
const LONGEST_LABEL: usize = 60;

/// The plan as a Mermaid flowchart, for a README or a wiki.
pub fn mermaid(plan: &Plan) -> String {
    let mut out = format!("%% job {}\nflowchart TD\n", plan.name);
    let mut between_loops = String::new();
    for segment in segments(plan) {
        let number = segment.number;
        line(
            &mut out,
            format_args!("    subgraph loop{number} [\"loop {number}\"]"),
        );
        for &(id, stage) in &segment.stages {
            line(&mut out, format_args!("        s{id}{}", node(stage)));
        }
        for &(id, stage) in &segment.stages {
            for &input in stage.inputs {
                match plan.stages.get(input) {
                    Some(before) if before.segment == number => {
                        line(&mut out, format_args!("        s{input} --> s{id}"));
                    }
                    Some(before) => {
                        let arrow = arrow(before);
                        line(
                            &mut between_loops,
                            format_args!("    s{input} {arrow} s{id}"),
                        );
                    }
                    None => {}
                }
            }
        }
        out.push_str("    end\n");
    }
    out + &between_loops
}

/// A stage in the shape of its role.
fn node(stage: &Stage) -> String {
    let mut label = label(stage.text);
    let _infallible = write!(label, "<br/>line {}", stage.line);
    match stage.on_error {
        OnError::Fail => {}
        OnError::Skip => label.push_str(", bad records skipped"),
    }
    match stage.role {
        Role::Source => format!("([\"{label}\"])"),
        Role::Stateless => format!("[\"{label}\"]"),
        Role::Aggregate { .. } => format!("[(\"{label}\")]"),
        Role::Sink => format!("[/\"{label}\"/]"),
    }
}

/// The way of items from one loop to another.
fn arrow(before: &Stage) -> String {
    let Role::Aggregate {
        every_ms, exchange, ..
    } = before.role
    else {
        return "-->".to_owned();
    };
    let meeting = match exchange {
        Exchange::ByKey => "by key, ",
        Exchange::ToOne => "to one worker, ",
        Exchange::None => "",
    };
    format!("==>|\"{meeting}every {}\"|", duration::display_ms(every_ms))
}

/// A text that Mermaid shows as it is: what means something to it becomes a numbered character.
fn label(text: &str) -> String {
    let mut label = String::with_capacity(text.len());
    for (nth, c) in text.chars().enumerate() {
        if nth == LONGEST_LABEL {
            label.push('…');
            break;
        }
        if c.is_control() {
            label.push(' ');
        } else if "\"#&<>`\\;".contains(c) {
            let _infallible = write!(label, "#{};", u32::from(c));
        } else {
            label.push(c);
        }
    }
    label
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _infallible = writeln!(out, "{text}");
}
