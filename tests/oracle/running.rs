//! Aggregates that go on, and stages that keep only so many keys.

use std::collections::BTreeMap;

use proptest::prelude::*;
use streamflow::{Job, stream_job};

use crate::program::{Program, Reference, Seen, Told, check, programs};

/// After how many seconds keys are forgotten.
const TTL_S: u64 = 8;

/// How many keys are kept at most.
const CAP: usize = 2;

fn job() -> Job<'static> {
    stream_job! {
        job running
        let pairs = from kafka("in")
            | map(|line| { let (key, value) = line.split_once(',')?; (key, value.parse::<u64>()?) });
        pairs | reduce_by_key(+) running ttl 8s as sums
            | map(|(key, sum)| format!("sum {key} {sum}")) | print;
        pairs | values | average running forever as mean
            | map(|mean| format!("mean {mean}")) | print;
        pairs | reduce_by_key(max) running emit updates every 2s forever as most
            | map(|(key, most)| format!("most {key} {most}")) | print;
        pairs | agg_by_key { n: count, total: sum } running cap 2 as few
            | map(|(key, agg)| format!("few {key} {} {}", agg.n, agg.total)) | print;
        pairs | map_with_state(Vec::<u64>::new(), |key, value: Option<u64>, all| match value {
                Some(value) => { all.push(value); format!("state {key} {all:?}") }
                None => format!("gone {key} {all:?}"),
            }) ttl 8s cap 2 as all
            | print
    }
}

/// What each key has; of `few` and `all` the key that was used last stands last.
#[derive(Default)]
struct Keys {
    now_s: u64,
    sums: BTreeMap<String, (u64, u64)>,
    values: Vec<u64>,
    most: BTreeMap<String, u64>,
    changed: BTreeMap<String, u64>,
    few: Vec<(String, (u64, u64))>,
    all: Vec<(String, (u64, Vec<u64>))>,
}

/// Takes out what a key has, and the key that makes room for it.
fn room<T>(keys: &mut Vec<(String, T)>, key: &str) -> (Option<T>, Option<(String, T)>) {
    if let Some(at) = keys.iter().position(|(known, _)| known == key) {
        return (Some(keys.remove(at).1), None);
    }
    let first = (keys.len() == CAP).then(|| keys.remove(0));
    (None, first)
}

impl Keys {
    fn take(&mut self, Seen { key, value, .. }: &Seen) -> Vec<String> {
        let mut rows = Vec::new();

        let before = self.sums.get(key);
        let before = before.filter(|(used_s, _)| self.now_s - used_s < TTL_S);
        let sum = before.map_or(0, |(_, sum)| *sum) + value;
        self.sums.insert(key.clone(), (self.now_s, sum));
        rows.push(format!("sum {key} {sum}"));

        self.values.push(*value);
        let sum: u64 = self.values.iter().sum();
        let (sum, n) = (
            u32::try_from(sum).expect("small values"),
            u32::try_from(self.values.len()).expect("few values"),
        );
        rows.push(format!("mean {}", f64::from(sum) / f64::from(n)));

        let most = self.most.entry(key.clone()).or_default();
        *most = (*most).max(*value);
        self.changed.insert(key.clone(), *most);

        let (n, total) = room(&mut self.few, key).0.unwrap_or_default();
        let (n, total) = (n + 1, total + value);
        self.few.push((key.clone(), (n, total)));
        rows.push(format!("few {key} {n} {total}"));

        let (known, gone) = room(&mut self.all, key);
        rows.extend(gone.map(|(key, (_, all))| format!("gone {key} {all:?}")));
        let (_, mut all) = known.unwrap_or_default();
        all.push(*value);
        rows.push(format!("state {key} {all:?}"));
        self.all.push((key.clone(), (self.now_s, all)));
        rows
    }

    fn second(&mut self) -> Vec<String> {
        let now_s = self.now_s;
        // It is told when a key has not been used for longer.
        let is_gone = |used_s: u64| now_s - used_s > TTL_S;
        let gone = self.all.extract_if(.., |(_, (used_s, _))| is_gone(*used_s));
        let gone = gone.map(|(key, (_, all))| format!("gone {key} {all:?}"));
        let mut rows: Vec<String> = gone.collect();
        if now_s.is_multiple_of(2) {
            let changed = std::mem::take(&mut self.changed).into_iter();
            rows.extend(changed.map(|(key, most)| format!("most {key} {most}")));
        }
        rows
    }
}

impl Reference for Keys {
    fn rows(&mut self, told: &Told<'_>) -> Vec<String> {
        match told {
            Told::Restarted(_) => Vec::new(),
            Told::Fed(seen) => seen.iter().flat_map(|seen| self.take(seen)).collect(),
            Told::Second(second) => {
                self.now_s = second + 1;
                self.second()
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn results_are_those_of_the_reference(program in programs()) {
        runs(&program);
    }
}

fn runs(program: &Program) {
    for workers in [1, 4] {
        check(program, workers, job(), &mut Keys::default());
    }
}
