//! What becomes of results when brokers do not do what they should.

use std::time::Instant;

use super::*;
use crate::batch::{Breakage, Piece, Pieces, Records, Unpacked};
use crate::error::Result;
use crate::kafka::native::{SendSettings, Sender};

pub(super) fn sender(cluster: &Cluster, properties: &[(&str, &str)]) -> Sender {
    let named = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let settings = SendSettings::of(&RunConfig {
        brokers: Some(cluster.bootstrap()),
        properties: properties.iter().map(named).collect(),
        ..RunConfig::of(&PLAN).unwrap()
    });
    let settings = Arc::new(settings.unwrap());
    let health = Arc::new(Health::new(Arc::new(Events::default())));
    let topic: Arc<str> = TOPIC.into();
    let n_partitions = crate::kafka::native::n_partitions(&settings, &topic).unwrap();
    assert_eq!(n_partitions, cluster.n_partitions());
    Sender::start(&settings, health, &topic, n_partitions).unwrap()
}

pub(super) fn send(sender: &Sender, values: std::ops::Range<u32>) -> Result<()> {
    let values: Vec<String> = values.map(|value| value.to_string()).collect();
    let records = values.iter().map(|value| {
        let key = &value.as_bytes()[value.len() - 1..];
        NewRecord::keyed(key, value.as_bytes())
    });
    sender.send(7, records)
}

/// The values that a partition has, in order.
fn values(cluster: &Cluster, partition: usize) -> Vec<u32> {
    let mut unpacked = Unpacked::default();
    let mut values = Vec::new();
    for batch in cluster.taken_in(partition) {
        let breakage = Breakage::default();
        let piece: Piece = Pieces::new(Vec::new())
            .next(&batch, &mut unpacked)
            .expect("the batch is whole")
            .expect("there is one");
        let batches = piece.batches(&batch, &unpacked);
        for record in Records::new(TOPIC, 0, batches, 0..i64::MAX, &breakage) {
            assert_eq!(record.timestamp_ms(), Some(7));
            let value = std::str::from_utf8(record.value.unwrap()).unwrap();
            values.push(value.parse().unwrap());
        }
        assert_eq!(breakage.take(), None);
    }
    values
}

/// Whether every value is there once, and those of each partition are in order.
fn are_all_there(cluster: &Cluster, n_values: u32) {
    let mut all = Vec::new();
    for partition in 0..cluster.n_partitions() {
        let of_partition = values(cluster, partition);
        assert!(of_partition.is_sorted(), "{of_partition:?}");
        all.extend(of_partition);
    }
    all.sort_unstable();
    assert!(all.iter().copied().eq(0..n_values), "{} values", all.len());
}

#[test]
fn each_record_is_taken_once_and_in_order_whatever_happens_to_the_answer() {
    let answers = [
        Answer::Hangup,
        Answer::CutOff,
        Answer::Error(6),
        Answer::Garbage,
        Answer::Error(19),
        Answer::OfAnother,
        Answer::Silence,
        Answer::Error(3),
        Answer::Error(7),
    ];
    let cluster = Cluster::start(2, vec![Vec::new(), Vec::new(), Vec::new()]);
    cluster.lead(&[0, 1, 0]);
    let hasty = [("socket.timeout.ms", "30"), ("request.timeout.ms", "30")];
    let sender = sender(&cluster, &hasty);
    for (answer, at) in answers.into_iter().zip(0..) {
        cluster.answer(answer);
        send(&sender, at * 100..(at + 1) * 100).unwrap();
        sender.pending().flush().unwrap();
    }
    assert_eq!(cluster.n_answers(), 0);
    are_all_there(&cluster, 900);
}

#[test]
fn partition_is_followed_to_its_new_leader() {
    let cluster = Cluster::start(2, vec![Vec::new(), Vec::new()]);
    let sender = sender(&cluster, &[]);
    for (leaders, at) in [[0, 0], [1, 0], [0, 1]].into_iter().zip(0..) {
        cluster.lead(&leaders);
        send(&sender, at * 100..(at + 1) * 100).unwrap();
        sender.pending().flush().unwrap();
    }
    are_all_there(&cluster, 300);
}

#[test]
fn leader_of_the_past_does_not_take_a_batch_and_the_cluster_is_asked_until_it_knows() {
    let cluster = Cluster::start(2, vec![Vec::new()]);
    cluster.lead(&[0]);
    let sender = sender(&cluster, &[]);
    cluster.be_out_of_date(3, 1, 0);
    send(&sender, 0..100).unwrap();
    sender.pending().flush().unwrap();
    assert_eq!(cluster.n_out_of_date(), 0);
    are_all_there(&cluster, 100);
}

#[test]
fn results_that_are_given_up_are_not_taken_for_delivered() {
    let cluster = Cluster::start(1, vec![Vec::new()]);
    cluster.answer(Answer::Silence);
    let sender = sender(&cluster, &[]);
    send(&sender, 0..10).unwrap();
    let pending = sender.pending();
    drop(sender);
    assert!(pending.flush().is_err());
}

#[test]
fn every_codec_and_many_batches_arrive() {
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        let cluster = Cluster::start(1, vec![Vec::new(), Vec::new()]);
        let small = [("compression.type", codec), ("batch.size", "2000")];
        let sender = sender(&cluster, &small);
        for at in 0..20 {
            send(&sender, at * 500..(at + 1) * 500).unwrap();
        }
        sender.pending().flush().unwrap();
        are_all_there(&cluster, 10_000);
        let first = &cluster.taken_in(0)[0];
        assert!(first.len() <= 2_100, "{} bytes", first.len());
        let compression = first[22] & 7;
        assert_eq!(compression != 0, codec != "none", "{codec}");
    }
}

#[test]
fn errors_that_do_not_pass_end_the_run() {
    for (code, expected, text) in [
        (29, Code::NotAuthorized, "`t`[0]"),
        (10, Code::UnknownOutput, "max.message.bytes"),
        (87, Code::BrokerFailed, "`t`[0]"),
        (45, Code::BrokerFailed, "does not know any more"),
    ] {
        let cluster = Cluster::start(1, vec![Vec::new()]);
        cluster.answer(Answer::Error(code));
        let sender = sender(&cluster, &[]);
        send(&sender, 0..10).unwrap();
        let error = sender.pending().flush().unwrap_err();
        assert_eq!(error.code(), expected, "{}", error.one_line());
        assert!(error.one_line().contains(text), "{}", error.one_line());
        assert!(send(&sender, 10..20).is_err(), "nothing more is taken");
        assert!(sender.pending().flush().is_err(), "and nothing committed");
    }
}

#[test]
fn records_that_are_not_taken_in_time_end_the_run() {
    let cluster = Cluster::start(1, vec![Vec::new()]);
    for _ in 0..1_000 {
        cluster.answer(Answer::Error(19));
    }
    let sender = sender(&cluster, &[("message.timeout.ms", "100")]);
    send(&sender, 0..10).unwrap();
    let error = sender.pending().flush().unwrap_err();
    assert_eq!(error.code(), Code::BrokerFailed, "{}", error.one_line());
    assert!(
        error.one_line().contains("replicas"),
        "{}",
        error.one_line()
    );
}

#[test]
fn records_wait_for_others_if_they_are_told_to_but_not_when_all_are_waited_for() {
    let cluster = Cluster::start(1, vec![Vec::new()]);
    let sender = sender(&cluster, &[("linger.ms", "60000")]);
    for at in 0..10 {
        send(&sender, at * 10..(at + 1) * 10).unwrap();
    }
    let begun = Instant::now();
    sender.pending().flush().unwrap();
    assert!(begun.elapsed() < PATIENCE / 2);
    assert_eq!(cluster.taken_in(0).len(), 1, "one batch");
    are_all_there(&cluster, 100);
}

#[test]
fn record_that_is_too_large_is_refused() {
    let cluster = Cluster::start(1, vec![Vec::new()]);
    let sender = sender(&cluster, &[("message.max.bytes", "1000")]);
    let records = [NewRecord::of_value(&[b'x'; 1_001])];
    let error = sender.send(7, records.into_iter()).unwrap_err();
    assert_eq!(error.code(), Code::UnknownOutput);
    assert!(error.one_line().contains("`t`"), "{}", error.one_line());
}

#[test]
fn sender_that_goes_takes_its_connections_along() {
    let cluster = Cluster::start(1, vec![Vec::new()]);
    cluster.answer(Answer::Silence);
    let sender = sender(&cluster, &[]);
    send(&sender, 0..10).unwrap();
    cluster.wait_until("the request is there", |it| it.n_answers() == 0);
    drop(sender);
    cluster.wait_until("no connection is left", |it| it.n_open() == 0);
}
