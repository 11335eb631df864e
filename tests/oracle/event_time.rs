//! Windows over the records' own time: out of order, late, from the future; with partitions of different
//! speed, and such that fall silent.

use std::collections::BTreeMap;

use proptest::prelude::*;
use streamflow::{Job, stream_job};

use crate::program::{Program, Reference, Seen, Told, check, programs};
use crate::watermark::{NEVER_S, Watermark, bounds, in_seconds, time};

const LAG_S: i64 = 2;

fn job() -> Job<'static> {
    stream_job! {
        job event_time
        let pairs = from kafka("in")
            | map(|line| { let (key, value) = line.split_once(',')?; (key, value.parse::<u64>()?) })
            | event_time(|(_, value)| time(*value)) lag 2s idle 10s future 30s;
        pairs | reduce_by_key(+) over tumbling 5s late drop as sums | map(|(key, n)| format!("sum {key} {n}")) | print;
        pairs | reduce_by_key(max) over hopping 9s by 3s late 2s drop as greatest
            | map(|(key, n)| format!("max {key} {n}")) | print;
        pairs | group_by_key over hopping 4s by 1s late drop as groups
            | map(|(key, mut all)| { all.sort_unstable(); format!("group {key} {all:?}") }) | print;
        pairs | count_by_key over cumulate 6s by 2s late drop as day | with_window | map(|((key, w), n)| format!("so far {key} {n} {}", bounds(w))) | print;
        pairs | count over tumbling 3s late drop as counts | map(|n| format!("count {n}")) | print;
        pairs | count over hopping 6s by 2s late 4s drop as waiting | map(|n| format!("waiting {n}")) | print;
        pairs | count_by_key over tumbling 2s late 1s drop as short | count over tumbling 4s late drop as keys
            | map(|n| format!("keys {n}")) | print;
        pairs | reduce_by_key(+) over hopping 5s by 2s late 1s drop as odd | with_window | map(|((key, w), n)| format!("odd {key} {n} {}", bounds(w))) | print;
        pairs | count over hopping 2s by 3s offset 1s late drop as gaps | map(|n| format!("gaps {n}")) | print;
        pairs | count_by_key over tumbling 4s offset -1s late 2s drop as moved | with_window | map(|((key, w), n)| format!("moved {key} {n} {}", bounds(w))) | print;
        pairs | count_by_key over tumbling 6s late drop as told emit updates every 2s | with_window | map(|((key, w), n)| format!("told {key} {n} {}", bounds(w))) | print;
        pairs | count_by_key over hopping 6s by 4s late drop as hops emit updates every 2s
            | with_window | map(|((key, w), n)| format!("hop {key} {n} {}", bounds(w))) | print;
        pairs | count over hopping 8s by 4s late 1s drop as all_hops emit updates every 2s
            | with_window | map(|(w, n)| format!("all hops {n} {}", bounds(w))) | print;
        pairs | group_by_key over cumulate 12s by 4s late drop as parts emit updates every 2s
            | with_window | map(|((key, w), all)| format!("part {key} {} {}", all.len(), bounds(w))) | print;
        pairs | reduce_by_key(+) running ttl 6s as totals | map(|(key, n)| format!("running {key} {n}")) | print;
        pairs | map_with_state(Vec::<u64>::new(), |key, value: Option<u64>, all| match value {
                Some(value) => { all.push(value); format!("visit {key} {all:?}") }
                None => format!("left {key} {all:?}"),
            }) ttl 6s as visits
            | print
    }
}

/// After how many seconds without items a key is forgotten.
const TTL_S: i64 = 6;

/// What each key has as long as it is in use, and when it was used last.
#[derive(Default)]
struct Visits {
    /// What has come in the round at hand: nothing where a time is too far in front of the clock.
    waiting: Vec<(String, u64, Option<i64>)>,
    all: BTreeMap<String, (i64, Vec<u64>)>,
}

impl Visits {
    fn take(
        &mut self,
        (key, value, time_s): (String, u64, Option<i64>),
        watermark_s: i64,
    ) -> Vec<String> {
        let mut rows = Vec::new();
        let time_s = time_s.unwrap_or(watermark_s);
        let known = self.all.remove(&key);
        let known = known.filter(|(used_s, all)| {
            let is_gone = time_s - used_s >= TTL_S;
            rows.extend(is_gone.then(|| format!("left {key} {all:?}")));
            !is_gone
        });
        let (used_s, mut all) = known.unwrap_or((time_s, Vec::new()));
        all.push(value);
        rows.push(format!("running {key} {}", all.iter().sum::<u64>()));
        rows.push(format!("visit {key} {all:?}"));
        self.all.insert(key, (used_s.max(time_s), all));
        rows
    }

    fn round(&mut self, watermark_s: i64) -> Vec<String> {
        let waiting = std::mem::take(&mut self.waiting).into_iter();
        let mut rows: Vec<String> = waiting
            .flat_map(|item| self.take(item, watermark_s))
            .collect();
        if watermark_s > NEVER_S {
            self.all.retain(|key, (used_s, all)| {
                let is_gone = watermark_s - *used_s >= TTL_S;
                rows.extend(is_gone.then(|| format!("left {key} {all:?}")));
                !is_gone
            });
        }
        rows
    }
}

/// A kind of window.
#[derive(Clone, Copy)]
enum Windows {
    Hopping {
        size_s: i64,
        step_s: i64,
    },
    /// They begin at multiples of the step, moved by the offset.
    Moved {
        size_s: i64,
        step_s: i64,
        offset_s: i64,
    },
    Cumulating {
        size_s: i64,
        step_s: i64,
    },
}

impl Windows {
    /// The window that ends then.
    fn ending(self, end_s: i64) -> String {
        let start_s = match self {
            Windows::Hopping { size_s, .. } | Windows::Moved { size_s, .. } => end_s - size_s,
            Windows::Cumulating { size_s, .. } => (end_s - 1).div_euclid(size_s) * size_s,
        };
        in_seconds(start_s, end_s)
    }

    /// The ends of the windows that a time is in, in order.
    fn ends_with(self, time_s: i64) -> Vec<i64> {
        match self {
            Windows::Hopping { size_s, step_s } => {
                let first = time_s.div_euclid(step_s) * step_s + step_s;
                let ends = (0..).map(|step| first + step * step_s);
                ends.take_while(|end_s| end_s - size_s <= time_s).collect()
            }
            Windows::Moved {
                size_s,
                step_s,
                offset_s,
            } => {
                let latest = (time_s - offset_s).div_euclid(step_s) * step_s + offset_s;
                let begins = (0..).map(|step| latest - step * step_s);
                let begins = begins.take_while(|begin_s| begin_s + size_s > time_s);
                let mut ends: Vec<i64> = begins.map(|begin_s| begin_s + size_s).collect();
                ends.reverse();
                ends
            }
            Windows::Cumulating { size_s, step_s } => {
                let last = time_s.div_euclid(size_s) * size_s + size_s;
                let ends = (0..size_s / step_s).map(|step| last - step * step_s);
                let mut ends: Vec<i64> = ends.filter(|end_s| *end_s > time_s).collect();
                ends.reverse();
                ends
            }
        }
    }
}

/// One stage with windows: what has come for those that are open, by their ends.
struct Stage {
    windows: Windows,
    wait_s: i64,
    open: BTreeMap<i64, Vec<(String, u64)>>,
}

impl Stage {
    fn new(windows: Windows, wait_s: i64) -> Self {
        Stage {
            windows,
            wait_s,
            open: BTreeMap::new(),
        }
    }

    fn hopping(size_s: i64, step_s: i64, wait_s: i64) -> Self {
        Stage::new(Windows::Hopping { size_s, step_s }, wait_s)
    }

    fn moved(size_s: i64, step_s: i64, offset_s: i64, wait_s: i64) -> Self {
        let windows = Windows::Moved {
            size_s,
            step_s,
            offset_s,
        };
        Stage::new(windows, wait_s)
    }

    fn add(&mut self, time_s: i64, key: &str, value: u64, watermark_s: i64) {
        for end_s in self.windows.ends_with(time_s) {
            if end_s + self.wait_s > watermark_s {
                let of_window = self.open.entry(end_s).or_default();
                of_window.push((key.to_owned(), value));
            }
        }
    }

    fn close(&mut self, watermark_s: i64) -> Vec<(i64, Vec<(String, u64)>)> {
        let wait_s = self.wait_s;
        let mut closed = std::mem::take(&mut self.open);
        self.open = closed.split_off(&(watermark_s - wait_s + 1));
        closed.into_iter().collect()
    }
}

/// A window that is told of every few seconds: what has come for it, and whether it was told of.
struct Updated {
    size_s: i64,
    every_s: i64,
    told_up_to_s: i64,
    open: Vec<(i64, String, bool)>,
}

impl Updated {
    fn add(&mut self, time_s: i64, key: &str, watermark_s: i64) {
        let end_s = (time_s.div_euclid(self.size_s) + 1) * self.size_s;
        if end_s > watermark_s {
            self.open.push((time_s, key.to_owned(), false));
        }
    }

    fn close(&mut self, watermark_s: i64) -> Vec<String> {
        let mut rows = Vec::new();
        let told_up_to_s = self.told_up_to_s;
        self.told_up_to_s = told_up_to_s.max(watermark_s.div_euclid(self.every_s) * self.every_s);
        let Some(first_s) = self.open.iter().map(|(time_s, ..)| *time_s).min() else {
            return rows;
        };
        let begin_s = first_s.div_euclid(self.size_s) * self.size_s;
        let mut end_s = begin_s;
        while end_s < watermark_s - self.every_s + 1 {
            end_s += self.every_s;
            if end_s <= told_up_to_s {
                continue;
            }
            let begin_s = (end_s - 1).div_euclid(self.size_s) * self.size_s;
            let is_end = end_s.rem_euclid(self.size_s) == 0;
            let mut counts: BTreeMap<&str, (usize, bool)> = BTreeMap::new();
            for (time_s, key, told) in &mut self.open {
                if (begin_s..end_s).contains(time_s) {
                    let (count, changed) = counts.entry(key).or_default();
                    *count += 1;
                    *changed |= !std::mem::replace(told, true);
                }
            }
            for (key, (count, changed)) in counts {
                if changed || is_end {
                    let window = in_seconds(begin_s, begin_s + self.size_s);
                    rows.push(format!("told {key} {count} {window}"));
                }
            }
            if is_end {
                self.open.retain(|(time_s, ..)| *time_s >= end_s);
            }
        }
        rows
    }
}

/// Windows of several steps that are told of every few seconds: what has come, for the windows that were
/// open then, and whether it was told.
struct UpdatedMoving {
    name: &'static str,
    windows: Windows,
    every_s: i64,
    wait_s: i64,
    told_up_to_s: i64,
    items: Vec<Item>,
}

struct Item {
    time_s: i64,
    key: String,
    /// The ends of its windows.
    ends: Vec<i64>,
    was_told: bool,
}

impl UpdatedMoving {
    fn new(name: &'static str, windows: Windows, wait_s: i64) -> Self {
        UpdatedMoving {
            name,
            windows,
            every_s: 2,
            wait_s,
            told_up_to_s: i64::MIN,
            items: Vec::new(),
        }
    }

    fn add(&mut self, time_s: i64, key: &str, watermark_s: i64) {
        let mut ends = self.windows.ends_with(time_s);
        ends.retain(|end_s| end_s + self.wait_s > watermark_s);
        self.items.push(Item {
            time_s,
            key: key.to_owned(),
            ends,
            was_told: false,
        });
    }

    /// The windows that are told at a moment, by their ends: of those that grow only the next one.
    fn told_at(&self, at_s: i64) -> Vec<i64> {
        let mut ends: Vec<i64> = self
            .items
            .iter()
            .flat_map(|item| item.ends.clone())
            .collect();
        ends.retain(|end_s| *end_s >= at_s);
        ends.sort_unstable();
        ends.dedup();
        if let Windows::Cumulating { .. } = self.windows {
            ends.truncate(1);
        }
        ends
    }

    fn close(&mut self, watermark_s: i64) -> Vec<String> {
        let mut rows = Vec::new();
        let complete_s = watermark_s - self.wait_s;
        let first_s = self.items.iter().map(|item| item.time_s).min();
        let mut at_s = first_s.unwrap_or(complete_s).div_euclid(self.every_s) * self.every_s;
        while at_s + self.every_s <= complete_s {
            at_s += self.every_s;
            if at_s <= self.told_up_to_s {
                continue;
            }
            for end_s in self.told_at(at_s) {
                let mut counts: BTreeMap<&str, (usize, bool)> = BTreeMap::new();
                let inside = |item: &&Item| item.time_s < at_s && item.ends.contains(&end_s);
                for item in self.items.iter().filter(inside) {
                    let (count, changed) = counts.entry(&item.key).or_default();
                    *count += 1;
                    *changed |= !item.was_told;
                }
                let counts = counts.into_iter();
                let told = counts.filter(|(_, (_, changed))| *changed || end_s == at_s);
                let window = self.windows.ending(end_s);
                let row = |(key, (count, _))| format!("{} {key} {count} {window}", self.name);
                rows.extend(told.map(row));
            }
            let told = self.items.iter_mut().filter(|item| item.time_s < at_s);
            told.for_each(|item| item.was_told = true);
            self.items
                .retain(|item| item.ends.iter().any(|end_s| *end_s > at_s));
        }
        let told_up_to_s = complete_s.div_euclid(self.every_s) * self.every_s;
        self.told_up_to_s = self.told_up_to_s.max(told_up_to_s);
        rows
    }
}

fn by_key(values: Vec<(String, u64)>) -> BTreeMap<String, Vec<u64>> {
    let mut all: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for (key, value) in values {
        all.entry(key).or_default().push(value);
    }
    all
}

/// Holds the watermark against each record and each window.
struct AllWindows {
    time: Watermark,
    sums: Stage,
    greatest: Stage,
    groups: Stage,
    day: Stage,
    counts: Stage,
    waiting: Stage,
    short: Stage,
    keys: Stage,
    odd: Stage,
    gaps: Stage,
    moved: Stage,
    told: Updated,
    moving: [UpdatedMoving; 3],
    visits: Visits,
}

impl AllWindows {
    fn new(partitions: usize) -> Self {
        let cumulating = Windows::Cumulating {
            size_s: 6,
            step_s: 2,
        };
        let moved = |size_s, step_s| Windows::Moved {
            size_s,
            step_s,
            offset_s: 0,
        };
        let parts = Windows::Cumulating {
            size_s: 12,
            step_s: 4,
        };
        AllWindows {
            time: Watermark::new(LAG_S, partitions),
            sums: Stage::hopping(5, 5, 0),
            greatest: Stage::hopping(9, 3, 2),
            groups: Stage::hopping(4, 1, 0),
            day: Stage::new(cumulating, 0),
            counts: Stage::hopping(3, 3, 0),
            waiting: Stage::hopping(6, 2, 4),
            short: Stage::hopping(2, 2, 1),
            // It gets its items when the windows in front have waited.
            keys: Stage::hopping(4, 4, 1),
            odd: Stage::moved(5, 2, 0, 1),
            gaps: Stage::moved(2, 3, 1, 0),
            moved: Stage::moved(4, 4, -1, 2),
            told: Updated {
                size_s: 6,
                every_s: 2,
                told_up_to_s: i64::MIN,
                open: Vec::new(),
            },
            moving: [
                UpdatedMoving::new("hop", moved(6, 4), 0),
                UpdatedMoving::new("all hops", moved(8, 4), 1),
                UpdatedMoving::new("part", parts, 0),
            ],
            visits: Visits::default(),
        }
    }

    fn take(&mut self, seen: &Seen) {
        let own_s = self.time.own_s(seen);
        let visit = (seen.key.clone(), seen.value, own_s);
        self.visits.waiting.push(visit);
        let Some(time_s) = own_s else {
            return;
        };
        let watermark_s = self.time.reached_s;
        for stage in [
            &mut self.sums,
            &mut self.greatest,
            &mut self.groups,
            &mut self.day,
            &mut self.counts,
            &mut self.waiting,
            &mut self.short,
            &mut self.odd,
            &mut self.gaps,
            &mut self.moved,
        ] {
            stage.add(time_s, &seen.key, seen.value, watermark_s);
        }
        self.told.add(time_s, &seen.key, watermark_s);
        for moving in &mut self.moving {
            let key = if moving.name == "all hops" {
                ""
            } else {
                &seen.key
            };
            moving.add(time_s, key, watermark_s);
        }
        self.time.hear(seen, time_s);
    }

    fn advance(&mut self) -> Vec<String> {
        let before_s = self.time.reached_s;
        self.time.advance();
        let watermark_s = self.time.reached_s;
        let mut rows = self.visits.round(watermark_s);
        for (_, values) in self.sums.close(watermark_s) {
            let sums = by_key(values).into_iter();
            rows.extend(
                sums.map(|(key, values)| format!("sum {key} {}", values.iter().sum::<u64>())),
            );
        }
        for (_, values) in self.greatest.close(watermark_s) {
            let all = by_key(values).into_iter();
            rows.extend(all.map(|(key, values)| {
                format!("max {key} {}", values.iter().max().expect("a value"))
            }));
        }
        for (_, values) in self.groups.close(watermark_s) {
            for (key, mut values) in by_key(values) {
                values.sort_unstable();
                rows.push(format!("group {key} {values:?}"));
            }
        }
        for (end_s, values) in self.day.close(watermark_s) {
            let window = self.day.windows.ending(end_s);
            let all = by_key(values).into_iter();
            let row = |(key, values): (String, Vec<u64>)| {
                format!("so far {key} {} {window}", values.len())
            };
            rows.extend(all.map(row));
        }
        rows.extend(self.told.close(watermark_s));
        for moving in &mut self.moving {
            let told = moving.close(watermark_s).into_iter();
            rows.extend(told.map(|row| row.replace("hops  ", "hops ")));
        }
        for (end_s, values) in self.odd.close(watermark_s) {
            let window = self.odd.windows.ending(end_s);
            for (key, values) in by_key(values) {
                let sum = values.iter().sum::<u64>();
                rows.push(format!("odd {key} {sum} {window}"));
            }
        }
        for (end_s, values) in self.moved.close(watermark_s) {
            let window = self.moved.windows.ending(end_s);
            for (key, values) in by_key(values) {
                rows.push(format!("moved {key} {} {window}", values.len()));
            }
        }
        for (name, stage) in [
            ("count", &mut self.counts),
            ("waiting", &mut self.waiting),
            ("gaps", &mut self.gaps),
        ] {
            for (_, values) in stage.close(watermark_s) {
                rows.push(format!("{name} {}", values.len()));
            }
        }
        for (end_s, values) in self.short.close(watermark_s) {
            for key in by_key(values).into_keys() {
                self.keys.add(end_s - 1, &key, 0, before_s);
            }
        }
        for (_, values) in self.keys.close(watermark_s) {
            rows.push(format!("keys {}", values.len()));
        }
        rows
    }
}

impl Reference for AllWindows {
    fn rows(&mut self, told: &Told<'_>) -> Vec<String> {
        self.time.tell(told);
        if let Told::Fed(seen) = told {
            seen.iter().for_each(|seen| self.take(seen));
        }
        self.advance()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn windows_of_event_time_are_those_of_the_reference(program in programs()) {
        runs(&program);
    }
}

fn runs(program: &Program) {
    for workers in [1, 2, 4] {
        check(
            program,
            workers,
            job(),
            &mut AllWindows::new(program.partitions),
        );
    }
}
