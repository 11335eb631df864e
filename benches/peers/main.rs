//! The seed job, accesses counted per user, beside the same job in Kafka's plain consumer, Kafka
//! Streams, Flink and Spark: the same topic, broker and cores, one after the other.
//!
//! ```text
//! cargo bench --bench peers
//! cargo bench --bench peers -- --records 20000000 --users 100000 --rounds 5
//! cargo bench --bench peers -- --only streamflow,plain-consumer --rounds 1
//! cargo bench --bench peers -- --table target/peers/results/users-10000.jsonl
//! ```
//!
//! It needs Linux, bash, a JDK of Java 17 or newer, and Maven: each peer is a class under `java/`
//! and a `pom.xml` of what it depends on, fetched once (about 700 MB) and compiled at each start.
//! Without them one line says so. `cargo test` does not run it.
//!
//! The topic `user_access` has 4 partitions of equal length and records `userN,/page/M` of about
//! 20 bytes. It is read once before anything is measured. Then each round runs every system once,
//! from the first record to the last that was there, and begins with another one. A run counts if
//! its total, its number of users, and the sum of counts weighted with the users' numbers are those
//! of what was produced; otherwise it is kept in the raw results, and not reported.
//!
//! Processor time and the wall's are taken twice. *Whole*: from the start of the process to its
//! end. *Counting*: from the first record to the last, as the peer tells, which leaves out the start
//! of the JVM and of the system, and leaves in what the JVM compiles meanwhile. streamflow's binary
//! does not tell: its whole run stands in both columns. Ratios are taken within each round. The
//! broker's time is nobody's, and shares the cores with all.
//!
//! Every run is a line of JSON, with versions, command and settings, in the folder that
//! `--results` names (`target/peers/results`); `--table` prints such a file again.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod arguments;
mod java;
mod system;
mod table;
mod topic;

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use arguments::Arguments;
use serde_json::{Value, json};
use streamflow_test_support::kafka::Broker;
use streamflow_test_support::machine::Machine;
use streamflow_test_support::process::Timed;
use system::System;

fn main() -> ExitCode {
    let done = Arguments::read(std::env::args().skip(1)).and_then(|arguments| {
        if let Some(file) = &arguments.table {
            return table::print(file);
        }
        measure(&arguments)
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            println!("NOT MEASURED: {why}");
            ExitCode::FAILURE
        }
    }
}

fn measure(arguments: &Arguments) -> Result<(), String> {
    let systems = system::prepare(arguments)?;
    let broker = Broker::start().map_err(|unavailable| unavailable.to_string())?;
    println!(
        "producing {} records of {} users ...",
        arguments.records, arguments.users
    );
    let expected = topic::fill(&broker, arguments);
    let file = arguments
        .results
        .join(format!("users-{}.jsonl", arguments.users));
    let mut kept = begin(&file, arguments)?;

    // The first to read a new topic finds what the broker has still to do, and pays for it.
    if let Some(reader) = systems.first() {
        println!("reading the topic once, unmeasured ...");
        one(reader, &broker, arguments, &expected)?;
    }
    for round in 1..=arguments.rounds {
        let mut order: Vec<&System> = systems.iter().collect();
        order.rotate_left((round - 1) % systems.len());
        for system in order {
            let mut entry = one(system, &broker, arguments, &expected)?;
            println!("{}", table::progress(round, &entry));
            entry["round"] = json!(round);
            writeln!(kept, "{entry}")
                .map_err(|cause| format!("cannot write to `{}`: {cause}", file.display()))?;
        }
    }
    println!();
    table::print(&file)
}

/// One run of one system, as it is kept.
fn one(
    system: &System,
    broker: &Broker,
    arguments: &Arguments,
    expected: &topic::Expected,
) -> Result<Value, String> {
    let work = arguments.results.join("work");
    clear(&work)?;
    let command = system.command(&broker.bootstrap(), arguments, &work);
    let ran = Timed::run(&command, arguments.cores, arguments.limit_s, &work)?;
    let mut entry = system.read(&ran, expected);
    entry["system"] = json!(system.name());
    entry["command"] = json!(command);
    // What a run leaves on the broker must not burden the next.
    if let Some(topic) = entry["leaves"].as_str() {
        broker.admin().delete_topic(topic);
    }
    clear(&work)?;
    Ok(entry)
}

/// An empty file whose first line says what was measured, and where.
fn begin(file: &Path, arguments: &Arguments) -> Result<File, String> {
    let failed = |cause| format!("cannot write to `{}`: {cause}", file.display());
    fs::create_dir_all(&arguments.results).map_err(failed)?;
    let mut kept = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .open(file)
        .map_err(failed)?;
    let machine = Machine::look();
    let about = json!({
        "about": {
            "records": arguments.records,
            "users": arguments.users,
            "partitions": topic::PARTITIONS,
            "cores": arguments.cores,
            "rounds": arguments.rounds,
            "date": machine.date,
            "processor": machine.processor,
            "cores_of_machine": machine.cores,
            "kernel": machine.kernel,
            "java": machine.java,
            "rustc": machine.rustc,
            "commit": machine.commit,
        }
    });
    writeln!(kept, "{about}").map_err(failed)?;
    Ok(kept)
}

fn clear(folder: &Path) -> Result<(), String> {
    let failed = |cause| format!("cannot clear `{}`: {cause}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(failed)?;
    }
    fs::create_dir_all(folder).map_err(failed)
}
