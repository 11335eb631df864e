//! Finds the examples that cargo has built along with the tests.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The binary of an example of the package under test.
///
/// # Panics
///
/// If it has not been built.
pub fn example(name: &str) -> PathBuf {
    let test = env::current_exe().expect("a process knows its executable");
    let profile = profile_directory(&test).unwrap_or_else(|| {
        panic!(
            "`{}` is not where cargo builds tests: no folder `deps` above it",
            test.display()
        )
    });
    let binary = profile.join("examples").join(name);
    assert!(
        fs::metadata(&binary).is_ok_and(|found| found.is_file()),
        "example `{name}` has not been built: there is no `{}`; `cargo test` builds the examples \
         unless told which targets to test, and `cargo build --examples` always does",
        binary.display()
    );
    binary
}

/// A command that runs an example without the settings of whoever runs the tests.
///
/// # Panics
///
/// If the example has not been built.
pub fn example_command(name: &str) -> Command {
    without_settings(Command::new(example(name)))
}

/// The same command without the settings of whoever runs the tests.
pub fn without_settings(mut command: Command) -> Command {
    for (variable, _) in env::vars_os() {
        if variable.to_string_lossy().starts_with("STREAMFLOW_") {
            command.env_remove(variable);
        }
    }
    command
}

/// The binary of an example, built with these flags by whoever asks for it: `--release`, as the one
/// who asks is, or features that the tests are not always built with.
///
/// # Errors
///
/// If cargo cannot build it.
pub fn built_example(package: &Path, name: &str, flags: &[&str]) -> Result<PathBuf, String> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--example", name])
        .args(flags)
        .current_dir(package)
        .status()
        .map_err(|cause| format!("cargo cannot be run: {cause}"))?;
    if !status.success() {
        return Err(format!("the example `{name}` cannot be built"));
    }
    Ok(example(name))
}

/// Where cargo builds a package: the folder `target`, unless the environment says another.
pub fn target_directory(package: &Path) -> PathBuf {
    package.join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

/// `target/debug` of `target/debug/deps/some_test-0123456789abcdef`.
fn profile_directory(test: &Path) -> Option<&Path> {
    let deps = test.ancestors().find(|folder| folder.ends_with("deps"))?;
    deps.parent()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_beside_the_folder_of_the_test() {
        let test = Path::new("target/debug/deps/jobs-0123456789abcdef");
        assert_eq!(profile_directory(test), Some(Path::new("target/debug")));
        assert_eq!(profile_directory(Path::new("elsewhere/jobs")), None);
    }

    #[test]
    #[should_panic(expected = "example `of_nothing` has not been built")]
    fn a_missing_example_is_named() {
        example("of_nothing");
    }
}
