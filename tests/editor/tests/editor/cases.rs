//! The questions: each is about the word at `$0`, in a job that is complete and in one that is not.

/// Stands in front of each use of a word that gets another name.
pub(crate) const NAMED: &str = "~";
/// The name it gets.
pub(crate) const NEW_NAME: &str = "renamed";

/// What is asked, and the answer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Question {
    /// What is shown has this in it.
    Hover(&'static str),
    /// These words are offered.
    Completion(&'static [&'static str]),
    /// The word leads to a line with this in it.
    Definition(&'static str),
    /// Gap: nothing is shown.
    NoHover,
    /// Gap: this word is not offered.
    NoCompletion(&'static str),
    /// The word can get another name: all its uses, and nothing else, are changed.
    Rename(&'static str),
}

/// One question, about two jobs.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) what: &'static str,
    pub(crate) question: Question,
    pub(crate) complete: &'static str,
    pub(crate) incomplete: &'static str,
    /// What the compiler says about the incomplete job: the token, and some words of the
    /// message.
    pub(crate) mistakes: &'static [(&'static str, &'static str)],
}

/// The file after all marked uses of a name got the new one.
pub(crate) fn renamed(text: &str, job: &str, name: &str) -> String {
    let job = job.replace("$0", "");
    let new = job.replace(&format!("{NAMED}{name}"), NEW_NAME);
    text.replace(&job.replace(NAMED, ""), &new).replace(
        &format!("let {name} = 3u64;"),
        &format!("let {NEW_NAME} = 3u64;"),
    )
}

use Question::{Completion, Definition, Hover, NoCompletion, NoHover, Rename};

const NO_SINK: &str = "no sink";
/// What `syn` says of `line.` in front of the closing parenthesis.
const ENDS: (&str, &str) = (")", "end of input");

pub(crate) const CASES: &[Case] = &[
    Case {
        what: "type of a parameter in the first stage",
        question: Hover("line: &str"),
        complete: "from kafka(\"t\") | map(|$0line| line.len()) | print",
        incomplete: "from kafka(\"t\") | map(|$0line| line.) | print",
        mistakes: &[ENDS],
    },
    Case {
        what: "type of a parameter in a later stage",
        question: Hover("page: &str"),
        complete: "from kafka(\"t\") | map(|line| line.split_once(',')?) | map(|(_, $0page)| page) | print",
        incomplete: "from kafka(\"t\") | map(|line| line.split_once(',')?) | map(|(_, $0page)| page) | pront",
        mistakes: &[("pront", "no operator is named `pront`")],
    },
    Case {
        what: "type of a parameter behind an aggregate",
        question: Hover("count: u64"),
        complete: "from kafka(\"t\") | map(|line| (line, 1u64)) | reduce_by_key(+) every 1s | map(|(_, $0count)| count) | print",
        incomplete: "from kafka(\"t\") | map(|line| (line, 1u64)) | reduce_by_key(+) | map(|(_, $0count)| count) | print",
        mistakes: &[("reduce_by_key", "when its results leave")],
    },
    Case {
        what: "type of a parameter behind an aggregate into another type",
        question: Hover("count: u32"),
        complete: "from kafka(\"t\") | map(|line| (line, 1.5)) | aggregate_by_key((0.0, 0u32), |(sum, count), price| (sum + price, count + 1), |a, b| (a.0 + b.0, a.1 + b.1)) every 1s | map(|(_, (sum, $0count))| sum / f64::from(count)) | print",
        incomplete: "from kafka(\"t\") | map(|line| (line, 1.5)) | aggregate_by_key((0.0, 0u32), |(sum, count), price| (sum + price, count + 1), |a, b| (a.0 + b.0, a.1 + b.1)) every 1s | map(|(_, (sum, $0count))| sum / f64::from(count)) |",
        mistakes: &[("|", "nothing follows this `|`")],
    },
    Case {
        what: "type of a parameter of a reducer",
        question: Hover("one: usize"),
        complete: "from kafka(\"t\") | map(|line| line.len()) | reduce(|$0one, other| one.max(other)) every 1s | print",
        incomplete: "from kafka(\"t\") | map(|line| line.len()) | reduce(|$0one, other| one.) every 1s | print",
        mistakes: &[ENDS],
    },
    Case {
        what: "type of a parameter of a closure with `?`",
        question: Hover("line: &str"),
        complete: "from kafka(\"t\") | map(|$0line| (line.split_once(',')?.0, 1u64)) | print",
        incomplete: "from kafka(\"t\") | map(|$0line| (line.split_once(',')?.0, 1u64))",
        mistakes: &[("map", NO_SINK)],
    },
    Case {
        what: "type that a closure with `?` gives",
        question: Hover("number: u64"),
        complete: "from kafka(\"t\") | map(|line| line.parse::<u64>()?) else skip | map(|$0number| number) | print",
        incomplete: "from kafka(\"t\") | map(|line| line.parse::<u64>()?) else | map(|$0number| number) | print",
        mistakes: &[("else", "expected what to do")],
    },
    Case {
        what: "type that a closure with `return` gives",
        question: Hover("length: usize"),
        complete: "from kafka(\"t\") | map(|line| { if line.is_empty() { return 0; } line.len() }) | map(|$0length| length) | print",
        incomplete: "from kafka(\"t\") | map(|line| { if line.is_empty() { return 0; } line.len() }) | map(|$0length| length.) | print",
        mistakes: &[ENDS],
    },
    Case {
        what: "type behind a stage whose operator is unknown",
        question: Hover("length: usize"),
        complete: "from kafka(\"t\") | map(|line| line.len()) | map(|$0length| length) | print",
        incomplete: "from kafka(\"t\") | mapp(|line| line.len()) | map(|$0length| length) | print",
        mistakes: &[("mapp", "no operator is named `mapp`")],
    },
    Case {
        what: "type of a record in a format",
        question: Hover("click: &Click<'_>"),
        complete: "from kafka(\"t\") as Json<Click> | filter(|$0click| click.spent > limit) | print",
        incomplete: "from kafka(\"t\") as Json<Click> | filter(|$0click| click.) | print",
        mistakes: &[ENDS],
    },
    Case {
        what: "type in a branch of `tee`",
        question: Hover("line: &String"),
        complete: "from kafka(\"t\") | map(|line| line.to_owned()) | tee { map(|$0line| line.len()) | print } | print",
        incomplete: "from kafka(\"t\") | map(|line| line.to_owned()) | tee { map(|$0line| line.len()) } | print",
        mistakes: &[("map", NO_SINK)],
    },
    Case {
        what: "type of a value behind `tee`",
        question: Hover("length: &usize"),
        complete: "from kafka(\"t\") | map(|line| (line.to_owned(), line.len())) | tee { map_values(|$0length| length + 1) | print } | print",
        incomplete: "from kafka(\"t\") | map(|line| (line.to_owned(), line.len())) | tee { map_values(|$0length| length.) | print } | print",
        mistakes: &[ENDS],
    },
    Case {
        what: "type behind `union`",
        question: Hover("line: &str"),
        complete: "union(from kafka(\"t\"), from stdin | map(|line| line.trim())) | map(|$0line| line.len()) | print",
        incomplete: "union(from kafka(\"t\"), from stdin | map(|line| line.)) | map(|$0line| line.len()) | print",
        mistakes: &[ENDS],
    },
    Case {
        what: "type in a part of a message",
        question: Hover("line: &&str"),
        complete: "from kafka(\"t\") | to kafka(\"out\", key: |$0line| line.len())",
        incomplete: "from kafka(\"t\") | to kafka(\"out\", key: |$0line| line.)",
        mistakes: &[ENDS],
    },
    Case {
        what: "type of a stream for one of several readers",
        question: Hover("click: &Click<'_>"),
        complete: "let clicks = from kafka(\"t\") as Json<Click>; clicks | map(|$0click| click.spent) | print; clicks | count every 1s | print",
        incomplete: "let clicks = from kafka(\"t\") as Json<Click>; clicks | map(|$0click| click.spent); clicks | count every 1s | print",
        mistakes: &[("map", NO_SINK)],
    },
    Case {
        what: "type of a stream",
        question: Hover("let lengths: Stream<usize>"),
        complete: "let lengths = from kafka(\"t\") | map(|line| line.len()); $0lengths | print",
        incomplete: "let lengths = from kafka(\"t\") | map(|line| line.len()); $0lengths |",
        mistakes: &[("|", "nothing follows this `|`")],
    },
    Case {
        what: "type of a parameter of a job",
        question: Hover("limit: u64"),
        complete: "pub job counts(limit: u64) { parallelism: 2 } from kafka(\"t\") | map(|line| line.len() as u64) | filter(|n| *n > $0limit) | print",
        incomplete: "pub job counts(limit: u64) { parallelism: 2 } from kafka(\"t\") | map(|line| line.len() as u64) | filter(|n| *n > $0limit)",
        mistakes: &[("filter", NO_SINK)],
    },
    Case {
        what: "documentation of an operator",
        question: Hover("Combines the values of each key."),
        complete: "from kafka(\"t\") | map(|line| (line, 1u64)) | $0reduce_by_key(+) every 1s | print",
        incomplete: "from kafka(\"t\") | map(|line| (line, 1u64)) | $0reduce_by_key(+) | print",
        mistakes: &[("reduce_by_key", "when its results leave")],
    },
    Case {
        what: "documentation of a source",
        question: Hover("The records of a topic of Kafka"),
        complete: "from $0kafka(\"t\") | print",
        incomplete: "from $0kafka | print",
        mistakes: &[("kafka", "`kafka` does not say what to read")],
    },
    Case {
        what: "methods of a parameter",
        question: Completion(&["split_once", "trim", "parse"]),
        complete: "from kafka(\"t\") | map(|line| line.$0len()) | print",
        incomplete: "from kafka(\"t\") | map(|line| line.$0) | print",
        mistakes: &[ENDS],
    },
    Case {
        what: "fields of a record",
        question: Completion(&["user", "page", "spent"]),
        complete: "from kafka(\"t\") as Json<Click> | map(|click| click.$0spent) | print",
        incomplete: "from kafka(\"t\") as Json<Click> | map(|click| click.$0) | print",
        mistakes: &[ENDS],
    },
    Case {
        what: "methods, while another stage does not parse",
        question: Completion(&["checked_add"]),
        complete: "from kafka(\"t\") | map(|line| (line, 1u64)) | map(|(_, n)| n.$0min(1)) | filter(|n| *n > 1) | print",
        incomplete: "from kafka(\"t\") | map(|line| (line, 1u64)) | map(|(_, n)| n.$0min(1)) | filter(|n| *n >) | print",
        mistakes: &[ENDS],
    },
    Case {
        what: "methods, while an operator is unknown",
        question: Completion(&["checked_add"]),
        complete: "from kafka(\"t\") | map(|line| line.len()) | map(|n| n.$0min(1)) | count every 1s | print",
        incomplete: "from kafka(\"t\") | mapp(|line| line.len()) | map(|n| n.$0)",
        mistakes: &[("mapp", "no operator is named `mapp`"), ENDS],
    },
    Case {
        what: "methods, while the sink is missing",
        question: Completion(&["split_once", "trim"]),
        complete: "from kafka(\"t\") | map(|line| line.$0trim()) | print",
        incomplete: "from kafka(\"t\") | map(|line| line.tri$0)",
        mistakes: &[("map", NO_SINK)],
    },
    Case {
        what: "methods in a statement that is not finished",
        question: Completion(&["split_once", "trim"]),
        complete: "from kafka(\"t\") | map(|line| { let a = line.$0trim(); let b = 1; (a, b) }) | print",
        incomplete: "from kafka(\"t\") | map(|line| { let a = line.$0 let b = 1; (a, b) }) | print",
        mistakes: &[("let", "expected identifier")],
    },
    Case {
        what: "variables around the job, and parameters",
        question: Completion(&["limit", "length", "is_long"]),
        complete: "from kafka(\"t\") | map(|line| line.len()) | filter(|length| *length > $03) | print",
        incomplete: "from kafka(\"t\") | map(|line| line.len()) | filter(|length| *length > $0) | print",
        mistakes: &[ENDS],
    },
    Case {
        what: "operators",
        question: Completion(&["map", "reduce_by_key", "print", "tee", "to::"]),
        complete: "from kafka(\"t\") | $0print",
        incomplete: "from kafka(\"t\") | $0",
        mistakes: &[("|", "nothing follows this `|`")],
    },
    Case {
        what: "operators, between two stages",
        question: Completion(&["map", "reduce_by_key", "print"]),
        complete: "from kafka(\"t\") | $0filter(is_long) | print",
        incomplete: "from kafka(\"t\") | $0 | print",
        mistakes: &[("|", "empty stage: two `|` in a row")],
    },
    Case {
        what: "operators in a branch of `tee`",
        question: Completion(&["map", "print"]),
        complete: "from kafka(\"t\") | tee { $0print; } | count every 1s | print",
        incomplete: "from kafka(\"t\") | tee { co$0 } | count every 1s | print",
        mistakes: &[("co", "no operator is named `co`")],
    },
    Case {
        what: "sources",
        question: Completion(&["kafka", "files", "stdin"]),
        complete: "from $0stdin | print",
        incomplete: "from $0 | print",
        mistakes: &[("from", "expected a source after `from`")],
    },
    Case {
        what: "sinks",
        question: Completion(&["kafka", "files", "null"]),
        complete: "from stdin | to $0null",
        incomplete: "from stdin | to $0",
        mistakes: &[("to", "expected a sink after `to`")],
    },
    Case {
        what: "formats, and types around the job",
        question: Completion(&["Json", "Text", "Click"]),
        complete: "from stdin as $0streamflow::decode::Text | print",
        incomplete: "from stdin as $0 | print",
        mistakes: &[("as", "expected a format after `as`")],
    },
    Case {
        what: "streams",
        question: Completion(&["clicks"]),
        complete: "let clicks = from stdin; $0clicks | print",
        incomplete: "let clicks = from stdin; cli$0 | print",
        mistakes: &[("cli", "no stream is named `cli` here")],
    },
    Case {
        what: "streams, where nothing is written yet",
        question: Completion(&["clicks"]),
        complete: "let clicks = from stdin; clicks | print; $0",
        incomplete: "let clicks = from stdin; $0",
        mistakes: &[("clicks", "the stream `clicks` is never used")],
    },
    Case {
        what: "a function that is the argument of an operator",
        question: Definition("fn is_long"),
        complete: "from kafka(\"t\") | filter($0is_long) | print",
        incomplete: "from kafka(\"t\") | filter($0is_long) |",
        mistakes: &[("|", "nothing follows this `|`")],
    },
    Case {
        what: "an operator",
        question: Definition("pub fn filter<T>"),
        complete: "from kafka(\"t\") | $0filter(is_long) | print",
        incomplete: "from kafka(\"t\") | $0filter(is_long) |",
        mistakes: &[("|", "nothing follows this `|`")],
    },
    Case {
        what: "a sink",
        question: Definition("pub fn null<T>"),
        complete: "from kafka(\"t\") | to $0null",
        incomplete: "from | to $0null",
        mistakes: &[("from", "expected a source after `from`")],
    },
    Case {
        what: "a stream",
        question: Definition("let clicks"),
        complete: "let clicks = from stdin; $0clicks | print",
        incomplete: "let clicks = from stdin; $0clicks | map(|line| line.) | print",
        mistakes: &[ENDS],
    },
    Case {
        what: "a variable around the job",
        question: Definition("let limit = 3u64;"),
        complete: "from stdin | map(|line| line.len() as u64) | filter(|n| *n > $0limit) | print",
        incomplete: "from stdin | map(|line| line.len() as u64) | filter(|n| *n > $0limit)",
        mistakes: &[("filter", NO_SINK)],
    },
    Case {
        what: "a parameter gets another name",
        question: Rename("line"),
        complete: "from stdin | map(|~$0line| (~line.len(), ~line)) | filter(|line| line.0 > 1) | print",
        incomplete: "from stdin | map(|~$0line| (~line.len(), ~line)) | fliter(|line| line.0 > 1) | print",
        mistakes: &[("fliter", "no operator is named `fliter`")],
    },
    Case {
        what: "a parameter gets another name, in a format string too",
        question: Rename("line"),
        complete: "from stdin | map(|~$0line| format!(\"{~line}\") + ~line) | print",
        incomplete: "from stdin | map(|~$0line| format!(\"{~line}\") + ~line) |",
        mistakes: &[("|", "nothing follows this `|`")],
    },
    Case {
        what: "documentation of a format",
        question: Hover("JSON, one value per record."),
        complete: "from stdin as $0Json<Click> | map(|click| click.spent) | print",
        incomplete: "from stdin as $0Json<Click> | map(|click| click.) | print",
        mistakes: &[ENDS],
    },
    Case {
        what: "a stream gets another name",
        question: Rename("clicks"),
        complete: "let ~clicks = from stdin; ~$0clicks | print; ~clicks | count every 1s | print",
        incomplete: "let ~clicks = from stdin; ~$0clicks | print; ~clicks | count every 1s",
        mistakes: &[("count", NO_SINK)],
    },
    Case {
        what: "a stream gets another name at its `let`",
        question: Rename("clicks"),
        complete: "let ~$0clicks = from stdin; union(~clicks, from stdin) | print",
        incomplete: "let ~$0clicks = from stdin; from stdin | print",
        mistakes: &[("clicks", "the stream `clicks` is never used")],
    },
    Case {
        what: "a variable around the job gets another name",
        question: Rename("limit"),
        complete: "from stdin | map(|line| line.len() as u64) | filter(|n| *n > ~$0limit) | print",
        incomplete: "from stdin | map(|line| line.len() as u64) | filter(|n| *n > ~$0limit) |",
        mistakes: &[("|", "nothing follows this `|`")],
    },
    Case {
        what: "documentation of a clause is missing",
        question: NoHover,
        complete: "from stdin | count $0every 1s | print",
        incomplete: "from stdin | count $0every 1s | map(|n| n.) | print",
        mistakes: &[ENDS],
    },
    Case {
        what: "clauses are not offered",
        question: NoCompletion("every"),
        complete: "from stdin | count $0every 1s | print",
        incomplete: "from stdin | count $0ev | print",
        mistakes: &[("ev", "unexpected `ev` after `count`")],
    },
    Case {
        what: "settings are not offered",
        question: NoCompletion("parallelism"),
        complete: "pub job counts(limit: u64) { $0parallelism: 2 } from stdin | print",
        incomplete: "pub job counts(limit: u64) { $0para } from stdin | print",
        mistakes: &[("para", "expected a setting")],
    },
];
