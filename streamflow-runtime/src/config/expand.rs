//! Fills in what a configuration value takes from elsewhere: `${VARIABLE}`, `${file:PATH}`.
//!
//! Secrets reach a job this way, so that neither the file nor the command line holds them.
//! `$${` stands for a `${` that is meant as it is.

use std::collections::BTreeMap;
use std::path::Path;

/// A value with everything filled in; `Err` says what is missing, never what was found.
pub(super) fn expand(
    text: &str,
    variables: &BTreeMap<String, String>,
    directory: &Path,
) -> Result<String, String> {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, tail) = rest.split_at(at);
        if let Some(before) = before.strip_suffix('$') {
            expanded.push_str(before);
            expanded.push_str("${");
            rest = &tail[2..];
            continue;
        }
        expanded.push_str(before);
        let Some((name, tail)) = tail[2..].split_once('}') else {
            return Err("a `${` has no `}`".to_owned());
        };
        if let Some(path) = name.strip_prefix("file:") {
            let contents = std::fs::read_to_string(directory.join(path))
                .map_err(|error| format!("`{path}` cannot be read ({error})"))?;
            // Editors end a file with a line break; no secret does.
            expanded.push_str(
                contents
                    .strip_suffix('\n')
                    .map_or(&*contents, |line| line.strip_suffix('\r').unwrap_or(line)),
            );
        } else {
            let value = variables
                .get(name)
                .ok_or_else(|| format!("environment variable `{name}` is not set"))?;
            expanded.push_str(value);
        }
        rest = tail;
    }
    expanded.push_str(rest);
    Ok(expanded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(text: &str) -> Result<String, String> {
        let variables = BTreeMap::from([("HOST".to_owned(), "a".to_owned())]);
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("pw"), "hunter2\n").unwrap();
        expand(text, &variables, directory.path())
    }

    #[test]
    fn variables_and_files_are_filled_in() {
        assert_eq!(expanded("${HOST}:1,${HOST}:2").unwrap(), "a:1,a:2");
        assert_eq!(expanded("${file:pw}").unwrap(), "hunter2");
        assert_eq!(expanded("$5 and $${HOST}").unwrap(), "$5 and ${HOST}");
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(
            expanded("${PORT}").unwrap_err(),
            "environment variable `PORT` is not set"
        );
        assert!(
            expanded("${file:none}")
                .unwrap_err()
                .starts_with("`none` cannot be read")
        );
        assert_eq!(expanded("a${b").unwrap_err(), "a `${` has no `}`");
    }
}
