//! Reads the URL of a place in an object store.
//!
//! What is written out in a job has been looked at by the macro, in the same way.

use crate::error::{Code, Error, Result};

/// Which kind of store it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    S3,
    Google,
    Azure,
    File,
    Memory,
}

/// A place in an object store.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Url<'u> {
    pub(super) scheme: Scheme,
    /// The bucket or container, for Azure with the account if that is named.
    pub(super) bucket: &'u str,
    /// What stands in front of the objects' names, without slashes at its ends.
    pub(super) path: &'u str,
}

impl<'u> Url<'u> {
    pub(super) fn parse(url: &'u str) -> Result<Self> {
        let (scheme, rest) = url.split_once("://").ok_or_else(|| {
            refused(format!("`{url}` is no URL"))
                .help("write `s3://bucket/dir`; a directory of this machine is `to files(\"dir\")`")
        })?;
        let known = known(scheme).ok_or_else(|| {
            refused(format!(
                "no object store has URLs that begin with `{scheme}://`"
            ))
            .help("write `s3://`, `gs://`, `az://`, `abfss://`, `file:///` or `memory:///`")
        })?;
        let (bucket, path) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.contains('@') && (known != Scheme::Azure || bucket.contains(':')) {
            // The text may hold a password.
            return Err(refused("the URL of an object store holds credentials")
                .help("take them out: they come from the environment"));
        }
        if rest.contains(['?', '#']) {
            return Err(refused(format!("`{url}` has settings behind a `?` or `#`"))
                .help("take them out: settings of a store come from the environment, such as `AWS_REGION`"));
        }
        let is_of_machine = matches!(known, Scheme::File | Scheme::Memory);
        if is_of_machine && !bucket.is_empty() {
            return Err(refused(format!("`{url}` names a machine, `{bucket}`"))
                .help(format!("write three slashes: `{scheme}:///{rest}`")));
        }
        if !is_of_machine && bucket.is_empty() {
            return Err(refused(format!("`{url}` does not say which bucket"))
                .help(format!("write `{scheme}://bucket/dir`")));
        }
        let path = path.trim_matches('/');
        if known == Scheme::File && path.is_empty() {
            return Err(refused(format!("`{url}` does not say which directory"))
                .help("write `file:///var/lib/dir`"));
        }
        Ok(Url {
            scheme: known,
            bucket,
            path,
        })
    }
}

fn known(scheme: &str) -> Option<Scheme> {
    Some(match scheme {
        "s3" | "s3a" => Scheme::S3,
        "gs" => Scheme::Google,
        "az" | "abfs" | "abfss" => Scheme::Azure,
        "file" => Scheme::File,
        "memory" => Scheme::Memory,
        _ => return None,
    })
}

fn refused(what: impl Into<String>) -> Error {
    Error::new(Code::Config, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(url: &str) -> (Scheme, &str, &str) {
        let Url {
            scheme,
            bucket,
            path,
        } = Url::parse(url).unwrap();
        (scheme, bucket, path)
    }

    #[test]
    fn url_of_an_object_store_has_a_bucket_and_a_path() {
        assert_eq!(parsed("s3://logs/a/b/"), (Scheme::S3, "logs", "a/b"));
        assert_eq!(parsed("s3a://logs"), (Scheme::S3, "logs", ""));
        assert_eq!(parsed("gs://logs/a"), (Scheme::Google, "logs", "a"));
        assert_eq!(
            parsed("abfss://logs@account.dfs.core.windows.net/a"),
            (Scheme::Azure, "logs@account.dfs.core.windows.net", "a")
        );
        assert_eq!(parsed("file:///var/log"), (Scheme::File, "", "var/log"));
        assert_eq!(parsed("memory:///"), (Scheme::Memory, "", ""));
    }

    #[test]
    fn url_of_no_object_store_is_refused() {
        for (url, expected) in [
            ("logs/a", "`logs/a` is no URL"),
            ("s4://logs", "begin with `s4://`"),
            ("s3:///logs", "does not say which bucket"),
            ("s3://", "does not say which bucket"),
            ("s3://logs?region=x", "settings behind a `?`"),
            ("file://var/log", "write three slashes: `file:///var/log`"),
            ("file:///", "does not say which directory"),
        ] {
            let error = Url::parse(url).unwrap_err().to_string();
            assert!(error.contains(expected), "{url}: {error}");
        }
    }

    #[test]
    fn credentials_in_a_url_of_an_object_store_are_not_repeated() {
        for url in ["s3://key:hunter2@logs/a", "az://key:hunter2@logs/a"] {
            let error = Url::parse(url).unwrap_err().to_string();
            assert!(error.contains("holds credentials"), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
