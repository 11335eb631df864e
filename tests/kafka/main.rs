//! The seed jobs and the Kafka connectors on a real Apache Kafka broker.
//!
//! Without Java and Maven the tests say that they are skipped, and why;
//! `STREAMFLOW_TEST_KAFKA=required` makes that a failure.

#![cfg(feature = "kafka")]

/// Runs tests once for each way of reading: what a job does must not depend on it.
macro_rules! with_each_source {
    ($($test:ident,)*) => {
        mod native {
            $(
                #[test]
                fn $test() {
                    super::$test(streamflow::Through::Native);
                }
            )*
        }

        mod rdkafka {
            $(
                #[test]
                fn $test() {
                    super::$test(streamflow::Through::Rdkafka);
                }
            )*
        }
    };
}
pub(crate) use with_each_source;

// They are marked as tests here since their functions are not: those run once for each source.
#[cfg(test)]
mod cluster;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod crashes;
#[cfg(test)]
mod dead_letters;
#[cfg(test)]
mod faults;
#[cfg(test)]
#[cfg(feature = "tls")]
mod oauthbearer;
#[cfg(test)]
mod secured;
#[cfg(test)]
mod seed_jobs;
#[cfg(test)]
mod sinks;
#[cfg(test)]
mod sources;
#[cfg(test)]
mod starts;

use std::process::Command;
use std::time::Duration;

use streamflow::plan::Plan;
use streamflow::{RunConfig, Through, Until};
use streamflow_test_support::kafka::Broker;
use streamflow_test_support::process::{Ended, Job, example_command};

/// Bounds a hang; nothing here takes anywhere near as long.
const PATIENCE: Duration = Duration::from_secs(120);

/// The command of an example, connected to the broker.
fn connected(example: &str, broker: &Broker, source: Through) -> Command {
    let mut command = example_command(example);
    command.args(["--brokers", &broker.bootstrap()]);
    command.args(["--source", flag(source), "--producer", flag(source)]);
    command
}

fn flag(source: Through) -> &'static str {
    match source {
        Through::Auto => "auto",
        Through::Native => "native",
        Through::Rdkafka => "rdkafka",
    }
}

/// Runs an example on the broker to the present end of its topics.
fn drained(example: &str, broker: &Broker, source: Through, flags: &[&str]) -> Ended {
    let mut command = connected(example, broker, source);
    command.args(["--until", "caught-up"]).args(flags);
    Job::start(&mut command).wait(PATIENCE)
}

/// How a job that is part of a test runs: on the broker, to the present end of its topics.
fn config(plan: &Plan, broker: &Broker, source: Through, group: &str) -> RunConfig {
    RunConfig {
        brokers: Some(broker.bootstrap()),
        group: group.to_owned(),
        until: Until::CaughtUp,
        source,
        producer: source,
        ..RunConfig::of(plan).expect("the defaults are fine")
    }
}
