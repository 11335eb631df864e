//! A job that is killed loses nothing: records since the last save are counted again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use streamflow::Through;
use streamflow_test_support::kafka::{self, Admin, Broker, Compression, Message};
use streamflow_test_support::printed;
use streamflow_test_support::process::Job;
use tempfile::TempDir;

use crate::{PATIENCE, connected, drained};

crate::with_each_source! {
    progress_in_the_group_loses_nothing,
    progress_in_checkpoints_loses_nothing,
    clean_stop_and_start_count_every_record_once,
    offsets_beside_open_intervals_are_not_taken_without_them,
}

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
fn totals_over_kills(broker: &Broker, source: Through, flags: &[&str]) -> BTreeMap<String, u64> {
    let admin = broker.admin();
    admin.create_topic("user_access", 4);
    let producer = thread::spawn({
        let admin = broker.admin();
        move || produce_slowly(&admin)
    });
    let mut blocks = Vec::new();
    for _ in 0..3 {
        let mut job = Job::start(connected("user_access", broker, source).args(flags));
        job.wait_for_line(|line| line.starts_with("(user"), PATIENCE);
        // In the middle of an interval, with records on their way.
        thread::sleep(Duration::from_millis(300));
        job.kill();
        let ended = job.wait(PATIENCE);
        assert_eq!(ended.code, None, "killed: {}", ended.stderr);
        blocks.extend(printed::blocks(&ended.stdout));
    }
    producer.join().expect("the producer ends");
    let ended = drained("user_access", broker, source, flags);
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

fn progress_in_the_group_loses_nothing(source: Through) {
    let Some(broker) = kafka::own_broker_or_skip("progress_in_the_group_loses_nothing") else {
        return;
    };
    assert_nothing_is_lost(&totals_over_kills(&broker, source, &[]));
}

fn progress_in_checkpoints_loses_nothing(source: Through) {
    let Some(broker) = kafka::own_broker_or_skip("progress_in_checkpoints_loses_nothing") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().display().to_string();
    let flags = ["--checkpoint", dir.as_str(), "--checkpoint-every", "100ms"];
    assert_nothing_is_lost(&totals_over_kills(&broker, source, &flags));
}

fn clean_stop_and_start_count_every_record_once(source: Through) {
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
        let mut job =
            Job::start(connected("user_access", &broker, source).args(["--checkpoint", &dir]));
        job.wait_for_line(|line| line.starts_with("(user"), PATIENCE);
        job.terminate();
        let ended = job.wait(PATIENCE);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        blocks.extend(printed::blocks(&ended.stdout));
    }
    producer.join().expect("the producer ends");
    let ended = drained("user_access", &broker, source, &["--checkpoint", &dir]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    blocks.extend(printed::blocks(&ended.stdout));
    let each = CHUNKS * CHUNK / USERS;
    let totals = printed::totals(&blocks);
    assert_eq!(totals.len() as u64, USERS);
    assert!(totals.values().all(|count| *count == each), "{totals:?}");
}

fn offsets_beside_open_intervals_are_not_taken_without_them(source: Through) {
    let test = "offsets_beside_open_intervals_are_not_taken_without_them";
    let Some(broker) = kafka::own_broker_or_skip(test) else {
        return;
    };
    let admin = broker.admin();
    admin.create_topic("user_access", 4);
    let done = Arc::new(AtomicBool::new(false));
    let producer = thread::spawn({
        let (admin, done) = (broker.admin(), Arc::clone(&done));
        move || {
            while !done.load(Ordering::Relaxed) {
                let records = (0..100).map(|n| Message::from(format!("user{n},/page")));
                admin.produce("user_access", records, Compression::None);
                thread::sleep(Duration::from_millis(10));
            }
        }
    });
    // The last save may by chance be that of an interval's end; then no state is open.
    let (dir, refused) = (0..5)
        .map(|_| killed_with_checkpoints(&broker, source))
        .map(|dir| (dir, drained("user_access", &broker, source, &[])))
        .find(|(_, ended)| ended.code != Some(0))
        .expect("one of five kills is in the middle of an interval");
    done.store(true, Ordering::Relaxed);
    producer.join().expect("the producer ends");
    assert_eq!(refused.code, Some(78), "{}", refused.stderr);
    assert!(refused.stderr.contains("SF7805"), "{}", refused.stderr);
    assert!(
        refused.stderr.contains("give `--checkpoint` the directory"),
        "{}",
        refused.stderr
    );

    let elsewhere = tempfile::tempdir().unwrap();
    let elsewhere = elsewhere.path().display().to_string();
    let ended = drained(
        "user_access",
        &broker,
        source,
        &["--checkpoint", &elsewhere],
    );
    assert_eq!(ended.code, Some(78), "{}", ended.stderr);

    let dir = dir.path().display().to_string();
    let ended = drained("user_access", &broker, source, &["--checkpoint", &dir]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    // Now all intervals have ended, and the offsets say all.
    let ended = drained("user_access", &broker, source, &[]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

/// Starts the job with a new directory for checkpoints, and kills it while it counts.
fn killed_with_checkpoints(broker: &Broker, source: Through) -> TempDir {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().display().to_string();
    let flags = ["--checkpoint", &path, "--checkpoint-every", "100ms"];
    let mut job = Job::start(connected("user_access", broker, source).args(flags));
    job.wait_for_line(|line| line.starts_with("(user"), PATIENCE);
    thread::sleep(Duration::from_millis(500));
    job.kill();
    job.wait(PATIENCE);
    dir
}
