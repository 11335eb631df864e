//! What the queries of Nexmark take, from topics to a topic: see `benches/nexmark`.
//!
//! Persons, auctions and bids are JSON, a thousand of them in a second of their own time, in a topic
//! for each kind. Figures are for an event of the topics that a query reads. By hand, each of these
//! events is decoded, and nothing is asked. A run counts if it gives what the oracle says.

use std::collections::BTreeMap;

use serde::Deserialize;
use streamflow_nexmark::events::History;
use streamflow_nexmark::generator::Generator;
use streamflow_nexmark::{Expected, QUERIES, Query, Topics};
use streamflow_test_support::kafka::Compression;

use crate::Scenario;
use crate::bench::Bench;
use crate::by_hand;
use crate::drained::{self, Case, Run};
use crate::job::{self, Job};
use crate::results::Results;

pub(crate) const SCENARIO: Scenario = Scenario {
    name: "nexmark",
    run,
    jobs: &[
        ("q0", || job("q0")),
        ("q1", || job("q1")),
        ("q2", || job("q2")),
        ("q3", || job("q3")),
        ("q4", || job("q4")),
        ("q5", || job("q5")),
        ("q6", || job("q6")),
        ("q7", || job("q7")),
        ("q8", || job("q8")),
        ("q11", || job("q11")),
        ("q12", || job("q12")),
        ("q17", || job("q17")),
        ("q18", || job("q18")),
        ("q22", || job("q22")),
    ],
};

const FIRST_MS: i64 = 1_700_000_000_000;
const PER_SECOND: u64 = 1_000;

/// Between the names of the topics that a job reads.
const BETWEEN: char = '/';

fn job(name: &str) -> streamflow::Result<()> {
    let query = QUERIES.iter().find(|query| query.name == name);
    let query = query.unwrap_or_else(|| panic!("no query is named `{name}`"));
    let input = job::input();
    let mut names = input.split(BETWEEN).map(str::to_owned);
    let mut next = || names.next().unwrap_or_default();
    streamflow::main((query.job)(&Topics {
        persons: next(),
        auctions: next(),
        bids: next(),
        output: job::output(),
    }))
}

/// A field that every event has: decoding it walks over all of them.
#[derive(Deserialize)]
struct Timed {
    time_ms: i64,
}

fn run(bench: &Bench<'_>) -> Result<(), String> {
    let mut results = Results::begin(bench, SCENARIO.name, &drained::COLUMNS)?;
    let topics = Topics {
        persons: bench.new_topic("persons"),
        auctions: bench.new_topic("auctions"),
        bids: bench.new_topic("bids"),
        output: String::new(),
    };
    let events = || Generator::new(1, FIRST_MS, PER_SECOND).take(bench.arguments.records as usize);
    let history: History = events().collect();
    let mut batches = BTreeMap::new();
    for topic in [&topics.persons, &topics.auctions, &topics.bids] {
        let of_topic = || events().filter(|event| event.topic(&topics) == topic);
        let lines = || of_topic().map(|event| event.json());
        drained::fill(bench, topic, lines(), Compression::None);
        batches.insert(topic.as_str(), (by_hand::batches(lines()), lines().count()));
    }
    for query in &QUERIES {
        let reads = topics_of(query, &topics);
        let batches: Vec<_> = reads
            .iter()
            .filter_map(|topic| batches.get(topic))
            .collect();
        let records: usize = batches.iter().map(|(_, n_events)| n_events).sum();
        let expected = (query.expected)(&history);
        let case = Case {
            label: format!("{}: {}", query.name, query.asks),
            records: u32::try_from(records).unwrap_or(u32::MAX),
            run: Run::ToTopic {
                command: &|workers, output| {
                    let input = [&*topics.persons, &*topics.auctions, &*topics.bids];
                    let input = input.join(&BETWEEN.to_string());
                    let job = Job {
                        name: query.name,
                        input: &input,
                        output,
                    };
                    job::command_line(bench, job, workers)
                },
                check: &|output| check(bench, output, &expected),
            },
            by_hand: &|| {
                let mut times = 0;
                for (batches, _) in &batches {
                    by_hand::each_line(batches, |line| {
                        let Timed { time_ms } = serde_json::from_str(line).expect("an event");
                        times ^= time_ms.cast_unsigned();
                    });
                }
                times
            },
        };
        drained::drain(bench, &mut results, &case)?;
    }
    for topic in [&topics.persons, &topics.auctions, &topics.bids] {
        bench.admin.delete_topic(topic);
    }
    results.print()
}

/// The topics that a query reads: its plan says it.
fn topics_of<'t>(query: &Query, topics: &'t Topics) -> Vec<&'t str> {
    let job = (query.job)(topics);
    let texts: Vec<&str> = job.plan().stages.iter().map(|stage| stage.text).collect();
    let all = [
        ("persons", &topics.persons),
        ("auctions", &topics.auctions),
        ("bids", &topics.bids),
    ];
    let read = all.into_iter().filter(|(field, _)| {
        let source = format!("kafka(topics.{field}");
        texts.iter().any(|text| text.starts_with(&source))
    });
    read.map(|(_, topic)| topic.as_str()).collect()
}

fn check(bench: &Bench<'_>, output: &str, expected: &Expected) -> Result<(), String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut given = Vec::new();
    bench.admin.each_key_and_value(output, |key, value| {
        given.push((key.map(text), text(value.unwrap_or_default())));
    });
    expected.is_given(given)
}
