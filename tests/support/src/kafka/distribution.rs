//! Gets Kafka, and says how its programs are started.

use std::path::PathBuf;

use super::Unavailable;
use crate::java::{Jars, resource};

/// The version of Apache Kafka that the tests run.
pub const VERSION: &str = "4.3.1";
const HEAP_MIB: u32 = 512;
const KAFKA: Jars = Jars {
    program: "Kafka 4.3.1",
    kept_in: "kafka-4.3.1",
    pom: "kafka/pom.xml",
};

/// Kafka on this machine.
#[derive(Debug, Clone)]
pub(super) struct Distribution {
    libraries: PathBuf,
}

impl Distribution {
    /// Looks for Java and fetches Kafka, unless that has been done before.
    pub(super) fn get() -> Result<Self, Unavailable> {
        let libraries = KAFKA.get()?;
        Ok(Distribution { libraries })
    }

    /// The command line of a main class of Kafka, for the arguments to be added.
    pub(super) fn command_line(&self, main_class: &str) -> Vec<String> {
        self.command_line_within(HEAP_MIB, main_class)
    }

    /// The same with so much memory for what the program keeps.
    pub(super) fn command_line_within(&self, heap_mib: u32, main_class: &str) -> Vec<String> {
        let log4j = resource("kafka/log4j2.properties");
        vec![
            "java".to_owned(),
            format!("-Xmx{heap_mib}m"),
            // Starting soon matters more here than running fast for long.
            "-XX:TieredStopAtLevel=1".to_owned(),
            "-XX:+UseSerialGC".to_owned(),
            "-Djava.awt.headless=true".to_owned(),
            format!("-Dlog4j2.configurationFile={}", log4j.display()),
            "-cp".to_owned(),
            format!("{}/*", self.libraries.display()),
            main_class.to_owned(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::{KAFKA, VERSION};

    #[test]
    fn the_jars_are_those_of_the_version() {
        assert!(KAFKA.program.ends_with(VERSION) && KAFKA.kept_in.ends_with(VERSION));
    }
}
