//! What a real broker hands out: every codec, keys, headers, null values, gaps.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use streamflow::{Code, RunConfig, StopSignal, Through, Until, stream_job};
use streamflow_test_support::kafka::{self, Compression, Message};

use crate::{PATIENCE, config};

crate::with_each_source! {
    every_codec_is_read,
    records_keep_their_keys_offsets_and_times,
    log_that_begins_late_is_read_from_its_beginning,
    several_topics_with_different_numbers_of_partitions_are_one_stream,
    topic_that_two_sources_name_is_refused_in_words,
    partitions_that_a_topic_is_given_later_are_read_from_their_beginning,
    topics_that_match_a_pattern_are_read_also_those_that_come_later,
    throttle_holds_back_records_of_large_batches,
}

fn every_codec_is_read(source: Through) {
    let Some(broker) = kafka::broker_or_skip("every_codec_is_read") else {
        return;
    };
    let admin = broker.admin();
    let topic = kafka::unique("codecs");
    admin.create_topic(&topic, 4);
    let codecs = [
        Compression::None,
        Compression::Gzip,
        Compression::Snappy,
        Compression::Lz4,
        Compression::Zstd,
    ];
    for codec in codecs {
        admin.produce(
            &topic,
            (0..1_000).map(|n| Message::from(format!("line {n}"))),
            codec,
        );
    }
    let lengths = &Mutex::new(BTreeMap::<usize, u64>::new());
    let name = &topic;
    let job = stream_job! {
        from kafka(name) | for_each(|line| { *lengths.lock().unwrap().entry(line.len()).or_default() += 1; })
    };
    job.run_with(
        config(job.plan(), broker, source, &topic),
        StopSignal::new(),
    )
    .unwrap();
    let expected = BTreeMap::from([(6, 50), (7, 450), (8, 4_500)]);
    assert_eq!(*lengths.lock().unwrap(), expected);
}

fn records_keep_their_keys_offsets_and_times(source: Through) {
    let test = "records_keep_their_keys_offsets_and_times";
    let Some(broker) = kafka::broker_or_skip(test) else {
        return;
    };
    let admin = broker.admin();
    let topic = kafka::unique("records");
    admin.create_topic(&topic, 2);
    let messages = (0..10).map(|n| {
        let message = Message::from(format!("v{n}")).for_partition(n % 2);
        if n < 5 {
            message.with_key(format!("k{n}"))
        } else {
            message
        }
    });
    admin.produce(&topic, messages, Compression::None);
    let seen = &Mutex::new(Vec::new());
    let name = &topic;
    let job = stream_job! {
        from kafka(name) as Record
            | for_each(|record| {
                let text = |bytes: Option<&[u8]>| bytes.map(|b| String::from_utf8_lossy(b).into_owned());
                let timed = record.timestamp_ms().is_some_and(|ms| ms > 1_600_000_000_000);
                let place = (record.partition, record.offset);
                seen.lock().unwrap().push((place, text(record.key), text(record.value), timed));
                assert_eq!(record.headers().count(), 0);
            })
    };
    job.run_with(
        config(job.plan(), broker, source, &topic),
        StopSignal::new(),
    )
    .unwrap();
    let mut seen = seen.lock().unwrap().clone();
    seen.sort();
    let expected: Vec<_> = [0, 1]
        .into_iter()
        .flat_map(|partition| (0..5).map(move |offset| (partition, offset)))
        .map(|(partition, offset)| {
            let n = offset * 2 + i64::from(partition);
            let key = (n < 5).then(|| format!("k{n}"));
            ((partition, offset), key, Some(format!("v{n}")), true)
        })
        .collect();
    assert_eq!(seen, expected);
}

fn log_that_begins_late_is_read_from_its_beginning(source: Through) {
    let test = "log_that_begins_late_is_read_from_its_beginning";
    let Some(broker) = kafka::broker_or_skip(test) else {
        return;
    };
    let admin = broker.admin();
    let topic = kafka::unique("late");
    admin.create_topic(&topic, 1);
    admin.produce(
        &topic,
        (0..100).map(|n| Message::from(n.to_string())),
        Compression::None,
    );
    admin.delete_records_before(&topic, 0, 60);
    let count = &Mutex::new(0u64);
    let name = &topic;
    let job = stream_job! { from kafka(name) | for_each(|_| { *count.lock().unwrap() += 1; }) };
    job.run_with(
        config(job.plan(), broker, source, &topic),
        StopSignal::new(),
    )
    .unwrap();
    assert_eq!(*count.lock().unwrap(), 40);
}

fn several_topics_with_different_numbers_of_partitions_are_one_stream(source: Through) {
    let test = "several_topics_with_different_numbers_of_partitions_are_one_stream";
    let Some(broker) = kafka::broker_or_skip(test) else {
        return;
    };
    let admin = broker.admin();
    let (small, large) = (kafka::unique("small"), kafka::unique("large"));
    admin.create_topic(&small, 1);
    admin.create_topic(&large, 7);
    admin.produce(
        &small,
        (0..10).map(|n| Message::from(n.to_string())),
        Compression::None,
    );
    admin.produce(
        &large,
        (0..700).map(|n| Message::from(n.to_string())),
        Compression::None,
    );
    let count = &Mutex::new(0u64);
    let names = [small.clone(), large];
    let job = stream_job! { from kafka(names) | for_each(|_| { *count.lock().unwrap() += 1; }) };
    job.run_with(
        config(job.plan(), broker, source, &small),
        StopSignal::new(),
    )
    .unwrap();
    assert_eq!(*count.lock().unwrap(), 710);
}

fn topic_that_two_sources_name_is_refused_in_words(source: Through) {
    let test = "topic_that_two_sources_name_is_refused_in_words";
    let Some(broker) = kafka::broker_or_skip(test) else {
        return;
    };
    let topic = kafka::unique("twice");
    broker.admin().create_topic(&topic, 2);
    let job = stream_job! {
        from kafka(topic.as_str()) | to null;
        from kafka(topic.clone()) | count every 1s | to null
    };
    let error = job
        .run_with(
            config(job.plan(), broker, source, &topic),
            StopSignal::new(),
        )
        .unwrap_err();
    assert_eq!(error.code(), Code::Config);
    assert!(
        error.one_line().contains("two sources"),
        "{}",
        error.one_line()
    );
}

fn partitions_that_a_topic_is_given_later_are_read_from_their_beginning(source: Through) {
    let test = "partitions_that_a_topic_is_given_later_are_read_from_their_beginning";
    let Some(broker) = kafka::broker_or_skip(test) else {
        return;
    };
    let admin = broker.admin();
    let topic = kafka::unique("grown");
    admin.create_topic(&topic, 1);
    let records =
        |partition| (0..1_000).map(move |n| Message::from(n.to_string()).for_partition(partition));
    admin.produce(&topic, records(0), Compression::None);
    let count = &AtomicU64::new(0);
    let name = &topic;
    let job = stream_job! {
        from kafka(name) | for_each(|_| { count.fetch_add(1, Ordering::Relaxed); })
    };
    let refresh = (
        "topic.metadata.refresh.interval.ms".to_owned(),
        "200".to_owned(),
    );
    let config = RunConfig {
        until: Until::Stopped,
        parallelism: 2,
        properties: vec![refresh],
        ..config(job.plan(), broker, source, &topic)
    };
    let stop = StopSignal::new();
    std::thread::scope(|scope| {
        let running = scope.spawn(|| job.run_with(config, stop.clone()));
        let has_counted = |records: u64| {
            let begun = Instant::now();
            while count.load(Ordering::Relaxed) < records && begun.elapsed() < PATIENCE {
                std::thread::sleep(Duration::from_millis(10));
            }
        };
        has_counted(1_000);
        admin.add_partitions(&topic, 4);
        for partition in 0..4 {
            admin.produce(&topic, records(partition), Compression::None);
        }
        has_counted(5_000);
        stop.request();
        running.join().unwrap().unwrap();
    });
    assert_eq!(count.load(Ordering::Relaxed), 5_000);
    let committed = admin.committed_offsets(&topic, &topic);
    assert_eq!(
        committed,
        BTreeMap::from([(0, 2_000), (1, 1_000), (2, 1_000), (3, 1_000)])
    );
}

fn topics_that_match_a_pattern_are_read_also_those_that_come_later(source: Through) {
    let test = "topics_that_match_a_pattern_are_read_also_those_that_come_later";
    let Some(broker) = kafka::broker_or_skip(test) else {
        return;
    };
    let admin = broker.admin();
    let family = kafka::unique("pattern");
    let create = |name: String| {
        admin.create_topic(&name, 2);
        let records = (0..500).map(|n| Message::from(n.to_string()).for_partition(n % 2));
        admin.produce(&name, records, Compression::None);
    };
    create(format!("{family}-a"));
    create(format!("other-{family}-a"));
    let count = &AtomicU64::new(0);
    let pattern = format!("{family}-.*");
    let job = stream_job! {
        from kafka(pattern: pattern) | for_each(|_| { count.fetch_add(1, Ordering::Relaxed); })
    };
    let refresh = (
        "topic.metadata.refresh.interval.ms".to_owned(),
        "200".to_owned(),
    );
    let config = RunConfig {
        until: Until::Stopped,
        parallelism: 2,
        properties: vec![refresh],
        ..config(job.plan(), broker, source, &family)
    };
    let stop = StopSignal::new();
    std::thread::scope(|scope| {
        let running = scope.spawn(|| job.run_with(config, stop.clone()));
        let has_counted = |records: u64| {
            let begun = Instant::now();
            while count.load(Ordering::Relaxed) < records && begun.elapsed() < PATIENCE {
                std::thread::sleep(Duration::from_millis(10));
            }
        };
        has_counted(500);
        create(format!("{family}-b"));
        has_counted(1_000);
        stop.request();
        running.join().unwrap().unwrap();
    });
    assert_eq!(count.load(Ordering::Relaxed), 1_000);
    let later = format!("{family}-b");
    assert_eq!(
        admin.committed_offsets(&family, &later),
        BTreeMap::from([(0, 250), (1, 250)])
    );
}

fn throttle_holds_back_records_of_large_batches(source: Through) {
    let test = "throttle_holds_back_records_of_large_batches";
    let Some(broker) = kafka::broker_or_skip(test) else {
        return;
    };
    let admin = broker.admin();
    let topic = kafka::unique("throttled");
    admin.create_topic(&topic, 2);
    let records = (0..1_500).map(|n| Message::from(n.to_string()).for_partition(n % 2));
    admin.produce(&topic, records, Compression::Lz4);
    let seen = &Mutex::new(Vec::<u32>::new());
    let name = &topic;
    let job = stream_job! {
        from kafka(name)
            | map(|line| line.parse::<u32>()?)
            | throttle(500/s)
            | for_each(|n| seen.lock().unwrap().push(n))
    };
    let config = RunConfig {
        parallelism: 2,
        ..config(job.plan(), broker, source, &topic)
    };
    let begun = Instant::now();
    job.run_with(config, StopSignal::new()).unwrap();
    let elapsed = begun.elapsed();
    let mut seen = seen.lock().unwrap().clone();
    seen.sort_unstable();
    assert_eq!(seen, (0..1_500).collect::<Vec<u32>>());
    // What librdkafka has gathered is handed out whole.
    if source == Through::Native {
        assert!(elapsed >= Duration::from_millis(1_900), "{elapsed:?}");
    }
}
