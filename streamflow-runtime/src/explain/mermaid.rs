//! Writes a plan as a Mermaid flowchart: a box for each loop, an arrow for each way of an item.

use std::fmt::Write;

use super::ways::Way;
use super::{Explanation, cut, segments};
use crate::plan::{Role, Stage};

/// A box with more text than this makes the chart unreadable.
const LONGEST_LABEL: usize = 60;

pub(super) fn mermaid(explanation: &Explanation) -> String {
    let plan = &explanation.plan;
    let ways = explanation.ways();
    let mut out = format!("%% job {}\nflowchart TD\n", plan.name);
    for segment in segments(plan) {
        let number = segment.number;
        line(
            &mut out,
            format_args!("    subgraph loop{number} [\"loop {number}\"]"),
        );
        for &(id, stage) in &segment.stages {
            line(&mut out, format_args!("        s{id}{}", node(stage)));
        }
        for way in ways.iter().filter(|way| !way.between_loops) {
            if segment.stages.iter().any(|(id, _)| *id == way.to) {
                line(&mut out, format_args!("        {}", arrow(way)));
            }
        }
        out.push_str("    end\n");
    }
    for way in ways.iter().filter(|way| way.between_loops) {
        line(&mut out, format_args!("    {}", arrow(way)));
    }
    out
}

/// A stage in the shape of its role.
fn node(stage: &Stage) -> String {
    let mut label = label(stage.text);
    let _infallible = write!(label, "<br/>line {}", stage.line);
    label.push_str(stage.on_error.remark());
    match stage.role {
        Role::Source => format!("([\"{label}\"])"),
        Role::Stateless | Role::LookUp { .. } | Role::EventTime { .. } => format!("[\"{label}\"]"),
        Role::Aggregate { .. } | Role::Ordered { .. } | Role::Table { .. } => {
            format!("[(\"{label}\")]")
        }
        Role::Sink => format!("[/\"{label}\"/]"),
    }
}

/// The way of items from one stage to another.
fn arrow(way: &Way<'_>) -> String {
    let line = if way.trigger.is_some() { "==>" } else { "-->" };
    let parts = way.label();
    let parts: Vec<String> = parts.iter().map(|part| label(part)).collect();
    let label = match parts.as_slice() {
        [] => String::new(),
        parts => format!("|\"{}\"|", parts.join("<br/>")),
    };
    format!("s{} {line}{label} s{}", way.from, way.to)
}

/// A text that Mermaid shows as it is: what means something to it becomes a numbered character.
fn label(text: &str) -> String {
    let mut label = String::with_capacity(text.len());
    for c in cut(text, LONGEST_LABEL).chars() {
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
