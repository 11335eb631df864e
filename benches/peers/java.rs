//! Gets the peers ready: their jars from Maven Central, their classes from `java/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use streamflow_test_support::process;

/// What of the JDK is opened to Spark and Flink, as their own start scripts do it.
const OPENED: [&str; 12] = [
    "java.base/java.io",
    "java.base/java.lang",
    "java.base/java.lang.invoke",
    "java.base/java.lang.reflect",
    "java.base/java.net",
    "java.base/java.nio",
    "java.base/java.util",
    "java.base/java.util.concurrent",
    "java.base/java.util.concurrent.atomic",
    "java.base/sun.nio.ch",
    "java.base/sun.nio.cs",
    "java.base/sun.security.action",
];

/// Where cargo builds.
pub(crate) fn target_directory() -> PathBuf {
    process::target_directory(Path::new(env!("CARGO_MANIFEST_DIR")))
}

fn source(name: &str) -> PathBuf {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers/java");
    sources.join(name)
}

/// A peer's jars and classes.
pub(crate) struct Program {
    class_path: String,
}

impl Program {
    /// Fetches and compiles the peer in the folder of that name.
    pub(crate) fn prepare(peer: &str) -> Result<Self, String> {
        let home = target_directory().join("peers").join(peer);
        let libraries = fetch(peer, &home)?;
        let classes = home.join("classes");
        compile(peer, &libraries, &classes)?;
        Ok(Program {
            class_path: format!("{}/*:{}", libraries.display(), classes.display()),
        })
    }

    /// The command line of a main class, for the arguments to be added.
    pub(crate) fn command_line(&self, main_class: &str, options: &[String]) -> Vec<String> {
        let mut command_line = vec!["java".to_owned()];
        command_line.extend_from_slice(options);
        for package in OPENED {
            command_line.push(format!("--add-opens={package}=ALL-UNNAMED"));
        }
        let log4j = source("log4j2.properties");
        command_line.push(format!("-Dlog4j2.configurationFile={}", log4j.display()));
        command_line.extend(["-cp".to_owned(), self.class_path.clone()]);
        command_line.push(main_class.to_owned());
        command_line
    }
}

/// The folder with the jars, fetched anew where the pom has changed.
fn fetch(peer: &str, home: &Path) -> Result<PathBuf, String> {
    let libraries = home.join("libs");
    let fetched = home.join("fetched-pom.xml");
    let pom = source(peer).join("pom.xml");
    let failed = |cause| format!("the jars of `{peer}` cannot be kept: {cause}");
    let wanted = fs::read(&pom).map_err(failed)?;
    if fs::read(&fetched).is_ok_and(|pom| pom == wanted) {
        return Ok(libraries);
    }
    println!("fetching the jars of {peer} ...");
    if home.exists() {
        fs::remove_dir_all(home).map_err(failed)?;
    }
    let mut maven = Command::new("mvn");
    maven
        .args(["-q", "-B", "-f"])
        .arg(&pom)
        .args(["dependency:copy-dependencies", "-DincludeScope=runtime"])
        .arg(format!("-DoutputDirectory={}", libraries.display()));
    succeed(&mut maven, "Maven")?;
    // Last, so that a fetch that was cut off does not count.
    fs::write(&fetched, wanted).map_err(failed)?;
    Ok(libraries)
}

fn compile(peer: &str, libraries: &Path, classes: &Path) -> Result<(), String> {
    let mut javac = Command::new("javac");
    javac
        // What the jars' own annotations and paths are warned about is not this code's doing.
        .args(["-Xlint:all,-processing,-classfile,-path", "-Werror", "-cp"])
        .arg(format!("{}/*", libraries.display()))
        .arg("-d")
        .arg(classes);
    for folder in [source("common"), source(peer)] {
        let failed = |cause| format!("`{}` cannot be read: {cause}", folder.display());
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "java")
            {
                javac.arg(path);
            }
        }
    }
    succeed(&mut javac, "a JDK of Java 17 or newer")
}

fn succeed(command: &mut Command, needed: &str) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .map_err(|cause| format!("{needed} is needed, and `{program}` cannot be run: {cause}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!(
        "`{program}` failed: {}{}",
        String::from_utf8_lossy(&output.stdout).trim(),
        String::from_utf8_lossy(&output.stderr).trim()
    ))
}
