//! Decides what a test does where no broker can be had.

use std::sync::MutexGuard;
use std::{env, fmt};

use super::Broker;
use super::cluster::Cluster;

/// Set to `required`, it makes a missing broker a failure: in CI no test may skip itself.
const POLICY: &str = "STREAMFLOW_TEST_KAFKA";

/// The broker that the tests of this process share.
///
/// Without one this says on standard error that the test is skipped, and why.
///
/// # Panics
///
/// Without a broker, if the environment says `STREAMFLOW_TEST_KAFKA=required`.
pub fn broker_or_skip(test: &str) -> Option<&'static Broker> {
    or_skip(test, Broker::shared())
}

/// A broker for one test alone, which may stop and kill it. Otherwise as [`broker_or_skip`].
///
/// # Panics
///
/// Without a broker, if the environment says `STREAMFLOW_TEST_KAFKA=required`.
pub fn own_broker_or_skip(test: &str) -> Option<Broker> {
    or_skip(test, Broker::start())
}

/// A broker for one test alone, with secured listeners beside the plain one. Otherwise as
/// [`broker_or_skip`].
///
/// # Panics
///
/// Without a broker, if the environment says `STREAMFLOW_TEST_KAFKA=required`.
pub fn secured_broker_or_skip(test: &str) -> Option<Broker> {
    or_skip(test, Broker::start_secured())
}

/// The three brokers that the tests of this process share, all of them up, for one test at a time:
/// it may stop and kill them. Otherwise as [`broker_or_skip`].
///
/// # Panics
///
/// Without a broker, if the environment says `STREAMFLOW_TEST_KAFKA=required`.
pub fn cluster_or_skip(test: &str) -> Option<MutexGuard<'static, Cluster>> {
    or_skip(test, Cluster::shared())
}

fn or_skip<B, U: fmt::Display>(test: &str, broker: Result<B, U>) -> Option<B> {
    match broker {
        Ok(broker) => Some(broker),
        Err(why) if env::var(POLICY).is_ok_and(|policy| policy == "required") => {
            panic!("`{test}` needs a Kafka broker ({POLICY}=required): {why}")
        }
        Err(why) => {
            eprintln!("SKIPPED {test}: {why}");
            None
        }
    }
}
