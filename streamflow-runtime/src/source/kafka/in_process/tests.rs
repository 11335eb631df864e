//! What a reader of in-process topics hands out, and where it begins and ends.

use super::*;
use crate::config::RunConfig;
use crate::connection::Connection;
use crate::plan::Plan;
use crate::time::ManualClock;
use crate::topics::{NewRecord, Samples};

const PLAN: Plan = Plan::empty("test");

/// A reader to be opened, and the seam at which tests differ.
struct Test {
    topics: Arc<Topics>,
    names: Vec<Arc<str>>,
    worker: usize,
    workers: usize,
    checkpointed: Vec<(PartitionName, i64)>,
    from: From,
    until: Until,
    clock: Arc<ManualClock>,
}

impl Test {
    fn of(topics: Topics) -> Self {
        Test {
            topics: Arc::new(topics),
            names: vec!["t".into()],
            worker: 0,
            workers: 1,
            checkpointed: Vec::new(),
            from: From::Checkpoint,
            until: Until::CaughtUp,
            clock: Arc::new(ManualClock::at(50_000)),
        }
    }

    fn open(&self) -> Result<InProcessReader> {
        InProcessReader::open(
            &self.topics,
            &Wanted::Named(self.names.clone()),
            &Reads::default(),
            &Opening {
                stage: 0,
                worker: self.worker,
                workers: self.workers,
                connection: &Connection::InProcess(Arc::clone(&self.topics)),
                checkpointed: &self.checkpointed,
                config: &RunConfig {
                    from: self.from,
                    until: self.until,
                    ..RunConfig::of(&PLAN).unwrap()
                },
                clock: &Clock::Manual(Arc::clone(&self.clock)),
            },
        )
    }

    fn start_offsets(&self) -> Vec<i64> {
        let reader = self.open().unwrap();
        reader
            .partitions()
            .iter()
            .map(|partition| partition.start_offset)
            .collect()
    }
}

fn partition(number: i32) -> PartitionName {
    PartitionName {
        topic: "t".into(),
        partition: number,
        kind: PartitionKind::Topic,
    }
}

/// One partition with the values "0", "1", … in batches of `per_batch`, a batch each second.
fn counting(n_records: usize, per_batch: usize) -> Topics {
    let topics = Topics::creating(1);
    for (batch, time_ms) in (0..n_records / per_batch).zip((1..).map(|second| second * 1_000)) {
        let values: Vec<String> = (0..per_batch)
            .map(|at| (batch * per_batch + at).to_string())
            .collect();
        let records = values
            .iter()
            .map(|value| NewRecord::of_value(value.as_bytes()));
        topics.append("t", Some(0), time_ms, records).unwrap();
    }
    topics
}

/// What the blocks of a reader hold until it has nothing more: partition and values of each.
fn read(reader: &mut InProcessReader) -> Vec<(usize, Vec<i64>)> {
    let mut blocks = Vec::new();
    loop {
        match reader.poll(Duration::ZERO).unwrap() {
            Polled::Block(block) => {
                let offsets: Vec<i64> = block.items.map(|record| record.offset).collect();
                assert_eq!(block.next_offset, offsets.last().unwrap() + 1);
                blocks.push((block.partition, offsets));
            }
            Polled::Idle | Polled::Ended => return blocks,
        }
    }
}

#[test]
fn records_come_with_their_topic_partition_and_value() {
    let test = Test::of(Topics::creating(2));
    test.topics
        .append("t", Some(1), 7, [NewRecord::keyed(b"k", b"v")])
        .unwrap();
    let mut reader = test.open().unwrap();
    let Polled::Block(mut block) = reader.poll(Duration::ZERO).unwrap() else {
        panic!("no block")
    };
    assert_eq!((block.partition, block.next_offset), (1, 1));
    let record = block.items.next().unwrap();
    assert_eq!((record.topic, record.partition, record.offset), ("t", 1, 0));
    assert_eq!(
        (record.key, record.value),
        (Some(&b"k"[..]), Some(&b"v"[..]))
    );
    assert_eq!(record.timestamp_ms(), Some(7));
    assert!(block.items.next().is_none());
}

#[test]
fn partitions_are_dealt_over_all_topics() {
    let mut test = Test::of(Topics::creating(3));
    test.names = vec!["t".into(), "u".into()];
    test.workers = 2;
    test.worker = 1;
    let reader = test.open().unwrap();
    let names: Vec<String> = reader
        .partitions()
        .iter()
        .map(|partition| partition.name.to_string())
        .collect();
    assert_eq!(names, ["`t`[1]", "`u`[0]", "`u`[2]"]);
}

#[test]
fn partitions_are_read_in_turn() {
    let test = Test::of(Topics::creating(2));
    for number in [0, 0, 1] {
        let records = (0..3_000).map(|_| NewRecord::of_value(b"x"));
        test.topics.append("t", Some(number), 0, records).unwrap();
    }
    let mut reader = test.open().unwrap();
    let order: Vec<(usize, usize)> = read(&mut reader)
        .iter()
        .map(|(partition, offsets)| (*partition, offsets.len()))
        .collect();
    assert_eq!(order, [(0, 3_000), (1, 3_000), (0, 3_000)]);
}

#[test]
fn checkpoint_comes_first_then_committed_offset_then_the_oldest_record() {
    let mut test = Test::of(counting(10, 5));
    assert_eq!(test.start_offsets(), [0]);
    test.topics.commit(&[(partition(0), 3)]);
    assert_eq!(test.start_offsets(), [3]);
    test.checkpointed = vec![(partition(0), 7)];
    assert_eq!(test.start_offsets(), [7]);
    assert_eq!(read(&mut test.open().unwrap()), [(0, vec![7, 8, 9])]);
}

#[test]
fn first_run_begins_where_it_is_told_to() {
    let mut test = Test::of(counting(10, 5));
    test.topics.commit(&[(partition(0), 3)]);
    for (from, start_offset) in [
        (From::Checkpoint, 3),
        (From::Earliest, 0),
        (From::Latest, 10),
        (From::TimestampMs(1_000), 0),
        (From::TimestampMs(1_001), 5),
        (From::TimestampMs(9_000), 10),
    ] {
        test.from = from;
        assert_eq!(test.start_offsets(), [start_offset], "{from:?}");
    }
    test.checkpointed = vec![(partition(0), 7)];
    assert_eq!(test.start_offsets(), [7]);
}

#[test]
fn run_that_catches_up_ends_where_the_topic_ended_at_its_start() {
    let test = Test::of(counting(10, 5));
    let mut reader = test.open().unwrap();
    test.topics
        .append("t", Some(0), 0, [NewRecord::of_value(b"later")])
        .unwrap();
    assert_eq!(read(&mut reader), [(0, (0..10).collect())]);
    assert!(matches!(reader.poll(Duration::ZERO), Ok(Polled::Ended)));
}

#[test]
fn endless_run_goes_on_with_what_is_written_later() {
    let mut test = Test::of(counting(10, 5));
    test.until = Until::Stopped;
    let mut reader = test.open().unwrap();
    assert_eq!(read(&mut reader), [(0, (0..10).collect())]);
    assert!(matches!(
        reader.poll(Duration::from_millis(2)),
        Ok(Polled::Idle)
    ));
    test.topics
        .append("t", Some(0), 0, [NewRecord::of_value(b"later")])
        .unwrap();
    assert_eq!(read(&mut reader), [(0, vec![10])]);
}

#[test]
fn worker_without_partitions_ends_only_when_the_run_does() {
    let mut test = Test::of(counting(10, 5));
    test.workers = 2;
    test.worker = 1;
    assert!(matches!(
        test.open().unwrap().poll(Duration::ZERO),
        Ok(Polled::Ended)
    ));
    test.until = Until::Stopped;
    assert!(matches!(
        test.open().unwrap().poll(Duration::ZERO),
        Ok(Polled::Idle)
    ));
}

#[test]
fn records_that_are_gone_are_counted() {
    let topics = Topics::creating(4).retaining(1);
    for n_records in [5_000, 10] {
        let records = (0..n_records).map(|_| NewRecord::of_value(b"x"));
        topics.append("t", Some(3), 0, records).unwrap();
    }
    let mut test = Test::of(topics);
    test.checkpointed = vec![(partition(3), 1_200)];
    let error = test.open().unwrap_err();
    assert_eq!(error.code(), Code::OffsetOutOfRange);
    let message = error.to_string();
    let expected = "`t`[3]: need offset 1200, oldest is 5000: 3800 records are gone";
    assert!(message.contains(expected), "{message}");

    test.checkpointed = vec![(partition(3), 9_000)];
    let message = test.open().unwrap_err().to_string();
    assert!(
        message.contains("`t`[3]: need offset 9000, but the topic ends at 5010"),
        "{message}"
    );
}

#[test]
fn reader_that_is_overtaken_by_retention_says_so() {
    let mut test = Test::of(Topics::creating(1).retaining(1));
    test.until = Until::Stopped;
    let mut reader = test.open().unwrap();
    for _ in 0..3 {
        test.topics
            .append("t", Some(0), 0, [NewRecord::of_value(b"x")])
            .unwrap();
    }
    let error = reader.poll(Duration::ZERO).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("oldest is 2: 2 records are gone"),
        "{error}"
    );
}

#[test]
fn retention_behind_a_reader_that_has_ended_does_not_matter() {
    let test = Test::of(Topics::creating(1).retaining(1));
    test.topics
        .append("t", Some(0), 0, [NewRecord::of_value(b"x")])
        .unwrap();
    let mut reader = test.open().unwrap();
    assert_eq!(read(&mut reader), [(0, vec![0])]);
    for _ in 0..3 {
        test.topics
            .append("t", Some(0), 0, [NewRecord::of_value(b"x")])
            .unwrap();
    }
    assert!(matches!(reader.poll(Duration::ZERO), Ok(Polled::Ended)));
}

#[test]
fn unknown_topic_is_refused_with_what_to_do() {
    let mut test = Test::of(Topics::new());
    assert_eq!(
        test.open().unwrap_err().to_string(),
        "SF6602 no broker is named, and no topic `t` lives inside this process: name a broker \
         with `--brokers host:9092`, or give the job sample records \
         (`.samples(Samples::new(\"topic\", |n| …))`)"
    );
    test.topics.create("user_access", 1);
    test.names = vec!["user_acess".into()];
    let message = test.open().unwrap_err().to_string();
    assert!(
        message.ends_with("; or did you mean `user_access`?"),
        "{message}"
    );
}

#[test]
fn damaged_batch_is_refused_with_its_place() {
    let damage = crate::batch::check(&[0; 70], &[]).unwrap_err();
    assert_eq!(
        damaged(&partition(3), damage).one_line(),
        "streamflow: SF6503 a batch cannot be read (batch at base offset 0: it is in version 0 \
         of the batch format, not in version 2): `t`[3] at offset 0"
    );
}

fn samples(now_ms: i64) -> Topics {
    let mut topics = Topics::new();
    topics.add_samples(
        Samples::new("t", |n| n.to_string())
            .partitions(2)
            .per_second(100)
            .backlog(4),
    );
    topics.start(now_ms);
    topics
}

#[test]
fn sample_records_arrive_with_the_clock() {
    let mut test = Test::of(samples(50_000));
    test.until = Until::Stopped;
    let mut reader = test.open().unwrap();
    assert_eq!(read(&mut reader), [(0, vec![0, 1]), (1, vec![0, 1])]);
    test.clock.set(50_030);
    assert_eq!(read(&mut reader), [(0, vec![2, 3]), (1, vec![2])]);
}

#[test]
fn restart_on_sample_records_goes_on_behind_the_checkpoint() {
    let mut test = Test::of(samples(50_000));
    test.until = Until::Stopped;
    test.checkpointed = vec![(partition(0), 1_000), (partition(1), 990)];
    let mut reader = test.open().unwrap();
    assert_eq!(read(&mut reader), [(1, (990..1_000).collect())]);
    test.clock.set(50_020);
    assert_eq!(read(&mut reader), [(0, vec![1_000]), (1, vec![1_000])]);
}

#[test]
fn every_worker_sees_the_same_sample_records_after_a_restart() {
    let mut test = Test::of(samples(50_000));
    test.checkpointed = vec![(partition(0), 1_000), (partition(1), 10)];
    test.workers = 2;
    test.worker = 1;
    let mut reader = test.open().unwrap();
    assert_eq!(read(&mut reader), [(0, (10..1_000).collect())]);
}
