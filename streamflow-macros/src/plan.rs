//! A job as it will be run: sound stages only, numbered, cut into fused loops.

pub(crate) mod placed;

use proc_macro2::{Ident, Span};
use syn::{Expr, Type};

use crate::closure::Function;
use crate::lock::Lock;
use crate::model::{
    Aggregate, Answers, Asking, Bound, Changes, Each, Form, Join, OnError, Ordered, OwnSink,
    Passing, Place, Plain, Refused, Retry, Roll, Settings, Source, WindowKind,
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
    /// The topics that refused records are written to.
    pub(crate) dead_letters: Vec<&'m Expr>,
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
    /// Whether it can refuse an item.
    pub(crate) can_fail: bool,
    /// Where items go that the stage refuses, beside being counted.
    pub(crate) failed: Refusing,
    /// Where items go that come too late for its windows, beside being counted.
    pub(crate) late: Refusing,
    /// How often its function is tried again, in front of what then becomes of the item.
    pub(crate) retry: Option<Retry>,
    /// What takes the place of a value that the stage refuses.
    pub(crate) default: Option<&'m Expr>,
    /// What takes a value out of a combined one: only looked at, as windows need none.
    pub(crate) inverse: Option<&'m Expr>,
    /// Whether the names its closure binds must be hidden from the stages behind it.
    pub(crate) scoped: bool,
}

/// Where items go that a stage does not take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Refusing {
    /// To the topic of this number.
    pub(crate) dead_letter: Option<usize>,
    /// To the stage of this number, which is their stream.
    pub(crate) to: Option<usize>,
}

impl Refusing {
    /// Whether more is done with them than to count them.
    pub(crate) fn keeps_them(self) -> bool {
        self.dead_letter.is_some() || self.to.is_some()
    }
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
    /// The items that a stage does not take, as a stream of their own.
    Refused(Refused),
    Each(Each, &'m Function),
    Plain(Plain),
    /// Passes items on as they are.
    Passing {
        passing: &'m Passing,
        /// How many of its kind stand in front of it in the plan.
        nth: u64,
    },
    /// Asks something about each item, and waits for many answers at a time.
    Ask {
        asking: &'m Asking,
        answers: Answers,
        /// After how many milliseconds an answer is forgotten that is remembered.
        ttl_ms: Option<u64>,
    },
    /// Gathers what an interval brings, for the stage behind it.
    Gather {
        /// When; nothing where it is of each round.
        ends: Option<Ends>,
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
        /// Whether items come in rounds, and not with their records.
        in_rounds: bool,
    },
    /// Works on the items of a key in their order, on the worker that owns the key.
    Ordered {
        ordered: &'m Ordered,
        bound: Bound,
        state: State,
    },
    /// An aggregate that goes on, and whose results leave as its items come.
    Running {
        running: Running<'m>,
        state: State,
    },
    /// Keeps what its two inputs bring, until the interval ends and they meet.
    Join {
        join: Join,
        state: State,
    },
    /// Keeps the latest value of each key, for the joins that look into it.
    Table {
        /// After how many milliseconds a key is forgotten that gets no new value.
        ttl_ms: Option<u64>,
        state: State,
    },
    /// Brings each item together with what a table has for its key.
    LookUp {
        join: Join,
        /// The stage that is the table.
        table: usize,
        /// How items wait for the version of their own time, if they do.
        as_of: Option<AsOf>,
    },
    /// Keeps the items of its two inputs while others may come that are near them.
    IntervalJoin {
        join: Join,
        within: Within,
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
    ToParts {
        place: Place,
        to: &'m Expr,
        suffix: Option<&'m Expr>,
        roll: Option<Roll>,
        format: &'m Type,
        every_ms: Option<u64>,
    },
    ToKafka {
        topic: &'m Expr,
        key: Option<&'m Function>,
        value: Option<&'m Function>,
        headers: Option<&'m Function>,
        format: &'m Type,
    },
    ToOwn(OwnSink, &'m Expr),
    ToNull,
}

/// How items wait for the version of their own time.
#[derive(Debug)]
pub(crate) struct AsOf {
    /// What checkpoints have of the items that wait.
    pub(crate) state: State,
    pub(crate) table: Timed,
    pub(crate) stream: Timed,
}

/// Whose time items have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Timed {
    /// The stages that give the time.
    pub(crate) times: Vec<usize>,
    /// How long after the watermark items may come: the wait of the windows in front.
    pub(crate) behind_ms: u64,
}

/// How an aggregate goes on.
#[derive(Debug)]
pub(crate) struct Running<'m> {
    pub(crate) aggregate: &'m Aggregate,
    pub(crate) bound: Bound,
    /// At which intervals the latest results leave; with each item where there is none.
    pub(crate) updates_ms: Option<u64>,
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

/// How near each other in time two items are that meet: from where to where, seen from the left one, the
/// right one is, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Within {
    pub(crate) from_ms: i64,
    pub(crate) to_ms: i64,
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
    /// None: a window is as long as its items are near each other, and not longer than this.
    Session {
        max_ms: Option<u64>,
        /// Whether each item gives the new result of its session.
        changes: bool,
    },
    /// None: a window has so many items of a key, and the next one ends so many items later.
    Rows { size: u64, step: u64 },
    /// None: each item has a window of its own.
    Sliding,
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
            _ => Ends::every(self.every_ms),
        }
    }

    /// Whether each window ends with an item: they are taken in their order, by the owner of their
    /// key.
    pub(crate) fn ends_with_items(&self) -> bool {
        matches!(self.steps, Some(Steps::Rows { .. } | Steps::Sliding))
    }

    /// Whether each item gives the new results of its windows.
    pub(crate) fn is_window_of_changes(&self) -> bool {
        matches!(
            self.steps,
            Some(
                Steps::Placed(Placed { changes: true, .. }) | Steps::Session { changes: true, .. }
            )
        )
    }

    /// Whether several windows are told with one step.
    pub(crate) fn tells_several_windows(&self) -> bool {
        matches!(
            self.steps,
            Some(Steps::Placed(Placed {
                kind: WindowKind::Hopping,
                updates: true,
                ..
            }))
        )
    }

    /// Whether it is kept for sessions.
    pub(crate) fn is_of_sessions(&self) -> bool {
        matches!(self.steps, Some(Steps::Session { .. }))
    }
}

impl Operation<'_> {
    /// Whether the loop over records ends here: what leaves the stage does so in rounds.
    pub(crate) fn ends_loop(&self) -> bool {
        let passes_over = matches!(
            self,
            Operation::LookUp { .. }
                | Operation::Ask { .. }
                | Operation::Passing {
                    passing: Passing::Repartition { .. },
                    ..
                }
        );
        passes_over || self.state().is_some()
    }

    /// What the stage keeps, if anything.
    pub(crate) fn state(&self) -> Option<&State> {
        match self {
            Operation::Aggregate { state, .. }
            | Operation::Ordered { state, .. }
            | Operation::Running { state, .. }
            | Operation::Join { state, .. }
            | Operation::Table { state, .. }
            | Operation::IntervalJoin { state, .. }
            | Operation::UpdateState { state, .. }
            | Operation::Rows { state } => Some(state),
            Operation::Gather { state, .. } => state.as_ref(),
            Operation::LookUp { as_of, .. } => as_of.as_ref().map(|as_of| &as_of.state),
            Operation::Source(_)
            | Operation::Decode(_)
            | Operation::Union
            | Operation::Split(_)
            | Operation::Arm
            | Operation::Refused(_)
            | Operation::Each(..)
            | Operation::Plain(_)
            | Operation::Passing { .. }
            | Operation::Ask { .. }
            | Operation::Batch { .. }
            | Operation::EventTime { .. }
            | Operation::Print { .. }
            | Operation::ToParts { .. }
            | Operation::ToKafka { .. }
            | Operation::ToOwn(..)
            | Operation::ToNull => None,
        }
    }
}

impl Plan<'_> {
    /// Whether a table keeps the versions of its keys: some join asks for them.
    pub(crate) fn keeps_versions(&self, of_table: usize) -> bool {
        self.stages.iter().any(|stage| {
            matches!(
                &stage.operation,
                Operation::LookUp { table, as_of: Some(_), .. } if *table == of_table
            )
        })
    }
}
