//! The first job fits its lock, the second one is locked with one type of each state changed.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use streamflow::stream_job;

#[derive(
    Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, streamflow::Key, streamflow::State,
)]
enum Event {
    Click,
    Buy(u32),
    Ask { word: String },
}

#[derive(Debug, Clone, Serialize, Deserialize, streamflow::State)]
struct Totals {
    #[serde(rename = "visits")]
    count: u64,
    spent: Option<f64>,
    last: (Page, [u8; 4]),
    words: BTreeMap<String, Vec<i8>>,
    #[state(by_name)]
    longest: std::num::NonZero<u8>,
}

#[derive(Debug, Clone, Serialize, Deserialize, streamflow::State)]
struct Page(Box<str>);

fn totals() -> Totals {
    Totals {
        count: 1,
        spent: None,
        last: (Page("/".into()), [0; 4]),
        words: BTreeMap::new(),
        longest: std::num::NonZero::<u8>::MIN,
    }
}

fn main() {
    let _fits = stream_job! {
        job locked
        let lines = from kafka("in");
        lines | map(|line| (line, totals())) | reduce_by_key(|a, _| a) every 90s as totals | print;
        lines
            | map(|line| match line.len() {
                0 => Event::Click,
                1 => Event::Buy(1),
                _ => Event::Ask { word: line.to_owned() },
            })
            | key_by(|event| event.clone())
            | count_by_key every 1s as events
            | print;
        lines | map(|line| line.len()) | average every 1s as lengths | print;
        lines | map(|line| ((line, 'c'), (1u8, 0.5))) | reduce_by_key(+) every 1s as sums | print;
        lines | map(|line| line.to_owned()) | reduce(|a, _| a) every 1h as first_lines | print;
        state sums migrate v1 -> v2 (|old: u8| (old, 0.5))
    };
    let _fits_not = stream_job! {
        job locked_otherwise
        let lines = from kafka("in");
        lines | map(|line| (line, totals())) | reduce_by_key(|a, _| a) every 90s as totals | print;
        lines
            | map(|line| match line.len() {
                0 => Event::Click,
                1 => Event::Buy(1),
                _ => Event::Ask { word: line.to_owned() },
            })
            | key_by(|event| event.clone())
            | count_by_key every 1s as events
            | print;
        lines | map(|line| line.len()) | average every 1s as lengths | print;
        lines | map(|line| ((line, 'c'), (1u8, 0.5))) | reduce_by_key(+) every 1s as sums | print;
        lines | map(|line| line.to_owned()) | reduce(|a, _| a) every 1h as first_lines | print;
        state sums migrate v1 -> v2 (|old: u8| (old, 0.5))
    };
}
