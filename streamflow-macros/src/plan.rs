//! A job as it will be run: sound stages only, numbered, cut into fused loops.

pub(crate) mod placed;

use proc_macro2::{Ident, Span};
use syn::{Expr, Type};

use crate::closure::Function;
use crate::lock::Lock;
use crate::model::{
    Aggregate, Changes, Each, Form, Join, OnError, Ordered, Plain, Settings, Source, WindowKind,
};
pub(crate) use placed::{Ends, Placed};

/// A whole job.
#[derive(Debug)]
pub(crate) struct Plan<'m> {
    pub(crate) form: &'m Form,
    pub(crate) settings: &'m Settings,
    pub(crate) changes: &'m Changes,
    pub(crate) lock: Option<&'m Lock>,
    /// In an order in which every stage stands behind those it gets items from.
    pub(crate) stages: Vec<Stage<'m>>,
}

/// One stage; its number is its position in the plan.
#[derive(Debug)]
pub(crate) struct Stage<'m> {
    pub(crate) word: &'m Ident,
    pub(crate) text: &'m str,
    pub(crate) operation: Operation<'m>,
    pub(crate) inputs: Vec<usize>,
    pub(crate) consumers: Vec<usize>,
    /// The fused loop it belongs to: the number of the loop, counted from 0.
    pub(crate) segment: usize,
    pub(crate) on_error: OnError,
    /// What takes the place of a value that the stage refuses.
    pub(crate) default: Option<&'m Expr>,
    /// What takes a value out of a combined one: only looked at, as windows need none.
    pub(crate) inverse: Option<&'m Expr>,
    /// Whether the names its closure binds must be hidden from the stages behind it.
    pub(crate) scoped: bool,
}

impl Stage<'_> {
    /// Where everything generated for the stage stands.
    pub(crate) fn span(&self) -> Span {
        crate::span::of_stage(self.word)
    }
}

/// What a stage does.
#[derive(Debug)]
pub(crate) enum Operation<'m> {
    Source(&'m Source),
    Decode(&'m Type),
    Union,
    /// Sends each item to the consumer whose predicate is true of it; to the last where none is.
    Split(&'m [Function]),
    /// One arm of a `split`.
    Arm,
    Each(Each, &'m Function),
    Plain(Plain),
    /// Gathers what an interval brings, for the stage behind it.
    Gather {
        ends: Ends,
        /// What checkpoints hold of it; nothing where items come only when intervals end, and so
        /// never stay.
        state: Option<State>,
    },
    /// Puts a function to work on many items at once.
    Batch {
        each: Each,
        function: &'m Function,
        of: BatchOf,
    },
    Aggregate {
        aggregate: &'m Aggregate,
        state: State,
    },
    /// Says what an item's own time is.
    EventTime {
        function: &'m Function,
        times: Times,
        /// What checkpoints call the watermark.
        state: String,
    },
    /// Works on the items of a key in their order, on the worker that owns the key.
    Ordered {
        ordered: &'m Ordered,
        /// After how many milliseconds a key is forgotten that nobody uses.
        ttl_ms: Option<u64>,
        state: State,
    },
    /// Keeps what its two inputs bring, until the interval ends and they meet.
    Join {
        join: Join,
        state: State,
    },
    /// Brings the state of every key up to date when the interval ends.
    UpdateState {
        function: &'m Expr,
        state: State,
    },
    /// Keeps the rows that `print every 1s` shows at the end of the interval.
    Rows {
        state: State,
    },
    Print {
        limit: Option<&'m Expr>,
        rows: Rows,
    },
    ToFiles {
        dir: &'m Expr,
        suffix: Option<&'m Expr>,
        format: &'m Type,
        every_ms: Option<u64>,
    },
    ToKafka {
        topic: &'m Expr,
        key: Option<&'m Function>,
        value: Option<&'m Function>,
        format: &'m Type,
    },
    ToNull,
}

/// Which items a function gets at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BatchOf {
    /// Those of one batch of one partition.
    Block,
    /// Those that the stage in front has gathered.
    Interval,
}

/// What a stage keeps until its trigger fires.
#[derive(Debug)]
pub(crate) struct State {
    /// What checkpoints call it.
    pub(crate) name: String,
    /// Where the user names it, if it is the user's name.
    pub(crate) named_at: Option<Span>,
    /// When its trigger fires: its interval, or the step of its window.
    pub(crate) every_ms: u64,
    /// Which steps a result is of, where windows overlap.
    pub(crate) steps: Option<Steps>,
    /// Whether the windows are of the items' own time, and how they close.
    pub(crate) event: Option<EventWindow>,
    /// The version that its migrations lead to, or that is locked.
    pub(crate) version: u32,
}

/// What is known of the times that a stage gives, in milliseconds.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_field_names, reason = "a name says its unit")]
pub(crate) struct Times {
    pub(crate) lag_ms: u64,
    pub(crate) idle_ms: u64,
    pub(crate) future_ms: u64,
}

/// How windows over the items' own time close.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EventWindow {
    /// The stages that give the time.
    pub(crate) times: Vec<usize>,
    /// How long they wait for late records, in milliseconds.
    pub(crate) wait_ms: u64,
    /// The same of the windows in front.
    pub(crate) behind_ms: u64,
}

/// Which steps of a window a result is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Steps {
    /// So many, up to the one that has just ended: `hopping`.
    Last(u64),
    /// Those since the last multiple of so many: `cumulate`.
    SinceMultipleOf(u64),
    /// Those of a window that is moved, follows the days of a place, or moves on by something else than
    /// one step.
    Placed(Placed),
}

/// When `print` shows rows.
#[derive(Debug)]
pub(crate) enum Rows {
    /// Each as it comes.
    AsTheyCome,
    /// Together, under a header, whenever one of these intervals ends.
    InIntervals { ends: Vec<Ends>, order: Order },
}

/// The order of the rows under one header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Sorted, as an aggregate's results have no order of their own.
    Sorted,
    /// As they came.
    Arrival,
    /// As `top` ranks them.
    Ranked,
}

impl State {
    /// Which steps a result is of, where it is not of one.
    pub(crate) fn moving(&self) -> Option<Steps> {
        self.steps.filter(|steps| {
            !matches!(
                steps,
                Steps::Placed(Placed {
                    kind: WindowKind::Tumbling,
                    updates: false,
                    ..
                })
            )
        })
    }

    /// When results leave, where the clock says it.
    pub(crate) fn ends(&self) -> Ends {
        match self.steps {
            Some(Steps::Placed(placed)) => placed.ends(self.every_ms),
            Some(Steps::Last(_) | Steps::SinceMultipleOf(_)) | None => Ends::every(self.every_ms),
        }
    }
}

impl Operation<'_> {
    /// What the stage keeps, if anything.
    pub(crate) fn state(&self) -> Option<&State> {
        match self {
            Operation::Aggregate { state, .. }
            | Operation::Ordered { state, .. }
            | Operation::Join { state, .. }
            | Operation::UpdateState { state, .. }
            | Operation::Rows { state } => Some(state),
            Operation::Gather { state, .. } => state.as_ref(),
            Operation::Source(_)
            | Operation::Decode(_)
            | Operation::Union
            | Operation::Split(_)
            | Operation::Arm
            | Operation::Each(..)
            | Operation::Plain(_)
            | Operation::Batch { .. }
            | Operation::EventTime { .. }
            | Operation::Print { .. }
            | Operation::ToFiles { .. }
            | Operation::ToKafka { .. }
            | Operation::ToNull => None,
        }
    }
}
