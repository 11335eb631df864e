//! What an editor gets: all of the user's code in front of the mistakes, written alike whatever
//! stands behind the cursor.

use std::collections::BTreeMap;
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::{Expr, Item, Lit, Meta};

use super::tokens;
use crate::audience::Audience;
use crate::expand;
use crate::operators::{OPERATORS, SINKS, SOURCES};
use crate::support::{What, is_supported};

/// What rust-analyzer puts at the cursor to see what a word would be there.
const MARKER: &str = "raCompletionMarker";

fn sketch(job: &str) -> TokenStream {
    expand(tokens(job), Audience::Editor)
}

/// All tokens, with those inside groups, up to the one that holds this text.
fn up_to(wanted: &str, stream: TokenStream, written: &mut Vec<String>) -> bool {
    for token in stream {
        match token {
            TokenTree::Group(group) => {
                written.push(format!("{:?}", group.delimiter()));
                if up_to(wanted, group.stream(), written) {
                    return true;
                }
                written.push("end".to_owned());
            }
            other => {
                let text = other.to_string();
                if text.contains(wanted) {
                    return true;
                }
                // Which reader is the last changes, and no offset: the two are of one length.
                written.push(if text == "whole" {
                    "share".to_owned()
                } else {
                    text
                });
            }
        }
    }
    false
}

#[test]
fn what_stands_in_front_of_the_cursor_is_written_alike_with_a_word_there_and_without() {
    for job in [
        "‸",
        "from ‸",
        "from ‸ | print",
        "from kaf‸",
        "from kafka(\"t\") as ‸ | print",
        "from kafka(\"t\") as Js‸<Click> | print",
        "from kafka(\"t\") | ‸",
        "from kafka(\"t\") | ‸ | print",
        "from kafka(\"t\") | map‸(|line| line) | print",
        "from kafka(\"t\") | fold‸(|line| line) | print",
        "from kafka(\"t\") | map(‸) | print",
        "from kafka(\"t\") | map(|line| line.‸) | print",
        "from kafka(\"t\") | map(|line| line?.‸) | pront",
        "from kafka(\"t\") | map(|line| { let a = line.‸ let b = 1; b }) | print",
        "from kafka(\"t\") | mapp(|line| line.‸)",
        "from kafka(\"t\") | reduce_by_key(|a, b| a.‸) every 1s",
        "from kafka(\"t\") | aggregate_by_key(0, |a, b| a.‸) every 1s",
        "from kafka(\"t\") | to ‸",
        "from kafka(\"t\") | to kafka(\"out\", key: |line| line.‸)",
        "from kafka(\"t\") | tee { ‸ } | print",
        "from kafka(\"t\") | tee { print; ‸ }",
        "from kafka(\"t\") | tee { print; map(|line| line.‸) }",
        "let clicks = from stdin; ‸",
        "let clicks = from stdin; clicks‸ | print; clicks | print",
        "let clicks = from stdin; union(clicks, clicks‸) | print",
        "let clicks = from stdin; from kafka(\"t\") | join(clicks‸) every 1s | print",
        "from kafka(\"t\") | join(from kafka(\"u\") | ‸) every 1s | print",
        "from kafka(\"t\") | process { n: u64 = 0, m: Vec<u8> = Vec::‸, on_record: |k, v, s, o| s.n } forever as a",
        "from kafka(\"t\") | process { n: u64 = 0, on_record: |k: &str, v: u64, s, o| s.‸ } forever as a | print",
        "from kafka(\"t\") | process { n: u64 = 0, on_record: |k, v, s, o| o.emit(k.‸), on_timer: |k, a, s, o| o.at(a) }",
        "from kafka(\"t\") | process { on_record: |k, v, s, o| o.emit(k), on_timer: |k, a, s, o| { o.‸ }, } | print",
        "let clicks = ‸",
    ] {
        let (mut with, mut without) = (Vec::new(), Vec::new());
        let found = up_to(MARKER, sketch(&job.replace('‸', MARKER)), &mut with);
        assert!(found, "{job}: the word is passed on");
        up_to(MARKER, sketch(&job.replace('‸', "")), &mut without);
        let in_front = without.get(..with.len());
        assert_eq!(in_front, Some(&*with), "{job}");
    }
}

#[test]
fn mistakes_stand_behind_all_that_the_user_wrote() {
    let job = "from kafka(\"t\") | mapp(|first| first.) | filter(|second| second) | print(third)";
    let mut in_front = Vec::new();
    assert!(up_to("compile_error", sketch(job), &mut in_front));
    for word in ["kafka", "mapp", "first", "filter", "second", "print"] {
        assert!(in_front.iter().any(|token| token == word), "{word}");
    }
}

#[test]
fn signs_and_units_of_the_language_are_not_passed_on_as_rust() {
    let job = "from generate(10_000/s, |n| (n, n)) | reduce_by_key(wrapping +) every 1s as sums \
               | print(10)";
    assert!(syn::parse2::<Expr>(sketch(job)).is_ok());
    let written = sketch(job).to_string();
    for word in ["wrapping", "every", "sums", "/"] {
        assert!(!written.contains(word), "{word}: {written}");
    }
}

macro_rules! sketches {
    ($($name:ident $job:expr;)*) => {$(
        #[test]
        fn $name() {
            let sketch = sketch($job);
            let file = syn::parse2(quote!(fn job() -> Job { #sketch })).expect("it is Rust");
            let mut settings = insta::Settings::clone_current();
            settings.set_prepend_module_to_snapshot(false);
            settings.set_omit_expression(true);
            settings.bind(|| {
                let name = concat!(stringify!($name), ".sketch");
                insta::assert_snapshot!(name, prettyplease::unparse(&file));
            });
        }
    )*};
}

sketches! {
    seed_counts include_str!("jobs/seed_counts.job");
    union_and_tee include_str!("jobs/union_and_tee.job");
    sinks include_str!("jobs/sinks.job");
    joins include_str!("jobs/joins.job");
    with_window include_str!("jobs/with_window.job");
    unknown_operator "from stdin | mapp(|line| line.len()) | windov(10)";
}

/// The documentation of each public function in a file of the runtime's module `ops`.
fn documented(file: &str) -> BTreeMap<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../streamflow-runtime/src/ops")
        .join(file);
    let text = std::fs::read_to_string(path).expect("a file of the module");
    let items = syn::parse_file(&text).expect("it is Rust").items;
    items
        .into_iter()
        .filter_map(|item| match item {
            Item::Fn(function) => Some(function),
            _ => None,
        })
        .map(|function| {
            let lines = function.attrs.iter().filter_map(|attribute| {
                let Meta::NameValue(doc) = &attribute.meta else {
                    return None;
                };
                match &doc.value {
                    Expr::Lit(text) => match &text.lit {
                        Lit::Str(line) => Some(line.value() + "\n"),
                        _ => None,
                    },
                    _ => None,
                }
            });
            (function.sig.ident.to_string(), lines.collect())
        })
        .collect()
}

/// Each supported word has its function, each function its word, and each its row's example.
fn agree<'a>(rows: impl Iterator<Item = (&'a str, &'a str, &'a str)>, files: &[&str]) {
    let mut functions: BTreeMap<String, String> =
        files.iter().flat_map(|file| documented(file)).collect();
    for (name, doc, example) in rows {
        let documentation = functions
            .remove(name)
            .unwrap_or_else(|| panic!("`streamflow::ops` has no function for `{name}`"));
        assert!(
            documentation.contains(&format!("Example: `{example}`\n")),
            "the documentation of `{name}` lacks the line: Example: `{example}`"
        );
        assert!(
            documentation.trim_start().starts_with(doc),
            "the documentation of `{name}` does not begin with: {doc}"
        );
    }
    let left: Vec<String> = functions.into_keys().collect();
    assert!(left.is_empty(), "no word of the language: {left:?}");
}

#[test]
fn every_operator_has_its_documented_function() {
    // Words that the grammar knows, and the table does not.
    let routes = [
        (
            "tee",
            "",
            "tee { count every 1s | print; to files(\"dir\") }",
        ),
        ("union", "", "union(web, mobile) | map(|item| …)"),
    ];
    let rows = OPERATORS
        .iter()
        .filter(|row| is_supported(What::Operator, row.name))
        .map(|row| (row.name, row.doc, row.example));
    agree(
        rows.chain(routes),
        &[
            "aggregates.rs",
            "asking.rs",
            "each.rs",
            "joins.rs",
            "ordered.rs",
            "process.rs",
            "routes.rs",
            "update.rs",
        ],
    );
}

#[test]
fn every_source_and_sink_has_its_documented_function() {
    for (what, rows, file) in [
        (What::Source, SOURCES, "from.rs"),
        (What::Sink, SINKS, "to.rs"),
    ] {
        let rows = rows
            .iter()
            .filter(|row| is_supported(what, row.name))
            .map(|row| (row.name, "", row.example));
        agree(rows, &[file]);
    }
}

#[test]
fn names_of_what_is_refused_are_those_of_streams() {
    let written = sketch(
        "from kafka(\"t\") as Json<Click> else to(broken) \
         | try_map(|click| parse(click)) else retry 3 backoff 1s..2s to(bad) | print; \
         bad | print; broken | print",
    )
    .to_string();
    for declared in ["let broken ;", "let bad ;", "bad = items ;"] {
        assert!(written.contains(declared), "{declared}: {written}");
    }
    assert!(written.contains("broken = :: streamflow :: __private :: editor :: records ()"));
    syn::parse2::<Expr>(sketch(
        "from kafka(\"t\") | try_map(f) else to(bad) | print; bad | print",
    ))
    .expect("what an editor gets is Rust");
}
