//! Fields and timers of each key: keys that fall silent, by the clock and in event time.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use streamflow::{Job, stream_job};

use crate::program::{Reference, Seen, Told, check, programs};
use crate::watermark::{Watermark, time};

fn of_clock() -> Job<'static> {
    stream_job! {
        job of_clock
        let pairs = from kafka("in")
            | map(|line| { let (key, value) = line.split_once(',')?; (key, value.parse::<u64>()?) });
        pairs | process {
            sum: u64 = 0,
            due: i64 = 0,
            on_record: |_key, value, state, out| {
                state.sum += value;
                out.cancel(state.due);
                state.due = out.now() + 4_000;
                out.at(state.due);
            },
            on_timer: |key, _at, state, out| {
                out.emit(format!("silent {key} {}", state.sum));
                out.forget();
            },
        } forever as silent | print;
        pairs | process {
            n: u64 = 0,
            on_record: |key, value, state, out| {
                state.n += 1;
                out.emit(format!("n {key} {}", state.n));
                if value % 5 == 0 {
                    out.at(out.now() + 12_000);
                }
            },
            on_timer: |key, at, state, out| out.emit(format!("alarm {key} {} {}", state.n, at - out.now())),
        } ttl 8s as counts | print
    }
}

#[derive(Default)]
struct Counted {
    n: u64,
    used_s: u64,
    alarms: BTreeSet<u64>,
}

/// Looks at every key in every second.
#[derive(Default)]
struct Clock {
    now_s: u64,
    /// The sum, and when the last value came.
    sums: BTreeMap<String, (u64, u64)>,
    counts: BTreeMap<String, Counted>,
}

impl Clock {
    fn take(&mut self, seen: &Seen) -> String {
        let Seen { key, value, .. } = seen;
        let now_s = self.now_s;
        let (sum, last_s) = self.sums.entry(key.clone()).or_default();
        (*sum, *last_s) = (*sum + value, now_s);
        let counted = self.counts.entry(key.clone()).or_default();
        if counted.alarms.is_empty() && now_s - counted.used_s >= 8 {
            counted.n = 0;
        }
        counted.n += 1;
        counted.used_s = now_s;
        if value % 5 == 0 {
            counted.alarms.insert(now_s + 12);
        }
        format!("n {key} {}", counted.n)
    }

    fn fire(&mut self) -> Vec<String> {
        let now_s = self.now_s;
        let mut rows = Vec::new();
        self.sums.retain(|key, (sum, last_s)| {
            let is_silent = now_s - *last_s >= 4;
            if is_silent {
                rows.push(format!("silent {key} {sum}"));
            }
            !is_silent
        });
        for (key, counted) in &mut self.counts {
            if counted.alarms.remove(&now_s) {
                counted.used_s = now_s;
                rows.push(format!("alarm {key} {} 0", counted.n));
            }
        }
        rows
    }
}

impl Reference for Clock {
    fn rows(&mut self, told: &Told<'_>) -> Vec<String> {
        match told {
            Told::Restarted(_) => Vec::new(),
            Told::Fed(seen) => seen.iter().map(|seen| self.take(seen)).collect(),
            Told::Second(second) => {
                self.now_s = second + 1;
                self.fire()
            }
        }
    }
}

const LAG_S: i64 = 2;

fn of_events() -> Job<'static> {
    stream_job! {
        job of_events
        from kafka("in")
            | map(|line| { let (key, value) = line.split_once(',')?; (key, value.parse::<u64>()?) })
            | event_time(|(_, value)| time(*value)) lag 2s idle 10s future 30s
            | process {
                n: u64 = 0,
                last: u64 = 0,
                on_record: |_key, value, state, out| {
                    state.n += 1;
                    state.last = state.last.max(value);
                    out.at(time(value) + 3_000);
                },
                on_timer: |key, at, state, out| {
                    if at == time(state.last) + 3_000 {
                        out.emit(format!("silent {key} {}", state.n));
                        out.at(at + 5_000);
                    } else if at == time(state.last) + 8_000 {
                        out.emit(format!("gone {key} {}", state.n));
                        out.forget();
                    }
                },
            } forever as silent
            | print
    }
}

#[derive(Default)]
struct Known {
    n: u64,
    last_s: i64,
    timers: BTreeSet<i64>,
}

/// Holds the watermark against the timers of each key.
struct Events {
    time: Watermark,
    keys: BTreeMap<String, Known>,
}

impl Events {
    fn new(partitions: usize) -> Self {
        Events {
            time: Watermark::new(LAG_S, partitions),
            keys: BTreeMap::new(),
        }
    }

    fn take(&mut self, seen: &Seen) {
        let time_s = i64::try_from(seen.value).expect("a small number");
        let known = self.keys.entry(seen.key.clone()).or_default();
        known.n += 1;
        known.last_s = known.last_s.max(time_s);
        known.timers.insert(time_s + 3);
        if let Some(time_s) = self.time.own_s(seen) {
            self.time.hear(seen, time_s);
        }
    }

    fn advance(&mut self) -> Vec<String> {
        self.time.advance();
        let mut rows = Vec::new();
        for (key, known) in &mut self.keys {
            while let Some(at_s) = known.timers.first().copied() {
                if at_s > self.time.reached_s {
                    break;
                }
                known.timers.remove(&at_s);
                if at_s == known.last_s + 3 {
                    rows.push(format!("silent {key} {}", known.n));
                    known.timers.insert(at_s + 5);
                } else if at_s == known.last_s + 8 {
                    rows.push(format!("gone {key} {}", known.n));
                    *known = Known::default();
                }
            }
        }
        rows
    }
}

impl Reference for Events {
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
    fn timers_of_the_clock_are_those_of_the_reference(program in programs()) {
        for workers in [1, 4] {
            check(&program, workers, of_clock(), &mut Clock::default());
        }
    }

    #[test]
    fn timers_of_event_time_are_those_of_the_reference(program in programs()) {
        for workers in [1, 4] {
            check(&program, workers, of_events(), &mut Events::new(program.partitions));
        }
    }
}
