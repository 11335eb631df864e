//! Listeners that ask for a login, for TLS, or for both.

use std::sync::Mutex;

use streamflow::{Code, Result, RunConfig, StopSignal, Through, stream_job};
use streamflow_test_support::kafka::{self, Broker, Compression, Message};

use crate::config;

crate::with_each_source! {
    every_listener_is_read_by_who_may,
}

/// What a job counts at a secured listener.
fn counted(
    broker: &Broker,
    source: Through,
    (protocol, mechanism): (&str, &str),
    change: impl FnOnce(&mut Vec<(String, String)>),
) -> Result<u64> {
    let (brokers, mut properties) = broker.secured(protocol, mechanism);
    change(&mut properties);
    let count = &Mutex::new(0);
    let group = kafka::unique("group");
    let job =
        stream_job! { from kafka("secured") | for_each(|_| { *count.lock().unwrap() += 1; }) };
    let config = RunConfig {
        brokers: Some(brokers),
        properties,
        ..config(job.plan(), broker, source, &group)
    };
    job.run_with(config, StopSignal::new())?;
    let count = *count.lock().unwrap();
    Ok(count)
}

fn with_another_password(properties: &mut Vec<(String, String)>) {
    properties.retain(|(name, _)| name != "sasl.password");
    properties.push(("sasl.password".to_owned(), "another".to_owned()));
}

/// None of whom has signed the certificate of the broker.
fn with_the_authorities_of_the_system(properties: &mut Vec<(String, String)>) {
    properties.retain(|(name, _)| name != "ssl.ca.location");
}

fn every_listener_is_read_by_who_may(source: Through) {
    let test = "every_listener_is_read_by_who_may";
    let Some(broker) = kafka::secured_broker_or_skip(test) else {
        return;
    };
    let admin = broker.admin();
    admin.create_topic("secured", 2);
    let records = (0..100_000).map(|n| Message::from(format!("record {n}")));
    admin.produce("secured", records, Compression::Lz4);
    let mut ways = vec![("SASL_PLAINTEXT", "PLAIN")];
    if cfg!(feature = "tls") {
        ways.push(("SSL", ""));
        for mechanism in ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] {
            ways.extend([("SASL_PLAINTEXT", mechanism), ("SASL_SSL", mechanism)]);
        }
    }
    if cfg!(feature = "tls") {
        let error = counted(
            &broker,
            source,
            ("SSL", ""),
            with_the_authorities_of_the_system,
        );
        let line = error.unwrap_err().one_line();
        assert!(line.contains("certificate"), "{line}");
    }
    for way in ways {
        let found = counted(&broker, source, way, |_| {});
        assert_eq!(found.expect("it is let in"), 100_000, "{way:?}");
        if way.0.starts_with("SASL") {
            let error = counted(&broker, source, way, with_another_password).unwrap_err();
            assert_eq!(
                error.code(),
                Code::NotAuthorized,
                "{way:?}: {}",
                error.one_line()
            );
            assert!(
                !error.one_line().contains("another"),
                "{}",
                error.one_line()
            );
        }
    }
}
