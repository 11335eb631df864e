//! Every mistake in `cases` gets exactly the messages that stand beside it.

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
    trybuild::TestCases::new().compile_fail("cases/*/*.rs");
}
