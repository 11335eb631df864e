//! Both ways of reading hand out the same records, whatever a topic holds.

use std::collections::HashSet;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use streamflow::{Code, RunConfig, StopSignal, Through, Until, stream_job};
use streamflow_test_support::kafka::{self, Broker, Compression, Message, StoredMessage};

use crate::{PATIENCE, config};

crate::with_each_source! {
    batches_of_every_size_and_codec_are_read,
    batches_of_the_java_client_are_read,
    headers_and_nulls_are_read,
    time_of_the_broker_counts_where_the_topic_says_so,
    aborted_transactions_are_left_out,
    gaps_of_a_compacted_topic_are_passed_over,
    many_partitions_of_different_rates_are_all_read,
    records_that_take_long_keep_their_order,
    what_is_deleted_under_the_reader_is_not_passed_over,
    topic_that_is_deleted_under_the_reader_ends_the_job,
    damaged_batch_is_named,
}

type Header = (String, Option<Vec<u8>>);

/// A record as a job sees it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    partition: i32,
    offset: i64,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    headers: Vec<Header>,
    timestamp_ms: Option<i64>,
}

/// All that a job sees of a topic up to its present end, by partition and offset.
fn read(broker: &Broker, source: Through, topic: &str) -> Vec<Seen> {
    let group = kafka::unique("group");
    let seen = &Mutex::new(Vec::new());
    let job = stream_job! {
        from kafka(topic) as Record
            | for_each(|record| {
                let owned = |bytes: &[u8]| bytes.to_vec();
                let headers = record.headers();
                seen.lock().unwrap().push(Seen {
                    partition: record.partition,
                    offset: record.offset,
                    key: record.key.map(owned),
                    value: record.value.map(owned),
                    headers: headers.map(|(name, value)| (name.to_owned(), value.map(owned))).collect(),
                    timestamp_ms: record.timestamp_ms(),
                });
            })
    };
    let config = RunConfig {
        parallelism: 2,
        ..config(job.plan(), broker, source, &group)
    };
    job.run_with(config, StopSignal::new()).unwrap();
    let ends = broker.admin().end_offsets(topic);
    let committed = broker.admin().committed_offsets(&group, topic);
    match source {
        Through::Auto | Through::Native => assert_eq!(committed, ends),
        // librdkafka says nothing of marks and aborted records behind the last one that counts.
        Through::Rdkafka => assert!(committed <= ends, "{committed:?} of {ends:?}"),
    }
    let mut seen = seen.lock().unwrap().clone();
    seen.sort();
    seen
}

/// As a plain consumer sees it.
fn plain(seen: Vec<Seen>) -> Vec<StoredMessage> {
    let seen = seen.into_iter();
    seen.map(|record| StoredMessage {
        partition: record.partition,
        offset: record.offset,
        key: record.key,
        value: record.value,
        headers: Vec::new(),
    })
    .collect()
}

/// Text that compresses as text does.
fn text(seed: usize, length: usize) -> Vec<u8> {
    let words =
        (seed..).flat_map(|n| format!("word{} ", n.wrapping_mul(7_919) % 1_000).into_bytes());
    words.take(length).collect()
}

fn batches_of_every_size_and_codec_are_read(source: Through) {
    let test = "batches_of_every_size_and_codec_are_read";
    let Some(broker) = kafka::broker_or_skip(test) else {
        return;
    };
    let admin = broker.admin();
    let topic = kafka::unique("sizes");
    let room = [("max.message.bytes", "10000000")];
    admin.create_topic_with(&topic, 3, &room);
    let values = |lengths: &[usize]| {
        let values = lengths.iter().enumerate();
        let messages = values.map(|(n, length)| Message {
            value: Some(text(n, *length)),
            ..Message::default()
        });
        messages.collect::<Vec<_>>()
    };
    for codec in Compression::ALL {
        // Batches of one record, of a thousand small ones, and of records up to 1 MiB; and one
        // that is larger than what is asked for of a partition.
        let single = [("batch.num.messages", "1")];
        admin.produce_with(
            &topic,
            values(&[0, 1, 20, 63, 64, 127, 128, 8_191, 8_192]),
            codec,
            &single,
        );
        admin.produce(&topic, values(&vec![17; 3_000]), codec);
        admin.produce(&topic, values(&[100_000, 1, 900_000, 1 << 20, 10]), codec);
        admin.produce(&topic, values(&[4_000_000, 5]), codec);
    }
    assert_eq!(plain(read(broker, source, &topic)), admin.messages(&topic));
}

fn batches_of_the_java_client_are_read(source: Through) {
    let test = "batches_of_the_java_client_are_read";
    let Some(broker) = kafka::broker_or_skip(test) else {
        return;
    };
    let admin = broker.admin();
    let topic = kafka::unique("java");
    admin.create_topic(&topic, 1);
    let lines: Vec<String> = (0..5_000)
        .map(|n| format!("line {n} of the client"))
        .collect();
    let codecs = &Compression::ALL[1..];
    for codec in codecs {
        broker.produce_with_java(&topic, &lines, *codec);
    }
    let seen = read(broker, source, &topic);
    let values: Vec<String> = seen
        .into_iter()
        .map(|record| String::from_utf8(record.value.unwrap()).unwrap())
        .collect();
    let each: Vec<&[String]> = values.chunks(lines.len()).collect();
    assert_eq!(each.len(), codecs.len());
    assert!(each.iter().all(|found| *found == lines), "other lines");
}

fn headers_and_nulls_are_read(source: Through) {
    let Some(broker) = kafka::broker_or_skip("headers_and_nulls_are_read") else {
        return;
    };
    let admin = broker.admin();
    let topic = kafka::unique("headers");
    admin.create_topic(&topic, 1);
    let messages = [
        Message::from("no key"),
        Message::from("").with_key(""),
        Message::tombstone("gone"),
        Message::default(),
        Message::from("trace")
            .with_header("id", Some(b"\0\xff"))
            .with_header("id", None)
            .with_header("empty", Some(b"")),
    ];
    for codec in [Compression::None, Compression::Zstd] {
        let timed = messages.iter().cloned().zip(1_700_000_000_000..);
        let timed = timed.map(|(message, ms)| message.at_ms(ms));
        admin.produce(&topic, timed, codec);
    }
    let seen = read(broker, source, &topic);
    let bytes = |text: &str| Some(text.as_bytes().to_vec());
    let expected = [
        (None, bytes("no key")),
        (bytes(""), bytes("")),
        (bytes("gone"), None),
        (None, None),
        (None, bytes("trace")),
    ];
    assert_eq!(seen.len(), 10);
    for (n, record) in seen.iter().enumerate() {
        let (key, value) = expected[n % 5].clone();
        assert_eq!((&record.key, &record.value), (&key, &value), "{n}");
        let time = 1_700_000_000_000 + i64::try_from(n % 5).unwrap();
        assert_eq!(record.timestamp_ms, Some(time));
        let headers: &[Header] = if n % 5 == 4 {
            &[
                ("id".into(), Some(vec![0, 0xff])),
                ("id".into(), None),
                ("empty".into(), Some(Vec::new())),
            ]
        } else {
            &[]
        };
        assert_eq!(record.headers, headers, "{n}");
    }
}

fn time_of_the_broker_counts_where_the_topic_says_so(source: Through) {
    let test = "time_of_the_broker_counts_where_the_topic_says_so";
    let Some(broker) = kafka::broker_or_skip(test) else {
        return;
    };
    let admin = broker.admin();
    let topic = kafka::unique("appended");
    let settings = [("message.timestamp.type", "LogAppendTime")];
    admin.create_topic_with(&topic, 1, &settings);
    for codec in Compression::ALL {
        let old = (0..10).map(|n| Message::from("x").at_ms(1_000 + n));
        admin.produce(&topic, old, codec);
    }
    let seen = read(broker, source, &topic);
    assert_eq!(seen.len(), 50);
    let is_recent = |record: &Seen| record.timestamp_ms.is_some_and(|ms| ms > 1_600_000_000_000);
    assert!(seen.iter().all(is_recent), "{:?}", seen.first());
}

fn aborted_transactions_are_left_out(source: Through) {
    let test = "aborted_transactions_are_left_out";
    let Some(broker) = kafka::broker_or_skip(test) else {
        return;
    };
    let admin = broker.admin();
    let topic = kafka::unique("transactions");
    admin.create_topic(&topic, 2);
    let (first, second) = (kafka::unique("first"), kafka::unique("second"));
    let (first, second) = (admin.transactions(&first), admin.transactions(&second));
    let records = |what: &str, n: usize| {
        let what = what.to_owned();
        (0..n).map(move |n| Message::from(format!("{what} {n}")))
    };
    for round in 0..5 {
        first.begin();
        second.begin();
        first.send(&topic, records("committed", 30));
        second.send(&topic, records("aborted", 20));
        admin.produce(&topic, records("outside", 10), Compression::Gzip);
        second.send(&topic, records("aborted", 20));
        first.send(&topic, records("committed", 30));
        if round % 2 == 0 {
            second.abort();
            first.commit();
        } else {
            first.commit();
            second.abort();
        }
        // The one that has aborted commits next, and the other way round.
        second.begin();
        second.send(&topic, records("committed", 5));
        second.commit();
        first.begin();
        first.send(&topic, records("aborted", 5));
        first.abort();
    }
    let seen = plain(read(broker, source, &topic));
    assert_eq!(seen.len(), 5 * (30 + 10 + 30 + 5));
    let is_aborted = |message: &StoredMessage| message.text().starts_with("aborted");
    assert!(!seen.iter().any(is_aborted));
    assert_eq!(seen, admin.messages(&topic));
}

fn gaps_of_a_compacted_topic_are_passed_over(source: Through) {
    let test = "gaps_of_a_compacted_topic_are_passed_over";
    let Some(broker) = kafka::broker_or_skip(test) else {
        return;
    };
    let admin = broker.admin();
    let topic = kafka::unique("compacted");
    let settings = [
        ("cleanup.policy", "compact"),
        ("min.cleanable.dirty.ratio", "0.001"),
        ("segment.ms", "100"),
        ("delete.retention.ms", "60000"),
    ];
    admin.create_topic_with(&topic, 1, &settings);
    let begun = Instant::now();
    let mut produced = 0;
    let left = loop {
        let rewritten =
            (0..500).map(|n| Message::from(format!("v{n}")).with_key(format!("k{}", n % 7)));
        produced += admin.produce(&topic, rewritten, Compression::Lz4);
        produced += admin.produce(&topic, [Message::tombstone("k3")], Compression::None);
        let stored = admin.messages(&topic);
        let is_compacted = u64::try_from(stored.len()).unwrap() < produced / 2;
        // A segment is only compacted when a later one has been begun.
        if is_compacted && produced > 3_000 {
            break stored;
        }
        assert!(begun.elapsed() < PATIENCE, "the broker compacts nothing");
        std::thread::sleep(Duration::from_millis(150));
    };
    let seen = plain(read(broker, source, &topic));
    // The broker may have gone on in the meantime, and what is last of a key always stays.
    assert!(seen.len() <= left.len());
    assert_eq!(seen.last(), left.last());
    assert!(seen.iter().all(|record| left.contains(record)));
    for key in 0..7 {
        let key = format!("k{key}").into_bytes();
        let last = |of: &[StoredMessage]| {
            let mut of_key = of
                .iter()
                .filter(|message| message.key.as_ref() == Some(&key));
            of_key.next_back().cloned()
        };
        assert_eq!(last(&seen), last(&left));
    }
}

fn many_partitions_of_different_rates_are_all_read(source: Through) {
    let test = "many_partitions_of_different_rates_are_all_read";
    let Some(broker) = kafka::broker_or_skip(test) else {
        return;
    };
    let admin = broker.admin();
    let topic = kafka::unique("rates");
    admin.create_topic(&topic, 40);
    for partition in 0..40_i32 {
        let n = [0, 1, 100, 20_000][usize::try_from(partition % 4).unwrap()];
        let records = (0..n).map(|n| Message::from(format!("record {n}")).for_partition(partition));
        admin.produce(
            &topic,
            records,
            Compression::ALL[usize::try_from(partition % 5).unwrap()],
        );
    }
    let seen = read(broker, source, &topic);
    assert_eq!(seen.len(), 10 * (1 + 100 + 20_000));
    let places = seen
        .windows(2)
        .filter(|pair| pair[0].partition == pair[1].partition);
    assert!(
        places
            .clone()
            .all(|pair| pair[0].offset + 1 == pair[1].offset)
    );
}

/// Settings under which little is read ahead, so that a reader can be overtaken.
fn with_little_ahead(config: RunConfig) -> RunConfig {
    let properties = [
        ("queued.max.messages.kbytes", "1024"),
        ("queued.min.messages", "10"),
        ("fetch.max.bytes", "1000000"),
        ("fetch.message.max.bytes", "100000"),
    ];
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    RunConfig {
        until: Until::Stopped,
        properties: properties.map(owned).to_vec(),
        ..config
    }
}

/// Two partitions of one worker have all the records. Where sources share out again one of them
/// goes to the other worker, and everywhere nothing is lost.
fn records_that_take_long_keep_their_order(source: Through) {
    let test = "records_that_take_long_keep_their_order";
    let Some(broker) = kafka::broker_or_skip(test) else {
        return;
    };
    let admin = broker.admin();
    let topic = &kafka::unique("uneven");
    admin.create_topic(topic, 4);
    for partition in [0, 2] {
        let records = (0..40).map(|n| {
            Message::from(String::from_utf8(text(n, 200_000)).unwrap()).for_partition(partition)
        });
        let single = [("batch.num.messages", "1")];
        admin.produce_with(topic, records, Compression::None, &single);
    }
    let seen = Mutex::new(Vec::new());
    let kept = &seen;
    let job = stream_job! {
        from kafka(topic) as Record
            | for_each(|record| {
                std::thread::sleep(Duration::from_millis(40));
                let thread = std::thread::current().id();
                kept.lock().unwrap().push((record.partition, record.offset, thread));
            })
    };
    let config = RunConfig {
        parallelism: 2,
        ..config(job.plan(), broker, source, topic)
    };
    job.run_with(config, StopSignal::new()).unwrap();
    let seen = seen.lock().unwrap();
    let mut moved = 0;
    for partition in [0, 2] {
        let own = seen.iter().filter(|(of, ..)| *of == partition);
        let (offsets, threads): (Vec<i64>, HashSet<_>) =
            own.map(|(_, offset, thread)| (*offset, *thread)).unzip();
        assert!(offsets.iter().copied().eq(0..40), "{offsets:?}");
        moved += threads.len() - 1;
    }
    let expected = match source {
        Through::Auto | Through::Native => 1,
        Through::Rdkafka => 0,
    };
    assert_eq!(moved, expected);
    let committed = admin.committed_offsets(topic, topic);
    assert_eq!(committed, admin.end_offsets(topic));
}

fn what_is_deleted_under_the_reader_is_not_passed_over(source: Through) {
    let test = "what_is_deleted_under_the_reader_is_not_passed_over";
    let Some(broker) = kafka::broker_or_skip(test) else {
        return;
    };
    let admin = broker.admin();
    let topic = kafka::unique("cut");
    admin.create_topic(&topic, 1);
    // Not to be compressed: 60 MB, of which a reader has a few at most.
    let single = [("batch.num.messages", "1")];
    let records = (0..600).map(|n| Message {
        value: Some(text(n, 100_000)),
        ..Message::default()
    });
    admin.produce_with(&topic, records, Compression::None, &single);
    let name = &topic;
    let cutter = broker.admin();
    let last = &Mutex::new(-1);
    let job = stream_job! {
        from kafka(name) as Record
            | for_each(|record| {
                let mut last = last.lock().unwrap();
                assert_eq!(record.offset, *last + 1, "records are missing");
                *last = record.offset;
                if record.offset == 0 {
                    cutter.delete_records_before(name, 0, 590);
                }
            })
    };
    let config = with_little_ahead(config(job.plan(), broker, source, &topic));
    let error = job.run_with(config, StopSignal::new()).unwrap_err();
    assert_eq!(error.code(), Code::OffsetOutOfRange, "{}", error.one_line());
    let line = error.one_line();
    assert!(line.contains(&format!("`{topic}`[0]")), "{line}");
    assert!(*last.lock().unwrap() < 589, "nothing was deleted in time");
}

fn topic_that_is_deleted_under_the_reader_ends_the_job(source: Through) {
    let test = "topic_that_is_deleted_under_the_reader_ends_the_job";
    let Some(broker) = kafka::broker_or_skip(test) else {
        return;
    };
    let admin = broker.admin();
    let topic = kafka::unique("deleted");
    admin.create_topic(&topic, 2);
    admin.produce(&topic, ["a", "b"].map(Message::from), Compression::None);
    let name = &topic;
    let deleter = broker.admin();
    let count = &Mutex::new(0);
    let job = stream_job! {
        from kafka(name)
            | for_each(|_line| {
                let mut count = count.lock().unwrap();
                *count += 1;
                if *count == 2 {
                    deleter.delete_topic(name);
                }
            })
    };
    let config = RunConfig {
        until: Until::Stopped,
        run_for: Some(PATIENCE),
        ..config(job.plan(), broker, source, &topic)
    };
    let error = job.run_with(config, StopSignal::new()).unwrap_err();
    assert_eq!(error.code(), Code::UnknownInput, "{}", error.one_line());
}

fn damaged_batch_is_named(source: Through) {
    let Some(broker) = kafka::own_broker_or_skip("damaged_batch_is_named") else {
        return;
    };
    let admin = broker.admin();
    admin.create_topic("damaged", 1);
    for codec in [Compression::None, Compression::Zstd] {
        admin.produce(
            "damaged",
            (0..100).map(|n| Message::from(format!("line {n}"))),
            codec,
        );
    }
    broker.stop();
    let segment = broker.first_segment("damaged", 0);
    let mut bytes = std::fs::read(&segment).unwrap();
    *bytes.last_mut().unwrap() ^= 0x20;
    std::fs::write(&segment, bytes).unwrap();
    broker.restart();

    let count = &Mutex::new(0);
    let job =
        stream_job! { from kafka("damaged") | for_each(|_| { *count.lock().unwrap() += 1; }) };
    let config = config(job.plan(), &broker, source, "g");
    let error = job.run_with(config, StopSignal::new()).unwrap_err();
    assert_eq!(error.code(), Code::CorruptBatch, "{}", error.one_line());
    let line = error.one_line();
    assert!(line.contains("`damaged`[0] at offset 1"), "{line}");
    assert_eq!(
        *count.lock().unwrap(),
        100,
        "what is in front of it is read"
    );
}

/// librdkafka looks at the layout of a batch itself, and passes over what it cannot make out.
#[test]
fn nothing_is_committed_from_a_batch_with_a_record_that_is_not_laid_out_as_one() {
    let test = "nothing_is_committed_from_a_batch_with_a_record_that_is_not_laid_out_as_one";
    let Some(broker) = kafka::own_broker_or_skip(test) else {
        return;
    };
    let admin = broker.admin();
    admin.create_topic("broken", 1);
    for first in [0, 1_000] {
        let lines = (first..first + 1_000).map(|n| Message::from(format!("line {n}")));
        admin.produce("broken", lines, Compression::None);
    }
    broker.stop();
    let segment = broker.first_segment("broken", 0);
    let mut bytes = std::fs::read(&segment).unwrap();
    let (base_offset, last) = last_batch(&mut bytes);
    assert!(
        base_offset >= 1_000,
        "the second half is in batches of its own"
    );
    // It says that it has one record more than there are, under a checksum that is right.
    let n_records = u32::from_be_bytes(last[57..61].try_into().unwrap());
    last[57..61].copy_from_slice(&(n_records + 1).to_be_bytes());
    let checksum = crc32c::crc32c(&last[21..]);
    last[17..21].copy_from_slice(&checksum.to_be_bytes());
    std::fs::write(&segment, bytes).unwrap();
    broker.restart();

    // Offsets are committed as often as can be: also between the batch and the word about it.
    let job = stream_job! { from kafka("broken") | count every 1ms | to null };
    let config = config(job.plan(), &broker, Through::Native, "g");
    let error = job.run_with(config, StopSignal::new()).unwrap_err();
    assert_eq!(error.code(), Code::CorruptBatch, "{}", error.one_line());
    let line = error.one_line();
    assert!(line.contains("`broken`[0]"), "{line}");
    assert!(
        line.contains(&format!("base offset {base_offset}")),
        "{line}"
    );
    let committed = admin.committed_offsets("g", "broken");
    let committed = committed.get(&0).copied().unwrap_or(0);
    assert!(
        committed <= base_offset,
        "{committed} was committed, {base_offset} is broken"
    );
}

/// The base offset and the bytes of the last batch of a segment.
fn last_batch(segment: &mut [u8]) -> (i64, &mut [u8]) {
    let mut at = 0;
    loop {
        let length = u32::from_be_bytes(segment[at + 8..at + 12].try_into().unwrap());
        let next = at + 12 + usize::try_from(length).unwrap();
        if next == segment.len() {
            let base_offset = i64::from_be_bytes(segment[at..at + 8].try_into().unwrap());
            return (base_offset, &mut segment[at..]);
        }
        at = next;
    }
}
