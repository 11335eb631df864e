//! What a job sends arrives, keyed as it says, before its offsets are committed.

use std::collections::BTreeMap;

use streamflow::{Code, StopSignal, Through, stream_job};
use streamflow_test_support::kafka::{self, Compression, Message};

use crate::config;

#[test]
fn results_are_sent_with_their_keys() {
    let Some(broker) = kafka::broker_or_skip("results_are_sent_with_their_keys") else {
        return;
    };
    let admin = broker.admin();
    let (from, to) = (kafka::unique("from"), kafka::unique("to"));
    admin.create_topic(&from, 4);
    admin.create_topic(&to, 3);
    let words = (0..100_000).map(|n| Message::from(format!("w{} w{}", n % 10, n % 3)));
    admin.produce(&from, words, Compression::Lz4);
    let (input, output) = (&from, &to);
    let job = stream_job! {
        from kafka(input)
            | flat_map(|line| line.split(' '))
            | map(|word| (word, 1u64))
            | reduce_by_key(+) every 1s
            | to kafka(output, key: |(word, _)| word, value: |(_, n)| n)
    };
    job.run_with(
        config(job.plan(), broker, Through::Auto, &from),
        StopSignal::new(),
    )
    .unwrap();

    let mut totals: BTreeMap<String, u64> = BTreeMap::new();
    let mut places: BTreeMap<String, i32> = BTreeMap::new();
    for message in admin.messages(&to) {
        let word = String::from_utf8(message.key.clone().unwrap()).unwrap();
        *totals.entry(word.clone()).or_default() += message.text().parse::<u64>().unwrap();
        let place = *places.entry(word).or_insert(message.partition);
        assert_eq!(place, message.partition, "equal keys go to one partition");
    }
    assert_eq!(totals.len(), 10);
    assert_eq!(totals.values().sum::<u64>(), 200_000);
    let sum: i64 = admin.committed_offsets(&from, &from).values().sum();
    assert_eq!(sum, 100_000);
}

#[test]
fn every_record_of_a_stateless_job_is_passed_on() {
    let test = "every_record_of_a_stateless_job_is_passed_on";
    let Some(broker) = kafka::broker_or_skip(test) else {
        return;
    };
    let admin = broker.admin();
    let (from, to) = (kafka::unique("from"), kafka::unique("to"));
    admin.create_topic(&from, 2);
    admin.create_topic(&to, 2);
    admin.produce(
        &from,
        (0..50_000).map(|n| Message::from(n.to_string())),
        Compression::None,
    );
    let (input, output) = (&from, &to);
    let job = stream_job! {
        from kafka(input) | filter(|line| !line.ends_with('7')) | to kafka(output)
    };
    job.run_with(
        config(job.plan(), broker, Through::Auto, &from),
        StopSignal::new(),
    )
    .unwrap();
    let mut sent: Vec<u32> = admin
        .messages(&to)
        .iter()
        .map(|message| message.text().parse().unwrap())
        .collect();
    sent.sort_unstable();
    let expected: Vec<u32> = (0..50_000).filter(|n| n % 10 != 7).collect();
    assert!(
        sent == expected,
        "{} of {} have arrived",
        sent.len(),
        expected.len()
    );
}

#[test]
fn topic_to_write_to_must_exist() {
    let Some(broker) = kafka::broker_or_skip("topic_to_write_to_must_exist") else {
        return;
    };
    let admin = broker.admin();
    let (from, to) = (kafka::unique("from"), kafka::unique("nowhere"));
    admin.create_topic(&from, 1);
    let (input, output) = (&from, &to);
    let job = stream_job! { from kafka(input) | to kafka(output) };
    let error = job
        .run_with(
            config(job.plan(), broker, Through::Auto, &from),
            StopSignal::new(),
        )
        .unwrap_err();
    assert_eq!(error.code(), Code::UnknownOutput);
    assert!(error.one_line().contains(&to), "{}", error.one_line());
}
