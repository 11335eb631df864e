//! The pages of the book that are made from the language's tables.

use std::collections::BTreeMap;

use streamflow_test_support::book;

use crate::operators::{
    Arguments, Connector, Group, Keeps, NO_TWIN, Needs, OPERATORS, Operator, Promise, SINKS,
    SOURCES,
};
use crate::support::{self, What};

const GENERATED: &str = "<!-- Written by a test of streamflow-macros from the tables of the \
                         language: see CONTRIBUTING.md. -->\n\n";

const NOT_YET: &str = "[not yet](not-yet.md)";

#[test]
fn pages_of_the_book_show_the_tables_of_the_language() {
    book::holds(&BTreeMap::from([
        ("operators.md".to_owned(), operators_page()),
        ("not-yet.md".to_owned(), not_yet_page()),
    ]));
}

fn operators_page() -> String {
    let mut page = format!("# Operators, sources and sinks\n\n{GENERATED}{OPERATORS_INTRODUCTION}");
    for group in [
        Group::Stateless,
        Group::Routing,
        Group::PerKey,
        Group::OverAll,
        Group::State,
        Group::Time,
        Group::Join,
        Group::Async,
        Group::Sink,
    ] {
        let rows: Vec<&Operator> = OPERATORS.iter().filter(|one| one.group == group).collect();
        let (title, introduction) = heading(group);
        page += &heading_of(title, &format!("{introduction}\n\n"));
        page += "| operator | what it does | takes | needs | keeps | elsewhere | runs |\n";
        page += "|---|---|---|---|---|---|---|\n";
        for operator in &rows {
            page += &row(&[
                &code(operator.name),
                operator.doc,
                &takes(operator.arguments),
                needs(operator.needs),
                keeps(operator.keeps),
                &codes(operator.elsewhere),
                runs(What::Operator, operator.name),
            ]);
        }
        page += &examples(rows.iter().map(|operator| operator.example));
        page += &clauses(&rows);
    }
    page += &connectors("Sources, behind `from`", SOURCES, What::Source);
    page += &connectors("Sinks, behind `to`", SINKS, What::Sink);
    page + &words_without_an_operator()
}

const OPERATORS_INTRODUCTION: &str = "\
Every word that can stand behind a `|`, behind `from` and behind `to`. What a word **needs** is the
kind of stream in front of it, what it **keeps** is its state, and **elsewhere** is what other systems
call it: the compiler knows these words, and answers with ours. Case and underscores do not count, so
`reduceByKey` needs no entry.

Words that do not **run** yet are read and checked like the rest, and then refused: see
[what does not run yet](not-yet.md).
";

fn heading(group: Group) -> (&'static str, &'static str) {
    match group {
        Group::Stateless => (
            "Item by item",
            "They keep nothing, and all that stand behind each other are one pass.",
        ),
        Group::Routing => (
            "Different ways",
            "`let`, `union` and `tee` are part of the grammar: see [several streams](streams.md).",
        ),
        Group::PerKey => (
            "Aggregates per key",
            "They gather the values of each key until their interval ends: \
             see [intervals](intervals.md).",
        ),
        Group::OverAll => (
            "Aggregates over all items",
            "They gather items until their interval ends, whatever their keys.",
        ),
        Group::State => (
            "State of each key",
            "It outlives intervals, and so has a bound and a name.",
        ),
        Group::Time => (
            "Time of the records",
            "Without it, time is the clock on the wall.",
        ),
        Group::Join => ("Joins", "Streams of pairs meet by their keys."),
        Group::Async => (
            "Asking others",
            "They ask a service or a database about items.",
        ),
        Group::Sink => (
            "Sinks without `to`",
            "They end a pipeline, or a branch of `tee`: see [sinks](sinks.md).",
        ),
    }
}

fn takes(arguments: Arguments) -> String {
    match arguments {
        Arguments::None => "–".to_owned(),
        Arguments::Function => "a closure or function".to_owned(),
        Arguments::Combiner(count) => format!("a closure of {count} values"),
        Arguments::Reducer => {
            "`+` `*` `min` `max` `&` `|` `^`, or a closure of 2 values".to_owned()
        }
        Arguments::Aggregate => "what to begin with, a closure that adds a value, a closure that \
                                 merges two results"
            .to_owned(),
        Arguments::Init(count) => format!("what to begin with, a closure of {count} values"),
        Arguments::Count => "a whole number".to_owned(),
        Arguments::MaybeCount => "a whole number, or nothing".to_owned(),
        Arguments::Percent => "a share".to_owned(),
        Arguments::Rate => "a rate".to_owned(),
        Arguments::Quantile => "a number between 0 and 1, perhaps a function".to_owned(),
        Arguments::Stream => "a stream or a table".to_owned(),
        Arguments::Block => "a block in braces".to_owned(),
    }
}

fn needs(needs: Needs) -> &'static str {
    match needs {
        Needs::Items => "any items",
        Needs::Pairs => "pairs",
        Needs::Table => "a table",
    }
}

fn keeps(keeps: Keeps) -> &'static str {
    match keeps {
        Keeps::Nothing => "–",
        Keeps::Rows => "the rows of an interval, where there is one",
        Keeps::Period => "what the interval has brought",
        Keeps::PerKey => "something for each key",
        Keeps::BothSides => "records that can still meet others",
    }
}

fn runs(what: What, word: &str) -> &'static str {
    if support::is_supported(what, word) {
        "yes"
    } else {
        NOT_YET
    }
}

fn examples<'a>(examples: impl Iterator<Item = &'a str>) -> String {
    let lines: Vec<&str> = examples.collect();
    format!("\n```text\n{}\n```\n", lines.join("\n"))
}

/// Which words can stand behind which operators: a line for those that take the same.
fn clauses(operators: &[&Operator]) -> String {
    let mut sets: Vec<(&[&str], Vec<&str>)> = Vec::new();
    for operator in operators {
        match sets.iter_mut().find(|(set, _)| *set == operator.clauses) {
            Some((_, names)) => names.push(operator.name),
            None => sets.push((operator.clauses, vec![operator.name])),
        }
    }
    let several = sets.len() > 1;
    let lines: String = sets
        .iter()
        .filter(|(clauses, _)| !clauses.is_empty())
        .map(|(clauses, names)| clause_line(clauses, names, several))
        .collect();
    if lines.is_empty() {
        lines
    } else {
        format!("\n{lines}")
    }
}

fn clause_line(clauses: &[&str], names: &[&str], several: bool) -> String {
    let behind = if several {
        codes(names)
    } else {
        "each".to_owned()
    };
    let (now, later): (Vec<&str>, Vec<&str>) = clauses
        .iter()
        .partition(|word| support::is_supported(What::Clause, word));
    let later = if later.is_empty() {
        String::new()
    } else {
        format!("; {NOT_YET}: {}", codes(&later))
    };
    format!("- behind {behind}: {}{later}\n", codes(&now))
}

fn connectors(title: &str, connectors: &[Connector], place: What) -> String {
    let table = match place {
        What::Source => "| source | carries | after a restart | runs |\n|---|---|---|---|\n",
        _ => "| sink | carries | runs |\n|---|---|---|\n",
    };
    let mut section = heading_of(title, table);
    for connector in connectors {
        let name = code(connector.name);
        let carries = if connector.bytes {
            "bytes, in a format"
        } else {
            "values"
        };
        let again = match connector.promise {
            Promise::Replays | Promise::Commits => "is read again",
            Promise::Once => "what was read is gone",
        };
        let runs = runs(place, connector.name);
        section += &match place {
            What::Source => row(&[&name, carries, again, runs]),
            _ => row(&[&name, carries, runs]),
        };
    }
    section + &examples(connectors.iter().map(|connector| connector.example))
}

fn words_without_an_operator() -> String {
    let mut section = heading_of(
        "Words that have no operator",
        "What the compiler answers to them.\n\n| word | answer |\n|---|---|\n",
    );
    for (words, answer) in NO_TWIN {
        section += &row(&[&codes(words), answer]);
    }
    section
}

fn not_yet_page() -> String {
    let mut page = format!("# What does not run yet\n\n{GENERATED}{NOT_YET_INTRODUCTION}");
    for (what, title) in [
        (What::Operator, "Operators"),
        (What::Window, "Windows"),
        (What::Clause, "Words behind an operator"),
        (What::Policy, "What becomes of bad records"),
        (What::Source, "Sources"),
        (What::Sink, "Sinks"),
        (What::Option, "Options of sources, sinks and operators"),
        (What::Format, "Formats"),
        (What::Setting, "Settings of the header"),
    ] {
        let mut words = support::list()
            .filter(|(kind, ..)| *kind == what)
            .peekable();
        if words.peek().is_none() {
            continue;
        }
        page += &heading_of(title, "| word | until then |\n|---|---|\n");
        for (_, word, until_then) in words {
            let shown = match what {
                What::Operator | What::Clause | What::Format => code(word),
                What::Window => code(&format!("over … {word}")),
                What::Policy => code(&format!("else {word}")),
                What::Source => code(&format!("from {word}")),
                What::Sink => code(&format!("to {word}")),
                What::Option | What::Setting => code(&format!("{word}:")),
            };
            page += &row(&[&shown, until_then.unwrap_or("–")]);
        }
    }
    page
}

const NOT_YET_INTRODUCTION: &str = "\
The language has more words than can be run. These are read, resolved and checked like all others,
with the same messages about mistakes. A job that has no mistakes and uses one of them is refused at
the word, and told what can be written until then:

```text
error: the sink `postgres` is not supported yet
       help: write `to kafka(\"topic\")` or `to files(\"dir\")`
```

This page is the list that the compiler goes by.
";

/// The beginning of a section.
fn heading_of(title: &str, behind: &str) -> String {
    format!("\n## {title}\n\n{behind}")
}

/// A row of a table.
fn row(cells: &[&str]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    format!("| {} |\n", cells.join(" | "))
}

fn code(word: &str) -> String {
    format!("`{word}`")
}

fn codes(words: &[&str]) -> String {
    if words.is_empty() {
        return "–".to_owned();
    }
    let words: Vec<String> = words.iter().map(|word| code(word)).collect();
    words.join(" ")
}
