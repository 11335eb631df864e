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
