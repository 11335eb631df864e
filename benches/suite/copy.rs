//! What it takes to send records on from topic to topic, through a map and a filter.
//!
//! Nine of ten records pass. A run counts if the messages of its output are as many as those that
//! should pass, and the sum of their checksums, key and value, is the same. The loop by hand writes
//! the output's batches into memory.

use streamflow::{NewRecord, stream_job};
use streamflow_runtime::batch::BatchWriter;
use streamflow_test_support::kafka::Compression;

use crate::Scenario;
use crate::bench::Bench;
use crate::by_hand::{self, BATCH};
use crate::drained::{self, Case, Run};
use crate::job::{self, Job};
use crate::lines::{UserLine, UserLines};
use crate::results::Results;
use streamflow_test_support::random::Choice;

pub(crate) const SCENARIO: Scenario = Scenario {
    name: "copy",
    run,
    jobs: &[("copy", job)],
};

const USERS: u32 = 10_000;
/// What every page begins with that does not pass.
const LEFT_OUT: &str = "/7";

fn job() -> streamflow::Result<()> {
    let (input, output) = (job::input(), job::output());
    streamflow::main(stream_job! {
        job copy
        from kafka(&input)
            | map(|line| line.split_once(',')?)
            | filter(|(_user, page)| !page.starts_with(LEFT_OUT))
            | to kafka(&output, key: |(user, _)| user, value: |(_, page)| page)
    })
}

/// What is in a topic, in whatever order.
#[derive(Default, PartialEq, Debug)]
struct Contents {
    messages: u64,
    checksums: u64,
}

impl Contents {
    fn add(&mut self, key: &[u8], value: &[u8]) {
        self.messages += 1;
        let checksum = crc32c::crc32c_append(crc32c::crc32c(key), value);
        self.checksums = self.checksums.wrapping_add(checksum.into());
    }
}

fn run(bench: &Bench<'_>) -> Result<(), String> {
    let mut results = Results::begin(bench, SCENARIO.name, &drained::COLUMNS)?;
    let records = bench.arguments.records;
    let lines = UserLines {
        users: USERS,
        choice: Choice::Uniform(USERS),
        bytes: 20,
    };
    let mut expected = Contents::default();
    for UserLine { page, line, .. } in lines.take(records) {
        if page != 7
            && let Some((user, page)) = line.split_once(',')
        {
            expected.add(user.as_bytes(), page.as_bytes());
        }
    }
    let batches = by_hand::batches(lines.take(records).map(|access| access.line));
    let input = bench.new_topic("input");
    let produced = lines.take(records).map(|access| access.line);
    drained::fill(bench, &input, produced, Compression::None);
    let case = Case {
        label: "map, filter, to Kafka".to_owned(),
        records,
        run: Run::ToTopic {
            command: &|workers, output| {
                let job = Job {
                    name: "copy",
                    input: &input,
                    output,
                };
                job::command_line(bench, job, workers)
            },
            check: &|output| check(bench, output, &expected),
        },
        by_hand: &|| copied_bytes(&batches),
    };
    drained::drain(bench, &mut results, &case)?;
    bench.admin.delete_topic(&input);
    results.print()
}

fn copied_bytes(batches: &[Box<[u8]>]) -> u64 {
    let (mut bytes, mut waiting) = (0, 0);
    let mut writer = BatchWriter::new(Vec::new(), 0);
    by_hand::each_line(batches, |line| {
        let (user, page) = line.split_once(',').expect("a comma");
        if page.starts_with(LEFT_OUT) {
            return;
        }
        let record = NewRecord {
            key: Some(user.as_bytes()),
            value: Some(page.as_bytes()),
            headers: &[],
        };
        writer.push(0, record);
        waiting += 1;
        if waiting == BATCH {
            waiting = 0;
            let full = std::mem::replace(&mut writer, BatchWriter::new(Vec::new(), 0));
            bytes += full.finish().len() as u64;
        }
    });
    bytes + writer.finish().len() as u64
}

fn check(bench: &Bench<'_>, output: &str, expected: &Contents) -> Result<(), String> {
    let mut found = Contents::default();
    bench.admin.each_key_and_value(output, |key, value| {
        found.add(key.unwrap_or_default(), value.unwrap_or_default());
    });
    if found == *expected {
        return Ok(());
    }
    Err(format!(
        "the output has {found:?}, and should have {expected:?}"
    ))
}
