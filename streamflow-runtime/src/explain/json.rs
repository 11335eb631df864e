//! Writes a job for programs, in a shape that stays.
//!
//! A field is added without a new number of `format`; one that changes or goes needs one.

use serde::Serialize;

use super::acls::{self, Acl};
use super::sensitivity::Dependence;
use super::transport::Leg;
use super::{Explanation, promise};
use crate::plan::{self, Exchange, Role, Topic};

const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Document<'e> {
    format: u32,
    job: &'static str,
    settings: Settings,
    stages: Vec<Stage<'e>>,
    edges: Vec<Edge<'e>>,
    guarantee: Guarantee,
    acls: Vec<Acl>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<&'e Leg>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<&'e Leg>,
}

/// What the job's header sets, and nothing of what a run is given.
#[derive(Serialize)]
struct Settings {
    checkpoint: Option<&'static str>,
    checkpoint_every_ms: Option<u64>,
    parallelism: Option<usize>,
    memory_bytes: Option<u64>,
    shutdown_ms: Option<u64>,
}

#[derive(Serialize)]
struct Stage<'e> {
    number: usize,
    operator: &'static str,
    text: &'static str,
    line: u32,
    role: &'static str,
    #[serde(rename = "loop")]
    segment: usize,
    inputs: &'static [usize],
    on_error: &'static str,
    /// The type of the items that leave the stage, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<&'e str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    topics: Vec<TopicName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<State<'e>>,
    order: Dependence,
    boundaries: Dependence,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum TopicName {
    Name(&'static str),
    Expression(&'static str),
}

#[derive(Serialize)]
struct State<'e> {
    name: &'static str,
    /// Nothing where results leave as items come.
    #[serde(skip_serializing_if = "Option::is_none")]
    every_ms: Option<u64>,
    bound: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    layout: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
}

#[derive(Serialize)]
struct Edge<'e> {
    from: usize,
    to: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<&'e str>,
    /// How the results of an aggregate meet on the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    exchange: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    every_ms: Option<u64>,
}

#[derive(Serialize)]
struct Guarantee {
    bad_records: String,
    delivery: String,
    progress: String,
}

pub(super) fn json(explanation: &Explanation) -> String {
    let plan = &explanation.plan;
    let document = Document {
        format: FORMAT,
        job: plan.name,
        settings: Settings {
            checkpoint: plan.settings.checkpoint,
            checkpoint_every_ms: plan.settings.checkpoint_every_ms,
            parallelism: plan.settings.parallelism,
            memory_bytes: plan.settings.memory_bytes,
            shutdown_ms: plan.settings.shutdown_ms,
        },
        stages: (0..plan.stages.len())
            .filter_map(|id| stage(explanation, id))
            .collect(),
        edges: edges(explanation),
        guarantee: Guarantee {
            bad_records: promise::bad_records(plan),
            delivery: promise::delivery(plan),
            progress: promise::progress(plan),
        },
        acls: acls::needed(plan),
        input: explanation.input(),
        output: explanation.output(),
    };
    // Strings, numbers and lists of them can always be written.
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn stage(explanation: &Explanation, id: usize) -> Option<Stage<'_>> {
    let stage = explanation.plan.stages.get(id)?;
    let sensitivity = explanation.sensitivity(id, stage);
    let (role, every_ms) = match stage.role {
        Role::Source => ("source", None),
        Role::Stateless => ("stateless", None),
        Role::EventTime { .. } => ("event_time", None),
        Role::Aggregate {
            every_ms, steps, ..
        } => (
            "aggregate",
            Some(Some(plan::results_every_ms(every_ms, steps))),
        ),
        Role::Ordered { updates_ms, .. } => ("ordered", Some(updates_ms)),
        Role::Table { .. } => ("table", Some(None)),
        Role::LookUp { as_of, .. } => ("look_up", as_of.map(|_| None)),
        Role::Sink => ("sink", None),
    };
    let state = explanation.kept(id).zip(every_ms);
    let topics = stage.topics.iter().map(|topic| match *topic {
        Topic::Named(name) => TopicName::Name(name),
        Topic::Expression(expression) => TopicName::Expression(expression),
    });
    Some(Stage {
        number: id,
        operator: stage.operator,
        text: stage.text,
        line: stage.line,
        role,
        segment: stage.segment,
        inputs: stage.inputs,
        on_error: stage.on_error.word(),
        items: explanation.items(id),
        topics: topics.collect(),
        state: state.map(|(kept, every_ms)| State {
            fingerprint: kept.fingerprint,
            name: kept.name,
            every_ms,
            bound: kept.bound,
            layout: kept.layout,
        }),
        order: sensitivity.order,
        boundaries: sensitivity.boundaries,
    })
}

fn edges(explanation: &Explanation) -> Vec<Edge<'_>> {
    let ways = explanation.ways().into_iter();
    ways.map(|way| Edge {
        from: way.from,
        to: way.to,
        items: way.items,
        exchange: way.trigger.map(|trigger| match trigger.exchange {
            Exchange::ByKey => "by_key",
            Exchange::ToOne => "to_one",
            Exchange::None => "none",
        }),
        every_ms: way.trigger.map(|trigger| trigger.every_ms),
    })
    .collect()
}
