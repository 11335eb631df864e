//! Says whether the results of a stage depend on the order of its records, and on where input is
//! cut into intervals. (Nothing depends on where it is cut into batches.)

use serde::Serialize;

use super::Explanation;
use crate::plan::{Combine, Role, Stage, Steps, TableKeeps};

/// Whether results depend on something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Depends {
    No,
    /// It is up to something that nobody but the author knows.
    Perhaps,
    Yes,
}

/// Whether results depend on something, and why.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Dependence {
    pub(super) depends: Depends,
    pub(super) why: &'static str,
}

/// What the results of a stage depend on, apart from the records themselves.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sensitivity {
    /// The order of records.
    pub(super) order: Dependence,
    /// Where input is cut into intervals.
    pub(super) boundaries: Dependence,
}

const fn no(why: &'static str) -> Dependence {
    Dependence {
        depends: Depends::No,
        why,
    }
}

const fn perhaps(why: &'static str) -> Dependence {
    Dependence {
        depends: Depends::Perhaps,
        why,
    }
}

const fn yes(why: &'static str) -> Dependence {
    Dependence {
        depends: Depends::Yes,
        why,
    }
}

const ONE_BY_ONE: Dependence = no("each item by itself");
const EVENT_WINDOW: Dependence = perhaps(
    "a record's own time decides in which windows it is; the watermark, whether it is late",
);
const SESSION: Dependence = yes("the wall clock decides which records are near each other");
const EVENT_RANGE: Dependence =
    perhaps("an item's own time decides which others it meets; the watermark, whether it is late");
const INTERVAL: Dependence = yes("the wall clock decides which records meet in an interval");

impl Explanation {
    /// The rule for each stage.
    pub(super) fn sensitivity(&self, id: usize, stage: &Stage) -> Sensitivity {
        match stage.role {
            Role::Source => Sensitivity {
                order: no("the records of a partition come in their order, those of several mixed"),
                boundaries: ONE_BY_ONE,
            },
            Role::Stateless | Role::EventTime { .. } => Sensitivity {
                order: ONE_BY_ONE,
                boundaries: ONE_BY_ONE,
            },
            Role::Aggregate {
                steps: Some(Steps::Rows { .. } | Steps::Sliding),
                event: None,
                ..
            } => Sensitivity {
                order: yes("the items of a key are taken in the order of their records"),
                boundaries: ONE_BY_ONE,
            },
            Role::Aggregate { event, .. } if stage.role.gives_changes() => Sensitivity {
                order: yes("the items of a key are taken in the order of their records"),
                boundaries: event.map_or(INTERVAL, |_| EVENT_WINDOW),
            },
            Role::Aggregate { combine, event, .. } => Sensitivity {
                order: order_of(combine, stage.operator, self.values(id)),
                boundaries: match event {
                    Some(_) => EVENT_WINDOW,
                    None if stage.role.closes_by_itself() => SESSION,
                    None => INTERVAL,
                },
            },
            Role::Ordered {
                within: Some(within),
                ..
            } => Sensitivity {
                order: no("items meet by their times, in whatever order they come"),
                boundaries: match within.event {
                    Some(_) => EVENT_RANGE,
                    None => yes("the wall clock decides which items are near each other"),
                },
            },
            Role::Ordered { updates_ms, .. } => Sensitivity {
                order: yes("the items of a key are taken in the order of their records"),
                boundaries: match updates_ms {
                    Some(_) => INTERVAL,
                    None if stage.operator == "process" => {
                        perhaps("timers fire behind the records that came together")
                    }
                    None => ONE_BY_ONE,
                },
            },
            Role::Table { keeps, .. } => Sensitivity {
                order: match keeps {
                    TableKeeps::Latest => {
                        yes("the latest value of a key is that of its last record")
                    }
                    TableKeeps::Versions => {
                        perhaps("only for versions of one time, and for late ones")
                    }
                },
                boundaries: ONE_BY_ONE,
            },
            Role::LookUp { as_of: None, .. } => Sensitivity {
                order: yes("an item meets what the table has when its turn comes"),
                boundaries: ONE_BY_ONE,
            },
            Role::LookUp { as_of: Some(_), .. } => Sensitivity {
                order: perhaps(
                    "not for items and versions that come before the watermark is past them",
                ),
                boundaries: ONE_BY_ONE,
            },
            Role::Sink => self.sink(id, stage),
        }
    }

    fn sink(&self, id: usize, stage: &Stage) -> Sensitivity {
        let (order, boundaries) = match stage.operator {
            "print" if self.is_sorted(id) => (
                no("the rows of an interval are sorted"),
                yes("the rows of an interval stand together"),
            ),
            "print" => (yes("rows come in the order of their records"), ONE_BY_ONE),
            "files" => (
                yes("rows come in the order of their records"),
                yes("the wall clock decides in which file a row is"),
            ),
            "object_store" => (
                yes("rows come in the order of their records"),
                yes("the wall clock decides in which object a row is"),
            ),
            "kafka" => (
                yes("messages of one key are sent in the order of their records"),
                ONE_BY_ONE,
            ),
            "for_each" | "for_each_batch" => (
                perhaps("a closure: not if its effects may come in any order"),
                ONE_BY_ONE,
            ),
            _ => (ONE_BY_ONE, ONE_BY_ONE),
        };
        Sensitivity { order, boundaries }
    }

    /// Whether what reaches a `print` comes out of an aggregate: its rows are then sorted.
    fn is_sorted(&self, id: usize) -> bool {
        let stages = self.plan.stages;
        let inputs = stages.get(id).map_or([].as_slice(), |stage| stage.inputs);
        inputs.iter().any(|&input| {
            stages.get(input).is_some_and(|before| match before.role {
                Role::Aggregate { combine, .. } => {
                    !before.role.closes_by_itself() && combine != Combine::Rows
                }
                Role::Ordered { updates_ms, .. } => updates_ms.is_some(),
                Role::Source | Role::Table { .. } | Role::LookUp { .. } | Role::Sink => false,
                Role::Stateless | Role::EventTime { .. } => input < id && self.is_sorted(input),
            })
        })
    }

    /// What is known of the values that an aggregate combines.
    fn values(&self, id: usize) -> Values {
        let Some(layout) = self.layouts.get(&id) else {
            return Values::Unknown;
        };
        let values = layout
            .split_once(" -> ")
            .map_or(layout.as_str(), |(_, values)| values);
        let mut words = values.split(|c: char| !c.is_alphanumeric() && c != '_');
        if words.clone().any(|word| matches!(word, "f32" | "f64")) {
            Values::Floating
        } else if words.clone().any(|word| word == "String") {
            Values::Text
        } else if words.any(|word| matches!(word, "i8" | "i16" | "i32" | "i64" | "i128" | "isize"))
        {
            Values::Signed
        } else {
            Values::Exact
        }
    }
}

/// Values, as far as the order in which they are combined goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Values {
    Unknown,
    Floating,
    Text,
    Signed,
    Exact,
}

fn order_of(combine: Combine, operator: &str, values: Values) -> Dependence {
    match combine {
        Combine::Count => no("records are counted"),
        Combine::Bits => no("bits have no order"),
        Combine::Extreme => no("the least and the greatest are the same in any order"),
        Combine::Sketch => no("a sketch is the same whatever the order of what went into it"),
        Combine::Rank => no("equal values stand in the order of their keys"),
        Combine::Add | Combine::Multiply | Combine::Several => match values {
            Values::Floating => yes("floating point: the last digits depend on the order"),
            Values::Text => yes("text is joined in the order in which it comes"),
            Values::Signed | Values::Exact => no("whole numbers: the same in any order"),
            Values::Unknown => {
                perhaps("not for whole numbers; floating point rounds, text is joined")
            }
        },
        Combine::Saturate => match values {
            Values::Exact => no("whole numbers: the same in any order"),
            Values::Floating => yes("floating point: the last digits depend on the order"),
            Values::Text => yes("text is joined in the order in which it comes"),
            Values::Signed | Values::Unknown => perhaps(
                "not while sums stay within the type: one that stops at a limit may turn back",
            ),
        },
        Combine::Average => yes("floating point: the last digits depend on the order"),
        Combine::Function if operator == "aggregate_by_key" => {
            perhaps("closures: not if `add` and `merge` give the same in any order")
        }
        Combine::Function => perhaps("a closure: not if it is associative and commutative"),
        Combine::Gather => yes("the values of a key are kept in the order of their records"),
        Combine::Meet if operator == "cogroup" => {
            yes("the values of a key are kept in the order of their records")
        }
        Combine::Meet => no("the same items meet in any order"),
        Combine::Update => {
            perhaps("a closure: it gets the values of a key in the order of their records")
        }
        Combine::Rows => yes("rows are kept in the order of their records"),
    }
}
