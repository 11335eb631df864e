//! Says how `explain` and `graph` show a job: their flags, and what each gives.

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::explain::Explanation;

pub(super) const EXPLAIN: &str = "explain";
pub(super) const GRAPH: &str = "graph";
const FORMAT: &str = "format";
const ACLS: &str = "acls";

/// What is shown of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// All of it, for people.
    Text,
    /// All of it, for programs.
    Json,
    /// A Mermaid flowchart, which GitHub, GitLab and many wikis draw.
    Mermaid,
    /// A graph for the `dot` of Graphviz.
    Dot,
    /// A drawing.
    Svg,
    /// What Kafka must allow it, as commands.
    Acls,
}

/// The formats by name. `explain` lists them in this order.
const FORMATS: [(&str, View); 5] = [
    ("text", View::Text),
    ("json", View::Json),
    ("mermaid", View::Mermaid),
    ("dot", View::Dot),
    ("svg", View::Svg),
];

impl View {
    /// What is shown, as text.
    pub fn of(self, explanation: &Explanation) -> String {
        match self {
            View::Text => explanation.text(),
            View::Json => explanation.json(),
            View::Mermaid => explanation.mermaid(),
            View::Dot => explanation.dot(),
            View::Svg => explanation.svg(),
            View::Acls => explanation.acls(),
        }
    }
}

pub(super) fn explain() -> Command {
    Command::new(EXPLAIN)
        .about("Shows what the job does: loops, types, state, guarantee; needs no broker")
        .arg(format("text"))
        .arg(
            Arg::new(ACLS)
                .long(ACLS)
                .action(ArgAction::SetTrue)
                .conflicts_with(FORMAT)
                .help("Shows what Kafka must allow the job instead, as commands to run")
                .long_help(
                    "Shows what Kafka must allow the job instead, as commands to run: the least \
                     that it works with. `--format json` has it too.",
                ),
        )
}

pub(super) fn graph() -> Command {
    Command::new(GRAPH)
        .about("Draws the job, as `explain` does with the same formats; needs no broker")
        .arg(format("mermaid"))
}

fn format(default: &'static str) -> Arg {
    let names = FORMATS.map(|(name, _)| name);
    Arg::new(FORMAT)
        .long(FORMAT)
        .value_name("FORMAT")
        .value_parser(PossibleValuesParser::new(names))
        .default_value(default)
        .help("For people, for programs, for wikis, for Graphviz, or as a drawing")
}

/// What the flags of either command ask for.
pub(super) fn asked(matches: &ArgMatches) -> View {
    // `graph` has no such flag.
    if let Ok(Some(true)) = matches.try_get_one::<bool>(ACLS) {
        return View::Acls;
    }
    let name = matches.get_one::<String>(FORMAT);
    FORMATS
        .into_iter()
        .find(|(known, _)| name.is_some_and(|name| name == known))
        .map_or(View::Text, |(_, view)| view)
}
