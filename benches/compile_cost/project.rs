//! The project that is compiled, and the ways to run cargo on it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::jobs;
use crate::stand_in::{self, Seen};

/// What is run after an edit.
#[derive(Clone, Copy)]
pub(crate) enum Step {
    Check,
    Build,
}

/// How the macro itself has been compiled.
#[derive(Clone, Copy)]
pub(crate) enum Macro {
    /// As cargo compiles macros for development and for release: without optimisation.
    AsBuilt,
    Optimised,
}

/// A project with one binary for each job.
pub(crate) struct Project {
    directory: PathBuf,
}

impl Project {
    /// Writes it beside the benchmark's own build, where its dependencies outlive this run.
    pub(crate) fn write(sizes: &[usize]) -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile_cost");
        let facade = Path::new(env!("CARGO_MANIFEST_DIR"));
        fs::create_dir_all(directory.join("src/bin")).expect("the target directory is writable");
        // The same versions of all dependencies, which have been fetched for the benchmark.
        fs::copy(facade.join("Cargo.lock"), directory.join("Cargo.lock"))
            .expect("the workspace has a lock file");
        let manifest = format!(
            "[package]\nname = \"compile_cost\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
             publish = false\n\n[dependencies]\n\
             streamflow = {{ path = '{}', default-features = false }}\n\n[workspace]\n",
            facade.display()
        );
        fs::write(directory.join("Cargo.toml"), manifest).expect("the manifest is written");
        let project = Self { directory };
        for operators in sizes {
            project.edit(*operators, 0);
        }
        project
    }

    /// Changes one number in a job, as at a keyboard.
    pub(crate) fn edit(&self, operators: usize, edit: u64) {
        let path = format!("src/bin/{}.rs", binary(operators));
        fs::write(self.directory.join(path), jobs::program(operators, edit))
            .expect("the job is written");
    }

    /// Runs a step as a user does; returns its seconds on the wall.
    pub(crate) fn time(&self, operators: usize, step: Step) -> f64 {
        let mut cargo = self.cargo(operators, step);
        let begun = Instant::now();
        let output = cargo.output().expect("cargo runs");
        let took = begun.elapsed();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{stderr}");
        assert!(
            stderr.contains(" compile_cost v0.0.0"),
            "the edit is compiled: {stderr}"
        );
        took.as_secs_f64()
    }

    /// Runs a step with a look into rustc.
    pub(crate) fn watch(&self, operators: usize, step: Step, compiled: Macro) -> Seen {
        let notes = self.directory.join("seen");
        let mut cargo = self.cargo(operators, step);
        if let Macro::Optimised = compiled {
            cargo.env("CARGO_PROFILE_DEV_BUILD_OVERRIDE_OPT_LEVEL", "3");
        }
        stand_in::ask(&mut cargo, &notes);
        let output = cargo.output().expect("cargo runs");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{stderr}");
        Seen::take(&notes)
    }

    fn cargo(&self, operators: usize, step: Step) -> Command {
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .arg(match step {
                Step::Check => "check",
                Step::Build => "build",
            })
            .args(["--offline", "--bin", &binary(operators)])
            .current_dir(&self.directory)
            .env("CARGO_TARGET_DIR", self.directory.join("target"))
            .env("CARGO_TERM_COLOR", "never")
            // Continuous integration switches it off; an author's machine does not.
            .env_remove("CARGO_INCREMENTAL");
        cargo
    }
}

fn binary(operators: usize) -> String {
    format!("{}{operators}", stand_in::BINARIES)
}
