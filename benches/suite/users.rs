//! What counting per user takes for a record, by the number of users, their distribution, the length
//! of records, and the codec of their batches.
//!
//! The job is the example `user_access`, which prints a row for each user in each interval: with as
//! many users as records, a good part of its time is for that. By default one thing is varied at a
//! time, from 10,000 users who are all as likely, with records of 20 bytes that are not compressed.
//! `--full` takes each with each, and 10 million users too. `--users` names other numbers of users.

use std::path::Path;

use streamflow_test_support::kafka::Compression;
use streamflow_test_support::printed;
use streamflow_test_support::process::built_example;

use crate::Scenario;
use crate::arguments::Extent;
use crate::bench::{Bench, PARTITIONS};
use crate::by_hand::{self, Counts};
use crate::drained::{self, Case, Run};
use crate::job;
use crate::lines::UserLines;
use crate::results::Results;
use streamflow_test_support::random::Choice;

pub(crate) const SCENARIO: Scenario = Scenario {
    name: "users",
    run,
    jobs: &[],
};

/// The topic that the example reads.
const TOPIC: &str = "user_access";

/// What a topic is like.
#[derive(Clone, Copy, PartialEq)]
struct Shape {
    users: u32,
    distribution: Distribution,
    bytes: usize,
    codec: Compression,
}

#[derive(Clone, Copy, PartialEq)]
enum Distribution {
    Uniform,
    /// With the exponent 1.
    Zipf,
}

const DISTRIBUTIONS: [Distribution; 2] = [Distribution::Uniform, Distribution::Zipf];
const LENGTHS: [usize; 4] = [16, 20, 50, 100];
const USUAL: Shape = Shape {
    users: 10_000,
    distribution: Distribution::Uniform,
    bytes: 20,
    codec: Compression::None,
};

fn run(bench: &Bench<'_>) -> Result<(), String> {
    let example = built_example(Path::new(env!("CARGO_MANIFEST_DIR")), TOPIC, &["--release"])?;
    let example = example.display().to_string();
    let mut results = Results::begin(bench, SCENARIO.name, &drained::COLUMNS)?;
    let shapes = match bench.arguments.extent {
        Extent::Some => some_shapes(&bench.arguments.users),
        Extent::All => all_shapes(&bench.arguments.users),
    };
    for shape in shapes {
        drain(bench, &mut results, &example, shape)?;
    }
    results.print()
}

/// One thing varied at a time.
fn some_shapes(users: &[u32]) -> Vec<Shape> {
    let users = if users.is_empty() {
        &[100, 10_000, 1_000_000]
    } else {
        users
    };
    let mut shapes = Vec::new();
    for distribution in DISTRIBUTIONS {
        shapes.extend(users.iter().map(|users| Shape {
            users: *users,
            distribution,
            ..USUAL
        }));
    }
    shapes.extend(LENGTHS.map(|bytes| Shape { bytes, ..USUAL }));
    shapes.extend(Compression::ALL.map(|codec| Shape { codec, ..USUAL }));
    let mut different: Vec<Shape> = Vec::new();
    for shape in shapes {
        if !different.contains(&shape) {
            different.push(shape);
        }
    }
    different
}

/// Each with each.
fn all_shapes(users: &[u32]) -> Vec<Shape> {
    let users = if users.is_empty() {
        &[100, 10_000, 1_000_000, 10_000_000]
    } else {
        users
    };
    let mut shapes = Vec::new();
    for users in users {
        for distribution in DISTRIBUTIONS {
            for bytes in LENGTHS {
                shapes.extend(Compression::ALL.map(|codec| Shape {
                    users: *users,
                    distribution,
                    bytes,
                    codec,
                }));
            }
        }
    }
    shapes
}

fn drain(
    bench: &Bench<'_>,
    results: &mut Results,
    example: &str,
    shape: Shape,
) -> Result<(), String> {
    let records = bench.arguments.records;
    let lines = UserLines {
        users: shape.users,
        choice: match shape.distribution {
            Distribution::Uniform => Choice::Uniform(shape.users),
            Distribution::Zipf => Choice::zipf(shape.users),
        },
        bytes: shape.bytes,
    };
    let counts = lines.counts(records);
    let batches = by_hand::batches(lines.take(records).map(|access| access.line));
    bench.admin.create_topic(TOPIC, PARTITIONS.cast_signed());
    let produced = lines.take(records).map(|access| access.line);
    drained::fill(bench, TOPIC, produced, shape.codec);
    let case = Case {
        label: shape.label(),
        records,
        run: Run::Printed {
            command: &|workers| {
                let mut command = vec![example.to_owned()];
                command.extend(job::flags(bench, workers));
                command
            },
            check: &|stdout| check(stdout, &counts),
        },
        by_hand: &|| {
            let mut counts = Counts::default();
            by_hand::each_line(&batches, |line| {
                let (user, _page) = line.split_once(',').expect("a comma");
                counts.count(user);
            });
            counts.total()
        },
    };
    drained::drain(bench, results, &case)?;
    bench.admin.delete_topic(TOPIC);
    Ok(())
}

/// Every user must have exactly the count that was produced.
fn check(stdout: &str, expected: &[u64]) -> Result<(), String> {
    let mut counts = vec![0; expected.len()];
    for (user, count) in printed::totals(&printed::blocks(stdout)) {
        let number: Option<usize> = user.strip_prefix("user").and_then(|n| n.parse().ok());
        let known = number.and_then(|number| counts.get_mut(number));
        *known.ok_or_else(|| format!("`{user}` was not produced"))? += count;
    }
    let differing = counts.iter().zip(expected).position(|(a, b)| a != b);
    match differing {
        None => Ok(()),
        Some(user) => Err(format!(
            "user{user} was counted {} times, and produced {} times",
            counts[user], expected[user]
        )),
    }
}

impl Shape {
    fn label(self) -> String {
        let Shape {
            users,
            distribution,
            bytes,
            codec,
        } = self;
        let distribution = match distribution {
            Distribution::Uniform => "uniform",
            Distribution::Zipf => "Zipf",
        };
        format!(
            "{users} users, {distribution}, {bytes} bytes, {}",
            codec.codec()
        )
    }
}
