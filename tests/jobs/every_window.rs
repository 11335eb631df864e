//! Every aggregate over every kind of window, against what a plain computation of the same windows gives.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use streamflow::testing::JobTest;
use streamflow::{Job, stream_job};

use crate::lines::timed_number as timed;

/// An item: its time in milliseconds, its key, its value.
type Item = (i64, &'static str, u64);

const ITEMS: [Item; 14] = [
    (1_000, "a", 5),
    (1_500, "b", 1),
    (2_000, "a", 3),
    (2_000, "b", 9),
    (4_500, "a", 3),
    (9_000, "b", 2),
    (10_000, "a", 7),
    (10_500, "a", 8),
    (11_000, "b", 4),
    (19_000, "b", 4),
    (21_500, "a", 6),
    (23_000, "a", 6),
    (24_900, "b", 3),
    (33_000, "a", 2),
];

/// Jobs with every aggregate behind the same window.
macro_rules! jobs {
    ($($name:ident: [$($time:tt)*] $([$($w:tt)*])*;)*) => {$(
        jobs!(@one $name, [$($time)*], $([$($w)*])*);
    )*};
    (@one $name:ident, [$($time:tt)*], [$($w:tt)*]) => {
        fn $name() -> Job<'static> {
            stream_job! {
                job every
                let items = from kafka("in") | map(|line| timed(line)?) $($time)*;
                let pairs = items | map(|(_, key, value)| (key, value));
                let values = items | map(|(_, _, value)| value);
                pairs | reduce_by_key(+) $($w)* as s1 | map(|(k, n)| format!("k+ {k} {n}")) | print;
                pairs | reduce_by_key(min) $($w)* as s2 | map(|(k, n)| format!("kmin {k} {n}")) | print;
                pairs | reduce_by_key(|a, b| if a > b { a } else { b }) $($w)* as s3 | map(|(k, n)| format!("kf {k} {n}")) | print;
                pairs | count_by_key $($w)* as s4 | map(|(k, n)| format!("kcount {k} {n}")) | print;
                pairs | aggregate_by_key((0u64, 0u64), |(n, s), v| (n + 1, s + v), |a, b| (a.0 + b.0, a.1 + b.1)) $($w)* as s5
                    | map(|(k, (n, s))| format!("kagg {k} {n} {s}")) | print;
                pairs | group_by_key $($w)* as s6
                    | map(|(k, mut all)| { all.sort_unstable(); format!("kgroup {k} {all:?}") }) | print;
                pairs | agg_by_key { n: count, s: sum, avg: average, least: min, most: max, twice: sum(|v| v * 2), d: approx_distinct, q: quantile(0.5, |v| v) } $($w)* as s7
                    | map(|(k, a)| format!("kall {k} {} {} {} {} {} {} {} {}", a.n, a.s, a.avg, a.least, a.most, a.twice, a.d, a.q)) | print;
                values | count $($w)* as s8 | map(|n| format!("count {n}")) | print;
                values | reduce(+) $($w)* as s9 | map(|n| format!("reduce {n}")) | print;
                values | sum $($w)* as s10 | map(|n| format!("sum {n}")) | print;
                values | average $($w)* as s11 | map(|n| format!("average {n}")) | print;
                values | min $($w)* as s12 | map(|n| format!("min {n}")) | print;
                values | max $($w)* as s13 | map(|n| format!("max {n}")) | print;
                values | approx_distinct $($w)* as s14 | map(|n| format!("approx {n}")) | print;
                values | quantile(1.0) $($w)* as s15 | map(|n| format!("quantile {n}")) | print;
                values | heavy_hitters(1) $($w)* as s16 | map(|(v, n)| format!("heavy {v} {n}")) | print;
                pairs | top(2) $($w)* as s17 | map(|(k, v)| format!("top {k} {v}")) | print;
                values | count_by_value $($w)* as s18 | map(|(v, n)| format!("byvalue {v} {n}")) | print;
                values | distinct $($w)* as s19 | map(|v| format!("distinct {v}")) | print;
                values | reduce(|a, b| a.max(b)) $($w)* as s20 | map(|n| format!("reducef {n}")) | print
            }
        }
    };
}

jobs! {
    tumbling: [| event_time(|(at, _, _)| *at) lag 1ms] [over tumbling 10s late drop];
    hopping: [| event_time(|(at, _, _)| *at) lag 1ms] [over hopping 10s by 5s late drop];
    cumulate: [| event_time(|(at, _, _)| *at) lag 1ms] [over cumulate 10s by 5s late drop];
    session: [| event_time(|(at, _, _)| *at) lag 1ms] [over session 3s late drop];
    session_max: [| event_time(|(at, _, _)| *at) lag 1ms] [over session 6s max 8s late drop];
    sliding: [| event_time(|(at, _, _)| *at) lag 1ms] [over sliding 3s late drop];
    rows: [] [over rows 3];
    rows_by_2: [] [over rows 3 by 2];
    rows_event: [| event_time(|(at, _, _)| *at) lag 1ms] [over rows 3 by 1];
    clock: [] [every 10s];
    clock_hopping: [] [over hopping 10s by 5s];
    clock_cumulate: [] [over cumulate 10s by 5s];
    clock_session: [] [over session 3s];
    clock_session_max: [] [over session 6s max 8s];
    clock_sliding: [] [over sliding 3s];
}

fn mean(values: &[u64]) -> f64 {
    let numbers = values
        .iter()
        .map(|value| f64::from(u32::try_from(*value).expect("a small one")));
    numbers.sum::<f64>() / f64::from(u32::try_from(values.len()).expect("a few"))
}

/// What the aggregates give for the items of one window of one key.
fn of_key(key: &str, values: &[u64]) -> Vec<String> {
    let n = values.len();
    let sum: u64 = values.iter().sum();
    let least = values.iter().min().expect("a value");
    let most = values.iter().max().expect("a value");
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let different = values.iter().collect::<BTreeSet<_>>().len();
    let mean = mean(values);
    let median = sorted[(n - 1) / 2];
    vec![
        format!("k+ {key} {sum}"),
        format!("kmin {key} {least}"),
        format!("kf {key} {most}"),
        format!("kcount {key} {n}"),
        format!("kagg {key} {n} {sum}"),
        format!("kgroup {key} {sorted:?}"),
        format!(
            "kall {key} {n} {sum} {mean} {least} {most} {} {different} {median}",
            2 * sum
        ),
    ]
}

/// What they give for one window of all items.
fn of_all(items: &[(&'static str, u64)]) -> Vec<String> {
    let values: Vec<u64> = items.iter().map(|(_, value)| *value).collect();
    let n = values.len();
    let sum: u64 = values.iter().sum();
    let least = values.iter().min().expect("a value");
    let most = values.iter().max().expect("a value");
    let mut counts = BTreeMap::new();
    for value in &values {
        *counts.entry(*value).or_insert(0u64) += 1;
    }
    let heavy = counts
        .iter()
        .max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0)))
        .expect("a value");
    let mut top = items.to_vec();
    top.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    top.truncate(2);
    let mut rows = vec![
        format!("count {n}"),
        format!("reduce {sum}"),
        format!("sum {sum}"),
        format!("average {}", mean(&values)),
        format!("min {least}"),
        format!("max {most}"),
        format!("approx {}", counts.len()),
        format!("quantile {most}"),
        format!("heavy {} {}", heavy.0, heavy.1),
        format!("reducef {most}"),
    ];
    rows.extend(top.iter().map(|(key, value)| format!("top {key} {value}")));
    rows
}

/// Windows of those that have no keys, and of those that have the values themselves as keys.
fn rows_of(windows: impl Fn(&[Item]) -> Vec<Vec<Item>>, values: bool) -> Vec<String> {
    let mut rows = Vec::new();
    for key in ["a", "b"] {
        let own: Vec<Item> = ITEMS.into_iter().filter(|item| item.1 == key).collect();
        for window in windows(&own) {
            rows.extend(of_key(
                key,
                &window.iter().map(|item| item.2).collect::<Vec<_>>(),
            ));
        }
    }
    for window in windows(&ITEMS) {
        rows.extend(of_all(
            &window
                .iter()
                .map(|item| (item.1, item.2))
                .collect::<Vec<_>>(),
        ));
    }
    if values {
        for value in ITEMS
            .into_iter()
            .map(|item| item.2)
            .collect::<BTreeSet<_>>()
        {
            let own: Vec<Item> = ITEMS.into_iter().filter(|item| item.2 == value).collect();
            for window in windows(&own) {
                rows.push(format!("byvalue {value} {}", window.len()));
                rows.push(format!("distinct {value}"));
            }
        }
    }
    rows.sort();
    rows
}

fn fixed(size: i64, step: i64, grows: bool) -> impl Fn(&[Item]) -> Vec<Vec<Item>> {
    move |items| {
        let mut windows = Vec::new();
        let mut end = step;
        while end < 60_000 {
            let begin = if grows {
                (end - 1) / size * size
            } else {
                end - size
            };
            let window: Vec<Item> = items
                .iter()
                .copied()
                .filter(|item| item.0 >= begin && item.0 < end)
                .collect();
            if !window.is_empty() {
                windows.push(window);
            }
            end += step;
        }
        windows
    }
}

fn sessions(gap: i64, longest: i64) -> impl Fn(&[Item]) -> Vec<Vec<Item>> {
    move |items| {
        let mut windows: Vec<Vec<Item>> = Vec::new();
        for item in items {
            match windows.last_mut() {
                Some(last)
                    if item.0 - last[last.len() - 1].0 <= gap && item.0 - last[0].0 < longest =>
                {
                    last.push(*item);
                }
                _ => windows.push(vec![*item]),
            }
        }
        windows
    }
}

fn slides(size: i64, by_clock: bool) -> impl Fn(&[Item]) -> Vec<Vec<Item>> {
    move |items| {
        let window = |(at, item): (usize, &Item)| {
            let come = if by_clock { &items[..=at] } else { items };
            come.iter()
                .copied()
                .filter(|other| other.0 > item.0 - size && other.0 <= item.0)
                .collect()
        };
        items.iter().enumerate().map(window).collect()
    }
}

fn rows_by(size: usize, step: usize) -> impl Fn(&[Item]) -> Vec<Vec<Item>> {
    move |items| {
        (step..=items.len())
            .step_by(step)
            .map(|end| items[end.saturating_sub(size)..end].to_vec())
            .collect()
    }
}

fn begin_ms(test: &JobTest) -> i64 {
    test.now_ms() - test.now_ms() % 60_000
}

/// Feeds the items, by their own times, and begins anew in the middle.
fn by_event_time(job: fn() -> Job<'static>, expected: &[String], in_order: bool) {
    for (workers, then) in [(1, 1), (4, 4), (2, 3)] {
        let directory = tempfile::tempdir().expect("a directory");
        let mut test = job()
            .test()
            .partitions(1)
            .workers(workers)
            .checkpoint(directory.path());
        let begin_ms = begin_ms(&test);
        let mut lines: Vec<String> = ITEMS
            .iter()
            .map(|(at, key, value)| format!("{} {key} {value}", begin_ms + at))
            .collect();
        if !in_order {
            // Out of order, but not behind the watermark, which moves between feeds.
            lines[..6].reverse();
        }
        test.feed("in", &lines[..6]);
        test.feed("in", &lines[6..9]);
        if then != workers {
            test = test.workers(then);
        }
        test.restart().expect("it goes on");
        test.feed("in", &lines[9..]);
        if !in_order {
            // Closes all windows; its own stay open.
            test.feed("in", [format!("{} a 0", begin_ms + 100_000)]);
        }
        let mut rows = test.rows();
        assert_eq!(test.late_records(), 0);
        rows.sort();
        compare(&rows, expected, workers);
    }
}

fn compare(rows: &[String], expected: &[String], workers: usize) {
    let differ = |a: &[String], b: &[String]| -> Vec<String> {
        let mut b = b.to_vec();
        let mut only = Vec::new();
        for row in a {
            match b.iter().position(|other| other == row) {
                Some(at) => drop(b.swap_remove(at)),
                None => only.push(row.clone()),
            }
        }
        only
    };
    let (more, missing) = (differ(rows, expected), differ(expected, rows));
    assert!(
        more.is_empty() && missing.is_empty(),
        "{workers} workers: more {more:#?}, missing {missing:#?}"
    );
}

fn by_clock(job: fn() -> Job<'static>, expected: &[String]) {
    for (workers, then) in [(1, 1), (4, 4), (2, 3)] {
        let directory = tempfile::tempdir().expect("a directory");
        let mut test = job()
            .test()
            .partitions(1)
            .workers(workers)
            .checkpoint(directory.path());
        let begin_ms = begin_ms(&test) + 60_000;
        test.advance(Duration::from_millis(
            (begin_ms - test.now_ms()).unsigned_abs(),
        ));
        let _before = test.rows();
        for (n, (at, key, value)) in ITEMS.into_iter().enumerate() {
            let wait = begin_ms + at - test.now_ms();
            test.advance(Duration::from_millis(wait.unsigned_abs()));
            if n == 9 {
                if then != workers {
                    test = test.workers(then);
                }
                test.restart().expect("it goes on");
            }
            test.feed("in", [format!("{at} {key} {value}")]);
        }
        test.advance(Duration::from_secs(20));
        let mut rows = test.rows();
        // Intervals without items.
        rows.retain(|row| row != "count 0" && row != "approx 0");
        rows.sort();
        compare(&rows, expected, workers);
    }
}

#[test]
fn tumbling_event() {
    by_event_time(
        tumbling,
        &rows_of(fixed(10_000, 10_000, false), true),
        false,
    );
}
#[test]
fn hopping_event() {
    by_event_time(hopping, &rows_of(fixed(10_000, 5_000, false), true), false);
}
#[test]
fn cumulate_event() {
    by_event_time(cumulate, &rows_of(fixed(10_000, 5_000, true), true), false);
}
#[test]
fn session_event() {
    by_event_time(session, &rows_of(sessions(3_000, i64::MAX), true), false);
}
#[test]
fn session_max_event() {
    by_event_time(session_max, &rows_of(sessions(6_000, 8_000), true), false);
}
#[test]
fn sliding_event() {
    by_event_time(sliding, &rows_of(slides(3_000, false), true), false);
}
#[test]
fn rows_tumbling() {
    by_event_time(rows, &rows_of(rows_by(3, 3), true), true);
}
#[test]
fn rows_by_two() {
    by_event_time(rows_by_2, &rows_of(rows_by(3, 2), true), true);
}
#[test]
fn rows_behind_event_time() {
    by_event_time(rows_event, &rows_of(rows_by(3, 1), true), true);
}
#[test]
fn intervals() {
    by_clock(clock, &rows_of(fixed(10_000, 10_000, false), true));
}
#[test]
fn hopping_clock() {
    by_clock(clock_hopping, &rows_of(fixed(10_000, 5_000, false), true));
}
#[test]
fn cumulate_clock() {
    by_clock(clock_cumulate, &rows_of(fixed(10_000, 5_000, true), true));
}
#[test]
fn session_clock() {
    by_clock(clock_session, &rows_of(sessions(3_000, i64::MAX), true));
}
#[test]
fn session_max_clock() {
    by_clock(clock_session_max, &rows_of(sessions(6_000, 8_000), true));
}
#[test]
fn sliding_clock() {
    by_clock(clock_sliding, &rows_of(slides(3_000, true), true));
}
