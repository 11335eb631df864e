//! Windows by the wall clock.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use streamflow::{Job, stream_job};

use crate::program::{Program, Reference, Seen, Told, check, programs};
use crate::watermark::{bounds, in_seconds};

fn job() -> Job<'static> {
    stream_job! {
        job windows
        let pairs = from kafka("in")
            | map(|line| { let (key, value) = line.split_once(',')?; (key, value.parse::<u64>()?) });
        pairs | reduce_by_key(+) over hopping 4s by 1s as sums | map(|(key, n)| format!("sum {key} {n}")) | print;
        pairs | reduce_by_key(max) over hopping 9s by 3s as greatest | map(|(key, n)| format!("max {key} {n}")) | print;
        pairs | group_by_key over hopping 2s by 1s as groups
            | map(|(key, mut all)| { all.sort_unstable(); format!("group {key} {all:?}") }) | print;
        pairs | count_by_key over cumulate 6s by 2s as day | with_window | map(|((key, w), n)| format!("so far {key} {n} {}", bounds(w))) | print;
        pairs | count over hopping 4s by 2s as counts | map(|n| format!("count {n}")) | print;
        pairs | values | average over hopping 4s by 2s as means | map(|mean| format!("mean {mean:.6}")) | print;
        pairs | keys | distinct over tumbling 3s as different | map(|key| format!("distinct {key}")) | print;
        pairs | reduce_by_key(+) over hopping 5s by 2s as odd | with_window | map(|((key, w), n)| format!("odd {key} {n} {}", bounds(w))) | print;
        pairs | reduce_by_key(|a, b| if a > b { a } else { b }) over hopping 4s by 3s offset 2s as moved | with_window | map(|((key, w), n)| format!("moved {key} {n} {}", bounds(w))) | print;
        pairs | count over hopping 2s by 3s offset 1s as gaps | with_window | map(|(w, n)| format!("gaps {n} {}", bounds(w))) | print;
        pairs | count_by_key over tumbling 3s offset 2s as late_thirds | map(|(key, n)| format!("third {key} {n}")) | print
    }
}

/// Keeps all records, and looks through them for each window that ends.
#[derive(Default)]
struct All(Vec<Seen>);

impl All {
    /// The records from one second to another one, without it.
    fn between(&self, from: u64, to: u64) -> impl Iterator<Item = &Seen> {
        let is_in = move |seen: &&Seen| (from..to).contains(&seen.at_s);
        self.0.iter().filter(is_in)
    }

    fn by_key(&self, from: u64, to: u64) -> BTreeMap<&str, Vec<u64>> {
        let mut values: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        for seen in self.between(from, to) {
            values.entry(&seen.key).or_default().push(seen.value);
        }
        values
    }
}

impl Reference for All {
    fn rows(&mut self, told: &Told<'_>) -> Vec<String> {
        let second = match told {
            Told::Fed(seen) => {
                self.0.extend(seen.iter().cloned());
                return Vec::new();
            }
            Told::Second(second) => *second,
            Told::Restarted(_) => return Vec::new(),
        };
        let end = second + 1;
        let last = |seconds: u64| end.saturating_sub(seconds);
        let end_s = i64::try_from(end).expect("a small number");
        let last_s = |seconds: i64| in_seconds(end_s - seconds, end_s);
        let mut rows = Vec::new();
        for (key, values) in self.by_key(last(4), end) {
            rows.push(format!("sum {key} {}", values.iter().sum::<u64>()));
        }
        if end.is_multiple_of(3) {
            for (key, values) in self.by_key(last(9), end) {
                rows.push(format!(
                    "max {key} {}",
                    values.iter().max().expect("a key has a value")
                ));
            }
            let keys: BTreeSet<&str> = self.between(last(3), end).map(|it| &*it.key).collect();
            rows.extend(keys.into_iter().map(|key| format!("distinct {key}")));
        }
        for (key, mut values) in self.by_key(last(2), end) {
            values.sort_unstable();
            rows.push(format!("group {key} {values:?}"));
        }
        if end.is_multiple_of(2) {
            for (key, values) in self.by_key(last(5), end) {
                rows.push(format!(
                    "odd {key} {} {}",
                    values.iter().sum::<u64>(),
                    last_s(5)
                ));
            }
        }
        if end % 3 == 2 {
            for (key, values) in self.by_key(last(4), end) {
                let greatest = values.iter().max().expect("a key has a value");
                rows.push(format!("moved {key} {greatest} {}", last_s(4)));
            }
            for (key, values) in self.by_key(last(3), end) {
                rows.push(format!("third {key} {}", values.len()));
            }
        }
        if end % 3 == 1 {
            let count = self.between(last(2), end).count();
            rows.push(format!("gaps {count} {}", last_s(2)));
        }
        if end.is_multiple_of(2) {
            for (key, values) in self.by_key(second / 6 * 6, end) {
                let grown = last_s(end_s - (end_s - 1) / 6 * 6);
                rows.push(format!("so far {key} {} {grown}", values.len()));
            }
            let values: Vec<u64> = self.between(last(4), end).map(|it| it.value).collect();
            rows.push(format!("count {}", values.len()));
            if !values.is_empty() {
                let number = |n: u64| f64::from(u32::try_from(n).expect("a small number"));
                let (sum, count) = (values.iter().sum(), values.len() as u64);
                rows.push(format!("mean {:.6}", number(sum) / number(count)));
            }
        }
        rows
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn windows_are_those_of_the_reference(program in programs()) {
        runs(&program);
    }
}

fn runs(program: &Program) {
    for workers in [1, 4] {
        check(program, workers, job(), &mut All::default());
    }
}
