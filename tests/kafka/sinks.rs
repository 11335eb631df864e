//! What a job sends arrives, keyed as it says, before its offsets are committed.

use std::collections::BTreeMap;
use std::time::Duration;

use streamflow::{Code, RunConfig, StopSignal, Through, stream_job};
use streamflow_test_support::kafka::{self, Compression, Message, StoredMessage};

use crate::config;

crate::with_each_source! {
    results_are_sent_with_their_keys,
    every_record_of_a_stateless_job_is_passed_on,
    results_are_packed_with_every_codec,
    headers_arrive_as_they_were_given,
    answers_are_waited_for_between_topics,
    topic_to_write_to_must_exist,
    message_that_the_topic_does_not_take_ends_the_job,
}

fn results_are_sent_with_their_keys(way: Through) {
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
    job.run_with(config(job.plan(), broker, way, &from), StopSignal::new())
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

fn every_record_of_a_stateless_job_is_passed_on(way: Through) {
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
    job.run_with(config(job.plan(), broker, way, &from), StopSignal::new())
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

fn headers_arrive_as_they_were_given(way: Through) {
    let Some(broker) = kafka::broker_or_skip("headers_arrive_as_they_were_given") else {
        return;
    };
    let admin = broker.admin();
    let (from, to) = (kafka::unique("from"), kafka::unique("to"));
    admin.create_topic(&from, 1);
    admin.create_topic(&to, 1);
    let lines = ["ann,/home", "bob,/cart"].map(|line| Message::from(line.to_owned()));
    admin.produce(&from, lines, Compression::None);
    let (input, output) = (&from, &to);
    let job = stream_job! {
        from kafka(input)
            | map(|line| line.split_once(',')?)
            | to kafka(output, key: |(user, _)| user, value: |(_, page)| page,
                headers: |(user, page)| [("user", *user), ("page", *page), ("from", "test")])
    };
    job.run_with(config(job.plan(), broker, way, &from), StopSignal::new())
        .unwrap();
    let header = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
    let headers: Vec<_> = admin
        .messages(&to)
        .into_iter()
        .map(|it| it.headers)
        .collect();
    assert_eq!(
        headers,
        [("ann", "/home"), ("bob", "/cart")].map(|(user, page)| vec![
            header("user", user),
            header("page", page),
            header("from", "test"),
        ])
    );
}

/// Answers of a quarter of the items come out of order, and all are there before offsets are committed.
fn answers_are_waited_for_between_topics(way: Through) {
    let Some(broker) = kafka::broker_or_skip("answers_are_waited_for_between_topics") else {
        return;
    };
    let admin = broker.admin();
    let (from, to) = (kafka::unique("from"), kafka::unique("to"));
    admin.create_topic(&from, 2);
    admin.create_topic(&to, 2);
    let lines = (0..20_000).map(|n| Message::from(n.to_string()));
    admin.produce(&from, lines, Compression::Lz4);
    let (input, output) = (&from, &to);
    let job = stream_job! {
        from kafka(input)
            | map_async(async |line| {
                let n = line.parse::<u64>()?;
                if n % 4 == 0 {
                    tokio::time::sleep(Duration::from_micros(n % 100)).await;
                }
                n * 2
            }) concurrency 500
            | to kafka(output)
    };
    job.run_with(config(job.plan(), broker, way, &from), StopSignal::new())
        .unwrap();
    let mut sent: Vec<u64> = admin
        .messages(&to)
        .iter()
        .map(|message| message.text().parse().unwrap())
        .collect();
    sent.sort_unstable();
    assert!(
        sent.iter().copied().eq((0..20_000).map(|n| n * 2)),
        "{} have arrived",
        sent.len()
    );
    let committed: i64 = admin.committed_offsets(&from, &from).values().sum();
    assert_eq!(committed, 20_000);
}

fn topic_to_write_to_must_exist(way: Through) {
    let Some(broker) = kafka::broker_or_skip("topic_to_write_to_must_exist") else {
        return;
    };
    let admin = broker.admin();
    let (from, to) = (kafka::unique("from"), kafka::unique("nowhere"));
    admin.create_topic(&from, 1);
    let (input, output) = (&from, &to);
    let job = stream_job! { from kafka(input) | to kafka(output) };
    let error = job
        .run_with(config(job.plan(), broker, way, &from), StopSignal::new())
        .unwrap_err();
    assert_eq!(error.code(), Code::UnknownOutput);
    assert!(error.one_line().contains(&to), "{}", error.one_line());
}

fn results_are_packed_with_every_codec(way: Through) {
    let Some(broker) = kafka::broker_or_skip("results_are_packed_with_every_codec") else {
        return;
    };
    let admin = broker.admin();
    let from = kafka::unique("from");
    admin.create_topic(&from, 2);
    let lines = (0..20_000).map(|n| Message::from(format!("line {n}")));
    admin.produce(&from, lines, Compression::None);
    for codec in ["gzip", "snappy", "lz4", "zstd"] {
        let to = kafka::unique("to");
        // A broker that is to pack anew unpacks first, with what Java clients unpack with.
        let other = if codec == "gzip" { "lz4" } else { "gzip" };
        admin.create_topic_with(&to, 2, &[("compression.type", other)]);
        let (input, output) = (&from, &to);
        let job = stream_job! { from kafka(input) | to kafka(output) };
        let config = RunConfig {
            properties: vec![("compression.type".to_owned(), codec.to_owned())],
            ..config(job.plan(), broker, way, &kafka::unique("group"))
        };
        job.run_with(config, StopSignal::new()).unwrap();
        let messages = admin.messages(&to);
        let mut lines: Vec<&str> = messages.iter().map(StoredMessage::text).collect();
        lines.sort_unstable();
        lines.dedup();
        assert_eq!((lines.len(), messages.len()), (20_000, 20_000), "{codec}");
    }
}

fn message_that_the_topic_does_not_take_ends_the_job(way: Through) {
    let test = "message_that_the_topic_does_not_take_ends_the_job";
    let Some(broker) = kafka::broker_or_skip(test) else {
        return;
    };
    let admin = broker.admin();
    let from = kafka::unique("from");
    admin.create_topic(&from, 1);
    let lines = (0..10).map(|n| Message::from("x".repeat(n * 1_000)));
    admin.produce(&from, lines, Compression::None);
    for (setting, value, text) in [
        ("cleanup.policy", "compact", "could not be delivered"),
        ("max.message.bytes", "5000", "max.message.bytes"),
    ] {
        let to = kafka::unique("to");
        admin.create_topic_with(&to, 1, &[(setting, value)]);
        let (input, output) = (&from, &to);
        let job = stream_job! { from kafka(input) | to kafka(output) };
        let group = kafka::unique("group");
        let config = config(job.plan(), broker, way, &group);
        let error = job.run_with(config, StopSignal::new()).unwrap_err();
        let line = error.one_line();
        assert!(line.contains(text) && line.contains(&to), "{line}");
        let committed = admin.committed_offsets(&group, &from);
        let committed: i64 = committed.values().sum();
        assert!(committed <= 0, "{committed} was committed");
    }
}
