//! Draws a job: a frame for each loop, a box for each stage, an arrow for each way of an item.
//!
//! `layout` decides where everything stands; this file writes it down. The drawing names no font
//! file and no program, and follows the reader's choice of a light or a dark page.

mod layout;

use std::fmt::Write as _;

use super::Explanation;
use crate::plan::Role;
use layout::{Arrow, Frame, Layout, Line, Node};

/// Colours by what they are for, on a light page and on a dark one.
const STYLE: &str = "
    svg { --page: #ffffff; --ink: #1f2328; --faint: #59636e; --frame: #f6f8fa; --edge: #8c959f;
          --source: #ddf4ff; --stateless: #ffffff; --aggregate: #fff8c5; --sink: #dafbe1; }
    @media (prefers-color-scheme: dark) {
        svg { --page: #0d1117; --ink: #e6edf3; --faint: #9198a1; --frame: #161b22; --edge: #6e7681;
              --source: #0c2d4d; --stateless: #0d1117; --aggregate: #3b2e00; --sink: #04260f; }
    }
    text { font: 12px ui-monospace, monospace; fill: #1f2328; fill: var(--ink); }
    .faint { font-size: 10.5px; fill: #59636e; fill: var(--faint); }
    .label { font-size: 10.5px; fill: #1f2328; fill: var(--ink); text-anchor: middle;
             stroke: #ffffff; stroke: var(--page); stroke-width: 4px; paint-order: stroke; }
    .inside { text-anchor: start; stroke: #f6f8fa; stroke: var(--frame); }
    .page { fill: #ffffff; fill: var(--page); }
    .frame { fill: #f6f8fa; fill: var(--frame); stroke: #8c959f; stroke: var(--edge); }
    .stage { stroke: #8c959f; stroke: var(--edge); }
    .source { fill: #ddf4ff; fill: var(--source); }
    .stateless { fill: #ffffff; fill: var(--stateless); }
    .aggregate { fill: #fff8c5; fill: var(--aggregate); }
    .sink { fill: #dafbe1; fill: var(--sink); }
    .way { fill: none; stroke: #59636e; stroke: var(--faint); stroke-width: 1.2; }
    .exchange { stroke-width: 2.4; }
    .tip { fill: #59636e; fill: var(--faint); }
";

pub(super) fn svg(explanation: &Explanation) -> String {
    let layout = Layout::of(explanation);
    let (width, height) = (layout.width, layout.height);
    let name = escaped(&format!("job {}", explanation.plan.name));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" role=\"img\">\n<title>{name}</title>\n\
         <style>{STYLE}</style>\n<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" \
         markerWidth=\"8\" markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto\">\
         <path class=\"tip\" d=\"M0 0 L8 4 L0 8 z\"/></marker></defs>\n\
         <rect class=\"page\" width=\"{width}\" height=\"{height}\"/>\n\
         <text x=\"{0}\" y=\"{1}\">{name}</text>\n",
        layout::MARGIN,
        layout::MARGIN + 4,
    );
    for frame in &layout.frames {
        write_frame(&mut out, frame);
    }
    for arrow in &layout.arrows {
        write_arrow(&mut out, arrow);
    }
    for node in layout.nodes.values() {
        write_node(&mut out, node);
    }
    // Over everything else, as they have to be read.
    for arrow in &layout.arrows {
        write_label(&mut out, arrow);
    }
    out.push_str("</svg>\n");
    out
}

fn write_frame(out: &mut String, frame: &Frame) {
    let place = frame.place;
    line(
        out,
        format_args!(
            "<rect class=\"frame\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"10\"/>\
             <text class=\"faint\" x=\"{}\" y=\"{}\">loop {}</text>",
            place.x,
            place.y,
            place.width,
            place.height,
            place.x + 12,
            place.y + 17,
            frame.number,
        ),
    );
}

fn write_node(out: &mut String, node: &Node) {
    let class = match node.stage.role {
        Role::Source => "source",
        Role::Stateless | Role::LookUp { .. } | Role::EventTime { .. } => "stateless",
        Role::Aggregate { .. } | Role::Ordered { .. } | Role::Table { .. } => "aggregate",
        Role::Sink => "sink",
    };
    let place = node.place;
    line(
        out,
        format_args!(
            "<g><title>{}</title><rect class=\"stage {class}\" x=\"{}\" y=\"{}\" width=\"{}\" \
             height=\"{}\" rx=\"8\"/>",
            escaped(node.stage.text),
            place.x,
            place.y,
            place.width,
            place.height,
        ),
    );
    for (nth, text) in (0..).zip(&node.lines) {
        let class = if nth == 0 { "" } else { " class=\"faint\"" };
        let x = place.x + layout::PADDING;
        let y = place.y + 20 + nth * layout::LINE;
        line(
            out,
            format_args!("<text{class} x=\"{x}\" y=\"{y}\">{}</text>", escaped(text)),
        );
    }
    out.push_str("</g>\n");
}

fn write_arrow(out: &mut String, arrow: &Arrow) {
    let class = if arrow.is_exchange {
        "way exchange"
    } else {
        "way"
    };
    let Line { begin, curve, end } = &arrow.line;
    let (x0, y0) = begin;
    let [(x1, y1), (x2, y2), (x3, y3), (x4, y4)] = curve;
    let ahead = end.map_or_else(String::new, |(x5, y5)| format!(" L{x5} {y5}"));
    line(
        out,
        format_args!(
            "<path class=\"{class}\" marker-end=\"url(#tip)\" \
             d=\"M{x0} {y0} L{x1} {y1} C{x2} {y2} {x3} {y3} {x4} {y4}{ahead}\"/>"
        ),
    );
}

fn write_label(out: &mut String, arrow: &Arrow) {
    let class = if arrow.is_inside {
        "label inside"
    } else {
        "label"
    };
    let (x, y) = arrow.label_at;
    for (nth, text) in (0..).zip(&arrow.label) {
        let y = y + nth * layout::LINE;
        line(
            out,
            format_args!(
                "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}</text>",
                escaped(text)
            ),
        );
    }
}

/// A text as it stands between tags and in attributes; XML has no place for control characters.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _infallible = writeln!(out, "{text}");
}
