//! Writes a job as a graph for Graphviz: a cluster for each loop.

use std::fmt::Write as _;

use super::{Explanation, cut, segments};
use crate::plan::{Role, Stage};

/// A box with more text than this makes the drawing unreadable.
const LONGEST_LABEL: usize = 60;

pub(super) fn dot(explanation: &Explanation) -> String {
    let plan = &explanation.plan;
    let mut out = format!("digraph {} {{\n", quoted(plan.name));
    out.push_str("    rankdir=TB;\n");
    out.push_str("    node [fontname=\"monospace\", fontsize=10];\n");
    out.push_str("    edge [fontname=\"monospace\", fontsize=9];\n");
    for segment in segments(plan) {
        let number = segment.number;
        line(
            &mut out,
            format_args!("    subgraph cluster_{number} {{\n        label=\"loop {number}\";"),
        );
        for (id, stage) in segment.stages {
            let label = quoted(&label(explanation, id, stage));
            let shape = shape(stage);
            line(
                &mut out,
                format_args!("        s{id} [label={label}, {shape}];"),
            );
        }
        out.push_str("    }\n");
    }
    for way in explanation.ways() {
        let label = quoted(&way.label().join("\n"));
        let style = if way.between_loops {
            ", style=bold"
        } else {
            ""
        };
        line(
            &mut out,
            format_args!("    s{} -> s{} [label={label}{style}];", way.from, way.to),
        );
    }
    out.push_str("}\n");
    out
}

fn label(explanation: &Explanation, id: usize, stage: &Stage) -> String {
    let mut label = format!("{}\nline {}", cut(stage.text, LONGEST_LABEL), stage.line);
    label.push_str(stage.on_error.remark());
    if let Some(kept) = explanation.kept(id) {
        // Writing to a string cannot fail.
        let _infallible = write!(label, "\nstate {}", kept.name);
        if let Some(layout) = kept.layout {
            let _infallible = write!(label, ": {layout}");
        }
    }
    label
}

fn shape(stage: &Stage) -> &'static str {
    match stage.role {
        Role::Source => "shape=box, style=\"rounded,bold\"",
        Role::Stateless | Role::LookUp { .. } | Role::EventTime { .. } => {
            "shape=box, style=rounded"
        }
        Role::Aggregate { .. } | Role::Ordered { .. } | Role::Table { .. } => "shape=cylinder",
        Role::Sink => "shape=parallelogram",
    }
}

/// A string as Graphviz reads it: its own escapes begin with a backslash.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            c if c.is_control() => quoted.push(' '),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _infallible = writeln!(out, "{text}");
}
