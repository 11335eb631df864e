//! Shows a compiled job to people and to programs: its loops, state and exchanges, what it promises
//! and what it must be allowed to do.
//!
//! Everything comes from the [`Plan`], a constant of the binary, and from the compiled loop itself,
//! which knows the types: no broker is asked, and nothing runs.

mod acls;
mod dot;
mod items;
mod json;
mod mermaid;
mod promise;
mod sensitivity;
mod state;
mod svg;
mod text;
mod transport;
mod ways;

use std::collections::BTreeMap;

pub use transport::Transport;

use crate::names;
use crate::plan::{Plan, Role, Stage};
use crate::worker::Description;

/// A compiled job, to be shown.
///
/// Made [of a plan](Explanation::of) it says what the plan does. What a
/// [job](crate::job::Job::explanation) says of itself has the types of items and states too.
///
/// ```
/// use streamflow_runtime::explain::Explanation;
/// # use streamflow_runtime::plan::{OnError, Plan, Role, Settings, Stage, Topic};
/// const PLAN: Plan = Plan {
///     name: "copy",
///     stages: &[
///         Stage {
///             operator: "kafka",
///             text: r#"from kafka("clicks")"#,
///             line: 3,
///             role: Role::Source,
///             inputs: &[],
///             segment: 0,
///             on_error: OnError::Fail,
///             topics: &[Topic::Named("clicks")],
///         },
///         Stage {
///             operator: "print",
///             text: "print",
///             line: 4,
///             role: Role::Sink,
///             inputs: &[0],
///             segment: 0,
///             on_error: OnError::Fail,
///             topics: &[],
///         },
///     ],
///     settings: Settings::UNSET,
/// };
/// let text = Explanation::of(&PLAN).text();
/// assert!(text.starts_with("job         copy\nreads       kafka(\"clicks\")\n"));
/// ```
#[derive(Debug, Clone)]
pub struct Explanation {
    plan: Plan,
    /// The types of the items that leave a stage, where the stage gives them one.
    types: BTreeMap<usize, String>,
    /// What is kept as state, by the stage that keeps it.
    layouts: BTreeMap<usize, String>,
    /// In which way a run would read topics and write to them.
    transport: Option<Transport>,
}

impl Explanation {
    /// What the constant says. It knows no types.
    pub fn of(plan: &Plan) -> Self {
        Explanation {
            plan: *plan,
            types: BTreeMap::new(),
            layouts: BTreeMap::new(),
            transport: None,
        }
    }

    /// What the constant and the compiled loop say together.
    pub(crate) fn described(plan: &Plan, description: Description) -> Self {
        let types = description.types.into_iter();
        Explanation {
            plan: *plan,
            types: types.map(|(id, name)| (id, names::short(name))).collect(),
            layouts: description.layouts,
            transport: None,
        }
    }

    /// The same, with the way in which a run would read topics and write to them.
    #[must_use]
    pub fn by(mut self, transport: Transport) -> Self {
        self.transport = Some(transport);
        self
    }

    fn input(&self) -> Option<&transport::Leg> {
        self.transport.as_ref()?.input.as_ref()
    }

    fn output(&self) -> Option<&transport::Leg> {
        self.transport.as_ref()?.output.as_ref()
    }

    /// For people: loops and their stages, state, exchanges, and what the job promises.
    pub fn text(&self) -> String {
        text::text(self)
    }

    /// A Mermaid flowchart, which GitHub, GitLab and many wikis draw.
    pub fn mermaid(&self) -> String {
        mermaid::mermaid(self)
    }

    /// A graph for the `dot` of Graphviz.
    pub fn dot(&self) -> String {
        dot::dot(self)
    }

    /// A drawing.
    pub fn svg(&self) -> String {
        svg::svg(self)
    }

    /// For programs: the fields are those of `format` 1, which the book describes.
    pub fn json(&self) -> String {
        json::json(self)
    }

    /// What Kafka must allow the job, as commands.
    pub fn acls(&self) -> String {
        acls::script(&self.plan)
    }
}

/// The stages of one fused loop, each with its number.
struct Segment {
    number: usize,
    stages: Vec<(usize, &'static Stage)>,
}

/// The fused loops of a plan, in the order in which records meet them.
fn segments(plan: &Plan) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    for (id, stage) in plan.stages.iter().enumerate() {
        match segments
            .iter_mut()
            .find(|segment| segment.number == stage.segment)
        {
            Some(segment) => segment.stages.push((id, stage)),
            None => segments.push(Segment {
                number: stage.segment,
                stages: vec![(id, stage)],
            }),
        }
    }
    segments.sort_by_key(|segment| segment.number);
    segments
}

/// The stages of one role.
fn sources(plan: &Plan) -> impl Iterator<Item = &'static Stage> {
    plan.stages
        .iter()
        .filter(|stage| stage.role == Role::Source)
}

/// The stage as written, without the `from` or `to` in front.
fn name(stage: &Stage) -> &'static str {
    let text = stage.text;
    text.strip_prefix("from ")
        .or_else(|| text.strip_prefix("to "))
        .unwrap_or(text)
}

/// Numbers as people list them: `1, 2 and 5`.
fn listed(words: impl IntoIterator<Item = impl ToString>) -> String {
    let mut words: Vec<String> = words.into_iter().map(|word| word.to_string()).collect();
    match (words.pop(), words.is_empty()) {
        (None, _) => String::new(),
        (Some(last), true) => last,
        (Some(last), false) => format!("{} and {last}", words.join(", ")),
    }
}

/// A text that fits into a box.
fn cut(text: &str, longest: usize) -> String {
    let mut letters = text.chars();
    let mut cut: String = letters.by_ref().take(longest).collect();
    if letters.next().is_some() {
        cut.push('…');
    }
    cut
}

#[cfg(test)]
mod tests;
