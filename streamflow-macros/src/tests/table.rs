//! What every row of the operator table promises, asked of the compiler row by row.

use super::{diagnostics, tokens};
use crate::diagnostics::{Diagnostics, Listed};
use crate::operators::{Arguments, Group, Keeps, Needs, OPERATORS, Operator, SINKS, SOURCES};
use crate::support::{self, What, is_supported};
use crate::{check, parse, resolve};

/// The row's example with code in the place of its dots.
fn example(operator: &Operator) -> String {
    operator.example.replace('…', "todo(1)")
}

/// A job in which the example is right: with keys in front of it, and a sink behind.
fn job_with(operator: &Operator, stage: &str) -> String {
    let names = "let other = from kafka(\"u\") | key_by(|line| line.len());\n";
    let front = match operator.needs {
        _ if operator.name == "timestamp" => {
            "from kafka(\"t\") | event_time(|line| line.len() as u64) lag 5s"
        }
        // It tells the window of a result.
        _ if operator.name == "with_window" => "from kafka(\"t\") | count every 1s",
        Needs::Items => "from kafka(\"t\")",
        Needs::Pairs => "from kafka(\"t\") | key_by(|line| line.len())",
        Needs::Table => "from kafka(\"t\") | key_by(|line| line.len()) | table forever as latest",
    };
    let joins = operator.arguments == Arguments::Stream;
    let behind = match (operator.name, operator.group) {
        ("split", _) => ";\nbig | print;\nrest | print",
        // A table is only looked into.
        ("table", _) => {
            return format!("let all = {front} | {stage};\n{front} | semi_join(all) | print");
        }
        (_, Group::Sink) => "",
        _ => " | print",
    };
    format!(
        "{}{front} | {stage}{behind}",
        if joins { names } else { "" }
    )
}

/// Everything the compiler says about a job, and whether it could be run.
fn mistakes(job: &str) -> Vec<Listed> {
    diagnostics(job).list()
}

#[test]
fn every_example_is_right() {
    for operator in OPERATORS {
        let job = job_with(operator, &example(operator));
        assert_eq!(mistakes(&job), [], "{job}");
    }
}

#[test]
fn example_is_refused_at_last_exactly_if_it_cannot_be_run_yet() {
    for operator in OPERATORS {
        let job = job_with(operator, &example(operator));
        let mut found = Diagnostics::default();
        let program = parse::program(tokens(&job), &mut found);
        let mut model = resolve::program(&program, &mut found);
        check::job(&model, &mut found);
        support::check(std::mem::take(&mut model.later), &mut found);
        let refused: Vec<String> = found.list().into_iter().map(|one| one.token).collect();
        let can_run = is_supported(What::Operator, operator.name)
            // A table can only be served, or joined.
            && operator.needs != Needs::Table;
        assert_eq!(refused.is_empty(), can_run, "{job}: {refused:?}");
        if !can_run {
            assert!(
                refused.iter().any(|token| token == operator.name),
                "{job}: {refused:?}"
            );
        }
    }
}

#[test]
fn words_of_other_systems_name_the_operator() {
    for operator in OPERATORS {
        for word in operator.elsewhere {
            let found = mistakes(&format!("from kafka(\"t\") | {word}(|item| item) | print"));
            let [one] = found.as_slice() else {
                panic!("{word}: {found:?}");
            };
            assert_eq!(one.token, *word);
            assert!(
                one.message.contains(&format!("`{}`", operator.name)),
                "{word}: {}",
                one.message
            );
        }
    }
}

#[test]
fn slip_of_the_finger_gets_the_operator() {
    for operator in OPERATORS.iter().filter(|row| row.name.len() > 4) {
        let mut letters: Vec<char> = operator.name.chars().collect();
        letters.swap(1, 2);
        let slip: String = letters.into_iter().collect();
        if slip == operator.name {
            continue;
        }
        let found = mistakes(&format!("from kafka(\"t\") | {slip} | print"));
        let [one] = found.as_slice() else {
            panic!("{slip}: {found:?}");
        };
        assert!(
            one.help.iter().any(|help| help.contains(operator.name)),
            "{slip}: {:?}",
            one.help
        );
    }
}

#[test]
fn operators_of_pairs_refuse_text_at_their_word() {
    for operator in OPERATORS.iter().filter(|row| row.needs == Needs::Pairs) {
        let names = "let other = from kafka(\"u\") | key_by(|line| line.len());\n";
        let joins = operator.arguments == Arguments::Stream;
        let behind = match (operator.name, operator.group) {
            ("table", _) => " | serve",
            (_, Group::Sink) => "",
            _ => " | print",
        };
        let job = format!(
            "{}from kafka(\"t\") | {}{behind}",
            if joins { names } else { "" },
            example(operator)
        );
        let found = mistakes(&job);
        let [one] = found.as_slice() else {
            panic!("{job}: {found:?}");
        };
        assert_eq!(one.token, operator.name, "{job}");
        assert!(one.message.contains("`(key, value)` pairs"), "{job}");
    }
}

#[test]
fn aggregates_without_an_interval_are_told_so() {
    for operator in OPERATORS.iter().filter(|row| row.is_aggregate()) {
        let stage = example(operator).replace(" every 1s", "");
        let job = job_with(operator, &stage);
        let found = mistakes(&job);
        let [one] = found.as_slice() else {
            panic!("{job}: {found:?}");
        };
        assert_eq!(one.token, operator.name, "{job}");
        assert!(one.message.contains("when its results leave"), "{job}");
    }
}

#[test]
fn state_of_each_key_says_its_bound_and_its_name() {
    let per_key = OPERATORS.iter().filter(|row| row.keeps == Keeps::PerKey);
    for operator in per_key {
        let example = example(operator);
        let (stage, _) = example
            .rsplit_once(" ttl ")
            .or_else(|| example.rsplit_once(" forever"))
            .unwrap_or_else(|| panic!("{example} says its bound"));
        for (clauses, wanted) in [("", "grows"), (" ttl 1h", "has no name")] {
            let job = job_with(operator, &format!("{stage}{clauses}"));
            let found = mistakes(&job);
            let [one] = found.as_slice() else {
                panic!("{job}: {found:?}");
            };
            assert_eq!(one.token, operator.name, "{job}");
            assert!(one.message.contains(wanted), "{job}: {}", one.message);
        }
    }
}

#[test]
fn clauses_that_an_operator_does_not_take_are_refused_at_their_word() {
    let clauses = [
        ("every", "every 1s"),
        ("over", "over tumbling 1m"),
        ("ttl", "ttl 1h"),
        ("as", "as name"),
        ("within", "within -5m..+5m"),
        ("cache", "cache 10"),
        ("lag", "lag 5s"),
    ];
    for operator in OPERATORS {
        for (clause, text) in clauses {
            if operator.clauses.contains(&clause) || operator.name == "split" {
                continue;
            }
            let job = job_with(operator, &format!("{} {text}", example(operator)));
            let found = mistakes(&job);
            let [one] = found.as_slice() else {
                panic!("{job}: {found:?}");
            };
            assert_eq!(one.token, clause, "{job}");
        }
    }
}

#[test]
fn every_example_of_a_source_or_sink_is_right() {
    for source in SOURCES {
        let job = format!("from {} | print", source.example);
        assert_eq!(mistakes(&job), [], "{job}");
    }
    for sink in SINKS {
        let job = format!("from kafka(\"t\") | to {}", sink.example);
        assert_eq!(mistakes(&job), [], "{job}");
    }
}
