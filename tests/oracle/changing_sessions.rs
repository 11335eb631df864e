//! Session windows of which each item gives the new result: `over session G emit changes`, by the records'
//! own time and by the clock.

use std::collections::BTreeMap;

use proptest::prelude::*;
use streamflow::{Job, stream_job};

use crate::program::{Program, Reference, Seen, Told, check, programs};
use crate::watermark::{Watermark, time};

const LAG_S: i64 = 2;

fn job() -> Job<'static> {
    stream_job! {
        job changing
        let read = from kafka("in")
            | map(|line| { let (key, value) = line.split_once(',')?; (key, value.parse::<u64>()?) });
        read | count_by_key over session 3s as clock emit changes
            | map(|(key, n)| format!("clock {key} {n}")) | print;
        let pairs = read | event_time(|(_, value)| time(*value)) lag 2s idle 10s future 30s;
        pairs | reduce_by_key(+) over session 4s late drop as sums emit changes
            | timestamp | map(|(at, (key, n))| format!("sum {key} {n} ..{}", second(at + 1))) | print;
        pairs | group_by_key over session 2s late 3s drop as groups emit changes
            | map(|(key, all)| format!("group {key} {all:?}")) | print;
        pairs | count over session 1s late 1s drop as all emit changes | map(|n| format!("all {n}")) | print
    }
}

/// A time in whole seconds since the beginning.
fn second(ms: i64) -> i64 {
    (ms - time(0)) / 1_000
}

/// An open session: the times of its first and its last item, and all values: where several sessions have
/// become one, those of the earlier one in front.
struct Session {
    first_s: i64,
    last_s: i64,
    values: Vec<u64>,
}

/// One stage with sessions.
struct Stage {
    gap_s: i64,
    wait_s: i64,
    open: BTreeMap<String, Vec<Session>>,
}

impl Stage {
    fn new(gap_s: i64, wait_s: i64) -> Self {
        Stage {
            gap_s,
            wait_s,
            open: BTreeMap::new(),
        }
    }

    /// The values of the session that an item belongs to, and its end; nothing of one that is late.
    fn take(
        &mut self,
        time_s: i64,
        key: &str,
        value: u64,
        watermark_s: i64,
    ) -> Option<(i64, Vec<u64>)> {
        let sessions = self.open.entry(key.to_owned()).or_default();
        let gap_s = self.gap_s;
        let mut touched: Vec<Session> = sessions
            .extract_if(.., |session| {
                session.first_s - gap_s <= time_s && time_s <= session.last_s + gap_s
            })
            .collect();
        if touched.is_empty() && time_s + gap_s + self.wait_s <= watermark_s {
            return None;
        }
        touched.sort_by_key(|session| session.first_s);
        let mut whole = Session {
            first_s: time_s,
            last_s: time_s,
            values: Vec::new(),
        };
        for session in touched {
            whole.first_s = whole.first_s.min(session.first_s);
            whole.last_s = whole.last_s.max(session.last_s);
            whole.values.extend(session.values);
        }
        whole.values.push(value);
        let values = whole.values.clone();
        let end_s = whole.last_s + gap_s;
        sessions.push(whole);
        Some((end_s, values))
    }

    fn close(&mut self, watermark_s: i64) {
        let (gap_s, wait_s) = (self.gap_s, self.wait_s);
        for sessions in self.open.values_mut() {
            sessions.retain(|session| session.last_s + gap_s + wait_s > watermark_s);
        }
    }
}

/// Takes the items one by one, as they come.
struct Changing {
    time: Watermark,
    /// By the clock: how many items a session has, and when the last one came.
    clock: BTreeMap<String, (u64, i64)>,
    sums: Stage,
    groups: Stage,
    all: Stage,
}

impl Changing {
    fn new(partitions: usize) -> Self {
        Changing {
            time: Watermark::new(LAG_S, partitions),
            clock: BTreeMap::new(),
            sums: Stage::new(4, 0),
            groups: Stage::new(2, 3),
            all: Stage::new(1, 1),
        }
    }

    fn take(&mut self, Seen { key, value, .. }: &Seen, time_s: Option<i64>) -> Vec<String> {
        let of_key = self.clock.entry(key.clone()).or_default();
        *of_key = (of_key.0 + 1, self.time.now_s);
        let mut rows = vec![format!("clock {key} {}", of_key.0)];
        let Some(time_s) = time_s else { return rows };
        let watermark_s = self.time.reached_s;
        let sums = self.sums.take(time_s, key, *value, watermark_s);
        rows.extend(
            sums.map(|(end_s, values)| {
                format!("sum {key} {} ..{end_s}", values.iter().sum::<u64>())
            }),
        );
        let groups = self.groups.take(time_s, key, *value, watermark_s);
        rows.extend(groups.map(|(_, values)| format!("group {key} {values:?}")));
        let all = self.all.take(time_s, "", *value, watermark_s);
        rows.extend(all.map(|(_, values)| format!("all {}", values.len())));
        rows
    }
}

impl Reference for Changing {
    fn rows(&mut self, told: &Told<'_>) -> Vec<String> {
        self.time.tell(told);
        let mut rows = Vec::new();
        if let Told::Fed(seen) = told {
            for seen in *seen {
                let time_s = self.time.own_s(seen);
                rows.extend(self.take(seen, time_s));
                if let Some(time_s) = time_s {
                    self.time.hear(seen, time_s);
                }
            }
        }
        self.time.advance();
        let (now_s, watermark_s) = (self.time.now_s, self.time.reached_s);
        for stage in [&mut self.sums, &mut self.groups, &mut self.all] {
            stage.close(watermark_s);
        }
        self.clock.retain(|_, (_, last_s)| *last_s + 3 > now_s);
        rows
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn changes_of_sessions_are_those_of_the_reference(program in programs()) {
        runs(&program);
    }
}

fn runs(program: &Program) {
    for workers in [1, 2, 4] {
        check(
            program,
            workers,
            job(),
            &mut Changing::new(program.partitions),
        );
    }
}
