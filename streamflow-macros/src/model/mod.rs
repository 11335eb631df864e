//! A job as understood: a graph of stages with names resolved and literals valued.

#![expect(
    clippy::large_enum_variant,
    reason = "a job has few stages, each made once: boxes would only be in the way"
)]
#![expect(
    clippy::enum_variant_names,
    reason = "operators have the names of the language"
)]

use proc_macro2::{Ident, Span, TokenStream};
use syn::{Expr, LitStr, Type};

use crate::closure::Function;
use crate::operators::{Connector, Group, Operator};
use crate::support::Use;

mod asking;
mod join;
mod keeping;
mod process;

use crate::lock::Lock;
pub(crate) use asking::{About, Answers, Asking};
pub(crate) use join::{Join, Side};
pub(crate) use keeping::{Bound, Emit, Inverse, Keeping, Late, Step, Window, WindowKind, Within};
pub(crate) use process::{Field, Process};

/// A whole job.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) form: Form,
    pub(crate) settings: Settings,
    pub(crate) nodes: Vec<Node>,
    /// The names that `let` gives, in the order of the source.
    pub(crate) bindings: Vec<Binding>,
    /// The last stage of each pipeline that a `tee` does not end.
    pub(crate) ends: Vec<NodeId>,
    /// What the runtime cannot run yet.
    pub(crate) later: Vec<Use>,
    /// What looks like a secret.
    pub(crate) secrets: Vec<Secret>,
    /// What becomes of state that former versions of the job have kept.
    pub(crate) changes: Changes,
    /// What `streamflow.lock` says about the job, if it is in there.
    pub(crate) lock: Option<Lock>,
}

/// A literal that looks like a secret.
#[derive(Debug)]
pub(crate) struct Secret {
    pub(crate) span: Span,
    /// What it seems to be: "a password".
    pub(crate) what: &'static str,
}

/// What becomes of former state.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// Those of one state in the order of their versions.
    pub(crate) migrations: Vec<Migration>,
    /// The names of states that are kept no longer.
    pub(crate) dropped: Vec<Ident>,
}

/// `state counts migrate v1 -> v2 (|old: u64| …)`.
#[derive(Debug)]
pub(crate) struct Migration {
    pub(crate) name: Ident,
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) function: Expr,
}

impl Changes {
    /// The migrations of one state, oldest first.
    pub(crate) fn of<'c>(&'c self, state: &'c str) -> impl Iterator<Item = &'c Migration> {
        self.migrations
            .iter()
            .filter(move |migration| migration.name == state)
    }
}

/// How the job is written.
#[derive(Debug)]
pub(crate) enum Form {
    /// An expression of type `Job`, named after the header or the module it stands in.
    Expression { name: Option<Ident> },
    /// A function that makes the job, and a module of constants.
    Item {
        visibility: TokenStream,
        name: Ident,
        parameters: TokenStream,
    },
}

impl Form {
    /// The name in the header.
    pub(crate) fn name(&self) -> Option<&Ident> {
        match self {
            Form::Expression { name } => name.as_ref(),
            Form::Item { name, .. } => Some(name),
        }
    }
}

/// `let name = …`.
#[derive(Debug)]
pub(crate) struct Binding {
    pub(crate) name: Ident,
    /// The stage whose items it names.
    pub(crate) node: NodeId,
    pub(crate) used: bool,
}

/// What the job header sets.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    pub(crate) checkpoint: Option<String>,
    pub(crate) checkpoint_every_ms: Option<u64>,
    pub(crate) parallelism: Option<usize>,
    pub(crate) memory_bytes: Option<u64>,
    pub(crate) shutdown_ms: Option<u64>,
    pub(crate) on_error: OnError,
    /// The topic that refused records are written to, where that is what happens to them.
    pub(crate) dead_letter: Option<Expr>,
    /// Where the job asks for exactly-once delivery.
    pub(crate) exactly_once: Option<Span>,
}

/// The number of a stage in the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodeId(pub(crate) usize);

/// One stage.
#[derive(Debug)]
pub(crate) struct Node {
    /// The word it is written with, and where messages about it point.
    pub(crate) word: Ident,
    /// The stage as written.
    pub(crate) text: String,
    pub(crate) inputs: Vec<NodeId>,
    pub(crate) kind: Kind,
    /// The interval, where one is given or needed.
    pub(crate) trigger: Option<Trigger>,
    /// What happens to a record that the stage cannot process.
    pub(crate) policy: Option<Policy>,
    /// What happens to a record that comes too late for the stage's windows, if it is not dropped.
    pub(crate) late_policy: Option<Policy>,
    /// A name for its state, `as name`.
    pub(crate) name: Option<Ident>,
    /// What it says of windows, bounds and lateness.
    pub(crate) keeping: Keeping,
    /// Whether its author has said why it may give another result for the same record.
    pub(crate) nondet: bool,
    /// Whether it uses what the runtime cannot run yet.
    pub(crate) later: bool,
    /// Whether a mistake has been reported at this stage: rules about it then keep quiet.
    pub(crate) health: Health,
}

/// How far a stage can be relied upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Health {
    /// No mistake was found.
    Sound,
    /// A mistake was reported, and a likely value stands in its place: what follows can still be
    /// checked.
    Mended,
    /// A mistake was reported, and nothing is known of what leaves the stage.
    Poisoned,
}

/// `every 1s`.
#[derive(Debug, Clone)]
pub(crate) struct Trigger {
    pub(crate) every_ms: u64,
    /// Where it is written; the stage, where it is missing.
    pub(crate) span: Span,
}

/// `roll: 128MiB` or `roll: 10m`: when a file or an object is done.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Roll {
    Bytes(u64),
    Ms(u64),
}

/// `else skip`.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    pub(crate) word: Span,
    pub(crate) on_error: OnError,
    /// What takes the place of a refused record's value.
    pub(crate) default: Option<Expr>,
    /// The topic that refused records are written to.
    pub(crate) dead_letter: Option<Expr>,
    /// The name of the stream in which refused items go on.
    pub(crate) to: Option<Ident>,
    /// How often the stage is tried again first.
    pub(crate) retry: Option<Retry>,
}

/// `retry 3 backoff 100ms..10s`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Retry {
    pub(crate) word: Span,
    pub(crate) times: u32,
    /// How long to wait in front of the first time, which doubles with each.
    pub(crate) from_ms: u64,
    /// How long to wait at most.
    pub(crate) to_ms: u64,
}

/// What happens to a record that a stage cannot process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum OnError {
    #[default]
    Fail,
    Skip,
}

/// What a stage does.
#[derive(Debug)]
pub(crate) enum Kind {
    Source(Source),
    /// Turns a source's records into values of the format.
    Decode {
        format: Type,
    },
    Union,
    /// Sends each item to the first of its arms whose predicate is true; to the last one where
    /// none is.
    Split {
        predicates: Vec<Function>,
    },
    /// One arm of a `split`.
    Arm,
    Each(Each, Function),
    /// One function for many items at once: `FlatMap` or `ForEach`.
    Batch(Each, Function),
    Plain(Plain),
    /// Passes items on as they are.
    Passing(Passing),
    /// Asks something about each item, and waits for the answer.
    Asking(Asking),
    Aggregate(Aggregate),
    /// Brings the items of its two inputs together.
    Join(Join),
    /// Brings a state for each key up to date at the end of each interval.
    UpdateState(Expr),
    Print {
        limit: Option<Expr>,
    },
    /// To files of a directory, or to objects of a store.
    ToParts {
        place: Place,
        /// The directory or the URL.
        to: Expr,
        suffix: Option<Expr>,
        roll: Option<Roll>,
        format: Type,
    },
    ToKafka {
        topic: Expr,
        key: Option<Function>,
        value: Option<Function>,
        headers: Option<Function>,
        format: Type,
    },
    ToOwn(OwnSink, Expr),
    ToNull,
    /// An operator of the table without a kind of its own. Those that work on a key's items in their
    /// order say how; all others cannot be run yet.
    Reserved {
        operator: &'static Operator,
        functions: Vec<Function>,
        ordered: Option<Ordered>,
    },
    /// A sink that is understood and cannot be run yet.
    ToReserved(&'static Connector),
    /// The items that a stage has refused or that came late, as a stream of their own.
    Refused(Refused),
    /// A stage that could not be understood.
    Hole,
}

/// Why items go on in a stream of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The stage could not process them.
    Failed,
    /// All their windows were closed.
    Late,
}

/// Where a sink writes rows in parts, each under a name of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Files of a directory.
    Directory,
    /// Objects of a store.
    ObjectStore,
}

impl Place {
    /// What the sink is called.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Place::Directory => "files",
            Place::ObjectStore => "object_store",
        }
    }
}

/// A sink that the program around the job has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OwnSink {
    /// The sender of a channel.
    Channel,
    /// Code of the user's own.
    Custom,
}

impl OwnSink {
    /// What it is called.
    pub(crate) fn word(self) -> &'static str {
        match self {
            OwnSink::Channel => "channel",
            OwnSink::Custom => "custom",
        }
    }
}

/// Where records come from.
#[derive(Debug)]
pub(crate) enum Source {
    Kafka { topics: Expr, reads: Reads },
    Iter { items: Expr },
    Channel { receiver: Expr },
    Custom { source: Expr },
    Generate { per_second: Expr, make: Expr },
    Stdin,
    Socket { address: Expr },
    Files { pattern: Expr },
}

impl Source {
    /// Whether it gives records, of bytes; items otherwise.
    pub(crate) fn gives_records(&self) -> bool {
        match self {
            Source::Kafka { .. } | Source::Stdin | Source::Socket { .. } | Source::Files { .. } => {
                true
            }
            Source::Iter { .. }
            | Source::Channel { .. }
            | Source::Custom { .. }
            | Source::Generate { .. } => false,
        }
    }
}

/// What the options of `from kafka(…)` say.
#[derive(Debug, Default)]
pub(crate) struct Reads {
    pub(crate) start: Option<Start>,
    /// `until: caught_up`.
    pub(crate) until_caught_up: bool,
    pub(crate) offsets: Option<Vec<Offsets>>,
    /// How many records a second.
    pub(crate) max_rate: Option<Expr>,
    /// Whether what is read is all topics whose names match a pattern.
    pub(crate) by_pattern: bool,
    /// All of them as they are written.
    pub(crate) written: String,
}

/// Where a partition begins that nothing is remembered of.
#[derive(Debug)]
pub(crate) enum Start {
    Earliest,
    Latest,
    /// At a moment.
    Time(LitStr),
}

/// `0: 100..200`.
#[derive(Debug)]
pub(crate) struct Offsets {
    pub(crate) partition: Expr,
    /// The first offset that is read; 0 where it is left out.
    pub(crate) from: Option<Expr>,
    /// The first one that is not read any more; none where there is no end.
    pub(crate) to: Option<To>,
}

/// Where a range ends.
#[derive(Debug)]
pub(crate) enum To {
    /// `..200`
    Before(Expr),
    /// `..=199`
    With(Expr),
}

/// Operators of one function that work on each item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Each {
    Map,
    Filter,
    FilterMap,
    FlatMap,
    Inspect,
    TryMap,
    MapValues,
    FlatMapValues,
    KeyBy,
    ForEach,
}

/// Operators without arguments that work on each item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plain {
    Flatten,
    Keys,
    Values,
    Swap,
    /// Puts the own time of an item in front of it.
    Timestamp,
    /// Puts the window of a result to it.
    WithWindow,
}

/// Operators that pass items on as they are: some of them, slower, or to another worker.
#[derive(Debug)]
pub(crate) enum Passing {
    /// So large a share of the items.
    Sample { share: Expr },
    /// So many items a second.
    Throttle { per_second: Expr },
    /// To so many workers in turn.
    Repartition { workers: Expr },
}

/// Operators that keep state until their interval ends.
#[derive(Debug)]
pub(crate) enum Aggregate {
    ReduceByKey(Reducer),
    CountByKey,
    AggregateByKey {
        init: Expr,
        add: Expr,
        merge: Expr,
    },
    GroupByKey,
    /// Several aggregates of each key, side by side.
    AggByKey {
        parts: Vec<Part>,
    },
    CountByValue,
    Distinct,
    Count,
    Reduce(Reducer),
    Sum,
    Average,
    Min,
    Max,
    /// The pairs with the greatest values.
    Top {
        n: Expr,
    },
    /// The items that come most often, in a sketch.
    HeavyHitters {
        n: Expr,
    },
    /// How many different items there are, in a sketch.
    ApproxDistinct,
    /// The number below which a share of the items lies, in a sketch.
    Quantile {
        share: Expr,
    },
}

impl Aggregate {
    /// Whether values meet under keys, and no closure combines them.
    pub(crate) fn is_keyed_by_sign(&self) -> bool {
        self.is_keyed()
            && !matches!(
                self,
                Aggregate::ReduceByKey(Reducer::Function(_))
                    | Aggregate::AggregateByKey { .. }
                    | Aggregate::GroupByKey
            )
    }

    /// Whether equal keys meet before results leave.
    pub(crate) fn is_keyed(&self) -> bool {
        match self {
            Aggregate::ReduceByKey(_)
            | Aggregate::CountByKey
            | Aggregate::AggregateByKey { .. }
            | Aggregate::GroupByKey
            | Aggregate::AggByKey { .. }
            | Aggregate::CountByValue
            | Aggregate::Distinct => true,
            Aggregate::Count
            | Aggregate::Reduce(_)
            | Aggregate::Sum
            | Aggregate::Average
            | Aggregate::Min
            | Aggregate::Max
            | Aggregate::ApproxDistinct
            | Aggregate::HeavyHitters { .. }
            | Aggregate::Quantile { .. }
            | Aggregate::Top { .. } => false,
        }
    }
}

/// Operators that work on the items of a key in their order, with what they keep for the key.
#[derive(Debug)]
pub(crate) enum Ordered {
    Scan {
        init: Expr,
        step: Expr,
    },
    /// Leaves out items whose key has been seen.
    Dedup(Function),
    /// How many values lie between a value and the one that it gets.
    Lag(Expr),
    MapWithState {
        init: Expr,
        function: Expr,
    },
    /// Code of the user's, with timers.
    Process(Process),
}

/// One of the aggregates of `agg_by_key`.
#[derive(Debug)]
pub(crate) struct Part {
    /// What the stages behind call it.
    pub(crate) name: Ident,
    /// The word for what it computes.
    pub(crate) word: Ident,
    pub(crate) measure: Measure,
    /// The share that a quantile is asked for.
    pub(crate) share: Option<Expr>,
    /// What takes from a value what is computed; the value itself, where there is none.
    pub(crate) function: Option<Function>,
}

/// What an aggregate of `agg_by_key` computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    Count,
    Sum,
    Average,
    Min,
    Max,
    ApproxDistinct,
    Quantile,
}

/// How two values become one.
#[derive(Debug)]
pub(crate) enum Reducer {
    /// `+`, `*`, …: a function of the runtime by that name.
    Sign { name: &'static str, span: Span },
    /// A closure or a function.
    Function(Expr),
}

impl Node {
    /// Whether the stage is a sink.
    pub(crate) fn is_sink(&self) -> bool {
        match &self.kind {
            Kind::Print { .. }
            | Kind::ToParts { .. }
            | Kind::ToKafka { .. }
            | Kind::ToOwn(..)
            | Kind::ToNull
            | Kind::ToReserved(_)
            | Kind::Each(Each::ForEach, _)
            | Kind::Batch(Each::ForEach, _) => true,
            Kind::Reserved { operator, .. } => operator.group == Group::Sink,
            Kind::Source(_)
            | Kind::Decode { .. }
            | Kind::Union
            | Kind::Split { .. }
            | Kind::Arm
            | Kind::Refused(_)
            | Kind::Each(..)
            | Kind::Batch(..)
            | Kind::Plain(_)
            | Kind::Passing(_)
            | Kind::Asking(_)
            | Kind::Aggregate(_)
            | Kind::Join(_)
            | Kind::UpdateState(_)
            | Kind::Hole => false,
        }
    }

    /// The row of the operator table, for stages that have one.
    pub(crate) fn operator(&self) -> Option<&'static Operator> {
        crate::operators::operator(&self.word.to_string())
    }
}

impl Job {
    pub(crate) fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.0)
    }

    /// The stages that take the items of this one.
    pub(crate) fn consumers(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.nodes
            .iter()
            .enumerate()
            .filter(move |(_, node)| node.inputs.contains(&id))
            .map(|(at, _)| NodeId(at))
    }
}
