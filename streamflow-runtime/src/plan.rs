//! A job as the compiler saw it: a constant in the binary, read by `explain` and by the driver.

use crate::time::calendar::Ends;
use crate::time::duration;

/// A compiled job: its stages, sources, state and settings. The macro writes it as a constant.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// The job's name: `job NAME`, or the module it was written in.
    pub name: &'static str,
    /// Every stage, in the order of the source text; a stage's position is its number.
    pub stages: &'static [Stage],
    /// What the job header sets; the command line overrides it.
    pub settings: Settings,
}

/// One operator as written at one place of one job.
#[derive(Debug, Clone, Copy)]
pub struct Stage {
    /// The operator, source or sink: `map`, `kafka`, `print`.
    pub operator: &'static str,
    /// The stage as written, on one line.
    pub text: &'static str,
    /// The line of the source file (from 1) at which the stage stands.
    pub line: u32,
    /// What role the stage has in the loop.
    pub role: Role,
    /// The stages (by number) whose items reach this one.
    pub inputs: &'static [usize],
    /// The fused loop the stage belongs to, counted from 0. A loop begins at a source or behind
    /// an aggregate.
    pub segment: usize,
    /// What happens to a record that the stage cannot process.
    pub on_error: OnError,
    /// The Kafka topics that a source reads, a sink writes, or the late records of a window go to;
    /// none for any other stage.
    pub topics: &'static [Topic],
}

/// A topic as the job names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// By its name.
    Named(&'static str),
    /// By an expression, whose value only a run knows.
    Expression(&'static str),
}

/// What role a stage has in the loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Reads records.
    Source,
    /// Works on one item at a time and keeps nothing.
    Stateless,
    /// Keeps state until its trigger fires; results start a new loop.
    Aggregate {
        /// The name under which a checkpoint keeps the state.
        state: &'static str,
        /// The interval in milliseconds; its ends are multiples of it since the Unix epoch.
        every_ms: u64,
        /// Which of these intervals a result is of, where windows overlap; nothing where each
        /// result is of one.
        steps: Option<Steps>,
        /// How its windows close, where they are of the records' own time and not of the clock's.
        event: Option<EventWindow>,
        /// Whether equal keys meet on one worker before results leave.
        exchange: Exchange,
        /// How two values become one.
        combine: Combine,
    },
    /// Keeps something for each key, and works on a key's items in their order: they go to the worker
    /// that owns the key.
    Ordered {
        /// The name under which a checkpoint keeps the state.
        state: &'static str,
        /// After how long a key is forgotten that nobody uses, in milliseconds; never where nothing
        /// stands here.
        ttl_ms: Option<u64>,
        /// How many keys are kept at most: one worker has all of them then.
        cap: Option<u64>,
        /// At which intervals its results leave, in milliseconds; with each item where nothing stands
        /// here.
        updates_ms: Option<u64>,
        /// Whose time says when a key was used last, where it is not that of the clock.
        event: Option<EventWindow>,
        /// How near each other in time the items of two streams meet, where it is a join of such.
        within: Option<Within>,
    },
    /// Keeps the latest value of each key, or all versions of it that can still be asked for. Joins look
    /// into it.
    Table {
        /// The name under which a checkpoint keeps the state.
        state: &'static str,
        /// After how long a key is forgotten that gets no new value, in milliseconds; never where
        /// nothing stands here.
        ttl_ms: Option<u64>,
        /// What it has for a key.
        keeps: TableKeeps,
    },
    /// Brings each item together with what a table has for its key.
    LookUp {
        /// The stage that is the table.
        table: usize,
        /// How items wait for the version of their own time; nothing where they meet the latest value.
        as_of: Option<AsOf>,
    },
    /// Says what an item's own time is.
    EventTime {
        /// The name under which a checkpoint keeps the watermark.
        state: &'static str,
        /// How far the watermark stays behind the latest time, in milliseconds.
        lag_ms: u64,
        /// After how long a partition that gives nothing is not waited for, in milliseconds.
        idle_ms: u64,
        /// How far in front of the clock a time may be, in milliseconds.
        future_ms: u64,
        /// Whether items come in rounds, out of what other stages keep: the watermark is then that of
        /// the stage as a whole, from the round behind it on.
        in_rounds: bool,
    },
    /// Writes results.
    Sink,
}

/// What a table has for a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableKeeps {
    /// The latest value.
    Latest,
    /// The value at each moment that can still be asked for.
    Versions,
}

/// How items wait for the version of their own time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AsOf {
    /// The name under which a checkpoint keeps the items that wait.
    pub state: &'static str,
    /// The stages that give the table's versions their time.
    pub table: Timed,
    /// The stages that give the items theirs.
    pub stream: Timed,
}

/// Whose time items have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timed {
    /// The stages that give it; the slowest of them counts.
    pub times: &'static [usize],
    /// How long after the watermark items may come, in milliseconds: the wait of the windows in front.
    pub behind_ms: u64,
}

/// How windows over the records' own time close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventWindow {
    /// The stages that give the time; the slowest of them counts.
    pub times: &'static [usize],
    /// How long the window waits for late records behind its end, in milliseconds.
    pub wait_ms: u64,
    /// The same of the windows in front of it, whose results come that much later.
    pub behind_ms: u64,
}

impl EventWindow {
    /// How far the watermark is behind the end of a window when it closes.
    pub(crate) fn delay_ms(self) -> i64 {
        i64::try_from(self.wait_ms.saturating_add(self.behind_ms)).unwrap_or(i64::MAX)
    }
}

/// How near each other in time the items of two streams meet: `within -5m..+5m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Within {
    /// The earliest right item that a left one meets, in milliseconds behind it; in front of it where
    /// this is negative.
    pub from_ms: i64,
    /// The latest one.
    pub to_ms: i64,
    /// By which watermark items are forgotten, where they have a time of their own and not that of the
    /// clock.
    pub event: Option<EventWindow>,
}

impl Within {
    /// The range as a job writes it, with the time that it is of.
    pub(crate) fn shown(self) -> String {
        let end = |ms: i64| {
            let sign = if ms < 0 { "-" } else { "+" };
            match ms.unsigned_abs() {
                0 => "0s".to_owned(),
                ms => format!("{sign}{}", duration::display_ms(ms)),
            }
        };
        let range = format!("within {}..{}", end(self.from_ms), end(self.to_ms));
        match self.event {
            None => range,
            Some(EventWindow { wait_ms: 0, .. }) => format!("{range} of event time"),
            Some(EventWindow { wait_ms, .. }) => {
                let wait = duration::display_ms(wait_ms);
                format!("{range} of event time late {wait}")
            }
        }
    }
}

impl Role {
    /// Whether results leave when windows close, and not at intervals of the clock: something is then
    /// open at any time.
    pub(crate) fn closes_by_itself(self) -> bool {
        matches!(
            self,
            Role::Aggregate { event: Some(_), .. }
                | Role::Aggregate {
                    steps: Some(Steps::Session { .. } | Steps::Rows { .. } | Steps::Sliding),
                    ..
                }
        ) || self.gives_changes()
    }

    /// Whether each item gives the new results of its windows.
    pub(crate) fn gives_changes(self) -> bool {
        matches!(
            self,
            Role::Aggregate {
                steps: Some(
                    Steps::Placed(Placed { changes: true, .. })
                        | Steps::Session { changes: true, .. }
                ),
                ..
            }
        )
    }

    /// What closes its windows, where no interval of the clock does.
    pub(crate) fn closing(self) -> Option<String> {
        let Role::Aggregate {
            every_ms,
            steps,
            event,
            ..
        } = self
        else {
            return None;
        };
        let what = match (event, steps) {
            (Some(_), _) => "the watermark",
            (None, Some(Steps::Rows { .. } | Steps::Sliding)) => "an item",
            (None, _) => "the clock",
        };
        let window = window(every_ms, steps, event).filter(|_| self.closes_by_itself())?;
        Some(format!("{what} closes `{window}`"))
    }

    /// The name under which a checkpoint keeps what the stage keeps.
    pub fn state(self) -> Option<&'static str> {
        match self {
            Role::Aggregate { state, .. }
            | Role::Ordered { state, .. }
            | Role::Table { state, .. }
            | Role::EventTime { state, .. } => Some(state),
            Role::LookUp { as_of, .. } => as_of.map(|as_of| as_of.state),
            Role::Source | Role::Stateless | Role::Sink => None,
        }
    }
}

/// Which steps of a window a result is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Steps {
    /// So many, up to the one that has just ended: `hopping`.
    Last(u64),
    /// Those since the last multiple of so many: `cumulate`.
    SinceMultipleOf(u64),
    /// Those of a window that is moved, follows the days of a place, or moves on by something else than
    /// one step.
    Placed(Placed),
    /// None: windows are as long as no two items of one are further from each other than the step,
    /// and not longer than this: `session`.
    Session {
        /// The longest that a session may be, in milliseconds.
        max_ms: Option<u64>,
        /// Whether each item gives the new result of its session.
        changes: bool,
    },
    /// None: a window has so many items of a key, whatever their times, and moves on by some:
    /// `rows`.
    Rows {
        /// How many items a window has.
        size: u64,
        /// After how many items the next window ends.
        step: u64,
    },
    /// None: each item has a window of its own, which is as long as the step: `sliding`.
    Sliding,
}

/// A window that is not one of the simple ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// The word that it is written with.
    pub kind: WindowKind,
    /// How many steps it has.
    pub size: u64,
    /// How many steps lie between the end of one window and that of the next.
    pub by: u64,
    /// How far windows are moved, in milliseconds.
    pub offset_ms: u64,
    /// The place whose days they follow.
    pub zone: Option<&'static str>,
    /// Whether its result so far leaves with each step.
    pub updates: bool,
    /// Whether its new result leaves with each item.
    pub changes: bool,
}

/// The kinds of windows that consist of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowKind {
    /// `tumbling`: one step.
    Tumbling,
    /// `hopping`.
    Hopping,
    /// `cumulate`.
    Cumulate,
}

/// The window of an aggregate as a job writes it; nothing where it is an interval of the clock.
pub(crate) fn window(
    every_ms: u64,
    steps: Option<Steps>,
    event: Option<EventWindow>,
) -> Option<String> {
    let window = match (steps, event) {
        (None, None) => return None,
        (None, Some(_)) => format!("over tumbling {}", duration::display_ms(every_ms)),
        (Some(steps), _) => steps.shown(every_ms),
    };
    Some(match event {
        None => window,
        Some(EventWindow { wait_ms: 0, .. }) => format!("{window} of event time"),
        Some(EventWindow { wait_ms, .. }) => {
            let wait = duration::display_ms(wait_ms);
            format!("{window} of event time late {wait}")
        }
    })
}

impl Steps {
    /// Whether each window is one step, and each step a window.
    pub(crate) fn follow_each_other(self) -> bool {
        matches!(
            self,
            Steps::Placed(Placed {
                kind: WindowKind::Tumbling,
                updates: false,
                changes: false,
                ..
            })
        )
    }

    /// The window as a job writes it, with steps of this length.
    pub(crate) fn shown(self, step_ms: u64) -> String {
        let simple = |kind, size| Placed {
            kind,
            size,
            by: 1,
            offset_ms: 0,
            zone: None,
            updates: false,
            changes: false,
        };
        let Placed {
            kind,
            size: steps,
            by,
            offset_ms,
            zone,
            updates,
            changes,
        } = match self {
            Steps::Last(steps) => simple(WindowKind::Hopping, steps),
            Steps::SinceMultipleOf(steps) => simple(WindowKind::Cumulate, steps),
            Steps::Placed(placed) => placed,
            Steps::Rows { size, step } if size == step => return format!("over rows {size}"),
            Steps::Rows { size, step } => return format!("over rows {size} by {step}"),
            Steps::Sliding => return format!("over sliding {}", duration::display_ms(step_ms)),
            Steps::Session { max_ms, changes } => {
                let gap = duration::display_ms(step_ms);
                let max = max_ms.map(|max_ms| format!(" max {}", duration::display_ms(max_ms)));
                let changes = if changes { " emit changes" } else { "" };
                return format!("over session {gap}{}{changes}", max.unwrap_or_default());
            }
        };
        let shown = |steps: u64| duration::display_ms(step_ms.saturating_mul(steps));
        let mut text = match kind {
            WindowKind::Tumbling => format!("over tumbling {}", shown(steps)),
            WindowKind::Hopping => format!("over hopping {} by {}", shown(steps), shown(by)),
            WindowKind::Cumulate => format!("over cumulate {} by {}", shown(steps), shown(by)),
        };
        if offset_ms > 0 {
            text.push_str(" offset ");
            text.push_str(&duration::display_ms(offset_ms).to_string());
        }
        if let Some(zone) = zone {
            text.push_str(" tz \"");
            text.push_str(zone);
            text.push('"');
        }
        if updates {
            text.push_str(" emit updates every ");
            text.push_str(&shown(1).to_string());
        }
        if changes {
            text.push_str(" emit changes");
        }
        text
    }
}

/// When the steps of an aggregate end.
pub(crate) fn step_ends(every_ms: u64, steps: Option<Steps>) -> Ends {
    match steps {
        Some(Steps::Placed(Placed {
            offset_ms, zone, ..
        })) => Ends {
            every_ms,
            offset_ms,
            zone,
        },
        _ => Ends::of_multiples(every_ms),
    }
}

/// How often the results of an aggregate leave, in milliseconds: when a step ends, or every few of
/// them.
pub(crate) fn results_every_ms(every_ms: u64, steps: Option<Steps>) -> u64 {
    match steps {
        Some(Steps::Placed(Placed { updates: true, .. })) => every_ms,
        Some(Steps::Placed(Placed { by, .. })) => every_ms.saturating_mul(by),
        _ => every_ms,
    }
}

/// How the partial results of the workers meet at the trigger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exchange {
    /// Each worker merges the keys that hash to it.
    ByKey,
    /// One worker merges everything.
    ToOne,
    /// They stay where they are.
    None,
}

/// How two values of an aggregate become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Combine {
    /// They are counted.
    Count,
    /// `+` and `wrapping +`.
    Add,
    /// `*` and `wrapping *`.
    Multiply,
    /// `saturating +` and `saturating *`, which stop at the limits of the type.
    Saturate,
    /// `&`, `|`, `^`.
    Bits,
    /// `min` and `max`.
    Extreme,
    /// By their mean.
    Average,
    /// In a summary that is nearly right: `approx_distinct`, `quantile`.
    Sketch,
    /// Several aggregates side by side: `agg_by_key`.
    Several,
    /// By a closure or a function of the user.
    Function,
    /// They are all kept for their key: `group_by_key`.
    Gather,
    /// The pairs with the greatest values are kept: `top`.
    Rank,
    /// Those of two streams are kept for their key, and meet when the interval ends: `join`.
    Meet,
    /// They bring what is known of their key up to date, which stays: `update_state`.
    Update,
    /// They are all kept: the rows of `print every 1s`.
    Rows,
}

/// What happens to a record that a stage cannot process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnError {
    /// The job stops, and the record's offset is not committed.
    Fail,
    /// The record is counted and left out.
    Skip,
    /// The record is counted, and another value takes the place of what the stage would have made.
    Replace,
    /// The record is counted, and written to a topic for whoever mends it.
    DeadLetter(Topic),
    /// The item is counted, and goes on in a stream of its own.
    To(&'static str),
}

/// What the job header sets.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// `checkpoint: "dir"`.
    pub checkpoint: Option<&'static str>,
    /// `checkpoint: "dir" every D`, in milliseconds.
    pub checkpoint_every_ms: Option<u64>,
    /// `parallelism: N`, the number of workers.
    pub parallelism: Option<usize>,
    /// `memory: 2GiB`, in bytes: how much the process may take.
    pub memory_bytes: Option<u64>,
    /// `shutdown: D`, in milliseconds: how long a stop may take.
    pub shutdown_ms: Option<u64>,
}

impl OnError {
    /// The word for it in a job.
    pub fn word(self) -> &'static str {
        match self {
            OnError::Fail => "fail",
            OnError::Skip => "skip",
            OnError::Replace => "default",
            OnError::DeadLetter(_) => "dead_letter",
            OnError::To(_) => "to",
        }
    }

    /// What is remarked of a stage that does not stop the job, in a chart.
    pub(crate) fn remark(self) -> &'static str {
        match self {
            OnError::Fail => "",
            OnError::Skip => ", bad records skipped",
            OnError::Replace => ", a default for bad records",
            OnError::DeadLetter(_) => ", bad records to a dead-letter topic",
            OnError::To(_) => ", bad records in a stream of their own",
        }
    }
}

impl Plan {
    /// Whether the job keeps something beyond the intervals of its triggers: there is then no moment
    /// at which offsets alone say how far it has come.
    pub(crate) fn outlives_intervals(&self) -> bool {
        let mut roles = self.stages.iter().map(|stage| stage.role);
        roles.any(|role| {
            matches!(
                role,
                Role::Aggregate { steps: Some(_), .. }
                    | Role::Aggregate {
                        combine: Combine::Update,
                        ..
                    }
                    | Role::Aggregate { event: Some(_), .. }
                    | Role::Ordered { .. }
                    | Role::Table { .. }
            )
        })
    }

    /// The plan of a job that has no stages and sets nothing.
    pub const fn empty(name: &'static str) -> Self {
        Plan {
            name,
            stages: &[],
            settings: Settings::UNSET,
        }
    }
}

impl Settings {
    /// What a job without a header sets.
    pub const UNSET: Settings = Settings {
        checkpoint: None,
        checkpoint_every_ms: None,
        parallelism: None,
        memory_bytes: None,
        shutdown_ms: None,
    };
}

impl Stage {
    /// What checkpoints call the source that this stage is: its text without white space, so
    /// that reformatting a job loses nothing.
    pub fn source_name(&self) -> String {
        self.text.split_whitespace().collect()
    }
}

/// The last name of a path, `access` of `app::jobs::access`: what a job without a name is called.
pub const fn last_name(path: &'static str) -> &'static str {
    let bytes = path.as_bytes();
    let mut begin = bytes.len();
    while begin > 0 && bytes[begin - 1] != b':' {
        begin -= 1;
    }
    path.split_at(begin).1
}

#[cfg(test)]
mod tests {
    use super::last_name;

    #[test]
    fn job_without_a_name_is_called_after_its_module() {
        assert_eq!(last_name("app::jobs::access"), "access");
        assert_eq!(last_name("access"), "access");
    }
}
