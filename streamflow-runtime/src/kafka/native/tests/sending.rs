//! What becomes of results when brokers do not do what they should.

use std::time::Instant;

use super::*;
use crate::batch::{Breakage, Piece, Pieces, Records, Unpacked};
use crate::error::Result;
use crate::kafka::native::{Pending, SendSettings, Sender};
use crate::topics::partition_of;

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

fn flush(sender: &Sender) -> Result<()> {
    Pending::flush(&[sender.pending()])
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
        flush(&sender).unwrap();
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
        flush(&sender).unwrap();
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
    flush(&sender).unwrap();
    assert_eq!(cluster.n_out_of_date(), 0);
    are_all_there(&cluster, 100);
}

/// One record for each of some partitions; the keys are such that each goes to its own.
fn send_to(sender: &Sender, partitions: &[usize], n_partitions: usize) {
    for partition in partitions {
        let mut keys = (0_u32..).map(|key| key.to_string());
        let is_its = |key: &String| partition_of(key.as_bytes(), n_partitions) == *partition;
        let key = keys.find(is_its).unwrap();
        let record = NewRecord::keyed(key.as_bytes(), b"0");
        sender.send(7, [record].into_iter()).unwrap();
    }
}

fn has_taken(cluster: &Cluster, partition: usize, n_records: usize) {
    let what = format!("{n_records} records in partition {partition}");
    cluster.wait_until(&what, |it| values(it, partition).len() == n_records);
}

#[test]
fn silent_leader_holds_up_nobody_else() {
    let cluster = Cluster::start(3, vec![Vec::new(), Vec::new(), Vec::new()]);
    cluster.lead(&[0, 1, 2]);
    let sender = sender(&cluster, &[]);
    send_to(&sender, &[0, 1, 2], 3);
    flush(&sender).unwrap();
    cluster.silence(&[1]);
    send_to(&sender, &[1], 3);
    // Also the one that was to go there while it is waited for.
    cluster.wait_until("it has been asked", |it| it.n_produces() == 4);
    send_to(&sender, &[1], 3);
    for n_records in 2..5 {
        send_to(&sender, &[0, 2], 3);
        has_taken(&cluster, 0, n_records);
        has_taken(&cluster, 2, n_records);
    }
    assert_eq!(values(&cluster, 1).len(), 1);
    cluster.silence(&[]);
    flush(&sender).unwrap();
    assert_eq!(values(&cluster, 1).len(), 3);
}

#[test]
fn leader_that_says_nothing_from_the_beginning_holds_up_nobody_else() {
    let deaf = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let cluster = Cluster::start(1, vec![Vec::new(), Vec::new()]);
    cluster.add_broker(deaf.local_addr().unwrap().port());
    cluster.lead(&[0, 1]);
    let sender = sender(&cluster, &[("socket.timeout.ms", "600000")]);
    send_to(&sender, &[1], 2);
    let (_call, _) = deaf.accept().unwrap();
    for n_records in 1..4 {
        send_to(&sender, &[0], 2);
        has_taken(&cluster, 0, n_records);
    }
}

#[test]
fn partition_that_leaves_a_silent_leader_is_followed() {
    let cluster = Cluster::start(2, vec![Vec::new(), Vec::new()]);
    cluster.lead(&[1, 1]);
    // It may take ten minutes for its replicas; the cluster is asked long before.
    let patient = [
        ("socket.timeout.ms", "100"),
        ("request.timeout.ms", "600000"),
    ];
    let sender = sender(&cluster, &patient);
    send_to(&sender, &[0, 1], 2);
    flush(&sender).unwrap();
    cluster.silence(&[1]);
    let before = cluster.n_produces();
    send_to(&sender, &[0], 2);
    cluster.wait_until("it has been asked", |it| it.n_produces() > before);
    cluster.lead(&[1, 0]);
    send_to(&sender, &[1], 2);
    has_taken(&cluster, 1, 2);
    assert_eq!(values(&cluster, 0).len(), 1);
    cluster.silence(&[]);
    flush(&sender).unwrap();
    assert_eq!(values(&cluster, 0).len(), 2);
}

#[test]
fn records_without_a_key_go_where_they_are_taken_while_another_leader_is_silent() {
    let cluster = Cluster::start(2, vec![Vec::new(), Vec::new()]);
    cluster.lead(&[0, 1]);
    let sender = sender(&cluster, &[]);
    send_to(&sender, &[0, 1], 2);
    flush(&sender).unwrap();
    cluster.silence(&[1]);
    cluster.wait_until("they go to the other one", |it| {
        let record = NewRecord::of_value(b"0");
        sender.send(7, [record].into_iter()).unwrap();
        values(it, 0).len() > 5
    });
    cluster.silence(&[]);
    flush(&sender).unwrap();
}

#[test]
fn all_that_is_waited_for_is_sent_at_once() {
    let cluster = Cluster::start(1, vec![Vec::new(), Vec::new()]);
    let patient = [("linger.ms", "60000")];
    let senders = [sender(&cluster, &patient), sender(&cluster, &patient)];
    let send_one_each = || {
        for (sender, partition) in senders.iter().zip(0..) {
            send_to(sender, &[partition], 2);
        }
        senders.each_ref().map(Sender::pending)
    };
    Pending::flush(&send_one_each()).unwrap();
    cluster.silence(&[0]);
    let pending = send_one_each();
    let flushing = std::thread::spawn(move || Pending::flush(&pending));
    cluster.wait_until("both have sent", |it| it.n_produces() == 4);
    cluster.silence(&[]);
    flushing.join().unwrap().unwrap();
}

#[test]
fn broker_that_has_forgotten_what_is_saved_is_sent_the_rest() {
    for code in [45, 59] {
        let cluster = Cluster::start(1, vec![Vec::new()]);
        let sender = sender(&cluster, &[]);
        send(&sender, 0..100).unwrap();
        flush(&sender).unwrap();
        sender.pending().note_saved();
        cluster.answer(Answer::Error(code));
        send(&sender, 100..200).unwrap();
        flush(&sender).unwrap();
        sender.pending().note_saved();
        // The new life goes on with numbers of its own, and ends as the first one did.
        cluster.forget(0, 10);
        for at in 2..4 {
            send(&sender, at * 100..(at + 1) * 100).unwrap();
            flush(&sender).unwrap();
        }
        are_all_there(&cluster, 400);
    }
}

#[test]
fn broker_that_has_forgotten_what_is_not_saved_ends_the_run() {
    let cluster = Cluster::start(1, vec![Vec::new()]);
    let sender = sender(&cluster, &[]);
    send(&sender, 0..100).unwrap();
    flush(&sender).unwrap();
    cluster.forget(0, 10);
    send(&sender, 100..200).unwrap();
    let error = flush(&sender).unwrap_err();
    let line = error.one_line();
    assert!(line.contains("does not know any more"), "{line}");
    assert_eq!(
        values(&cluster, 0).len(),
        100,
        "nothing is taken behind a gap"
    );
}

#[test]
fn batch_that_may_have_been_taken_is_not_sent_under_another_number() {
    for first in [Answer::Hangup, Answer::Error(7)] {
        let cluster = Cluster::start(1, vec![Vec::new()]);
        let sender = sender(&cluster, &[]);
        cluster.answer(first);
        cluster.answer(Answer::Error(59));
        send(&sender, 0..100).unwrap();
        let error = flush(&sender).unwrap_err();
        let line = error.one_line();
        assert!(line.contains("does not know any more"), "{line}");
    }
}

#[test]
fn zstd_is_not_sent_to_a_broker_that_is_too_old_for_it() {
    let cluster = Cluster::start(1, vec![Vec::new()]);
    cluster.produce_at_most(6);
    let sender = sender(&cluster, &[("compression.type", "zstd")]);
    send(&sender, 0..100).unwrap();
    let error = flush(&sender).unwrap_err();
    let line = error.one_line();
    assert!(
        line.contains("too old for `compression.type` `zstd`"),
        "{line}"
    );
    assert_eq!(cluster.n_produces(), 0);
}

#[test]
fn results_that_are_given_up_are_not_taken_for_delivered() {
    let cluster = Cluster::start(1, vec![Vec::new()]);
    cluster.answer(Answer::Silence);
    let sender = sender(&cluster, &[]);
    send(&sender, 0..10).unwrap();
    let pending = sender.pending();
    drop(sender);
    assert!(Pending::flush(&[pending]).is_err());
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
        flush(&sender).unwrap();
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
        (47, Code::BrokerFailed, "does not know any more"),
    ] {
        let cluster = Cluster::start(1, vec![Vec::new()]);
        cluster.answer(Answer::Error(code));
        let sender = sender(&cluster, &[]);
        send(&sender, 0..10).unwrap();
        let error = flush(&sender).unwrap_err();
        assert_eq!(error.code(), expected, "{}", error.one_line());
        assert!(error.one_line().contains(text), "{}", error.one_line());
        assert!(send(&sender, 10..20).is_err(), "nothing more is taken");
        assert!(flush(&sender).is_err(), "and nothing committed");
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
    let error = flush(&sender).unwrap_err();
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
    flush(&sender).unwrap();
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
