//! Every mistake in `cases` gets exactly the messages that stand beside it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The texts hold messages of rustc itself, which change from version to version.
const RUSTC: &str = "rustc 1.95.";

#[test]
fn mistakes_get_their_messages() {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let version = Command::new(rustc).arg("--version").output().unwrap();
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    if !version.starts_with(RUSTC) {
        eprintln!(
            "SKIPPED: the texts are those of {RUSTC}x, and this is {}",
            version.trim()
        );
        return;
    }
    lock_the_jobs();
    trybuild::TestCases::new().compile_fail("cases/*/*.rs");
}

#[test]
fn no_message_points_into_our_crates() {
    assert_eq!(cases_that_say("$WORKSPACE"), [] as [String; 0]);
}

#[test]
fn no_message_names_what_only_generated_code_calls() {
    for path in ["__private", "streamflow_runtime"] {
        assert_eq!(cases_that_say(path), [] as [String; 0], "{path}");
    }
}

/// The cases in whose messages this stands.
fn cases_that_say(text: &str) -> Vec<String> {
    let mut cases: Vec<String> = messages()
        .filter(|path| {
            let message = fs::read_to_string(path).expect("the message of a case");
            message.contains(text)
        })
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    cases.sort();
    cases
}

/// The files with the messages of all cases.
fn messages() -> impl Iterator<Item = PathBuf> {
    let files_of = |folder: &Path| {
        let entries = fs::read_dir(folder).expect("a folder of cases");
        entries
            .map(|entry| entry.expect("an entry of a folder").path())
            .collect::<Vec<_>>()
    };
    files_of(Path::new("cases"))
        .into_iter()
        .flat_map(move |folder| files_of(&folder))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "stderr")
        })
}

/// Puts the lock of the cases beside the `Cargo.toml` that `trybuild` makes for them.
fn lock_the_jobs() {
    let project = target_directory().join("tests/trybuild/streamflow-ui-tests");
    fs::create_dir_all(&project).expect("the target directory can be written");
    let lock = Path::new("cases/lock/streamflow.lock");
    fs::copy(lock, project.join("streamflow.lock")).expect("the lock of the cases");
}

/// Found as `trybuild` finds it.
fn target_directory() -> PathBuf {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version=1"])
        .output()
        .expect("cargo runs");
    let metadata = String::from_utf8_lossy(&metadata.stdout);
    let rest = metadata.split_once("\"target_directory\":\"");
    let directory = rest.and_then(|(_, rest)| rest.split_once('"'));
    PathBuf::from(directory.expect("cargo names the target directory").0)
}
