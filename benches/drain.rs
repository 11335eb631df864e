//! Drains a topic of a real broker with the seed job: accesses counted per user.
//!
//! ```text
//! cargo build --release --example user_access
//! cargo bench --bench drain -- 20000000
//! ```
//!
//! The argument is the number of records (default 2,000,000) of about 20 bytes each, in 4
//! partitions, from 10,000 users; once for each codec, each way of reading, and one and two workers.
//! What follows it is given to the job, such as `-X fetch.wait.max.ms=10`. Each run starts the job's
//! own binary, checks its totals, and counts its processor time as the system does, start and end
//! included; the two ways of reading take turns. The broker shares the cores.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::process::Command;

use streamflow_test_support::figures::spread;
use streamflow_test_support::kafka::{Broker, Compression, Message};
use streamflow_test_support::printed;
use streamflow_test_support::process::example;

const USERS: u32 = 10_000;
const RUNS: usize = 3;

fn main() {
    let records = std::env::args().find_map(|argument| argument.parse().ok());
    let records: u32 = records.unwrap_or(2_000_000);
    let broker = match Broker::start() {
        Ok(broker) => broker,
        Err(unavailable) => {
            println!("SKIPPED: {unavailable}");
            return;
        }
    };
    println!("{records} records, 4 partitions, {USERS} users; {RUNS} runs each, median (min..max)");
    println!(
        "{:>6} {:>8} {:>8} {:>28} {:>24}",
        "codec", "source", "workers", "M records/s on the wall", "CPU ns/record"
    );
    let admin = broker.admin();
    for codec in Compression::ALL {
        let name = codec.codec();
        admin.create_topic("user_access", 4);
        let lines = (0..records).map(|n| {
            let user = n.wrapping_mul(2_654_435_761) % USERS;
            Message::from(format!("user{user},/page/{}", n % 50))
        });
        assert_eq!(
            admin.produce("user_access", lines, codec),
            u64::from(records)
        );
        // The first reader of a topic that has just been written pays for it.
        drain(&broker.bootstrap(), "native", "2", records);
        for workers in ["1", "2"] {
            let sources = ["native", "rdkafka"];
            let mut runs: [Vec<Run>; 2] = [Vec::new(), Vec::new()];
            for _ in 0..RUNS {
                for (source, runs) in sources.iter().zip(&mut runs) {
                    runs.push(drain(&broker.bootstrap(), source, workers, records));
                }
            }
            for (source, runs) in sources.iter().zip(&runs) {
                let wall = spread(
                    runs.iter().map(|run| f64::from(records) / run.wall_s / 1e6),
                    2,
                );
                let cpu = spread(
                    runs.iter().map(|run| run.cpu_s * 1e9 / f64::from(records)),
                    2,
                );
                println!("{name:>6} {source:>8} {workers:>8} {wall:>28} {cpu:>24}");
            }
        }
        admin.delete_topic("user_access");
    }
}

struct Run {
    wall_s: f64,
    cpu_s: f64,
}

fn drain(brokers: &str, source: &str, workers: &str, records: u32) -> Run {
    let job = example("user_access");
    let job = job.display();
    let command = format!(
        "TIMEFORMAT='%R %U %S'; time {job} --brokers {brokers} --from earliest --until caught-up \
         --parallelism {workers} --group drain --source {source} \"$@\""
    );
    let passed_on = std::env::args().skip_while(|argument| argument.parse::<u32>().is_err());
    let output = Command::new("bash")
        .args(["-c", &command, "drain"])
        .args(passed_on.skip(1).filter(|argument| argument != "--bench"))
        .output()
        .expect("bash runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    let stdout = String::from_utf8_lossy(&output.stdout);
    let totals = printed::totals(&printed::blocks(&stdout));
    assert_eq!(
        totals.values().sum::<u64>(),
        u64::from(records),
        "every record is counted"
    );
    let times: Vec<f64> = stderr
        .lines()
        .last()
        .unwrap_or_default()
        .split(' ')
        .filter_map(|time| time.parse().ok())
        .collect();
    let [wall_s, user_s, system_s] = times[..] else {
        panic!("no times: {stderr}")
    };
    Run {
        wall_s,
        cpu_s: user_s + system_s,
    }
}
