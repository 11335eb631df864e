//! A job that is killed loses nothing: records since the last save are counted again.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use streamflow_test_support::kafka::{self, Admin, Broker, Compression, Message};
use streamflow_test_support::printed;
use streamflow_test_support::process::Job;

use crate::{PATIENCE, connected, drained};

const CHUNKS: u64 = 40;
const CHUNK: u64 = 10_000;
const USERS: u64 = 50;

/// Records arrive while the job runs, is killed and starts again.
fn produce_slowly(admin: &Admin) {
    for chunk in 0..CHUNKS {
        let records = (0..CHUNK).map(|n| {
            let n = chunk * CHUNK + n;
            Message::from(format!("user{},/page", n % USERS))
        });
        admin.produce("user_access", records, Compression::Lz4);
        thread::sleep(Duration::from_millis(50));
    }
}

/// Kills the job again and again; gives what all of its lives have printed, added up.
fn totals_over_kills(broker: &Broker, flags: &[&str]) -> BTreeMap<String, u64> {
    let admin = broker.admin();
    admin.create_topic("user_access", 4);
    let producer = thread::spawn({
        let admin = broker.admin();
        move || produce_slowly(&admin)
    });
    let mut blocks = Vec::new();
    for _ in 0..3 {
        let mut job = Job::start(connected("user_access", broker).args(flags));
        job.wait_for_line(|line| line.starts_with("(user"), PATIENCE);
        // In the middle of an interval, with records on their way.
        thread::sleep(Duration::from_millis(300));
        job.kill();
        let ended = job.wait(PATIENCE);
        assert_eq!(ended.code, None, "killed: {}", ended.stderr);
        blocks.extend(printed::blocks(&ended.stdout));
    }
    producer.join().expect("the producer ends");
    let ended = drained("user_access", broker, flags);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    blocks.extend(printed::blocks(&ended.stdout));
    let committed = admin.committed_offsets("streamflow.user_access", "user_access");
    assert_eq!(
        committed.values().sum::<i64>(),
        (CHUNKS * CHUNK).cast_signed()
    );
    printed::totals(&blocks)
}

fn assert_nothing_is_lost(totals: &BTreeMap<String, u64>) {
    let each = CHUNKS * CHUNK / USERS;
    assert_eq!(totals.len() as u64, USERS);
    for (user, count) in totals {
        assert!(*count >= each, "{user}: {count} of {each}");
    }
}

#[test]
fn progress_in_the_group_loses_nothing() {
    let Some(broker) = kafka::own_broker_or_skip("progress_in_the_group_loses_nothing") else {
        return;
    };
    assert_nothing_is_lost(&totals_over_kills(&broker, &[]));
}

#[test]
fn progress_in_checkpoints_loses_nothing() {
    let Some(broker) = kafka::own_broker_or_skip("progress_in_checkpoints_loses_nothing") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().display().to_string();
    let flags = ["--checkpoint", dir.as_str(), "--checkpoint-every", "100ms"];
    assert_nothing_is_lost(&totals_over_kills(&broker, &flags));
}

#[test]
fn clean_stop_and_start_count_every_record_once() {
    let test = "clean_stop_and_start_count_every_record_once";
    let Some(broker) = kafka::own_broker_or_skip(test) else {
        return;
    };
    let admin = broker.admin();
    admin.create_topic("user_access", 4);
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().display().to_string();
    let producer = thread::spawn({
        let admin = broker.admin();
        move || produce_slowly(&admin)
    });
    let mut blocks = Vec::new();
    for _ in 0..3 {
        let mut job = Job::start(connected("user_access", &broker).args(["--checkpoint", &dir]));
        job.wait_for_line(|line| line.starts_with("(user"), PATIENCE);
        job.terminate();
        let ended = job.wait(PATIENCE);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        blocks.extend(printed::blocks(&ended.stdout));
    }
    producer.join().expect("the producer ends");
    let ended = drained("user_access", &broker, &["--checkpoint", &dir]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    blocks.extend(printed::blocks(&ended.stdout));
    let each = CHUNKS * CHUNK / USERS;
    let totals = printed::totals(&blocks);
    assert_eq!(totals.len() as u64, USERS);
    assert!(totals.values().all(|count| *count == each), "{totals:?}");
}
