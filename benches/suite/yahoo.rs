//! What the Yahoo streaming benchmark takes for an event, as far as the language runs today.
//!
//! Events of advertisements are JSON in Kafka: those of the type `view` pass, advertisement and time
//! are kept of them, the advertisement's campaign is looked up, and events are counted for each
//! campaign and each window of ten seconds of the events' own time. As in the original, counts leave
//! every second as what is to be added to those that have left before, 1,000 advertisements belong
//! to 100 campaigns, and a third of the events are views.
//!
//! What differs: there is no Redis, neither for the lookup, which is in a map that the closure has,
//! as in the usual variants of the benchmark, nor for the counts, which go to a topic. A window is a
//! part of the key, since windows over event time do not run yet. The topic is drained, and its
//! event time goes on by a second each 100,000 events: what is measured is how much can be
//! processed, not how late the result of a given load is.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

use serde::Deserialize;
use streamflow::stream_job;
use streamflow_test_support::kafka::Compression;

use crate::Scenario;
use crate::bench::Bench;
use crate::by_hand;
use crate::drained::{self, Case, Run};
use crate::job::{self, Job};
use crate::results::Results;
use streamflow_test_support::random::Random;

pub(crate) const SCENARIO: Scenario = Scenario {
    name: "yahoo",
    run,
    jobs: &[("yahoo", job)],
};

const CAMPAIGNS: usize = 100;
const ADS_OF_CAMPAIGN: usize = 10;
const WINDOW_MS: u64 = 10_000;
const FIRST_EVENT_MS: u64 = 1_700_000_000_000;
const EVENTS_PER_MS: u64 = 100;

const EVENT_TYPES: [&str; 3] = ["view", "click", "purchase"];
const AD_TYPES: [&str; 5] = ["banner", "modal", "sponsored-search", "mail", "mobile"];

/// What the job reads of an event.
#[derive(Deserialize)]
struct AdEvent<'b> {
    ad_id: &'b str,
    event_type: &'b str,
    event_time: &'b str,
}

fn job() -> streamflow::Result<()> {
    let (input, output) = (job::input(), job::output());
    let campaigns: HashMap<String, String> = ads().into_iter().collect();
    streamflow::main(stream_job! {
        job yahoo
        from kafka(&input) as Json<AdEvent<'_>>
            | filter(|event| event.event_type == "view")
            | map(|event| (event.ad_id, event.event_time.parse::<u64>()?))
            | map(|(ad, time_ms)| ((campaigns.get(ad)?.as_str(), time_ms / WINDOW_MS), 1u64))
            | reduce_by_key(+) every 1s
            | to kafka(
                &output,
                key: |((campaign, _), _)| campaign,
                value: |((_, window), n)| format!("{window},{n}"),
            )
    })
}

/// The campaign of each advertisement.
fn ads() -> Vec<(String, String)> {
    let mut random = Random::new(4);
    let mut ads = Vec::new();
    for _ in 0..CAMPAIGNS {
        let campaign = id(&mut random);
        ads.extend((0..ADS_OF_CAMPAIGN).map(|_| (id(&mut random), campaign.clone())));
    }
    ads
}

/// In the form of a UUID.
fn id(random: &mut Random) -> String {
    let (high, low) = (random.next(), random.next());
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        high >> 32,
        high >> 16 & 0xFFFF,
        high & 0xFFF,
        low >> 48 & 0xFFF,
        low & 0xFFFF_FFFF_FFFF
    )
}

/// One of a list, each as likely as the others.
fn one<'l, T>(random: &mut Random, list: &'l [T]) -> &'l T {
    let end = u32::try_from(list.len()).expect("a short list");
    &list[random.below(end) as usize]
}

/// What is counted for each campaign and window.
type Views = BTreeMap<(String, u64), u64>;

/// Makes the events, the same in every run, and hears what each of them counts for.
fn events(
    ads: &[(String, String)],
    records: u32,
    mut counts: impl FnMut(&str, u64),
) -> impl Iterator<Item = String> {
    let mut random = Random::new(5);
    // As many users and pages as the original has.
    let ids: Vec<String> = (0..100).map(|_| id(&mut random)).collect();
    (0..records).map(move |number| {
        let time_ms = FIRST_EVENT_MS + u64::from(number) / EVENTS_PER_MS;
        let (ad, campaign) = one(&mut random, ads);
        let event_type = *one(&mut random, &EVENT_TYPES);
        if event_type == "view" {
            counts(campaign, time_ms / WINDOW_MS);
        }
        let mut event = String::with_capacity(256);
        let written = write!(
            event,
            "{{\"user_id\":\"{}\",\"page_id\":\"{}\",\"ad_id\":\"{ad}\",\"ad_type\":\"{}\",\
             \"event_type\":\"{event_type}\",\"event_time\":\"{time_ms}\",\"ip_address\":\"1.2.3.4\"}}",
            one(&mut random, &ids),
            one(&mut random, &ids),
            one(&mut random, &AD_TYPES),
        );
        written.expect("a text takes all that is written to it");
        event
    })
}

fn run(bench: &Bench<'_>) -> Result<(), String> {
    let mut results = Results::begin(bench, SCENARIO.name, &drained::COLUMNS)?;
    let records = bench.arguments.records;
    let ads = ads();
    let mut expected = Views::new();
    let batches = by_hand::batches(events(&ads, records, |campaign, window| {
        *expected.entry((campaign.to_owned(), window)).or_default() += 1;
    }));
    let input = bench.new_topic("input");
    let produced = events(&ads, records, |_, _| {});
    drained::fill(bench, &input, produced, Compression::None);
    let campaigns: HashMap<String, String, foldhash::fast::RandomState> =
        ads.iter().cloned().collect();
    let case = Case {
        label: format!("{CAMPAIGNS} campaigns"),
        records,
        run: Run::ToTopic {
            command: &|workers, output| {
                let job = Job {
                    name: "yahoo",
                    input: &input,
                    output,
                };
                job::command_line(bench, job, workers)
            },
            check: &|output| check(bench, output, &expected),
        },
        by_hand: &|| {
            let mut views: HashMap<(&str, u64), u64, foldhash::fast::RandomState> =
                HashMap::default();
            by_hand::each_line(&batches, |line| {
                let event: AdEvent<'_> = serde_json::from_str(line).expect("an event");
                if event.event_type == "view" {
                    let time_ms: u64 = event.event_time.parse().expect("a time");
                    let campaign = &campaigns[event.ad_id];
                    *views.entry((campaign, time_ms / WINDOW_MS)).or_default() += 1;
                }
            });
            views.into_values().sum()
        },
    };
    drained::drain(bench, &mut results, &case)?;
    bench.admin.delete_topic(&input);
    results.print()
}

fn check(bench: &Bench<'_>, output: &str, expected: &Views) -> Result<(), String> {
    let mut found = Views::new();
    let mut odd = None;
    bench.admin.each_key_and_value(output, |key, value| {
        let campaign = String::from_utf8_lossy(key.unwrap_or_default());
        let value = String::from_utf8_lossy(value.unwrap_or_default());
        let parts = value.split_once(',');
        let parts =
            parts.and_then(|(window, n)| Some((window.parse().ok()?, n.parse::<u64>().ok()?)));
        match parts {
            Some((window, n)) => *found.entry((campaign.into_owned(), window)).or_default() += n,
            None => odd = Some(value.into_owned()),
        }
    });
    if let Some(odd) = odd {
        return Err(format!("`{odd}` is no window and count"));
    }
    if found == *expected {
        return Ok(());
    }
    Err(format!(
        "{} views were counted in {} places, and {} produced in {}",
        found.values().sum::<u64>(),
        found.len(),
        expected.values().sum::<u64>(),
        expected.len()
    ))
}
