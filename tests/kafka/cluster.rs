//! A cluster of three brokers, one of which is always away, silent, or not the leader any more.
//!
//! Two jobs run at once, one over connections of streamflow's own and one through librdkafka. Each
//! copies a topic to one of its own, and has each record there once when it has been stopped.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use streamflow::plan::Plan;
use streamflow::{Error, RunConfig, StopSignal, Through, Until, stream_job};
use streamflow_test_support::kafka::{self, Admin, Cluster, Compression, Message};

use crate::PATIENCE;

const N_PARTITIONS: i32 = 6;
/// How many records are produced at once.
const CHUNK: u64 = 120;

#[test]
fn rolling_restart_loses_and_doubles_nothing() {
    while_jobs_run(
        "rolling_restart_loses_and_doubles_nothing",
        |cluster, load| {
            for broker in cluster.brokers() {
                broker.stop();
                load.passes();
                broker.restart();
                load.is_led_by_all();
            }
        },
    );
}

#[test]
fn leaders_that_are_moved_lose_and_double_nothing() {
    let test = "leaders_that_are_moved_lose_and_double_nothing";
    while_jobs_run(test, |cluster, load| {
        for topic in load.topics() {
            let before = load.admin.leaders(topic);
            cluster.move_leaders(topic, N_PARTITIONS);
            load.admin.wait_for_leaders(topic, |leaders| {
                let moved = before.iter().zip(leaders);
                leaders.len() == before.len() && moved.clone().all(|(old, new)| old != new)
            });
        }
        load.passes();
    });
}

#[test]
fn broker_that_is_killed_loses_and_doubles_nothing() {
    let test = "broker_that_is_killed_loses_and_doubles_nothing";
    while_jobs_run(test, |cluster, load| {
        let [_, killed, _] = cluster.brokers();
        killed.kill();
        load.is_not_led_by(cluster, 2);
        load.passes();
        killed.restart();
        load.is_led_by_all();
    });
}

#[test]
fn leader_that_falls_silent_loses_and_doubles_nothing() {
    let test = "leader_that_falls_silent_loses_and_doubles_nothing";
    while_jobs_run(test, |cluster, load| {
        let [_, _, silent] = cluster.brokers();
        silent.pause();
        // It does not know that others lead by now, and answers what it was asked before.
        load.is_not_led_by(cluster, 3);
        silent.resume();
        load.is_led_by_all();
    });
}

/// What goes through the jobs, and how far it has come.
struct Load {
    admin: Admin,
    input: String,
    jobs: [Copying; 2],
    n_produced: AtomicU64,
    is_over: AtomicBool,
    failed: Mutex<Option<Error>>,
}

/// One of the jobs.
struct Copying {
    through: Through,
    output: String,
    n_read: AtomicU64,
}

impl Load {
    fn topics(&self) -> impl Iterator<Item = &String> {
        let outputs = self.jobs.iter().map(|job| &job.output);
        outputs.chain([&self.input])
    }

    /// Returns when both jobs have read what has been produced by now, and a little more.
    fn passes(&self) {
        let produced = self.n_produced.load(Ordering::Relaxed) + CHUNK;
        self.has_read(produced);
    }

    fn has_read(&self, records: u64) {
        let begun = Instant::now();
        for Copying {
            through, n_read, ..
        } in &self.jobs
        {
            loop {
                let seen = n_read.load(Ordering::Relaxed);
                if seen >= records {
                    break;
                }
                let failed = self.failed.lock().unwrap();
                assert!(failed.is_none(), "{}", failed.as_ref().unwrap().one_line());
                drop(failed);
                let late = begun.elapsed() > PATIENCE;
                assert!(!late, "{through:?}: {seen} of {records} in time");
                thread::sleep(Duration::from_millis(10));
            }
        }
    }

    /// Waits until each broker leads partitions of each topic again, and records pass.
    fn is_led_by_all(&self) {
        for topic in self.topics() {
            self.admin.wait_for_copies(topic, 3);
            self.admin.wait_for_leaders(topic, |leaders| {
                let is_leader = |broker| leaders.values().any(|leader| *leader == broker);
                leaders.len() == 6 && (1..=3).all(is_leader)
            });
        }
        self.passes();
    }

    fn is_not_led_by(&self, cluster: &Cluster, broker: i32) {
        let admin = cluster.admin_without(broker);
        for topic in self.topics() {
            admin.wait_for_leaders(topic, |leaders| {
                leaders.len() == 6 && leaders.values().all(|leader| *leader != broker)
            });
        }
    }

    /// Produces records, each of which says its number, until it is enough.
    fn produce(&self) {
        while !self.is_over.load(Ordering::Relaxed) {
            let first = self.n_produced.load(Ordering::Relaxed);
            let numbers = (first..first + CHUNK).zip((0..N_PARTITIONS).cycle());
            let records = numbers.map(|(n, partition)| {
                Message::from(n.to_string())
                    .with_key(n.to_string())
                    .for_partition(partition)
            });
            self.admin.produce(&self.input, records, Compression::Lz4);
            self.n_produced.fetch_add(CHUNK, Ordering::Relaxed);
        }
    }

    /// Copies from topic to topic until it is told to stop.
    fn copy(&self, cluster: &Cluster, copying: &Copying, stop: &StopSignal) {
        let (input, output, n_read) = (&self.input, &copying.output, &copying.n_read);
        let job = stream_job! {
            from kafka(input)
                | tee { for_each(|_| { n_read.fetch_add(1, Ordering::Relaxed); }) }
                | to kafka(output)
        };
        let config = config(job.plan(), cluster, copying);
        if let Err(error) = job.run_with(config, stop.clone()) {
            self.failed.lock().unwrap().get_or_insert(error);
        }
    }

    /// Whether each record has been copied once, and its offset committed.
    fn is_all_there(&self) {
        let n_produced = self.n_produced.load(Ordering::Relaxed);
        for Copying {
            through,
            output,
            n_read,
        } in &self.jobs
        {
            let n_read = n_read.load(Ordering::Relaxed);
            assert_eq!(n_read, n_produced, "{through:?}: read");
            let copied = self.admin.messages(output);
            let numbers = copied.iter().map(|message| message.text().parse().unwrap());
            let mut numbers: Vec<u64> = numbers.collect();
            numbers.sort_unstable();
            let is_each_once = numbers.iter().copied().eq(0..n_produced);
            let n_copied = numbers.len();
            assert!(
                is_each_once,
                "{through:?}: {n_copied} of {n_produced} copied"
            );
            let committed = self.admin.committed_offsets(output, &self.input);
            let committed = committed.values().sum::<i64>().unsigned_abs();
            assert_eq!(committed, n_produced, "{through:?}: committed");
        }
    }
}

fn config(plan: &Plan, cluster: &Cluster, copying: &Copying) -> RunConfig {
    RunConfig {
        brokers: Some(cluster.bootstrap()),
        group: copying.output.clone(),
        until: Until::Stopped,
        parallelism: 2,
        source: copying.through,
        producer: copying.through,
        ..RunConfig::of(plan).expect("the defaults are fine")
    }
}

/// Lets something happen to the brokers while records pass through both jobs.
fn while_jobs_run(test: &str, happens: impl FnOnce(&Cluster, &Load)) {
    let Some(cluster) = kafka::cluster_or_skip(test) else {
        return;
    };
    let copying = |through, name: &str| Copying {
        through,
        output: kafka::unique(name),
        n_read: AtomicU64::new(0),
    };
    let load = Load {
        admin: cluster.admin(),
        input: kafka::unique("input"),
        jobs: [
            copying(Through::Native, "native"),
            copying(Through::Rdkafka, "rdkafka"),
        ],
        n_produced: AtomicU64::new(0),
        is_over: AtomicBool::new(false),
        failed: Mutex::new(None),
    };
    for topic in load.topics() {
        load.admin.create_replicated_topic(topic, N_PARTITIONS, 3);
        load.admin.wait_for_copies(topic, 3);
        cluster.wait_until_known(topic, 6);
    }
    let stop = StopSignal::new();
    thread::scope(|scope| {
        let _over = OnDrop(|| {
            load.is_over.store(true, Ordering::Relaxed);
            stop.request();
        });
        for job in &load.jobs {
            scope.spawn(|| load.copy(&cluster, job, &stop));
        }
        let producing = scope.spawn(|| load.produce());
        load.passes();
        happens(&cluster, &load);
        load.is_over.store(true, Ordering::Relaxed);
        producing.join().unwrap();
        load.has_read(load.n_produced.load(Ordering::Relaxed));
    });
    let failed = load.failed.lock().unwrap().take();
    assert!(failed.is_none(), "{}", failed.unwrap().one_line());
    load.is_all_there();
    for topic in load.topics() {
        load.admin.delete_topic(topic);
    }
}

/// Does something however its scope is left, so that the threads of a test that has failed end too.
struct OnDrop<F: Fn()>(F);

impl<F: Fn()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}
