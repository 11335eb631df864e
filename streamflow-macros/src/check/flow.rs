//! What flows between stages: a stream, its changes, a table; of what items; with a time of its
//! own or without.

use super::items::{self, Items};
use crate::model::{Aggregate, Emit, Health, Job, Kind, Node, NodeId};
use crate::operators::{Group, Keeps, Needs};

/// What leaves a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Flow {
    pub(super) shape: Shape,
    pub(super) items: Items,
    /// Whether items have a time of their own, and not that of their arrival.
    pub(super) event_time: EventTime,
}

/// In which form items flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Each item stands for itself.
    Stream,
    /// An item takes the place of an earlier one of its key.
    Changes,
    /// The latest value of each key; it does not flow, and is looked into.
    Table,
    /// A mistake was reported in front.
    Unknown,
}

/// Whether items have a time of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EventTime {
    Given,
    None,
    /// A mistake was reported in front.
    Unknown,
}

impl Flow {
    const UNKNOWN: Flow = Flow {
        shape: Shape::Unknown,
        items: Items::Unknown,
        event_time: EventTime::Unknown,
    };
}

/// What leaves each stage of a job.
#[derive(Debug)]
pub(super) struct Flows(Vec<Flow>);

impl Flows {
    pub(super) fn of(job: &Job) -> Self {
        let mut flows = Flows(Vec::new());
        for node in &job.nodes {
            let flow = match node.kind {
                Kind::Refused(_) => flows.refused(job, node),
                _ => leaving(node, flows.reaching(node)),
            };
            flows.0.push(flow);
        }
        flows
    }

    /// What goes on in the stream of a stage's refused items: what has reached the stage.
    fn refused(&self, job: &Job, node: &Node) -> Flow {
        let Some(stage) = node.inputs.first().and_then(|stage| job.node(*stage)) else {
            return Flow::UNKNOWN;
        };
        let items = match stage.kind {
            Kind::Decode { .. } => Items::Other("`Record`s".to_owned()),
            // What is late for a join is so of either side.
            Kind::Join(_) => Items::Pairs,
            _ => self.reaching(stage).items,
        };
        Flow {
            items,
            ..self.reaching(stage)
        }
    }

    /// What leaves a stage.
    pub(super) fn leaving(&self, id: NodeId) -> &Flow {
        self.0.get(id.0).unwrap_or(&Flow::UNKNOWN)
    }

    /// What reaches a stage by its first input; of a union, what all inputs have in common.
    pub(super) fn reaching(&self, node: &Node) -> Flow {
        let Some(first) = node.inputs.first() else {
            return Flow::UNKNOWN;
        };
        let mut flow = self.leaving(*first).clone();
        if let Kind::Union = node.kind {
            for other in node.inputs.iter().skip(1).map(|id| self.leaving(*id)) {
                if other.items != flow.items {
                    flow.items = Items::Unknown;
                }
                if other.event_time != flow.event_time {
                    flow.event_time = match (flow.event_time, other.event_time) {
                        (EventTime::Unknown, _) | (_, EventTime::Unknown) => EventTime::Unknown,
                        _ => EventTime::None,
                    };
                }
                if other.shape == Shape::Unknown {
                    flow.shape = Shape::Unknown;
                }
            }
        }
        // The time of what meets is that of both, if both have one.
        if let (Kind::Join(_), Some(other)) = (&node.kind, node.inputs.get(1)) {
            let other = self.leaving(*other);
            let is_of_both = other.shape != Shape::Table && node.trigger.is_none();
            if is_of_both && other.event_time != flow.event_time {
                flow.event_time = EventTime::Unknown;
            }
        }
        flow
    }
}

fn leaving(node: &Node, input: Flow) -> Flow {
    if node.health == Health::Poisoned {
        return Flow::UNKNOWN;
    }
    Flow {
        shape: shape(node, input.shape),
        event_time: event_time(node, input.event_time),
        items: items::leaving(node, input.items),
    }
}

fn shape(node: &Node, input: Shape) -> Shape {
    let takes_tables = match &node.kind {
        Kind::Join(_) => true,
        Kind::Reserved { operator, .. } => operator.needs == Needs::Table,
        _ => false,
    };
    if input == Shape::Table && !takes_tables {
        // It is told at this stage that a table does not flow; what stands behind keeps quiet.
        return Shape::Unknown;
    }
    let changes = node.keeping.running.is_some()
        || matches!(
            node.keeping.emit,
            Some(Emit::Changes | Emit::Updates { .. })
        );
    match &node.kind {
        // What has left once is never another.
        Kind::Aggregate(Aggregate::Distinct) => Shape::Stream,
        Kind::Aggregate(_) if changes => Shape::Changes,
        Kind::Source(_)
        | Kind::Refused(_)
        | Kind::Aggregate(_)
        | Kind::Join(_)
        | Kind::UpdateState(_) => Shape::Stream,
        Kind::Reserved { operator, .. } => match operator.name {
            "table" => Shape::Table,
            _ if operator.is_aggregate() && changes => Shape::Changes,
            _ if operator.keeps != Keeps::Nothing => Shape::Stream,
            _ => input,
        },
        _ => input,
    }
}

fn event_time(node: &Node, input: EventTime) -> EventTime {
    match &node.kind {
        Kind::Aggregate(_) if node.keeping.window.is_some() => input,
        Kind::Aggregate(_)
            if node.keeping.running.is_some()
                && !matches!(node.keeping.emit, Some(Emit::Updates { .. })) =>
        {
            input
        }
        Kind::Join(_) if node.trigger.is_none() => input,
        Kind::Source(_)
        | Kind::Refused(_)
        | Kind::Aggregate(_)
        | Kind::Batch(..)
        | Kind::Join(_)
        | Kind::UpdateState(_) => EventTime::None,
        Kind::Reserved { operator, .. } => match operator.name {
            "event_time" => EventTime::Given,
            _ if node.trigger.is_some() && operator.group != Group::Sink => EventTime::None,
            _ => input,
        },
        _ => input,
    }
}
