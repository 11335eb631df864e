//! Reads the settings in the job header.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::{LitInt, LitStr};

use super::{clauses, secrets};
use crate::diagnostics::Diagnostics;
use crate::model::{Secret, Settings};
use crate::suggest;
use crate::support::{self, Use, What};
use crate::syntax::{Clause, Header, Setting};
use crate::units;

/// The settings of the language.
const SETTINGS: [&str; 8] = [
    "guarantee",
    "checkpoint",
    "parallelism",
    "memory",
    "on_error",
    "on_data_loss",
    "shutdown",
    "http",
];

/// What must never stand in a job, as it would be baked into the binary or tie it to one cluster.
const OUTSIDE: [&str; 15] = [
    "brokers",
    "bootstrap_servers",
    "bootstrap",
    "group",
    "group_id",
    "password",
    "username",
    "user",
    "sasl",
    "ssl",
    "tls",
    "token",
    "secret",
    "api_key",
    "properties",
];

/// What a header says.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) settings: Settings,
    /// What the runtime cannot run yet.
    pub(super) later: Vec<Use>,
    pub(super) secrets: Vec<Secret>,
    /// Whether an interval is set, which is reported.
    pub(super) interval_told: bool,
}

/// The settings of a header; the defaults where there is none.
pub(super) fn of_header(header: Option<&Header>, diagnostics: &mut Diagnostics) -> Read {
    let mut found = Read::default();
    let mut seen: Vec<String> = Vec::new();
    for setting in header.iter().flat_map(|header| &header.settings) {
        let name = setting.name.to_string();
        if seen.contains(&name) {
            diagnostics
                .error(setting.name.span(), format!("`{name}` is set twice"))
                .help("keep one of them");
        }
        read(setting, &name, &mut found, diagnostics);
        seen.push(name);
    }
    found
}

fn read(setting: &Setting, name: &str, found: &mut Read, diagnostics: &mut Diagnostics) {
    let clause = Clause {
        word: setting.name.clone(),
        value: setting.value.clone(),
    };
    let settings = &mut found.settings;
    if SETTINGS.contains(&name) {
        found.secrets.extend(secrets::in_tokens(&setting.value));
    }
    match name {
        "checkpoint" => checkpoint(setting, settings, diagnostics),
        "parallelism" => settings.parallelism = parallelism(&clause, diagnostics),
        "shutdown" => {
            settings.shutdown_ms =
                duration(&setting.value, &setting.name, "shutdown: 25s", diagnostics);
        }
        "on_error" => {
            if let Some(policy) =
                clauses::policy_word(&setting.value, &clause, &mut found.later, diagnostics)
            {
                settings.on_error = policy.on_error;
                settings.dead_letter = policy.dead_letter;
            }
        }
        "guarantee" => guarantee(&clause, found, diagnostics),
        "memory" => settings.memory_bytes = size(&clause, diagnostics),
        "on_data_loss" => {
            later(setting, found);
            one_of(
                &clause,
                &["fail", "skip", "earliest", "latest"],
                diagnostics,
            );
        }
        "http" => {
            later(setting, found);
            address(&clause, diagnostics);
        }
        outside if OUTSIDE.contains(&outside) => {
            diagnostics
                .error(
                    setting.name.span(),
                    format!("`{outside}` does not stand in a job"),
                )
                .help(
                    "it depends on where the job runs: give it by a flag (`--brokers`, `--group`, \
                     `-X property=value`), in the environment or in `streamflow.toml`",
                );
        }
        unknown => {
            found.interval_told |= is_interval(unknown);
            let help = match suggest::nearest(unknown, SETTINGS) {
                Some(near) => format!("did you mean `{near}`?"),
                None => instead(unknown),
            };
            diagnostics
                .error(
                    setting.name.span(),
                    format!("no setting is named `{unknown}`"),
                )
                .help(help);
        }
    }
}

fn is_interval(unknown: &str) -> bool {
    let folded = unknown.replace('_', "").to_lowercase();
    matches!(
        folded.as_str(),
        "interval"
            | "batch"
            | "batchduration"
            | "batchinterval"
            | "trigger"
            | "triggerinterval"
            | "window"
            | "every"
    )
}

/// What users of other systems set, and where it stands here.
fn instead(unknown: &str) -> String {
    let folded = unknown.replace('_', "").to_lowercase();
    if is_interval(unknown) {
        return "each aggregate has an interval of its own: `count every 1s`".to_owned();
    }
    match folded.as_str() {
        "workers" | "threads" | "cores" | "numthreads" | "numstreamthreads" => {
            "did you mean `parallelism`?".to_owned()
        }
        "checkpointdir" | "checkpointing" | "statedir" | "checkpointlocation" => {
            "did you mean `checkpoint`?".to_owned()
        }
        "processingguarantee" | "delivery" | "semantics" | "exactlyonce" => {
            "did you mean `guarantee`?".to_owned()
        }
        "startingoffsets" | "autooffsetreset" | "from" => {
            "where a job begins is said when it is started: `--from earliest`".to_owned()
        }
        "name" | "appname" | "applicationid" => {
            "the name stands in front of the braces: `job name { … }`".to_owned()
        }
        _ => {
            let known: Vec<String> = SETTINGS
                .iter()
                .filter(|name| support::is_supported(What::Setting, name) || **name == "guarantee")
                .map(|name| format!("`{name}`"))
                .collect();
            format!("the settings are {}", known.join(", "))
        }
    }
}

fn later(setting: &Setting, found: &mut Read) {
    let used = support::used(
        What::Setting,
        &setting.name.to_string(),
        setting.name.span(),
    );
    found.later.extend(used);
}

/// `guarantee: at_least_once` is what every job gives; `exactly_once` is checked.
fn guarantee(clause: &Clause, found: &mut Read, diagnostics: &mut Diagnostics) {
    let wanted = one_of(clause, &["at_least_once", "exactly_once"], diagnostics);
    if wanted == Some("exactly_once") {
        found.settings.exactly_once = Some(clause.value_span());
        let used = support::used(What::Setting, "guarantee", clause.word.span());
        found.later.extend(used);
    }
}

/// One of several words; reports anything else.
fn one_of(
    clause: &Clause,
    words: &[&'static str],
    diagnostics: &mut Diagnostics,
) -> Option<&'static str> {
    let text = clause.value.to_string();
    if let Some(word) = words.iter().find(|word| **word == text) {
        return Some(word);
    }
    let listed: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    let near = suggest::nearest(text.trim_matches('"'), words.iter().copied())
        .or_else(|| {
            words
                .iter()
                .copied()
                .find(|word| text.trim_matches('"') == *word)
        })
        .unwrap_or_else(|| words.first().copied().unwrap_or_default());
    diagnostics
        .error(
            clause.value_span(),
            format!("`{}` is one of {}", clause.word, listed.join(", ")),
        )
        .help(format!("write `{}: {near}`", clause.word));
    None
}

/// `2GiB`.
fn size(clause: &Clause, diagnostics: &mut Diagnostics) -> Option<u64> {
    let literal = syn::parse2::<syn::Lit>(clause.value.clone());
    let read = literal
        .map_err(|_| units::expected_size())
        .and_then(|literal| units::bytes(&literal));
    match read {
        Ok(bytes) => Some(bytes),
        Err(bad) => {
            diagnostics
                .error(clause.value_span(), bad.message)
                .help(bad.help);
            None
        }
    }
}

/// `"127.0.0.1:9464"`.
fn address(clause: &Clause, diagnostics: &mut Diagnostics) {
    let is_address = syn::parse2::<LitStr>(clause.value.clone()).is_ok_and(|text| {
        text.value()
            .rsplit_once(':')
            .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
    });
    if !is_address {
        diagnostics
            .error(clause.value_span(), "expected an address in quotes")
            .help("write `http: \"127.0.0.1:9464\"`");
    }
}

/// `checkpoint: "dir"` or `checkpoint: "dir" every 10s`.
fn checkpoint(setting: &Setting, settings: &mut Settings, diagnostics: &mut Diagnostics) {
    let tokens: Vec<TokenTree> = setting.value.clone().into_iter().collect();
    let [first, rest @ ..] = tokens.as_slice() else {
        return;
    };
    if let Ok(dir) = syn::parse2::<LitStr>(first.clone().into()) {
        // A secret in it is told by a rule of its own.
        if dir.value().contains("://") && secrets::in_tokens(&setting.value).is_empty() {
            diagnostics
                .error(
                    dir.span(),
                    "checkpoints in an object store are not supported yet",
                )
                .help("write a directory: `checkpoint: \"state\" every 10s`");
            return;
        }
        settings.checkpoint = Some(dir.value());
    } else {
        diagnostics
            .error(
                first.span(),
                format!("expected a directory in quotes, found `{first}`"),
            )
            .help("write `checkpoint: \"state\" every 10s`");
        return;
    }
    match rest {
        [] => {}
        [TokenTree::Ident(every), value @ ..] if every == "every" => {
            settings.checkpoint_every_ms = duration(
                &value.iter().cloned().collect(),
                every,
                "every 10s",
                diagnostics,
            );
        }
        [stray, ..] => {
            diagnostics
                .error(
                    stray.span(),
                    format!("unexpected `{stray}` after the directory"),
                )
                .help("write `checkpoint: \"state\" every 10s`");
        }
    }
}

fn parallelism(clause: &Clause, diagnostics: &mut Diagnostics) -> Option<usize> {
    let count = syn::parse2::<LitInt>(clause.value.clone())
        .and_then(|number| number.base10_parse::<usize>())
        .ok()
        .filter(|count| (1..=1_024).contains(count));
    if count.is_none() {
        diagnostics
            .error(
                clause.value_span(),
                "expected the number of workers, from 1 to 1024",
            )
            .help("write `parallelism: 4`");
    }
    count
}

fn duration(
    value: &TokenStream,
    word: &Ident,
    example: &str,
    diagnostics: &mut Diagnostics,
) -> Option<u64> {
    clauses::duration_literal(value, word, example, diagnostics)
}
