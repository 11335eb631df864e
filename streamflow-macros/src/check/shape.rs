//! Rules about how stages follow each other.

use proc_macro2::Span;

use super::Checked;
use crate::diagnostics::Diagnostics;
use crate::model::{Job, Kind, Node, NodeId};

/// A job without pipelines does nothing.
pub(super) fn jobs_have_pipelines(
    Checked { job, .. }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    if job.nodes.is_empty() && diagnostics.is_empty() {
        diagnostics
            .error(Span::call_site(), "this job has no pipeline")
            .help("write one: `from kafka(\"topic\") | print`");
    }
    Vec::new()
}

/// The results of a pipeline without a sink would go nowhere.
pub(super) fn pipelines_end_in_sinks(
    Checked { job, .. }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    for end in &job.ends {
        let Some(node) = job.node(*end) else { continue };
        if node.is_sink() || matches!(node.kind, Kind::Hole) {
            continue;
        }
        let (span, name) = match bound_name(job, *end) {
            Some(name) => (name.span(), format!("`{name}`")),
            None => (node.word.span(), format!("`{}`", short(node))),
        };
        if node.word == "table" {
            let chain = bound_name(job, *end).map_or_else(|| "…".to_owned(), ToString::to_string);
            diagnostics
                .error(span, "nothing looks into this table")
                .help(format!(
                    "name it, and let a stream look into it: `let latest = {chain};`, and then \
                     `orders | join(latest)`"
                ));
            continue;
        }
        diagnostics
            .error(span, "this pipeline has no sink, so its results would go nowhere")
            .help(format!("write where they go behind {name}: `| print`, `| to files(\"dir\")`, `| to kafka(\"topic\")`"));
    }
    Vec::new()
}

/// The name of a stream that is itself a whole pipeline, as in `clicks;`.
fn bound_name(job: &Job, end: NodeId) -> Option<&proc_macro2::Ident> {
    job.bindings
        .iter()
        .find(|binding| binding.node == end)
        .map(|binding| &binding.name)
}

fn short(node: &Node) -> String {
    match node.kind {
        Kind::Decode { .. } => node.word.to_string(),
        _ if node.text.chars().count() <= 40 => node.text.clone(),
        _ => node.word.to_string(),
    }
}

/// `print(10)` prints the first rows of each interval, so there must be one.
pub(super) fn first_rows_belong_to_intervals(
    Checked { job, .. }: Checked<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<NodeId> {
    for node in &job.nodes {
        let Kind::Print { limit: Some(_) } = &node.kind else {
            continue;
        };
        let timed = node.trigger.is_some()
            || node
                .inputs
                .iter()
                .any(|input| comes_in_intervals(job, *input));
        if !timed {
            diagnostics
                .error(
                    node.word.span(),
                    format!("`{}` does not say of which interval", node.text),
                )
                .help(format!(
                    "write `{} every 1s`, or `print` for every row as it comes",
                    node.text
                ));
        }
    }
    Vec::new()
}

/// Whether what leaves a stage comes at the end of intervals; a broken stage counts as if it did.
fn comes_in_intervals(job: &Job, id: NodeId) -> bool {
    match job.node(id) {
        None => true,
        Some(node) => match node.kind {
            Kind::Aggregate(_)
            | Kind::Join(_)
            | Kind::UpdateState(_)
            | Kind::Reserved { .. }
            | Kind::Hole => true,
            Kind::Source(_) => false,
            _ => node
                .inputs
                .iter()
                .any(|input| comes_in_intervals(job, *input)),
        },
    }
}
