//! What becomes of the partitions when brokers do not do what they should.
//!
//! What a broker does when all is well, a real one shows in the tests of the whole; the ones here
//! answer as they are told.

mod cluster;
mod login;
mod sending;

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Assigned, Dispatcher, Event, Fetched, Health, Settings};
use crate::batch::{BatchWriter, Codec, NewRecord, extent};
use crate::config::RunConfig;
use crate::error::Code;
use crate::kafka::events::Events;
use crate::kafka::way;
use crate::plan::Plan;
use cluster::{Answer, Cluster, TOPIC};

const PLAN: Plan = Plan::empty("user_access");
/// Bounds a hang; nothing here takes anywhere near as long.
const PATIENCE: Duration = Duration::from_secs(60);

fn batch(base_offset: i64, n_records: usize) -> Vec<u8> {
    let mut writer = BatchWriter::new(Vec::new(), base_offset);
    for _ in 0..n_records {
        writer.push(7, NewRecord::of_value(b"hello"));
    }
    writer.finish()
}

/// Batches of one record each.
fn log(n_batches: i64) -> Vec<Vec<u8>> {
    (0..n_batches).map(|offset| batch(offset, 1)).collect()
}

struct Reading {
    dispatcher: Dispatcher,
    events: Arc<Events>,
    next_offsets: Vec<i64>,
}

/// Starts to read all partitions of a cluster.
fn read(cluster: &Cluster, properties: &[(&str, &str)]) -> Reading {
    let named = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let settings = Settings::of(&RunConfig {
        brokers: Some(cluster.bootstrap()),
        properties: properties.iter().map(named).collect(),
        ..RunConfig::of(&PLAN).unwrap()
    });
    let events = Arc::new(Events::default());
    let health = Arc::new(Health::new(Arc::clone(&events)));
    let partitions = 0..cluster.n_partitions();
    let next_offsets: Vec<i64> = partitions.clone().map(|_| 0).collect();
    let assigned = partitions.map(|index| {
        let number = i32::try_from(index).unwrap();
        Assigned::new(index, TOPIC.into(), number, 0, i64::MAX)
    });
    let settings = Arc::new(settings.unwrap());
    Reading {
        dispatcher: Dispatcher::start(settings, health, 1, assigned.collect()).unwrap(),
        events,
        next_offsets,
    }
}

impl Reading {
    fn event(&self) -> Event {
        self.dispatcher
            .next(PATIENCE)
            .expect("something happens in time")
    }

    /// Takes a response in: it goes on where the last one ended.
    fn take_in(&mut self, fetched: &Fetched) {
        for found in &fetched.found {
            let next_offset = &mut self.next_offsets[found.index];
            assert_eq!(found.offset, *next_offset, "partition {}", found.index);
            let extent = extent(fetched.batches(&found.place()));
            *next_offset = extent.next_offset.unwrap();
        }
    }

    /// Reads until every partition has come to an offset.
    fn up_to(&mut self, offset: i64) {
        let begun = Instant::now();
        while self.next_offsets.iter().any(|next| *next < offset) {
            assert!(begun.elapsed() < PATIENCE, "at {:?}", self.next_offsets);
            match self.event() {
                Event::Fetched(fetched) => {
                    self.take_in(&fetched);
                    fetched.give_back();
                }
                event => panic!("{event:?}"),
            }
        }
        assert!(self.next_offsets.iter().all(|next| *next == offset));
    }
}

#[test]
fn partitions_come_from_their_leaders() {
    let cluster = Cluster::start(3, vec![log(20), log(20), log(20), log(20)]);
    cluster.lead(&[0, 1, 2, 0]);
    read(&cluster, &[]).up_to(20);
    for broker in 0..3 {
        assert!(cluster.n_fetches(broker) > 0, "broker {broker}");
    }
}

#[test]
fn partition_is_followed_to_its_new_leader() {
    let cluster = Cluster::start(2, vec![log(10), log(10)]);
    let mut reading = read(&cluster, &[]);
    reading.up_to(10);
    cluster.lead(&[1, 0]);
    cluster.append(10);
    reading.up_to(20);
    assert!(cluster.n_fetches(1) > 0);
    cluster.lead(&[0, 0]);
    cluster.append(10);
    reading.up_to(30);
}

#[test]
fn log_that_was_cut_when_its_leader_changed_ends_the_run() {
    for (epoch, end_offset, text) in [(0, 7, "cut at offset 7"), (-1, -1, "cut in front of all")] {
        let cluster = Cluster::start(2, vec![log(10)]);
        let mut reading = read(&cluster, &[]);
        reading.up_to(10);
        cluster.end_epoch_at(epoch, end_offset);
        cluster.lead(&[1]);
        cluster.append(10);
        match reading.event() {
            Event::Failed(error) => {
                assert_eq!(error.code(), Code::OffsetOutOfRange);
                let line = error.one_line();
                assert!(line.contains(text), "{line}");
                assert!(line.contains("`t`[0] at offset 10"), "{line}");
            }
            event => panic!("{event:?}"),
        }
    }
}

#[test]
fn log_is_looked_at_once_for_each_new_leader() {
    let cluster = Cluster::start(2, vec![log(10)]);
    let mut reading = read(&cluster, &[]);
    reading.up_to(10);
    assert_eq!(cluster.n_epochs(), 0, "nothing was read before");
    cluster.end_epoch_at(0, 10);
    cluster.lead(&[1]);
    cluster.wait_until("the new leader is asked", |it| it.n_epochs() == 1);
    // Until something is read of the new epoch, its leader is known to have what was read.
    cluster.answer(Answer::Hangup);
    cluster.append(10);
    reading.up_to(20);
    assert_eq!(cluster.n_epochs(), 1);
}

#[test]
fn broker_that_names_a_leader_of_the_past_is_not_believed() {
    let cluster = Cluster::start(2, vec![log(10)]);
    cluster.lead(&[0]);
    cluster.append(10);
    let mut reading = read(&cluster, &[]);
    reading.up_to(20);
    // Broker 1 led in epoch 0, and would say that its log ends in front of what was read.
    cluster.be_out_of_date(3, 1, 0);
    cluster.answer(Answer::Error(6));
    cluster.wait_until("it is asked until it knows", |it| it.n_out_of_date() == 0);
    cluster.append(10);
    reading.up_to(30);
    assert_eq!(cluster.n_fetches(1), 0);
}

#[test]
fn brokers_are_tried_before_anything_is_read_or_sent() {
    let in_the_way = |cluster: &Cluster, codec| {
        let settings = Settings::of(&RunConfig {
            brokers: Some(cluster.bootstrap()),
            ..RunConfig::of(&PLAN).unwrap()
        });
        let found = super::in_the_way(&settings.unwrap(), codec);
        [found.reading, found.sending].map(|error| error.map(|error| error.to_string()))
    };
    let cluster = Cluster::start(1, vec![log(10)]);
    assert_eq!(in_the_way(&cluster, Codec::Zstd), [None, None]);
    cluster.refuse(1);
    let found = in_the_way(&cluster, Codec::None);
    assert_eq!(found, [None, None], "it may be up later");
    cluster.produce_at_most(6);
    assert_eq!(in_the_way(&cluster, Codec::Lz4), [None, None]);
    let [reading, sending] = in_the_way(&cluster, Codec::Zstd);
    assert_eq!(reading, None);
    assert!(sending.unwrap().contains("`zstd`"));
    cluster.produce_at_most(2);
    let [reading, sending] = in_the_way(&cluster, Codec::None);
    assert_eq!(reading, None);
    assert!(sending.unwrap().contains("no version of Produce"));
    cluster.produce_at_most(12);
    cluster.number_nobody();
    let [reading, sending] = in_the_way(&cluster, Codec::None);
    assert_eq!(reading, None);
    assert!(sending.unwrap().contains("InitProducerId"));
    cluster.speak(12);
    let [reading, _] = in_the_way(&cluster, Codec::None);
    assert!(reading.unwrap().contains("no version of Fetch"));
}

/// What `auto` makes of a cluster, for reading and sending, and why.
fn chosen(cluster: &Cluster, properties: &[(&str, &str)]) -> [String; 2] {
    let named = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let config = RunConfig {
        brokers: Some(cluster.bootstrap()),
        properties: properties.iter().map(named).collect(),
        ..RunConfig::of(&PLAN).unwrap()
    };
    let (reading, sending) = way::of(&config);
    let (reading, sending) = (reading.unwrap(), sending.unwrap());
    [
        format!("{}: {}", reading.0.name(), reading.1),
        format!("{}: {}", sending.0.name(), sending.1),
    ]
}

#[test]
fn librdkafka_is_fallen_back_to_for_what_a_broker_is_too_old_for() {
    let cluster = Cluster::start(1, vec![log(10)]);
    cluster.produce_at_most(6);
    let own = "over connections of streamflow's own: no setting asks for librdkafka";
    assert_eq!(chosen(&cluster, &[]), [own, own]);
    let [reading, sending] = chosen(&cluster, &[("compression.type", "zstd")]);
    assert_eq!(reading, own);
    assert!(sending.starts_with("through librdkafka: "), "{sending}");
    assert!(sending.contains("`zstd`"), "{sending}");
}

#[test]
fn errors_that_pass_are_outlived() {
    // Leader not available, not leader, replica not available, unknown topic, storage, fenced and
    // unknown epoch, and one that the broker has no name for.
    let codes = [5, 6, 9, 3, 56, 74, 75, -1];
    let cluster = Cluster::start(1, vec![log(10), log(10)]);
    for code in codes {
        cluster.answer(Answer::Error(code));
    }
    let mut reading = read(&cluster, &[]);
    reading.up_to(10);
    assert!(reading.events.check().is_ok());
}

#[test]
fn connection_that_is_lost_is_made_anew() {
    let answers = [
        Answer::CutOff,
        Answer::Hangup,
        Answer::Garbage,
        Answer::OfAnother,
        Answer::ErrorOfAll(70),
    ];
    for answer in answers {
        let cluster = Cluster::start(1, vec![log(50)]);
        let mut reading = read(&cluster, &[("fetch.message.max.bytes", "300")]);
        cluster.answer(answer);
        reading.up_to(50);
        assert!(cluster.n_connections() >= 3, "{answer:?}");
    }
}

#[test]
fn broker_that_does_not_answer_is_given_up() {
    let cluster = Cluster::start(1, vec![log(10)]);
    cluster.answer(Answer::Silence);
    let patience = [("socket.timeout.ms", "50"), ("fetch.wait.max.ms", "1")];
    read(&cluster, &patience).up_to(10);
}

#[test]
fn outage_is_noted_until_a_broker_answers() {
    let cluster = Cluster::start(1, vec![log(10)]);
    cluster.answer(Answer::Hangup);
    cluster.refuse(5);
    let mut reading = read(&cluster, &[]);
    let begun = Instant::now();
    while !reading.events.is_down() {
        assert!(begun.elapsed() < PATIENCE);
        std::thread::yield_now();
    }
    reading.up_to(10);
    assert!(!reading.events.is_down());
    assert!(reading.events.reason().is_some());
}

#[test]
fn errors_that_do_not_pass_end_the_run() {
    for (code, expected) in [
        (29, Code::NotAuthorized),
        (2, Code::CorruptBatch),
        (76, Code::BrokerFailed),
    ] {
        let cluster = Cluster::start(1, vec![log(10)]);
        cluster.answer(Answer::Error(code));
        match read(&cluster, &[]).event() {
            Event::Failed(error) => {
                assert_eq!(error.code(), expected);
                let line = error.one_line();
                assert!(line.contains("`t`[0] at offset 0"), "{line}");
            }
            event => panic!("{event:?}"),
        }
    }
}

#[test]
fn offset_that_the_log_has_not_got_is_told_to_the_reader() {
    let cluster = Cluster::start(1, vec![log(10), log(10)]);
    cluster.answer(Answer::Error(1));
    let event = read(&cluster, &[]).event();
    let is_it = matches!(event, Event::OutOfRange { offset: 0, .. });
    assert!(is_it, "{event:?}");
}

#[test]
fn broker_that_speaks_another_language_is_named() {
    let cluster = Cluster::start(1, vec![log(10)]);
    cluster.speak(12);
    match read(&cluster, &[]).event() {
        Event::Failed(error) => {
            assert_eq!(error.code(), Code::Config);
            let line = error.one_line();
            assert!(line.contains("--source rdkafka"), "{line}");
            assert!(line.contains(&cluster.bootstrap()), "{line}");
        }
        event => panic!("{event:?}"),
    }
}

#[test]
fn versions_of_old_brokers_are_spoken() {
    for newest in 4..=10 {
        let cluster = Cluster::start(1, vec![log(10), log(10)]);
        cluster.speak_at_most(newest);
        read(&cluster, &[]).up_to(10);
        assert_eq!(cluster.spoken(), newest);
    }
}

#[test]
fn batch_larger_than_the_limit_comes_whole() {
    let large = |at: i64| batch(at, 2_000);
    let log = vec![batch(0, 1), large(1), large(2_001), batch(4_001, 1)];
    let cluster = Cluster::start(1, vec![log.clone(), log]);
    cluster.keep_strictly_to_limits();
    let limits = [("fetch.message.max.bytes", "500")];
    read(&cluster, &limits).up_to(4_002);
}

#[test]
fn nothing_is_fetched_that_nobody_takes() {
    let cluster = Cluster::start(1, vec![log(1_000)]);
    let mut reading = read(&cluster, &[("fetch.message.max.bytes", "300")]);
    let mut held = Vec::new();
    while held.len() < 2 {
        match reading.event() {
            Event::Fetched(fetched) => {
                reading.take_in(&fetched);
                held.push(fetched);
            }
            event => panic!("{event:?}"),
        }
    }
    let more = reading.dispatcher.next(Duration::from_millis(50));
    assert!(
        more.is_none(),
        "a third response, and both buffers are held"
    );
    assert!(
        cluster.n_fetches(0) <= 3,
        "{} requests",
        cluster.n_fetches(0)
    );
    for fetched in held {
        fetched.give_back();
    }
    reading.up_to(1_000);
}

#[test]
fn reader_that_goes_takes_its_connections_along() {
    let cluster = Cluster::start(1, vec![log(10)]);
    cluster.answer(Answer::Silence);
    let reading = read(&cluster, &[]);
    cluster.wait_until("the request is there", |it| it.n_fetches(0) == 1);
    drop(reading);
    cluster.wait_until("no connection is left", |it| it.n_open() == 0);
}
