//! Reads what follows an operation's arguments: `every 1s`, `as Text`, `else skip`.

use proc_macro2::{Ident, TokenStream};
use syn::{Lit, Type};

use super::arguments;
use crate::diagnostics::Diagnostics;
use crate::model::{OnError, Policy, Trigger};
use crate::suggest;
use crate::syntax::{Clause, Operation, Remainder};
use crate::units;

/// Which clauses an operation takes.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one clause, taken or not"
)]
#[derive(Debug, Clone, Copy)]
pub(super) struct Takes {
    pub(super) every: bool,
    pub(super) format: bool,
    pub(super) name: bool,
    pub(super) policy: bool,
}

impl Takes {
    pub(super) const NOTHING: Takes = Takes {
        every: false,
        format: false,
        name: false,
        policy: false,
    };
}

/// The clauses of one operation.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) trigger: Option<Trigger>,
    pub(super) format: Option<Type>,
    pub(super) name: Option<Ident>,
    pub(super) policy: Option<Policy>,
    /// Whether a clause was wrong: a likely value may then stand in its place.
    pub(super) mended: bool,
    /// Whether what follows the operation is wrong, or not supported yet, and nothing can stand in
    /// its place.
    pub(super) unusable: bool,
}

/// Reads every clause; reports those that do not belong here.
pub(super) fn read(operation: &Operation, takes: Takes, diagnostics: &mut Diagnostics) -> Read {
    let unusable = operation.remainder == Remainder::Stray;
    let mut read = Read {
        unusable,
        ..Read::default()
    };
    for clause in &operation.clauses {
        let word = clause.word.to_string();
        match word.as_str() {
            "every" if takes.every => every(clause, &mut read, diagnostics),
            "as" if takes.format => format(clause, &mut read, diagnostics),
            "as" if takes.name => name(clause, &mut read, diagnostics),
            "else" if takes.policy => policy(clause, &mut read, diagnostics),
            "every" | "as" | "else" => {
                misplaced(clause, operation, diagnostics);
                read.mended = true;
            }
            _ => {
                diagnostics
                    .error(clause.word.span(), format!("`{word}` is not supported yet"))
                    .maybe_help(instead(&word, operation));
                read.unusable = true;
                return read;
            }
        }
    }
    read
}

fn instead(word: &str, operation: &Operation) -> Option<String> {
    let name = &operation.word;
    match word {
        "over" | "running" | "ttl" | "forever" | "cap" => {
            let args = operation.args.as_ref().map(arguments::text);
            Some(format!(
                "results of each interval: `{name}{} every 1s`",
                args.unwrap_or_default()
            ))
        }
        _ => None,
    }
}

fn misplaced(clause: &Clause, operation: &Operation, diagnostics: &mut Diagnostics) {
    let (word, name) = (&clause.word, &operation.word);
    let help = match word.to_string().as_str() {
        "every" => format!(
            "an interval belongs to an aggregate or to `print`: take `every {}` away here",
            crate::text::of(&clause.value)
        ),
        "else" => format!(
            "`{name}` cannot fail: take `else {}` away",
            crate::text::of(&clause.value)
        ),
        _ => format!("take `as {}` away", crate::text::of(&clause.value)),
    };
    diagnostics
        .error(word.span(), format!("`{word}` does not belong on `{name}`"))
        .help(help);
}

fn every(clause: &Clause, read: &mut Read, diagnostics: &mut Diagnostics) {
    let word = clause.word.span();
    if read.trigger.is_some() {
        diagnostics
            .error(word, "a second interval")
            .help("keep one `every`");
        read.mended = true;
        return;
    }
    let every_ms = duration(&clause.value, clause, diagnostics).unwrap_or_else(|| {
        read.mended = true;
        1_000
    });
    read.trigger = Some(Trigger {
        every_ms,
        span: clause.value_span(),
    });
}

/// A duration in milliseconds; reports what is wrong with it.
pub(super) fn duration(
    value: &TokenStream,
    clause: &Clause,
    diagnostics: &mut Diagnostics,
) -> Option<u64> {
    let mut tokens = value.clone().into_iter();
    let (Some(first), second) = (tokens.next(), tokens.next()) else {
        diagnostics
            .error(
                clause.word.span(),
                format!("`{}` has no duration", clause.word),
            )
            .help(format!("write `{} 1s`", clause.word));
        return None;
    };
    if let Some(second) = second {
        let help = match suggest::nearest(
            &second.to_string(),
            ["seconds", "second", "minutes", "minute", "ms"],
        ) {
            Some(unit) => format!(
                "write the unit right behind the number: `{} {first}{}`",
                clause.word,
                &unit[..if unit == "ms" { 2 } else { 1 }]
            ),
            None => format!("write `{} 1s`", clause.word),
        };
        diagnostics
            .error(
                second.span(),
                format!("unexpected `{second}` after `{} {first}`", clause.word),
            )
            .help(help);
        return None;
    }
    if let Ok(literal) = syn::parse2::<Lit>(first.clone().into()) {
        match units::duration_ms(&literal) {
            Ok(ms) => Some(ms),
            Err(bad) => {
                diagnostics.error(first.span(), bad.message).help(bad.help);
                None
            }
        }
    } else {
        diagnostics
            .error(
                first.span(),
                format!("expected a duration such as `1s`, found `{first}`"),
            )
            .help(format!("write `{} 1s`", clause.word));
        None
    }
}

fn format(clause: &Clause, read: &mut Read, diagnostics: &mut Diagnostics) {
    if let Ok(format) = syn::parse2::<Type>(clause.value.clone()) {
        read.format = Some(format);
    } else {
        diagnostics
            .error(clause.value_span(), "expected a format after `as`")
            .help("write `as Text`, `as Bytes`, `as Record`, `as Csv<T>` or `as Json<T>`");
        read.unusable = true;
    }
}

fn name(clause: &Clause, read: &mut Read, diagnostics: &mut Diagnostics) {
    if let Ok(name) = syn::parse2::<Ident>(clause.value.clone()) {
        read.name = Some(name);
    } else {
        diagnostics
            .error(
                clause.value_span(),
                "expected a name for the state after `as`",
            )
            .help("write a word, such as `as page_counts`");
        read.mended = true;
    }
}

/// The policies that the language has and the compiler does not, yet.
const LATER_POLICIES: [&str; 4] = ["dead_letter", "default", "to", "retry"];

fn policy(clause: &Clause, read: &mut Read, diagnostics: &mut Diagnostics) {
    match policy_word(&clause.value, clause, diagnostics) {
        Some(on_error) => {
            read.policy = Some(Policy {
                word: clause.word.span(),
                on_error,
            });
        }
        None => read.mended = true,
    }
}

/// `fail` or `skip`; reports anything else.
pub(super) fn policy_word(
    value: &TokenStream,
    clause: &Clause,
    diagnostics: &mut Diagnostics,
) -> Option<OnError> {
    let text = value.to_string();
    let first = value
        .clone()
        .into_iter()
        .next()
        .map(|token| token.to_string())
        .unwrap_or_default();
    match text.as_str() {
        "fail" => return Some(OnError::Fail),
        "skip" => return Some(OnError::Skip),
        _ => {}
    }
    let (message, help) = if LATER_POLICIES.contains(&first.as_str()) {
        (
            format!("`{} {first}` is not supported yet", clause.word),
            "write `else skip` to count the record and leave it out, or `else fail` to stop"
                .to_owned(),
        )
    } else {
        let near = suggest::nearest(&first, ["fail", "skip", "dead_letter"]);
        let found = if first.is_empty() {
            "nothing".to_owned()
        } else {
            format!("`{first}`")
        };
        (
            format!("expected what to do with a bad record, found {found}"),
            near.map_or_else(
                || "write `else fail` to stop, or `else skip` to count it and go on".to_owned(),
                |near| format!("did you mean `{near}`?"),
            ),
        )
    };
    diagnostics.error(clause.value_span(), message).help(help);
    None
}
