//! Words what is wrong with a command line, on one line as all our errors are.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::error::{Code, Error};

/// The error of the argument parser in our words.
pub(super) fn error(error: &clap::Error) -> Error {
    let argument = first(error, ContextKind::InvalidArg);
    // `--brokers <HOST:PORT>` is how the parser names a flag; and what follows a `=` may be secret.
    let argument = argument.split([' ', '=']).next().unwrap_or_default();
    let (what, help) = match error.kind() {
        ErrorKind::UnknownArgument => {
            let what = if argument.starts_with('-') {
                format!("there is no flag `{argument}` here")
            } else {
                format!("nothing takes the argument `{argument}`")
            };
            (what, did_you_mean(error, ContextKind::SuggestedArg))
        }
        ErrorKind::InvalidSubcommand => {
            let word = first(error, ContextKind::InvalidSubcommand);
            let word = word.split('=').next().unwrap_or_default();
            (
                format!("there is no command `{word}`"),
                did_you_mean(error, ContextKind::SuggestedSubcommand)
                    .or_else(|| Some("the commands are `run`, `explain` and `graph`".to_owned())),
            )
        }
        ErrorKind::InvalidValue => invalid_value(error, argument),
        ErrorKind::ArgumentConflict => conflict(error, argument),
        _ => (first_line(error), None),
    };
    let help = help.unwrap_or_else(|| "`--help` lists what there is".to_owned());
    Error::new(Code::Usage, what).help(help)
}

fn invalid_value(error: &clap::Error, argument: &str) -> (String, Option<String>) {
    let value = first(error, ContextKind::InvalidValue);
    let what = if value.is_empty() {
        format!("flag `{argument}` has no value")
    } else {
        format!("`{value}` is no value of `{argument}`")
    };
    let valid = all(error, ContextKind::ValidValue);
    let help = did_you_mean(error, ContextKind::SuggestedValue)
        .or_else(|| listed(&valid).map(|valid| format!("give {valid}")));
    (what, help)
}

/// Values as people list them: `a`, `b` or `c`.
fn listed(values: &[String]) -> Option<String> {
    let (last, others) = values.split_last()?;
    if others.is_empty() {
        return Some(format!("`{last}`"));
    }
    Some(format!("`{}` or `{last}`", others.join("`, `")))
}

fn conflict(error: &clap::Error, argument: &str) -> (String, Option<String>) {
    let prior = first(error, ContextKind::PriorArg);
    if prior.split(' ').next() == Some(argument) {
        return (
            format!("flag `{argument}` is given twice"),
            Some("give it once".to_owned()),
        );
    }
    if argument == "--acls" || prior.starts_with("--acls") {
        return (
            "`--acls` and `--format` do not go together".to_owned(),
            Some("`--format json` has the ACLs too, under `acls`".to_owned()),
        );
    }
    // The only other conflict there is: flags of `run` in front of a command.
    (
        "flags stand in front of a command".to_owned(),
        Some("write them behind it, as in `run --brokers HOST:PORT`".to_owned()),
    )
}

fn did_you_mean(error: &clap::Error, kind: ContextKind) -> Option<String> {
    let suggested = all(error, kind);
    let first = suggested.first()?;
    Some(format!("did you mean `{first}`?"))
}

fn first(error: &clap::Error, kind: ContextKind) -> String {
    all(error, kind).into_iter().next().unwrap_or_default()
}

fn all(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        Some(_) | None => Vec::new(),
    }
}

/// What the parser itself says, without what it says about usage.
fn first_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}
