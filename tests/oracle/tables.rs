//! Streams that meet tables: the latest value of each key, or the version of an item's own time.

use std::collections::BTreeMap;

use proptest::prelude::*;
use streamflow::{Job, stream_job};

use crate::program::{Program, Reference, Seen, Told, check, programs};
use crate::watermark::{Watermark, time};

const TTL_S: u64 = 8;

/// Whether a record is for the table; its value says it. The others ask.
fn is_entry(value: u64) -> bool {
    value % 4 < 2
}

/// The value that a record has for the table; nothing deletes the key.
fn entry(value: u64) -> Option<u64> {
    (!value.is_multiple_of(12)).then_some(value)
}

fn latest() -> Job<'static> {
    stream_job! {
        job latest
        let pairs = from kafka("in")
            | map(|line| { let (key, value) = line.split_once(',')?; (key, value.parse::<u64>()?) });
        let kept = pairs | filter(|(_, value)| is_entry(*value)) | map_values(entry) | table forever as kept;
        let fading = pairs | filter(|(_, value)| is_entry(*value)) | map_values(entry) | table ttl 8s as fading;
        let asking = pairs | filter(|(_, value)| !is_entry(*value));
        asking | join(kept) | map(|(key, (value, found))| format!("join {key} {value} {found}")) | print;
        asking | left_join(fading) | map(|(key, (value, found))| format!("left {key} {value} {found:?}")) | print;
        asking | semi_join(kept) | map(|(key, value)| format!("semi {key} {value}")) | print;
        asking | anti_join(fading) | map(|(key, value)| format!("anti {key} {value}")) | print;
        asking | join(kept) | map(|(key, (_, found))| (key, found)) | left_join(fading)
            | map(|(key, both)| format!("both {key} {both:?}")) | print
    }
}

/// The latest value of each key, and when it came.
#[derive(Default)]
struct Latest {
    now_s: u64,
    table: BTreeMap<String, (u64, u64)>,
}

impl Latest {
    fn meets(&self, Seen { key, value, .. }: &Seen) -> Vec<String> {
        let kept = self.table.get(key);
        let fading = kept.filter(|(came_s, _)| self.now_s - came_s < TTL_S);
        let (kept, fading) = (kept.map(|kept| kept.1), fading.map(|kept| kept.1));
        let mut rows = vec![format!("left {key} {value} {fading:?}")];
        if let Some(kept) = kept {
            rows.push(format!("join {key} {value} {kept}"));
            rows.push(format!("semi {key} {value}"));
            rows.push(format!("both {key} {:?}", (kept, fading)));
        }
        if fading.is_none() {
            rows.push(format!("anti {key} {value}"));
        }
        rows
    }
}

impl Reference for Latest {
    fn rows(&mut self, told: &Told<'_>) -> Vec<String> {
        match told {
            Told::Fed(seen) => {
                for Seen { key, value, .. } in *seen {
                    if !is_entry(*value) {
                        continue;
                    }
                    match entry(*value) {
                        Some(value) => self.table.insert(key.clone(), (self.now_s, value)),
                        None => self.table.remove(key),
                    };
                }
                let asking = seen.iter().filter(|seen| !is_entry(seen.value));
                asking.flat_map(|seen| self.meets(seen)).collect()
            }
            Told::Second(second) => {
                self.now_s = second + 1;
                Vec::new()
            }
            Told::Restarted(_) => Vec::new(),
        }
    }
}

fn as_of() -> Job<'static> {
    stream_job! {
        job as_of
        let pairs = from kafka("in")
            | map(|line| { let (key, value) = line.split_once(',')?; (key, value.parse::<u64>()?) });
        let versions = pairs
            | filter(|(_, value)| is_entry(*value))
            | event_time(|(_, value)| time(*value)) lag 2s idle 10s future 30s
            | map_values(entry)
            | table forever as versions;
        let asking = pairs
            | filter(|(_, value)| !is_entry(*value))
            | event_time(|(_, value)| time(*value)) lag 4s idle 10s future 30s;
        asking | join(versions) as_of as joined
            | map(|(key, (value, found))| format!("join {key} {value} {found}")) | print;
        asking | left_join(versions) as_of
            | map(|(key, (value, found))| format!("left {key} {value} {found:?}")) | print;
        asking | semi_join(versions) as_of | map(|(key, value)| format!("semi {key} {value}")) | print;
        asking | anti_join(versions) as_of | map(|(key, value)| format!("anti {key} {value}")) | print
    }
}

/// All versions that can still be asked for, and the items that wait.
struct Versions {
    table: Watermark,
    stream: Watermark,
    horizon_s: i64,
    of_keys: BTreeMap<String, BTreeMap<i64, Option<u64>>>,
    waiting: Vec<Seen>,
}

impl Versions {
    fn new(partitions: usize) -> Self {
        Versions {
            table: Watermark::new(2, partitions),
            stream: Watermark::new(4, partitions),
            horizon_s: i64::MIN / 2,
            of_keys: BTreeMap::new(),
            waiting: Vec::new(),
        }
    }

    fn take(&mut self, seen: &Seen) {
        let Some(time_s) = self.table.own_s(seen) else {
            return;
        };
        if !is_entry(seen.value) {
            self.stream.hear(seen, time_s);
            self.waiting.push(seen.clone());
            return;
        }
        self.table.hear(seen, time_s);
        let of_key = self.of_keys.entry(seen.key.clone()).or_default();
        let oldest = of_key.first_key_value();
        let is_forgotten =
            oldest.is_some_and(|(oldest_s, _)| *oldest_s <= self.horizon_s && time_s < *oldest_s);
        if !is_forgotten {
            of_key.insert(time_s, entry(seen.value));
            forget(of_key, self.horizon_s);
        }
    }

    /// What comes out when both sides have moved on.
    fn advance(&mut self) -> Vec<String> {
        self.table.advance();
        self.stream.advance();
        let end_s = if self.table.is_silent {
            self.table.reached_s.max(self.stream.reached_s)
        } else {
            self.table.reached_s
        };
        let mut rows = Vec::new();
        for Seen { key, value, .. } in std::mem::take(&mut self.waiting) {
            let time_s = i64::try_from(value).expect("a small number");
            if time_s >= end_s {
                self.waiting.push(Seen {
                    at_s: 0,
                    partition: 0,
                    key,
                    value,
                });
                continue;
            }
            let of_key = self.of_keys.get(&key);
            let found = of_key.and_then(|of_key| of_key.range(..=time_s).next_back());
            let found = found.and_then(|(_, value)| *value);
            rows.push(format!("left {key} {value} {found:?}"));
            match found {
                Some(found) => {
                    rows.push(format!("join {key} {value} {found}"));
                    rows.push(format!("semi {key} {value}"));
                }
                None => rows.push(format!("anti {key} {value}")),
            }
        }
        let both = self.table.reached_s.min(self.stream.reached_s);
        let horizon_s = match (self.table.is_silent, self.stream.is_silent) {
            (true, false) => self.stream.reached_s,
            (false, true) => self.table.reached_s,
            (false, false) | (true, true) => both,
        };
        self.horizon_s = self.horizon_s.max(horizon_s);
        for of_key in self.of_keys.values_mut() {
            forget(of_key, self.horizon_s);
        }
        rows
    }
}

/// Forgets versions in front of the one that holds at the horizon; and that one too, if it only says
/// that the key is deleted.
fn forget(of_key: &mut BTreeMap<i64, Option<u64>>, horizon_s: i64) {
    let Some((oldest_s, _)) = of_key.range(..=horizon_s).next_back() else {
        return;
    };
    *of_key = of_key.split_off(&oldest_s.clone());
    if of_key.len() == 1 && of_key.values().all(Option::is_none) {
        of_key.clear();
    }
}

impl Reference for Versions {
    fn rows(&mut self, told: &Told<'_>) -> Vec<String> {
        self.table.tell(told);
        self.stream.tell(told);
        if let Told::Fed(seen) = told {
            seen.iter().for_each(|seen| self.take(seen));
        }
        self.advance()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn items_meet_the_latest_value_of_the_reference(program in programs()) {
        for workers in [1, 4] {
            check(&program, workers, latest(), &mut Latest::default());
        }
    }

    #[test]
    fn items_meet_the_version_of_the_reference(program in programs()) {
        let Program { partitions, .. } = program;
        for workers in [1, 4] {
            check(&program, workers, as_of(), &mut Versions::new(partitions));
        }
    }
}
