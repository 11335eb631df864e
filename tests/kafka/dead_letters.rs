//! Records that a stage refuses are in their topic as they came, with where they came from and why.

use std::collections::BTreeMap;

use streamflow::{Record, StopSignal, stream_job};
use streamflow_test_support::kafka::{self, Compression, Message};

use crate::config;

crate::with_each_source! {
    refused_records_are_in_their_topic,
    topic_of_dead_letters_must_exist,
}

/// The headers of a record, as text.
fn headers(record: &Record<'_>) -> String {
    let headers = record.headers().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.unwrap_or_default());
        format!("{name}={value}")
    });
    headers.collect::<Vec<_>>().join(";")
}

fn refused_records_are_in_their_topic(way: streamflow::Through) {
    let Some(broker) = kafka::broker_or_skip("refused_records_are_in_their_topic") else {
        return;
    };
    let admin = broker.admin();
    let (from, bad, seen) = (
        kafka::unique("from"),
        kafka::unique("bad"),
        kafka::unique("seen"),
    );
    admin.create_topic(&from, 3);
    admin.create_topic(&bad, 2);
    admin.create_topic(&seen, 1);
    let messages = (0..30_000_i32).map(|n| Message {
        partition: Some(n % 3),
        headers: vec![("trace".to_owned(), Some(format!("t{n}").into_bytes()))],
        ..Message::from(if n % 100 == 7 {
            format!("x{n}")
        } else {
            n.to_string()
        })
        .with_key(format!("k{n}"))
    });
    admin.produce(&from, messages, Compression::Lz4);
    let (input, letters, output) = (&from, &bad, &seen);
    let job = stream_job! {
        job checked
        from kafka(input) | try_map(|line| line.parse::<u32>()) else dead_letter(letters) | to null
    };
    job.run_with(config(job.plan(), broker, way, &from), StopSignal::new())
        .unwrap();
    let committed: i64 = admin.committed_offsets(&from, &from).values().sum();
    assert_eq!(committed, 30_000);
    let stored = admin.messages(&bad);
    assert_eq!(stored.len(), 300);

    let job = stream_job! {
        from kafka(letters) as Record
            | map(|record| format!(
                "{}|{}",
                String::from_utf8_lossy(record.key.unwrap_or_default()),
                headers(&record),
            ))
            | to kafka(output)
    };
    job.run_with(config(job.plan(), broker, way, &bad), StopSignal::new())
        .unwrap();
    let told: BTreeMap<String, String> = admin
        .messages(&seen)
        .iter()
        .map(|message| {
            let (key, headers) = message.text().split_once('|').expect("a key and headers");
            (key.to_owned(), headers.to_owned())
        })
        .collect();
    assert_eq!(told.len(), 300);
    for message in &stored {
        let key = String::from_utf8(message.key.clone().unwrap()).unwrap();
        let number: i32 = key.trim_start_matches('k').parse().unwrap();
        assert_eq!(message.text(), format!("x{number}"));
        let stage = "try_map(|line| line.parse::<u32>()) else dead_letter(letters)";
        let expected = format!(
            "trace=t{number};streamflow.topic={from};streamflow.partition={};\
             streamflow.offset={};streamflow.stage={stage};\
             streamflow.error=invalid digit found in string;streamflow.job=checked",
            number % 3,
            number / 3,
        );
        assert_eq!(told[&key], expected);
    }
}

fn topic_of_dead_letters_must_exist(way: streamflow::Through) {
    let Some(broker) = kafka::broker_or_skip("topic_of_dead_letters_must_exist") else {
        return;
    };
    let admin = broker.admin();
    let (from, bad) = (kafka::unique("from"), kafka::unique("nowhere"));
    admin.create_topic(&from, 1);
    let (input, letters) = (&from, &bad);
    let job = stream_job! {
        from kafka(input) | try_map(|line| line.parse::<u32>()) else dead_letter(letters) | to null
    };
    let error = job
        .run_with(config(job.plan(), broker, way, &from), StopSignal::new())
        .unwrap_err();
    assert_eq!(error.code(), streamflow::Code::UnknownOutput);
    assert!(error.one_line().contains(&bad), "{}", error.one_line());
}
