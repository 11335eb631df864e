//! Windows that end with an item: of a key's last rows, and of the time in front of each item, by the
//! records' own time and by the clock.

use std::collections::BTreeMap;

use proptest::prelude::*;
use streamflow::{Job, stream_job};

use crate::program::{Program, Reference, Seen, Told, check, programs};
use crate::watermark::{Watermark, time};

const LAG_S: i64 = 2;

fn job() -> Job<'static> {
    stream_job! {
        job rows
        let read = from kafka("in")
            | map(|line| { let (key, value) = line.split_once(',')?; (key, value.parse::<u64>()?) });
        read | group_by_key over rows 3 as threes | map(|(key, all)| format!("three {key} {all:?}")) | print;
        read | group_by_key over rows 4 by 3 as fours | map(|(key, all)| format!("four {key} {all:?}")) | print;
        read | reduce_by_key(max) over rows 3 by 1 as most | map(|(key, n)| format!("most {key} {n}")) | print;
        read | values | sum over rows 5 by 2 as all | map(|n| format!("all {n}")) | print;
        read | group_by_key over sliding 4s as clock | map(|(key, all)| format!("clock {key} {all:?}")) | print;
        let pairs = read | event_time(|(_, value)| time(*value)) lag 2s idle 10s future 30s;
        pairs | group_by_key over sliding 5s late else to(late) as sliding
            | map(|(key, mut all)| { all.sort_unstable(); format!("sliding {key} {all:?}") }) | print;
        late | map(|(key, value)| format!("late {key} {value}")) | print;
        pairs | count over sliding 3s late 2s drop as waiting | map(|n| format!("waiting {n}")) | print
    }
}

/// Sliding windows by the records' own time: all items that were not late, and up to where their
/// results have left.
struct Sliding {
    size_s: i64,
    wait_s: i64,
    items: BTreeMap<String, Vec<(i64, u64)>>,
}

impl Sliding {
    fn new(size_s: i64, wait_s: i64) -> Self {
        Sliding {
            size_s,
            wait_s,
            items: BTreeMap::new(),
        }
    }

    fn is_complete(&self, time_s: i64, watermark_s: i64) -> bool {
        time_s + self.wait_s < watermark_s
    }

    fn add(&mut self, time_s: i64, key: &str, value: u64, watermark_s: i64) {
        if !self.is_complete(time_s, watermark_s) {
            let of_key = self.items.entry(key.to_owned()).or_default();
            of_key.push((time_s, value));
        }
    }

    fn results(&self, before_s: i64, watermark_s: i64) -> Vec<(String, Vec<u64>)> {
        let mut results = Vec::new();
        for (key, items) in &self.items {
            for (time_s, _) in items {
                if self.is_complete(*time_s, watermark_s) && !self.is_complete(*time_s, before_s) {
                    let inside = items
                        .iter()
                        .filter(|(other, _)| *other <= *time_s && *other > time_s - self.size_s);
                    let mut values: Vec<u64> = inside.map(|(_, value)| *value).collect();
                    values.sort_unstable();
                    results.push((key.clone(), values));
                }
            }
        }
        results
    }
}

/// Keeps all rows.
struct Rows {
    time: Watermark,
    /// Values with the seconds in which they came.
    of_keys: BTreeMap<String, Vec<(i64, u64)>>,
    all: Vec<u64>,
    sliding: Sliding,
    waiting: Sliding,
}

fn last(values: &[(i64, u64)], n: usize) -> Vec<u64> {
    let from = values.len().saturating_sub(n);
    values[from..].iter().map(|(_, value)| *value).collect()
}

impl Rows {
    fn new(partitions: usize) -> Self {
        Rows {
            time: Watermark::new(LAG_S, partitions),
            of_keys: BTreeMap::new(),
            all: Vec::new(),
            sliding: Sliding::new(5, 0),
            waiting: Sliding::new(3, 2),
        }
    }

    fn take(&mut self, seen: &Seen) -> Vec<String> {
        let mut rows = Vec::new();
        let Seen { key, value, .. } = seen;
        let of_key = self.of_keys.entry(key.clone()).or_default();
        of_key.push((self.time.now_s, *value));
        if of_key.len().is_multiple_of(3) {
            rows.push(format!("three {key} {:?}", last(of_key, 3)));
            rows.push(format!("four {key} {:?}", last(of_key, 4)));
        }
        let most = last(of_key, 3).into_iter().max().expect("a row");
        rows.push(format!("most {key} {most}"));
        let in_time: Vec<u64> = of_key
            .iter()
            .filter(|(at_s, _)| *at_s > self.time.now_s - 4)
            .map(|(_, value)| *value)
            .collect();
        rows.push(format!("clock {key} {in_time:?}"));
        self.all.push(*value);
        if self.all.len().is_multiple_of(2) {
            let from = self.all.len().saturating_sub(5);
            rows.push(format!("all {}", self.all[from..].iter().sum::<u64>()));
        }
        if let Some(time_s) = self.time.own_s(seen) {
            if self.sliding.is_complete(time_s, self.time.reached_s) {
                rows.push(format!("late {key} {value}"));
            }
            self.sliding.add(time_s, key, *value, self.time.reached_s);
            self.waiting.add(time_s, "", *value, self.time.reached_s);
            self.time.hear(seen, time_s);
        } else {
            rows.push(format!("late {key} {value}"));
        }
        rows
    }

    fn advance(&mut self) -> Vec<String> {
        let before_s = self.time.reached_s;
        self.time.advance();
        let sliding = self
            .sliding
            .results(before_s, self.time.reached_s)
            .into_iter();
        let mut rows: Vec<String> = sliding
            .map(|(key, all)| format!("sliding {key} {all:?}"))
            .collect();
        let waiting = self
            .waiting
            .results(before_s, self.time.reached_s)
            .into_iter();
        rows.extend(waiting.map(|(_, all)| format!("waiting {}", all.len())));
        rows
    }
}

impl Reference for Rows {
    fn rows(&mut self, told: &Told<'_>) -> Vec<String> {
        let mut rows = Vec::new();
        self.time.tell(told);
        if let Told::Fed(seen) = told {
            rows.extend(seen.iter().flat_map(|seen| self.take(seen)));
        }
        rows.extend(self.advance());
        rows
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn windows_that_end_with_items_are_those_of_the_reference(program in programs()) {
        runs(&program);
    }
}

fn runs(program: &Program) {
    for workers in [1, 2, 4] {
        check(program, workers, job(), &mut Rows::new(program.partitions));
    }
}
