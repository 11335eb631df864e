//! Gets the programs that servers are made of: Java from the machine, jars from Maven Central.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use std::{env, fmt, io, thread};

const OLDEST_JAVA: u32 = 17;
const ATTEMPTS: u32 = 3;
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(2);

/// Why no server can be had here.
#[derive(Debug, Clone)]
pub struct Unavailable(String);

impl Unavailable {
    pub(crate) fn because(reason: impl Into<String>) -> Self {
        Unavailable(reason.into())
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unavailable {}

/// A file of this crate, by its path in there.
pub(crate) fn resource(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A program as its jars.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Jars {
    /// What messages call it, with its version: `Kafka 4.3.1`.
    pub(crate) program: &'static str,
    /// The directory below cargo's that they are kept in.
    pub(crate) kept_in: &'static str,
    /// The file of this crate that names them.
    pub(crate) pom: &'static str,
}

impl Jars {
    /// Looks for Java and fetches the jars, unless that has been done before; gives their
    /// directory.
    pub(crate) fn get(self) -> Result<PathBuf, Unavailable> {
        self.java_is_recent()?;
        self.fetched_into(&target_directory().join(self.kept_in))
    }

    fn java_is_recent(self) -> Result<(), Unavailable> {
        let output = Command::new("java").arg("-version").output();
        let output = output.map_err(|cause| not_runnable("java", "Java 17 or newer", &cause))?;
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        match java_major_version(&text) {
            Some(major) if major >= OLDEST_JAVA => Ok(()),
            Some(major) => Err(Unavailable::because(format!(
                "`java` is version {major}; {} needs {OLDEST_JAVA} or newer",
                self.program
            ))),
            None => Err(Unavailable::because(format!(
                "`java -version` does not say its version: {}",
                text.trim()
            ))),
        }
    }

    /// The directory with the jars. At most one process fetches them; the others wait for it.
    fn fetched_into(self, home: &Path) -> Result<PathBuf, Unavailable> {
        let libraries = home.join("libs");
        let failed = |cause: io::Error| {
            Unavailable::because(format!("cannot write to `{}`: {cause}", home.display()))
        };
        if libraries.is_dir() {
            return Ok(libraries);
        }
        fs::create_dir_all(home).map_err(failed)?;
        // The lock is let go when the file is closed, also by the death of its holder.
        let lock = File::create(home.join("lock")).map_err(failed)?;
        fs4::FileExt::lock(&lock).map_err(failed)?;
        if libraries.is_dir() {
            return Ok(libraries);
        }
        let unfinished = home.join("unfinished");
        self.fetch(&unfinished)?;
        // Under its final name there is always a whole set, however a fetch ended.
        fs::rename(&unfinished, &libraries).map_err(failed)?;
        Ok(libraries)
    }

    fn fetch(self, directory: &Path) -> Result<(), Unavailable> {
        let mut said = String::new();
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                thread::sleep(PAUSE_AFTER_FAILURE);
            }
            if directory.exists() {
                fs::remove_dir_all(directory).map_err(|cause| {
                    Unavailable::because(format!(
                        "cannot remove `{}`: {cause}",
                        directory.display()
                    ))
                })?;
            }
            let output = Command::new("mvn")
                .args(["-q", "-B", "-f"])
                .arg(resource(self.pom))
                .arg("dependency:copy-dependencies")
                .arg("-DincludeScope=runtime")
                .arg(format!("-DoutputDirectory={}", directory.display()))
                .output()
                .map_err(|cause| not_runnable("mvn", "Maven", &cause))?;
            if output.status.success() {
                return Ok(());
            }
            said = String::from_utf8_lossy(&output.stdout).into_owned();
            said.push_str(&String::from_utf8_lossy(&output.stderr));
        }
        Err(Unavailable::because(format!(
            "Maven could not fetch {} in {ATTEMPTS} attempts: {}",
            self.program,
            said.trim()
        )))
    }
}

/// 17 of `openjdk version "17.0.15" 2025-04-15`.
fn java_major_version(text: &str) -> Option<u32> {
    let version = text.split_once("version \"")?.1;
    let digits = version.split(|c: char| !c.is_ascii_digit()).next()?;
    // Java 8 and older call themselves 1.8 and so on: 1 is old enough to be refused as it is.
    digits.parse().ok()
}

/// Where cargo builds: the tests' own artefacts are there too.
fn target_directory() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("this crate is two folders deep in the workspace");
    match env::var_os("CARGO_TARGET_DIR") {
        Some(named) => workspace.join(named),
        None => workspace.join("target"),
    }
}

fn not_runnable(program: &str, needed: &str, cause: &io::Error) -> Unavailable {
    Unavailable::because(format!(
        "{needed} is needed, and `{program}` cannot be run: {cause}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_of_java_is_read() {
        let debian = "openjdk version \"17.0.15\" 2025-04-15\nOpenJDK Runtime Environment";
        assert_eq!(java_major_version(debian), Some(17));
        assert_eq!(
            java_major_version("java version \"25\" 2025-09-16 LTS"),
            Some(25)
        );
        assert_eq!(java_major_version("java version \"1.8.0_452\""), Some(1));
        assert_eq!(java_major_version("command not found"), None);
    }
}
