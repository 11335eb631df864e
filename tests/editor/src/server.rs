//! Finds a rust-analyzer that works.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Names the program to use; `required` makes a missing one a failure.
pub const VARIABLE: &str = "STREAMFLOW_TEST_RUST_ANALYZER";

/// A rust-analyzer, or why there is none.
///
/// # Errors
///
/// The reason, where there is none that works, or where the sources of the standard library are
/// missing: without them it has no types.
pub fn find() -> Result<PathBuf, String> {
    let named = std::env::var_os(VARIABLE).filter(|named| named != "required");
    let program = named.map_or_else(|| PathBuf::from("rust-analyzer"), PathBuf::from);
    // rustup puts a program of that name on the path that only says that there is none.
    let output = Command::new(&program)
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("`{}` does not run: {error}", program.display()))?;
    if !output.status.success() {
        return Err(format!("`{} --version` fails", program.display()));
    }
    sources()?;
    Ok(program)
}

fn sources() -> Result<(), String> {
    let library = match std::env::var_os("RUST_SRC_PATH") {
        Some(path) => PathBuf::from(path),
        None => sysroot()?.join("lib/rustlib/src/rust/library"),
    };
    if has_core(&library) {
        return Ok(());
    }
    Err(format!(
        "the sources of the standard library are not in {}: `rustup component add rust-src`, or \
         name their folder in RUST_SRC_PATH",
        library.display()
    ))
}

fn has_core(library: &Path) -> bool {
    library.join("core/src/lib.rs").is_file()
}

fn sysroot() -> Result<PathBuf, String> {
    let output = Command::new("rustc")
        .args(["--print", "sysroot"])
        .output()
        .map_err(|error| format!("`rustc` does not run: {error}"))?;
    Ok(PathBuf::from(
        String::from_utf8_lossy(&output.stdout).trim(),
    ))
}
