//! Reads the settings in the job header.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::{LitInt, LitStr};

use super::clauses;
use crate::diagnostics::Diagnostics;
use crate::model::Settings;
use crate::suggest;
use crate::syntax::{Clause, Header, Setting};
use crate::units;

/// Settings that the compiler reads.
const NOW: [&str; 4] = ["checkpoint", "parallelism", "shutdown", "on_error"];

/// Settings that the language has and the compiler does not read, yet.
const LATER: [&str; 4] = ["guarantee", "memory", "on_data_loss", "http"];

/// What must never stand in a job, as it would be baked into the binary or tie it to one cluster.
const OUTSIDE: [&str; 6] = [
    "brokers",
    "bootstrap_servers",
    "group",
    "password",
    "username",
    "sasl",
];

/// The settings of a header; the defaults where there is none.
pub(super) fn of_header(header: Option<&Header>, diagnostics: &mut Diagnostics) -> Settings {
    let mut settings = Settings::default();
    let mut seen: Vec<String> = Vec::new();
    for setting in header.iter().flat_map(|header| &header.settings) {
        let name = setting.name.to_string();
        if seen.contains(&name) {
            diagnostics
                .error(setting.name.span(), format!("`{name}` is set twice"))
                .help("keep one of them");
        }
        read(setting, &name, &mut settings, diagnostics);
        seen.push(name);
    }
    settings
}

fn read(setting: &Setting, name: &str, settings: &mut Settings, diagnostics: &mut Diagnostics) {
    let clause = Clause {
        word: setting.name.clone(),
        value: setting.value.clone(),
    };
    match name {
        "checkpoint" => checkpoint(setting, settings, diagnostics),
        "parallelism" => settings.parallelism = parallelism(&clause, diagnostics),
        "shutdown" => {
            settings.shutdown_ms =
                duration(&setting.value, &setting.name, "shutdown: 25s", diagnostics);
        }
        "on_error" => {
            if let Some(on_error) = clauses::policy_word(&setting.value, &clause, diagnostics) {
                settings.on_error = on_error;
            }
        }
        later if LATER.contains(&later) => {
            diagnostics
                .error(
                    setting.name.span(),
                    format!("the setting `{later}` is not supported yet"),
                )
                .help("take it out");
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
            let help = match suggest::nearest(unknown, NOW.into_iter().chain(LATER)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "the settings are `checkpoint`, `parallelism`, `shutdown` and `on_error`"
                    .to_owned(),
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

/// `checkpoint: "dir"` or `checkpoint: "dir" every 10s`.
fn checkpoint(setting: &Setting, settings: &mut Settings, diagnostics: &mut Diagnostics) {
    let tokens: Vec<TokenTree> = setting.value.clone().into_iter().collect();
    let [first, rest @ ..] = tokens.as_slice() else {
        return;
    };
    if let Ok(dir) = syn::parse2::<LitStr>(first.clone().into()) {
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
    if let Ok(literal) = syn::parse2::<syn::Lit>(value.clone()) {
        match units::duration_ms(&literal) {
            Ok(ms) => Some(ms),
            Err(bad) => {
                diagnostics
                    .error(literal.span(), bad.message)
                    .help(bad.help);
                None
            }
        }
    } else {
        let span = value
            .clone()
            .into_iter()
            .next()
            .map_or(word.span(), |token| token.span());
        diagnostics
            .error(span, "expected a duration")
            .help(format!("write `{example}`"));
        None
    }
}
