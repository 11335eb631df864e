//! Every query gives what the oracle says on a real Apache Kafka broker.

use streamflow::{RunConfig, StopSignal, Until};
use streamflow_nexmark::events::{Event, History};
use streamflow_nexmark::generator::Generator;
use streamflow_nexmark::{QUERIES, Topics};
use streamflow_test_support::kafka::{self, Compression, Message};

const EVENTS: usize = 20_000;
const PARTITIONS: i32 = 4;

/// 2026-01-01, half a minute before midnight: days and windows end within the events.
const FIRST_MS: i64 = 1_767_225_570_000;

#[test]
fn queries_give_what_the_oracle_says_on_a_broker() {
    let test = "queries_give_what_the_oracle_says_on_a_broker";
    let Some(broker) = kafka::own_broker_or_skip(test) else {
        return;
    };
    let admin = broker.admin();
    let events: Vec<Event> = Generator::new(2, FIRST_MS, 100).take(EVENTS).collect();
    let names = Topics::of("");
    for topic in [&names.persons, &names.auctions, &names.bids] {
        admin.create_topic(topic, PARTITIONS);
        let of_topic = events.iter().filter(|event| event.topic(&names) == topic);
        let in_turn = (0..PARTITIONS).cycle().zip(of_topic);
        let messages =
            in_turn.map(|(partition, event)| Message::from(event.json()).for_partition(partition));
        admin.produce(topic, messages, Compression::Lz4);
    }
    let history: History = events.into_iter().collect();

    let mut wrong = Vec::new();
    for query in &QUERIES {
        admin.create_topic(query.name, PARTITIONS);
        let job = (query.job)(&Topics::of(query.name));
        let config = RunConfig {
            brokers: Some(broker.bootstrap()),
            until: Until::CaughtUp,
            parallelism: 2,
            ..RunConfig::of(job.plan()).expect("the defaults are fine")
        };
        if let Err(error) = job.run_with(config, StopSignal::new()) {
            wrong.push(format!("{}: {}", query.name, error.one_line()));
            continue;
        }
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        let given = admin.messages(query.name).into_iter();
        let given = given.map(|message| {
            (
                message.key.map(text),
                text(message.value.unwrap_or_default()),
            )
        });
        if let Err(differs) = (query.expected)(&history).is_given(given) {
            wrong.push(format!("{}: {differs}", query.name));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
