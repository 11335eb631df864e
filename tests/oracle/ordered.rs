//! State for each key, in the order of the key's items.

use std::collections::BTreeMap;

use proptest::prelude::*;
use streamflow::{Job, stream_job};

use crate::program::{Program, Reference, Seen, Told, check, programs};

/// After how many seconds keys are forgotten: an eighth of it is a second, the step of the programs.
const TTL_S: u64 = 8;

fn job() -> Job<'static> {
    stream_job! {
        job ordered
        let pairs = from kafka("in")
            | map(|line| { let (key, value) = line.split_once(',')?; (key, value.parse::<u64>()?) });
        pairs | scan(0u64, |sum, value| sum * 2 % 1_000 + value) ttl 8s as sums
            | map(|(key, sum)| format!("scan {key} {sum}")) | print;
        pairs | map(|(key, value)| (key.to_owned(), value))
            | dedup(|(key, value)| (key.as_str(), *value % 3)) ttl 8s as seen
            | map(|(key, value)| format!("first {key} {value}")) | print;
        pairs | lag(2) forever as before
            | map(|(key, (value, before))| format!("lag {key} {value} {before:?}")) | print;
        pairs | map_with_state(Vec::<u64>::new(), |key, value: Option<u64>, all| match value {
                Some(value) => { all.push(value); format!("state {key} {all:?}") }
                None => format!("gone {key} {all:?}"),
            }) ttl 8s as all
            | print
    }
}

/// What each key has, and when it was used last.
#[derive(Default)]
struct Keys {
    now_s: u64,
    sums: BTreeMap<String, (u64, u64)>,
    seen: BTreeMap<(String, u64), u64>,
    before: BTreeMap<String, Vec<u64>>,
    all: BTreeMap<String, (u64, Vec<u64>)>,
}

impl Keys {
    fn take(&mut self, seen: &Seen) -> Vec<String> {
        let Seen { key, value, .. } = seen;
        let now_s = self.now_s;
        let is_used = |used_s: u64| now_s - used_s < TTL_S;
        let mut rows = Vec::new();

        let before = self.sums.get(key).filter(|(used_s, _)| is_used(*used_s));
        let sum = before.map_or(0, |(_, sum)| *sum) * 2 % 1_000 + value;
        self.sums.insert(key.clone(), (now_s, sum));
        rows.push(format!("scan {key} {sum}"));

        let known = self.seen.insert((key.clone(), value % 3), now_s);
        if !known.is_some_and(is_used) {
            rows.push(format!("first {key} {value}"));
        }

        let values = self.before.entry(key.clone()).or_default();
        let before = values.len().checked_sub(2).map(|at| values[at]);
        values.push(*value);
        rows.push(format!("lag {key} {value} {before:?}"));

        let (used_s, all) = self.all.entry(key.clone()).or_default();
        *used_s = now_s;
        all.push(*value);
        rows.push(format!("state {key} {all:?}"));
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
                let now_s = self.now_s;
                // It is told when a key has not been used for longer.
                let is_gone = |used_s: &u64| now_s - used_s > TTL_S;
                let gone = self.all.iter().filter(|(_, (used_s, _))| is_gone(used_s));
                let rows = gone.map(|(key, (_, all))| format!("gone {key} {all:?}"));
                let rows = rows.collect();
                self.all.retain(|_, (used_s, _)| !is_gone(used_s));
                rows
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn state_is_that_of_the_reference(program in programs()) {
        runs(&program);
    }
}

fn runs(program: &Program) {
    for workers in [1, 4] {
        check(program, workers, job(), &mut Keys::default());
    }
}
