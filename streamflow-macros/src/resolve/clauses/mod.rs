//! Reads what follows an operation's arguments: `every 1s`, `over tumbling 1m`, `as Text`,
//! `else skip`.

mod answers;
mod bound;
mod changes;
mod duration;
mod policy;
mod running;
mod updates;
mod window;

use proc_macro2::{Ident, Span, TokenTree};
use quote::ToTokens;
use syn::{LitInt, LitStr, Type};

use super::{arguments, formats};
use crate::diagnostics::Diagnostics;
use crate::model::{Emit, Keeping, Late, Policy, Trigger, Within};
use crate::operators::Keeps;
use crate::parse;
use crate::suggest;
use crate::support::{self, Use, What};
use crate::syntax::{Clause, Operation, Remainder};

pub(super) use duration::literal as duration_literal;
pub(super) use policy::word as policy_word;
pub(super) use updates::near_ms as near_updates_ms;

/// What an operation takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Takes<'a> {
    /// The clauses.
    pub(super) clauses: &'a [&'a str],
    /// Whether `as` gives a format; a name otherwise.
    pub(super) format: bool,
    pub(super) keeps: Keeps,
}

/// The clauses of one operation.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) trigger: Option<Trigger>,
    pub(super) format: Option<Type>,
    pub(super) name: Option<Ident>,
    pub(super) policy: Option<Policy>,
    /// What happens to late records.
    pub(super) late_policy: Option<Policy>,
    pub(super) keeping: Keeping,
    pub(super) nondet: bool,
    /// What the runtime cannot run yet.
    pub(super) later: Vec<Use>,
    /// Whether a clause was wrong: a likely value may then stand in its place.
    pub(super) mended: bool,
    /// Whether what follows the operation is wrong, and nothing can stand in its place.
    pub(super) unusable: bool,
}

impl Read {
    fn uses(&mut self, what: What, word: &str, span: Span) {
        self.later.extend(support::used(what, word, span));
    }
}

/// Reads every clause; reports those that do not belong here.
pub(super) fn read(operation: &Operation, takes: Takes<'_>, diagnostics: &mut Diagnostics) -> Read {
    let mut read = Read {
        unusable: operation.remainder == Remainder::Stray,
        ..Read::default()
    };
    let mut seen: Vec<String> = Vec::new();
    let mut updates = None;
    let mut clauses = operation.clauses.iter().peekable();
    while let Some(clause) = clauses.next() {
        let word = clause.word.to_string();
        let span = clause.word.span();
        if !takes.clauses.contains(&word.as_str()) {
            misplaced(clause, operation, takes, diagnostics);
            read.mended = true;
            // What follows was written for other items than those that reach it.
            read.unusable |= word == "as" && formats::is_written(&clause.value);
            if matches!(word.as_str(), "late" | "emit") {
                // What belongs to the word goes with it.
                clauses.next_if(|next| next.word == "else" || next.word == "every");
            }
            continue;
        }
        if seen.contains(&word) {
            diagnostics
                .error(span, format!("a second `{word}`"))
                .help(format!("keep one `{word}`"));
            read.mended = true;
            continue;
        }
        read.uses(What::Clause, &word, span);
        match word.as_str() {
            "every" => every(clause, &mut read, diagnostics),
            "over" => {
                let (window, words) = window::read(clause, diagnostics);
                for (word, span) in words {
                    read.uses(What::Window, &word, span);
                }
                read.mended |= window.is_none();
                read.keeping.window = window;
            }
            "running" => {
                read.keeping.running = Some(span);
                alone(clause, &mut read, diagnostics);
            }
            "forever" | "ttl" | "cap" => bound::read(clause, &mut read, diagnostics),
            "late" => {
                // Behind `drop`, an `else` is that of the stage.
                let drops = ends_in_drop(clause);
                let policy = clauses.next_if(|next| next.word == "else" && !drops);
                lateness(clause, policy, &mut read, diagnostics);
            }
            "emit" => {
                let every = clauses.next_if(|next| next.word == "every");
                let every_ms = emit(clause, every, &mut read, diagnostics);
                updates = every.zip(every_ms).map(|every| (clause, every));
            }
            "within" => within(clause, &mut read, diagnostics),
            "as_of" => {
                read.keeping.as_of = Some(span);
                alone(clause, &mut read, diagnostics);
            }
            "lag" | "idle" | "future" => times(clause, &mut read, diagnostics),
            "timeout" | "concurrency" | "cache" | "ordered" | "unordered" => {
                answers::read(clause, &mut read, diagnostics);
            }
            "nondet" => nondet(clause, &mut read, diagnostics),
            "as" if takes.format => format(clause, &mut read, diagnostics),
            "as" => name(clause, &mut read, diagnostics),
            "else" => policy(clause, &mut read, diagnostics),
            _ => {}
        }
        seen.push(word);
    }
    one_period(&mut read, operation, diagnostics);
    answers::fit(&mut read, operation, diagnostics);
    running::never_ends(&mut read, operation, diagnostics);
    changes::of_window(&mut read, operation, takes, diagnostics);
    if let Some((clause, every)) = updates {
        updates::of_window(clause, every, takes, &mut read, diagnostics);
    }
    read
}

/// Whether an interval stands where it does not belong, which `read` reports: that it is missing
/// elsewhere is then no second mistake.
pub(super) fn misplaces_interval(operation: &Operation, takes: &[&str]) -> bool {
    !takes.contains(&"every")
        && operation
            .clauses
            .iter()
            .any(|clause| clause.word == "every")
}

/// Results leave at intervals, or with a window, or at every change: not in two ways.
fn one_period(read: &mut Read, operation: &Operation, diagnostics: &mut Diagnostics) {
    let word_of = |name: &str| {
        operation
            .clauses
            .iter()
            .find(|clause| clause.word == name)
            .map(|clause| &clause.word)
    };
    let given: Vec<&Ident> = ["every", "over", "running", "within"]
        .into_iter()
        .filter(|name| match *name {
            "every" => read.trigger.is_some(),
            "over" => read.keeping.window.is_some(),
            "running" => read.keeping.running.is_some(),
            _ => read.keeping.within.is_some(),
        })
        .filter_map(word_of)
        .collect();
    if let [first, second, ..] = given.as_slice() {
        diagnostics
            .error(
                second.span(),
                format!("`{first}` and `{second}` both say when results leave"),
            )
            .help(format!("keep one of them; `{first}` alone will do"));
        read.mended = true;
    }
}

fn misplaced(
    clause: &Clause,
    operation: &Operation,
    takes: Takes<'_>,
    diagnostics: &mut Diagnostics,
) {
    let (word, name) = (&clause.word, &operation.word);
    let value = crate::text::of(&clause.value);
    let written = format!("{word} {value}").trim_end().to_owned();
    let help = match word.to_string().as_str() {
        "every" if takes.keeps == Keeps::PerKey => {
            format!("its results leave with each item: take `{written}` away")
        }
        "every" => {
            format!(
                "an interval belongs to an aggregate, as in `count {written}`, or to `print`: take \
                 `{written}` away here"
            )
        }
        "over" | "running" | "late" | "emit" => format!(
            "`{word}` belongs to an aggregate, such as `count` or `reduce_by_key(+)`: take \
             `{written}` away here"
        ),
        "ttl" | "cap" | "forever" => {
            format!("`{name}` keeps nothing that could grow: take `{written}` away")
        }
        "within" => format!("`within` belongs to a join: take `{written}` away"),
        "lag" | "idle" | "future" => {
            format!("`{word}` belongs to `event_time(|item| …)`: take `{written}` away here")
        }
        "else" => format!("`{name}` cannot fail: take `{written}` away"),
        "as" if formats::is_written(&clause.value) => {
            format!("a format stands behind the source: `from kafka(\"topic\") {written}`")
        }
        _ => format!("take `{written}` away"),
    };
    diagnostics
        .error(word.span(), format!("`{word}` does not belong on `{name}`"))
        .help(help);
}

fn every(clause: &Clause, read: &mut Read, diagnostics: &mut Diagnostics) {
    let every_ms = duration::of_clause(clause, "1s", diagnostics).unwrap_or_else(|| {
        read.mended = true;
        1_000
    });
    read.trigger = Some(Trigger {
        every_ms,
        span: clause.value_span(),
    });
}

/// `within -5m..+5m`.
fn within(clause: &Clause, read: &mut Read, diagnostics: &mut Diagnostics) {
    let range = duration::range(clause, diagnostics);
    read.mended |= range.is_none();
    let (from_ms, to_ms) = range.unwrap_or_default();
    read.keeping.within = Some(Within {
        word: clause.word.span(),
        from_ms,
        to_ms,
    });
}

/// `lag 5s`, `idle 30s`, `future 10m`.
fn times(clause: &Clause, read: &mut Read, diagnostics: &mut Diagnostics) {
    let times = &mut read.keeping.times;
    let (ms, example) = match clause.word.to_string().as_str() {
        "lag" => (&mut times.lag_ms, "5s"),
        "idle" => (&mut times.idle_ms, "30s"),
        _ => (&mut times.future_ms, "10m"),
    };
    // Times that never go back have no lag.
    let given_ms = if clause.word == "lag" && duration::is_zero(&clause.value) {
        Some(0)
    } else {
        duration::of_clause(clause, example, diagnostics)
    };
    // What is wrong is said here: that it is missing would be a second mistake.
    *ms = Some(given_ms.unwrap_or(1));
    read.mended |= given_ms.is_none();
}

/// A word behind which nothing stands.
fn alone(clause: &Clause, read: &mut Read, diagnostics: &mut Diagnostics) {
    let Some(stray) = clause.value.clone().into_iter().next() else {
        return;
    };
    let help = if clause.word == "running" && matches!(stray, TokenTree::Literal(_)) {
        format!("write what bounds it: `running ttl {stray}`")
    } else {
        format!("write `{}` alone", clause.word)
    };
    diagnostics
        .error(
            stray.span(),
            format!("unexpected `{stray}` after `{}`", clause.word),
        )
        .help(help);
    read.mended = true;
}

fn count(
    clause: &Clause,
    example: &str,
    read: &mut Read,
    diagnostics: &mut Diagnostics,
) -> Option<u64> {
    let number = syn::parse2::<LitInt>(clause.value.clone()).ok();
    let number = number.filter(|number| number.suffix().is_empty());
    let count = number.and_then(|number| number.base10_parse().ok());
    let count = count.filter(|count| *count > 0);
    if count.is_none() {
        diagnostics
            .error(
                clause.value_span(),
                format!("`{}` takes a whole number above zero", clause.word),
            )
            .help(format!("write `{} {example}`", clause.word));
        read.mended = true;
    }
    count
}

fn nondet(clause: &Clause, read: &mut Read, diagnostics: &mut Diagnostics) {
    let mut tokens = clause.value.clone().into_iter();
    let reason = match tokens.next() {
        Some(TokenTree::Group(group)) => syn::parse2::<LitStr>(group.stream()).ok(),
        _ => None,
    };
    read.nondet = true;
    if reason.is_none_or(|reason| reason.value().trim().is_empty()) {
        diagnostics
            .error(
                clause.value_span(),
                "`nondet` does not say why another result for the same record is right",
            )
            .help("write the reason: `nondet(\"the time of arrival is what is wanted\")`");
        read.mended = true;
    }
}

fn ends_in_drop(clause: &Clause) -> bool {
    let last = clause.value.clone().into_iter().last();
    last.is_some_and(|last| last.to_string() == "drop")
}

fn lateness(
    clause: &Clause,
    policy: Option<&Clause>,
    read: &mut Read,
    diagnostics: &mut Diagnostics,
) {
    let wait_ms = late(clause, policy, read, diagnostics);
    read.keeping.late = Some(Late {
        word: clause.word.span(),
        wait_ms,
    });
}

/// `late drop`, `late 2m drop`, `late 2m else dead_letter("t")`; gives how long a window waits, in
/// milliseconds.
fn late(
    clause: &Clause,
    policy: Option<&Clause>,
    read: &mut Read,
    diagnostics: &mut Diagnostics,
) -> u64 {
    let tokens: Vec<TokenTree> = clause.value.clone().into_iter().collect();
    let (wait, rest) = match tokens.split_first() {
        Some((first @ TokenTree::Literal(_), rest)) => (Some(first), rest),
        _ => (None, tokens.as_slice()),
    };
    let mut wait_ms = 0;
    if let Some(wait) = wait {
        let literal = wait.clone().into();
        match duration::literal(&literal, &clause.word, "late 2m drop", diagnostics) {
            Some(ms) => wait_ms = ms,
            None => read.mended = true,
        }
    }
    match (rest, policy) {
        ([TokenTree::Ident(drop)], None) if drop == "drop" => {}
        ([], Some(policy)) => late_policy(policy, wait, read, diagnostics),
        (rest, _) => {
            let span = rest.first().map_or(clause.word.span(), TokenTree::span);
            let wait = wait.map_or_else(String::new, |wait| format!("{wait} "));
            diagnostics
                .error(span, "`late` does not say what happens to late records")
                .help(format!(
                    "write `late {wait}drop` to count them and leave them out, or `late {wait}else \
                     dead_letter(\"topic\")`"
                ));
            read.mended = true;
        }
    }
    wait_ms
}

/// `else` behind `late` says where late records go.
fn late_policy(
    policy: &Clause,
    wait: Option<&TokenTree>,
    read: &mut Read,
    diagnostics: &mut Diagnostics,
) {
    let word = policy.value.to_string();
    let wait = wait.map_or_else(String::new, |wait| format!("{wait} "));
    let help = format!("write `late {wait}drop` to count late records and leave them out");
    if matches!(word.as_str(), "skip" | "fail") {
        diagnostics
            .error(
                policy.value_span(),
                format!("`late` does not take `else {word}`"),
            )
            .help(help);
        read.mended = true;
        return;
    }
    let known = read.later.len();
    match policy::read(policy, read, diagnostics) {
        Some(Policy {
            default: Some(_), ..
        }) => {
            diagnostics
                .error(policy.value_span(), "`late` does not take `else default`")
                .help(help.clone());
            read.mended = true;
        }
        Some(Policy {
            retry: Some(retry), ..
        }) => {
            diagnostics
                .error(
                    retry.word,
                    "`late` does not take `retry`: a record stays late",
                )
                .help(help.clone());
            read.mended = true;
        }
        Some(policy) => read.late_policy = Some(policy),
        None => read.mended = true,
    }
    let used = read.later.split_off(known);
    let used = used.into_iter().map(|one| one.until_then(help.clone()));
    read.later.extend(used);
}

/// `emit final`, `emit updates every 10s`, `emit changes`; gives how often updates leave, in
/// milliseconds.
fn emit(
    clause: &Clause,
    interval: Option<&Clause>,
    read: &mut Read,
    diagnostics: &mut Diagnostics,
) -> Option<u64> {
    const WORDS: [&str; 3] = ["final", "updates", "changes"];
    let word = clause.value.to_string();
    let kind = match word.as_str() {
        "final" => Emit::Final,
        "updates" => Emit::Updates { every_ms: 1_000 },
        "changes" => Emit::Changes,
        other => {
            let near = suggest::nearest(other, WORDS);
            diagnostics
                .error(
                    clause.value_span(),
                    format!(
                        "`emit` takes `final`, `updates every 10s` or `changes`, not `{other}`"
                    ),
                )
                .help(format!("write `emit {}`", near.unwrap_or("final")));
            read.mended = true;
            return None;
        }
    };
    read.keeping.emit = Some(kind);
    match (kind, interval) {
        (Emit::Updates { .. }, None) => {
            diagnostics
                .error(clause.value_span(), "`emit updates` does not say how often")
                .help("write `emit updates every 10s`");
            read.mended = true;
        }
        (Emit::Final | Emit::Changes, Some(interval)) => {
            diagnostics
                .error(
                    interval.word.span(),
                    format!("`emit {word}` takes no interval"),
                )
                .help(format!("write `emit {word}`, or `emit updates every 10s`"));
            read.mended = true;
        }
        (Emit::Updates { .. }, Some(interval)) => {
            let every_ms = duration::of_clause(interval, "10s", diagnostics);
            match every_ms {
                Some(every_ms) => read.keeping.emit = Some(Emit::Updates { every_ms }),
                None => read.mended = true,
            }
            return every_ms;
        }
        (Emit::Final | Emit::Changes, None) => {}
    }
    None
}

fn format(clause: &Clause, read: &mut Read, diagnostics: &mut Diagnostics) {
    let (format, behind) = match formats::written(clause) {
        Ok(read) => read,
        Err(slip) => {
            diagnostics.error(slip.span, slip.message).help(slip.help);
            read.unusable = true;
            return;
        }
    };
    if !behind.is_empty() {
        let text = crate::text::of(&format.to_token_stream());
        parse::report_stray(&behind, &format!("as {text}"), diagnostics);
        read.unusable = true;
    }
    read.format = Some(format);
}

fn name(clause: &Clause, read: &mut Read, diagnostics: &mut Diagnostics) {
    let tokens: Vec<TokenTree> = clause.value.clone().into_iter().collect();
    match tokens.as_slice() {
        [TokenTree::Ident(name)] => read.name = Some(name.clone()),
        [
            TokenTree::Ident(name),
            TokenTree::Punct(dash),
            TokenTree::Ident(rest),
        ] if dash.as_char() == '-' => {
            diagnostics
                .error(dash.span(), "the name of a state is one word")
                .help(format!("write `as {name}_{rest}`"));
            read.mended = true;
        }
        [TokenTree::Ident(name), behind @ ..] if !formats::is_built_in(&name.to_string()) => {
            parse::report_stray(behind, &format!("as {name}"), diagnostics);
            read.mended = true;
        }
        _ => {
            diagnostics
                .error(
                    clause.value_span(),
                    "expected a name for the state after `as`",
                )
                .help("write a word, such as `as page_counts`");
            read.mended = true;
        }
    }
}

fn policy(clause: &Clause, read: &mut Read, diagnostics: &mut Diagnostics) {
    match policy::read(clause, read, diagnostics) {
        Some(policy) => read.policy = Some(policy),
        None => read.mended = true,
    }
}

/// The stage as it should be written, with this clause behind it.
pub(super) fn with_clause(operation: &Operation, clause: &str) -> String {
    let args = operation.args.as_ref().map(arguments::text);
    format!("{}{} {clause}", operation.word, args.unwrap_or_default())
}

/// The clauses of an operation as written, each with a blank in front.
pub(super) fn written(operation: &Operation) -> String {
    let mut written = String::new();
    for clause in &operation.clauses {
        written.push(' ');
        written.push_str(&clause.word.to_string());
        written.push(' ');
        written.push_str(&crate::text::of(&clause.value));
    }
    written
}
