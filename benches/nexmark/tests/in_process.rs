//! Every query gives what the oracle says, on topics inside the process, with one worker and with four.

use std::sync::Arc;

use streamflow::{NewRecord, RunConfig, StopSignal, Until};
use streamflow_nexmark::events::{Event, History};
use streamflow_nexmark::generator::Generator;
use streamflow_nexmark::{QUERIES, Query, Topics};

const EVENTS: usize = 20_000;
const PARTITIONS: usize = 4;

/// 2026-01-01, half a minute before midnight: days and windows end within the events.
const FIRST_MS: i64 = 1_767_225_570_000;

fn events() -> Vec<Event> {
    Generator::new(1, FIRST_MS, 100).take(EVENTS).collect()
}

fn filled(events: &[Event], names: &Topics) -> Arc<streamflow::Topics> {
    let topics = streamflow::Topics::creating(PARTITIONS).unbounded();
    for event in events {
        let json = event.json();
        let record = NewRecord {
            value: Some(json.as_bytes()),
            ..NewRecord::default()
        };
        topics
            .append(event.topic(names), None, FIRST_MS, [record])
            .expect("the topic can be written");
    }
    Arc::new(topics)
}

fn is_right(query: &Query, events: &[Event], history: &History, workers: usize) {
    let names = Topics::of(query.name);
    let (topics, job) = (filled(events, &names), (query.job)(&names));
    let config = RunConfig {
        parallelism: workers,
        until: Until::CaughtUp,
        ..RunConfig::of(job.plan()).expect("the defaults are fine")
    };
    job.run_on(Arc::clone(&topics), config, StopSignal::new())
        .unwrap_or_else(|error| panic!("{}: {}", query.name, error.one_line()));
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    let given = topics.records(query.name).into_iter();
    let given = given.map(|record| (record.key.map(text), text(record.value.unwrap_or_default())));
    if let Err(wrong) = (query.expected)(history).is_given(given) {
        panic!("{} with {workers} workers: {wrong}", query.name);
    }
}

#[test]
fn queries_give_what_the_oracle_says() {
    let events = events();
    let history: History = events.iter().cloned().collect();
    for workers in [1, 4] {
        for query in &QUERIES {
            is_right(query, &events, &history, workers);
        }
    }
}
