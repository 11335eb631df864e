//! A cluster of two brokers, whose partitions move from one to the other.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use streamflow::{RunConfig, StopSignal, Through, Until, stream_job};
use streamflow_test_support::kafka::{self, Compression, Message};

use crate::{PATIENCE, config};

crate::with_each_source! {
    partitions_are_followed_from_broker_to_broker,
}

fn partitions_are_followed_from_broker_to_broker(source: Through) {
    let test = "partitions_are_followed_from_broker_to_broker";
    let Some(first) = kafka::own_broker_or_skip(test) else {
        return;
    };
    let admin = first.admin();
    // While there is one broker, what the groups have committed is kept there.
    admin.create_topic("alone", 1);
    assert!(admin.committed_offsets("g", "alone").is_empty());
    let second = first.start_second().expect("a second broker can be had");
    admin.create_replicated_topic("moved", 6, 2);
    admin.create_replicated_topic("copied", 6, 2);
    admin.wait_for_leaders("moved", 2);
    admin.wait_for_leaders("copied", 2);

    let count = &AtomicU64::new(0);
    let job = stream_job! {
        from kafka("moved")
            | tee { for_each(|_| { count.fetch_add(1, Ordering::Relaxed); }) }
            | to kafka("copied")
    };
    let config = RunConfig {
        brokers: Some(format!("{},{}", first.bootstrap(), second.bootstrap())),
        until: Until::Stopped,
        parallelism: 2,
        ..config(job.plan(), &first, source, "g")
    };
    let mut produced = 0;
    let mut produce = || {
        let records = (0..6_000).map(|n| Message::from(n.to_string()).for_partition(n % 6));
        produced += admin.produce("moved", records, Compression::Lz4);
        produced
    };
    let has_counted = |records: u64| {
        let begun = Instant::now();
        while count.load(Ordering::Relaxed) < records {
            let seen = count.load(Ordering::Relaxed);
            assert!(begun.elapsed() < PATIENCE, "{seen} of {records} in time");
            std::thread::sleep(Duration::from_millis(10));
        }
    };
    let stop = StopSignal::new();
    std::thread::scope(|scope| {
        let running = scope.spawn(|| {
            let ended = job.run_with(config, stop.clone());
            // Whoever waits for records would not say why they do not come.
            ended.inspect_err(|error| eprintln!("{}", error.one_line()))
        });
        has_counted(produce());
        for round in 0..2 {
            if round == 0 {
                second.kill();
            } else {
                second.stop();
            }
            admin.wait_for_leaders("moved", 1);
            has_counted(produce());
            second.restart();
            admin.wait_for_leaders("moved", 2);
            has_counted(produce());
        }
        stop.request();
        running.join().unwrap().unwrap();
    });
    assert_eq!(count.load(Ordering::Relaxed), produced, "none twice");
    let copied: i64 = admin.end_offsets("copied").values().sum();
    assert_eq!(copied.unsigned_abs(), produced, "each is sent once");
    let committed = admin.committed_offsets("g", "moved");
    assert_eq!(committed.values().sum::<i64>().unsigned_abs(), produced);
}
