//! Looks at the URL of `to object_store("s3://bucket/dir")`, where it is written out.
//!
//! One that only a run knows is looked at by the runtime, in the same way.

use syn::{Expr, Lit};

use super::arguments;
use crate::diagnostics::Diagnostics;
use crate::suggest;

/// The stores that can be written to, each by a URL of it.
const STORES: &[(&str, &str)] = &[
    ("s3", "s3://bucket/dir"),
    ("s3a", "s3://bucket/dir"),
    ("gs", "gs://bucket/dir"),
    ("az", "az://container/dir"),
    ("abfs", "abfss://container@account.dfs.core.windows.net/dir"),
    (
        "abfss",
        "abfss://container@account.dfs.core.windows.net/dir",
    ),
    ("file", "file:///var/lib/dir"),
    ("memory", "memory:///dir"),
];

/// What they are called elsewhere.
const ELSEWHERE: &[(&str, &[&str])] = &[
    ("s3", &["s3n", "aws", "minio", "r2", "oss", "cos", "s4"]),
    ("gs", &["gcs", "google", "gc"]),
    ("az", &["azure", "blob", "wasb", "wasbs", "adl", "azblob"]),
    ("file", &["local", "dir", "fs"]),
    ("memory", &["mem", "inmemory", "ram"]),
];

/// Reports what is wrong with the URL; `None` if something is.
pub(super) fn is_of_object_store(url: &Expr, diagnostics: &mut Diagnostics) -> Option<()> {
    let Expr::Lit(literal) = url else {
        return Some(());
    };
    let span = arguments::span_of(url);
    let Lit::Str(text) = &literal.lit else {
        diagnostics
            .error(span, "`object_store` takes a URL, and this is none")
            .help("write `object_store(\"s3://bucket/dir\")`");
        return None;
    };
    let Some(Mistake { message, help }) = mistake(&text.value()) else {
        return Some(());
    };
    diagnostics.error(span, message).help(help);
    None
}

/// What is wrong with a URL, and what to write.
#[derive(Debug)]
struct Mistake {
    message: String,
    help: String,
}

fn mistake(url: &str) -> Option<Mistake> {
    let mistake = |message: String, help: String| Some(Mistake { message, help });
    let Some((scheme, rest)) = url.split_once("://") else {
        return Some(no_url(url));
    };
    let Some((_, example)) = STORES.iter().find(|(known, _)| *known == scheme) else {
        return Some(unknown(scheme, rest));
    };
    let (bucket, path) = rest.split_once('/').unwrap_or((rest, ""));
    let is_azure = matches!(scheme, "az" | "abfs" | "abfss");
    if let Some((who, _)) = bucket.rsplit_once('@').filter(|_| !is_azure) {
        // With a password it is a secret, which is reported as one.
        let (_, without) = rest.split_once('@').filter(|_| !who.contains(':'))?;
        return mistake(
            "credentials do not stand in a URL".to_owned(),
            format!("write `{scheme}://{without}`: they come from the environment"),
        );
    }
    if let Some(at) = rest.find(['?', '#']) {
        let (before, settings) = rest.split_at(at);
        return mistake(
            format!("`{settings}` is no part of the URL of an object store"),
            format!(
                "write `{scheme}://{before}`: settings of a store come from the environment, such as \
                 `AWS_REGION`"
            ),
        );
    }
    let is_of_machine = matches!(scheme, "file" | "memory");
    if is_of_machine && !bucket.is_empty() {
        return mistake(
            format!("`{scheme}://` has a third slash in front of the directory"),
            format!("write `{scheme}:///{rest}`"),
        );
    }
    if scheme == "file" && path.trim_matches('/').is_empty() {
        return mistake(
            "the URL does not say which directory".to_owned(),
            format!("write `{example}`"),
        );
    }
    if !is_of_machine && bucket.is_empty() {
        let what = if is_azure { "container" } else { "bucket" };
        return mistake(
            format!("the URL does not say which {what}"),
            format!("write `{scheme}://{what}{}`", rest.trim_end_matches('/')),
        );
    }
    None
}

/// A text without `://`.
fn no_url(text: &str) -> Mistake {
    let message = "`object_store` takes a URL, and this is none".to_owned();
    let scheme = text.split_once(':').map(|(scheme, _)| scheme);
    let known = scheme.and_then(|scheme| STORES.iter().find(|(known, _)| *known == scheme));
    let help = match known {
        Some((scheme, _)) => {
            let rest = text.get(scheme.len() + 1..).unwrap_or_default();
            let slashes = if matches!(*scheme, "file" | "memory") {
                ":///"
            } else {
                "://"
            };
            format!("write `{scheme}{slashes}{}`", rest.trim_start_matches('/'))
        }
        None => format!(
            "write `s3://bucket/{}`; a directory of this machine is written by `to files(\"{text}\")`",
            text.trim_start_matches(['/', '.']).trim_end_matches('/')
        ),
    };
    Mistake { message, help }
}

/// A URL of something that is no object store, or is called otherwise here.
fn unknown(scheme: &str, rest: &str) -> Mistake {
    let folded = scheme.to_lowercase();
    let called = ELSEWHERE
        .iter()
        .find(|(_, others)| others.contains(&folded.as_str()))
        .map(|(known, _)| *known);
    let near = called.or_else(|| suggest::nearest(scheme, STORES.iter().map(|(known, _)| *known)));
    let help = match (near, folded.as_str()) {
        (Some(near @ ("file" | "memory")), _) => {
            format!("did you mean `{near}:///{}`?", rest.trim_start_matches('/'))
        }
        (Some(near), _) => format!("did you mean `{near}://{rest}`?"),
        (None, "http" | "https") => {
            "write `s3://bucket/dir`: the address of a store comes from the \
             environment, such as `AWS_ENDPOINT_URL`"
                .to_owned()
        }
        (None, "hdfs" | "webhdfs" | "viewfs") => {
            "HDFS is none: write `s3://bucket/dir`, or, where it \
             is mounted, `to files(\"dir\")`"
                .to_owned()
        }
        (None, _) => {
            "it knows `s3://`, `gs://`, `az://`, `abfss://`, `file:///` and `memory:///`".to_owned()
        }
    };
    Mistake {
        message: format!("`object_store` knows no `{scheme}://`"),
        help,
    }
}

#[cfg(test)]
mod tests {
    use super::mistake;

    #[test]
    fn urls_of_object_stores_are_none() {
        for url in [
            "s3://bucket/dir/",
            "s3a://bucket",
            "gs://bucket/a/b",
            "az://container/dir",
            "abfss://container@account.dfs.core.windows.net/dir",
            "file:///var/lib/dir",
            "memory:///",
        ] {
            assert!(mistake(url).is_none(), "{url}");
        }
    }

    #[test]
    fn mistakes_come_with_the_text_to_write() {
        for (url, help) in [
            ("logs/a", "write `s3://bucket/logs/a`;"),
            ("s3:/logs/a", "write `s3://logs/a`"),
            ("file:/var/log", "write `file:///var/log`"),
            ("S3://logs/a", "did you mean `s3://logs/a`?"),
            ("s3n://logs/a", "did you mean `s3://logs/a`?"),
            ("gcs://logs", "did you mean `gs://logs`?"),
            ("memry:///a", "did you mean `memory:///a`?"),
            ("https://s3.amazonaws.com/logs", "`AWS_ENDPOINT_URL`"),
            ("hdfs://namenode/logs", "HDFS is none"),
            ("ftp://host/logs", "it knows `s3://`"),
            ("s3:///logs", "write `s3://bucket/logs`"),
            ("az://", "write `az://container`"),
            ("s3://me@logs/a", "write `s3://logs/a`: they come"),
            ("s3://logs/a?region=x", "write `s3://logs/a`"),
            ("file://var/log", "write `file:///var/log`"),
            ("file:///", "write `file:///var/lib/dir`"),
        ] {
            let found = mistake(url).map(|mistake| mistake.help).unwrap_or_default();
            assert!(found.contains(help), "{url}: {found}");
        }
    }
}
