//! Session windows, by the records' own time and by the clock: out of order, late, joined by what
//! comes in between, cut where they are too long; and of the items of two streams.

use std::collections::BTreeMap;

use proptest::prelude::*;
use streamflow::{Job, stream_job};

use crate::program::{Program, Reference, Seen, Told, check, programs};
use crate::watermark::{Watermark, time};

const LAG_S: i64 = 2;

fn job() -> Job<'static> {
    stream_job! {
        job sessions
        let read = from kafka("in")
            | map(|line| { let (key, value) = line.split_once(',')?; (key, value.parse::<u64>()?) });
        read | count_by_key over session 3s as clock | map(|(key, n)| format!("clock {key} {n}")) | print;
        let pairs = read | event_time(|(_, value)| time(*value)) lag 2s idle 10s future 30s;
        pairs | reduce_by_key(+) over session 4s late drop as sums | map(|(key, n)| format!("sum {key} {n}")) | print;
        pairs | group_by_key over session 2s late 3s else to(late) as groups
            | map(|(key, mut all)| { all.sort_unstable(); format!("group {key} {all:?}") }) | print;
        pairs | reduce_by_key(+) over session 4s max 9s late 2s drop as cut
            | map(|(key, n)| format!("cut {key} {n}")) | print;
        pairs | count over session 1s late drop as all | map(|n| format!("all {n}")) | print;
        pairs | count_by_key over session 3s late 1s drop as short | count over tumbling 5s late drop as keys
            | map(|n| format!("keys {n}")) | print;
        late | map(|(key, n)| format!("late {key} {n}")) | print;
        let odd = pairs | filter(|(_, value)| value % 2 == 1);
        let even = pairs | filter(|(_, value)| value % 2 == 0);
        even | cogroup(odd) over session 2s late 3s else to(late_of_both) as both
            | map(|(key, (mut even, mut odd))| {
                even.sort_unstable();
                odd.sort_unstable();
                format!("both {key} {even:?} {odd:?}")
            }) | print;
        late_of_both | map(|(key, sides)| format!("late of both {key} {sides:?}")) | print;
        even | anti_join(odd) over session 4s max 9s late 2s drop as alone
            | map(|(key, value)| format!("alone {key} {value}")) | print;
        let clock_odd = read | filter(|(_, value)| value % 2 == 1);
        read | filter(|(_, value)| value % 2 == 0) | cogroup(clock_odd) over session 3s as clock_both
            | map(|(key, (even, odd))| format!("clock both {key} {} {}", even.len(), odd.len())) | print
    }
}

/// An item of an open session.
#[derive(Clone)]
struct Item {
    time_s: i64,
    value: u64,
    is_on_time: bool,
}

/// One stage with sessions: all items of those that are open.
struct Stage {
    gap_s: i64,
    max_s: i64,
    wait_s: i64,
    open: BTreeMap<String, Vec<Item>>,
    late: Vec<(String, u64)>,
}

impl Stage {
    fn new(gap_s: i64, max_s: i64, wait_s: i64) -> Self {
        Stage {
            gap_s,
            max_s,
            wait_s,
            open: BTreeMap::new(),
            late: Vec::new(),
        }
    }

    fn add(&mut self, time_s: i64, key: &str, value: u64, watermark_s: i64) {
        self.open.entry(key.to_owned()).or_default().push(Item {
            time_s,
            value,
            is_on_time: time_s + self.gap_s + self.wait_s > watermark_s,
        });
    }

    /// The ends, keys and values of the sessions that are closed.
    fn close(&mut self, watermark_s: i64) -> Vec<(i64, String, Vec<u64>)> {
        let mut closed = Vec::new();
        for (key, items) in &mut self.open {
            items.sort_by_key(|item| item.time_s);
            while let Some(first) = items.first() {
                let cut_s = first.time_s + self.max_s;
                let mut last_s = first.time_s;
                let mut n_items = 0;
                for item in items.iter() {
                    if item.time_s - last_s > self.gap_s || item.time_s >= cut_s {
                        break;
                    }
                    last_s = item.time_s;
                    n_items += 1;
                }
                let end_s = cut_s.min(last_s + self.gap_s);
                if end_s + self.wait_s > watermark_s {
                    break;
                }
                let session: Vec<Item> = items.drain(..n_items).collect();
                // What is late, and touches nothing that is not, is left out.
                if session.iter().any(|item| item.is_on_time) {
                    let values = session.iter().map(|item| item.value).collect();
                    closed.push((end_s, key.clone(), values));
                } else {
                    let late = session.iter().map(|item| (key.clone(), item.value));
                    self.late.extend(late);
                }
            }
        }
        closed
    }
}

/// Holds the watermark against each record and each session.
struct Sessions {
    time: Watermark,
    /// By the clock: how many items with even and odd values a session has, and when the last one came.
    clock: BTreeMap<String, ([u64; 2], i64)>,
    sums: Stage,
    groups: Stage,
    cut: Stage,
    all: Stage,
    short: Stage,
    /// Behind those: how many ended in a window, by its end.
    keys: BTreeMap<i64, u64>,
}

const ENDLESS: i64 = 1_000_000;

impl Sessions {
    fn new(partitions: usize) -> Self {
        Sessions {
            time: Watermark::new(LAG_S, partitions),
            clock: BTreeMap::new(),
            sums: Stage::new(4, ENDLESS, 0),
            groups: Stage::new(2, ENDLESS, 3),
            cut: Stage::new(4, 9, 2),
            all: Stage::new(1, ENDLESS, 0),
            short: Stage::new(3, ENDLESS, 1),
            keys: BTreeMap::new(),
        }
    }

    fn take(&mut self, seen: &Seen) {
        let of_key = self.clock.entry(seen.key.clone()).or_default();
        of_key.0[usize::from(!seen.value.is_multiple_of(2))] += 1;
        of_key.1 = self.time.now_s;
        let Some(time_s) = self.time.own_s(seen) else {
            self.groups.late.push((seen.key.clone(), seen.value));
            return;
        };
        let watermark_s = self.time.reached_s;
        for stage in [
            &mut self.sums,
            &mut self.groups,
            &mut self.cut,
            &mut self.short,
        ] {
            stage.add(time_s, &seen.key, seen.value, watermark_s);
        }
        self.all.add(time_s, "", seen.value, watermark_s);
        self.time.hear(seen, time_s);
    }

    fn advance(&mut self) -> Vec<String> {
        self.time.advance();
        let watermark_s = self.time.reached_s;
        let mut rows = Vec::new();
        let sum = |values: &[u64]| values.iter().sum::<u64>();
        for (_, key, values) in self.sums.close(watermark_s) {
            rows.push(format!("sum {key} {}", sum(&values)));
        }
        for (_, key, mut values) in self.groups.close(watermark_s) {
            values.sort_unstable();
            rows.push(format!("group {key} {values:?}"));
            let (even, odd): (Vec<u64>, Vec<u64>) =
                values.iter().partition(|value| value.is_multiple_of(2));
            rows.push(format!("both {key} {even:?} {odd:?}"));
        }
        for (key, value) in self.groups.late.drain(..) {
            rows.push(format!("late {key} {value}"));
            let is_even = value.is_multiple_of(2);
            let sides = (
                Some(value).filter(|_| is_even),
                Some(value).filter(|_| !is_even),
            );
            rows.push(format!("late of both {key} {sides:?}"));
        }
        for (_, key, values) in self.cut.close(watermark_s) {
            rows.push(format!("cut {key} {}", sum(&values)));
            if values.iter().all(|value| value.is_multiple_of(2)) {
                rows.extend(values.iter().map(|value| format!("alone {key} {value}")));
            }
        }
        for (_, _, values) in self.all.close(watermark_s) {
            rows.push(format!("all {}", values.len()));
        }
        for (end_s, _, _) in self.short.close(watermark_s) {
            let window_s = (end_s - 1).div_euclid(5) * 5 + 5;
            *self.keys.entry(window_s).or_default() += 1;
        }
        // Its items come when the sessions in front have waited.
        let open = self.keys.split_off(&watermark_s);
        let closed = std::mem::replace(&mut self.keys, open);
        rows.extend(closed.into_values().map(|n| format!("keys {n}")));
        let now_s = self.time.now_s;
        self.clock.retain(|key, (n, last_s)| {
            let is_open = *last_s + 3 > now_s;
            if !is_open {
                let [even, odd] = n;
                rows.push(format!("clock {key} {}", *even + *odd));
                rows.push(format!("clock both {key} {even} {odd}"));
            }
            is_open
        });
        rows
    }
}

impl Reference for Sessions {
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
    fn sessions_are_those_of_the_reference(program in programs()) {
        runs(&program);
    }
}

fn runs(program: &Program) {
    for workers in [1, 2, 4] {
        check(
            program,
            workers,
            job(),
            &mut Sessions::new(program.partitions),
        );
    }
}
