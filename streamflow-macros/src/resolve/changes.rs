//! Resolves what a job says about its former state: names found, versions in a row, closures read.

use std::collections::BTreeMap;

use proc_macro2::{Group, Ident};
use quote::ToTokens;
use syn::{Expr, Pat};

use super::arguments;
use super::process::lent_in;
use crate::diagnostics::Diagnostics;
use crate::model::{Changes, Health, Job, Kind, Migration, Node};
use crate::suggest;
use crate::support::Use;
use crate::syntax::{Change, Version};
use crate::text;

/// Adds the changes to a job whose stages are all known.
pub(super) fn read(changes: &[&Change], job: &mut Job, diagnostics: &mut Diagnostics) {
    let mut read = Changes::default();
    for change in changes {
        match change {
            Change::Migrate {
                name,
                from,
                to,
                function,
            } => {
                let keeper = keeper(job, name);
                let known = keeper.is_some();
                let later = keeper.and_then(|node| unsupported(node, name));
                job.later.extend(later);
                if !known && !is_hidden(job) {
                    unknown(job, name, diagnostics);
                }
                let follows = follows(&read, name, *from, *to, diagnostics);
                let function = closure(function, *from, diagnostics);
                if let (true, true, Some(function)) = (known, follows, function) {
                    read.migrations.push(Migration {
                        name: name.clone(),
                        from: from.number,
                        to: to.number,
                        function,
                    });
                }
            }
            Change::Drop { name } => {
                if dropped(job, &read, name, diagnostics) {
                    read.dropped.push(name.clone());
                }
            }
        }
    }
    job.changes = read;
}

/// The stage that keeps the state of this name.
fn keeper<'j>(job: &'j Job, name: &Ident) -> Option<&'j Node> {
    job.nodes
        .iter()
        .find(|node| node.name.as_ref() == Some(name))
}

/// The migration of what two streams bring: no former version of it is read yet.
fn unsupported(keeper: &Node, name: &Ident) -> Option<Use> {
    let is_of_two = matches!(keeper.kind, Kind::Join(_)) && keeper.keeping.as_of.is_none();
    is_of_two.then(|| {
        Use::new(
            name.span(),
            format!("what `{}` keeps cannot be migrated yet", keeper.word),
            "begin with nothing: give the state another name, and drop this one",
        )
    })
}

/// Whether a stage could not be read that may be the one that keeps a state.
fn is_hidden(job: &Job) -> bool {
    job.nodes.iter().any(|node| node.health == Health::Poisoned)
}

fn unknown(job: &Job, name: &Ident, diagnostics: &mut Diagnostics) {
    let names: BTreeMap<String, &Node> = job
        .nodes
        .iter()
        .filter_map(|node| Some((node.name.as_ref()?.to_string(), node)))
        .collect();
    let near = suggest::nearest(&name.to_string(), names.keys().map(String::as_str));
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!(
            "give the stage that keeps it this name, `as {name}`; state that is kept no longer is dropped: `drop state {name};`"
        ),
    };
    diagnostics
        .error(
            name.span(),
            format!("no stage keeps state under the name `{name}`"),
        )
        .help(help);
}

/// Whether the versions of a migration come right behind those of the one before it.
fn follows(
    read: &Changes,
    name: &Ident,
    from: Version,
    to: Version,
    diagnostics: &mut Diagnostics,
) -> bool {
    let (first, second) = (from.number, to.number);
    if first == 0 {
        diagnostics
            .error(from.span, "versions of state begin at `v1`")
            .help(format!("write `state {name} migrate v1 -> v2 …`"));
        return false;
    }
    let next = first.saturating_add(1);
    if second != next {
        let message = if second > next {
            format!("`v{first} -> v{second}` leaves a version out")
        } else {
            format!("`v{first} -> v{second}` does not go to the next version")
        };
        diagnostics.error(to.span, message).help(format!(
            "a migration goes from one version to the next: `v{first} -> v{next}`"
        ));
        return false;
    }
    let before = read.migrations.iter().rfind(|before| before.name == *name);
    match before {
        Some(before) if before.to != first => {
            let reached = before.to;
            diagnostics
                .error(
                    from.span,
                    format!("the migration of `{name}` in front of this one ends at `v{reached}`"),
                )
                .help(format!(
                    "migrations of one state follow each other: `v{reached} -> v{}` comes next",
                    reached.saturating_add(1)
                ));
            false
        }
        Some(_) | None => true,
    }
}

/// The function of a migration; a closure says what it takes, as nothing else in the job does.
fn closure(group: &Group, from: Version, diagnostics: &mut Diagnostics) -> Option<Expr> {
    let function: Expr = match syn::parse2(group.stream()) {
        Ok(function) => function,
        Err(error) => {
            diagnostics.rust_error(&error, group.span_close());
            return None;
        }
    };
    let Expr::Closure(closure) = &function else {
        return Some(function);
    };
    let from = from.number;
    let mut inputs = closure.inputs.iter();
    match (inputs.next(), inputs.next()) {
        (Some(Pat::Type(kept)), None) => match lent_in(&kept.ty) {
            None => Some(function),
            Some(lent) => {
                diagnostics
                    .error(
                        lent.span,
                        "a migration takes values out of a checkpoint, which are owned: this is a reference",
                    )
                    .help("write the owned type: `String` for `&str`, `Vec<u8>` for `&[u8]`");
                None
            }
        },
        (Some(untyped), None) => {
            let written = text::of(&untyped.to_token_stream());
            diagnostics
                .error(
                    arguments::span_of(untyped),
                    "this closure does not say what it takes",
                )
                .help(format!(
                    "write the type that `v{from}` kept, as in `|{written}: u64| …`"
                ));
            None
        }
        (Some(_), Some(second)) => {
            diagnostics
                .error(
                    arguments::span_of(second),
                    "the closure of `migrate` takes one value",
                )
                .help("it is called for each value that was kept, without its key: `|old: u64| …`");
            None
        }
        (None, _) => {
            diagnostics
                .error(
                    arguments::first_span(group),
                    "the closure of `migrate` takes the value that was kept",
                )
                .help(format!(
                    "write a parameter of the type that `v{from}` kept: `|old: u64| …`"
                ));
            None
        }
    }
}

fn dropped(job: &Job, read: &Changes, name: &Ident, diagnostics: &mut Diagnostics) -> bool {
    if let Some(node) = keeper(job, name) {
        diagnostics
            .error(
                name.span(),
                format!("`{name}` is state that the job keeps: `{}`", node.text),
            )
            .help(format!(
                "take `drop state {name};` away; to begin with nothing, give that stage another name"
            ));
        return false;
    }
    if read.dropped.contains(name) {
        diagnostics
            .error(name.span(), format!("`{name}` is dropped twice"))
            .help("take one of the two away");
        return false;
    }
    true
}
