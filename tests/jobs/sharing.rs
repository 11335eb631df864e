//! Partitions that go from one worker to another while they are read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use streamflow::{NewRecord, RunConfig, StopSignal, Topics, Until, stream_job};

use crate::SECOND;

#[test]
fn partitions_that_move_lose_nothing_and_keep_their_order() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = stream_job! {
        job moving
        let lines = from kafka("in") as Record
            | map(|record| (record.partition, std::str::from_utf8(record.value?)?));
        lines | to kafka("out", key: |(partition, _)| partition, value: |(_, line)| line);
        lines | map(|(partition, _)| (partition, 1u64)) | reduce_by_key(+) every 1m | print
    }
    .test()
    .workers(3)
    .checkpoint(dir.path());
    let mut fed = 0;
    for turn in 0..12 {
        for partition in 0..4 {
            test.feed_partition("in", partition, (fed..fed + 5).map(|n| n.to_string()));
        }
        fed += 5;
        test.share_again();
        if turn % 5 == 4 {
            test.restart().unwrap();
        }
    }
    let mut by_key: BTreeMap<Vec<u8>, Vec<u64>> = BTreeMap::new();
    for record in test.records("out") {
        let value = String::from_utf8(record.value.unwrap()).unwrap();
        let of_partition = by_key.entry(record.key.unwrap()).or_default();
        of_partition.push(value.parse().unwrap());
    }
    assert_eq!(by_key.len(), 4);
    for values in by_key.values() {
        assert!(values.iter().copied().eq(0..fed), "{values:?}");
    }
    test.advance(SECOND * 60);
    test.expect([0, 1, 2, 3].map(|partition| format!("({partition},{fed})")));
}

/// The records are so large that a block has few of them, and each takes a while.
#[test]
fn idle_worker_relieves_a_busy_one() {
    const RECORDS: usize = 40;
    let topics = Arc::new(Topics::creating(4).unbounded());
    let value = vec![b'x'; 256 << 10];
    // With two workers, all that has records belongs to the first.
    for partition in [0, 2] {
        for _ in 0..RECORDS {
            topics
                .append("in", Some(partition), 0, [NewRecord::of_value(&value)])
                .unwrap();
        }
    }
    let seen = Mutex::new(Vec::new());
    let kept = &seen;
    let job = stream_job! {
        from kafka("in") as Record
            | for_each(|record| {
                thread::sleep(Duration::from_millis(40));
                let name = thread::current().name().map(str::to_owned);
                kept.lock().unwrap().push((record.partition, record.offset, name));
            })
    };
    let config = RunConfig {
        parallelism: 2,
        until: Until::CaughtUp,
        ..RunConfig::of(job.plan()).unwrap()
    };
    job.run_on(Arc::clone(&topics), config, StopSignal::new())
        .unwrap();
    let seen = seen.lock().unwrap();
    let mut moved = 0;
    for partition in [0, 2] {
        let own = seen.iter().filter(|(of, ..)| *of == partition);
        let (offsets, threads): (Vec<i64>, BTreeSet<_>) =
            own.map(|(_, offset, thread)| (*offset, thread)).unzip();
        assert!(offsets.iter().copied().eq(0..40), "{offsets:?}");
        moved += threads.len() - 1;
    }
    assert_eq!(seen.len(), 2 * RECORDS);
    assert_eq!(
        moved, 1,
        "one of the two partitions goes to the other worker"
    );
}
