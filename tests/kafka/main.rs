//! The seed jobs and the Kafka connectors on a real Apache Kafka broker.
//!
//! Without Java and Maven the tests say that they are skipped, and why;
//! `STREAMFLOW_TEST_KAFKA=required` makes that a failure.

#![cfg(feature = "kafka")]

mod crashes;
mod faults;
mod seed_jobs;
mod sinks;
mod sources;
mod starts;

use std::process::Command;
use std::time::Duration;

use streamflow::{RunConfig, Until};
use streamflow_test_support::kafka::Broker;
use streamflow_test_support::process::{Job, example_command};

/// Bounds a hang; nothing here takes anywhere near as long.
const PATIENCE: Duration = Duration::from_secs(120);

/// The command of an example, connected to the broker.
fn connected(example: &str, broker: &Broker) -> Command {
    let mut command = example_command(example);
    command.args(["--brokers", &broker.bootstrap()]);
    command
}

/// Runs an example on the broker to the present end of its topics.
fn drained(
    example: &str,
    broker: &Broker,
    flags: &[&str],
) -> streamflow_test_support::process::Ended {
    let mut command = connected(example, broker);
    command.args(["--until", "caught-up"]).args(flags);
    Job::start(&mut command).wait(PATIENCE)
}

/// How a job that is part of a test runs: on the broker, to the present end of its topics.
fn config(plan: &streamflow::plan::Plan, broker: &Broker, group: &str) -> RunConfig {
    RunConfig {
        brokers: Some(broker.bootstrap()),
        group: group.to_owned(),
        until: Until::CaughtUp,
        ..RunConfig::of(plan).expect("the defaults are fine")
    }
}
