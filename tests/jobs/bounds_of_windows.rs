//! Every kind of window with `with_window`: a result must be that of the items which lie within the bounds
//! that it tells, and the bounds must be those of such a window.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use streamflow::{Job, Window, stream_job};

use crate::lines::timed_number as timed;

/// An item: its time in milliseconds, its key, its value. No two of one time.
type Item = (i64, &'static str, u64);

const ITEMS: [Item; 14] = [
    (1_000, "a", 5),
    (1_500, "b", 1),
    (2_000, "a", 3),
    (2_100, "b", 9),
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

/// What is told of a result: the aggregate, the key, the bounds, and what it is.
#[expect(
    clippy::needless_pass_by_value,
    reason = "as it leaves the stage in front"
)]
fn row(name: &str, key: impl ToString, window: Window, result: impl ToString) -> String {
    let (key, result) = (key.to_string(), result.to_string());
    format!(
        "{name} {key} {} {} {result}",
        window.start_ms(),
        window.end_ms()
    )
}

fn sorted(mut values: Vec<u64>) -> String {
    values.sort_unstable();
    format!("{values:?}").replace(' ', "")
}

/// Jobs with aggregates of each form behind the same window.
macro_rules! jobs {
    ($($name:ident: $which:ident [$($time:tt)*] [$($w:tt)*];)*) => {$(
        jobs!(@$which $name, [$($time)*], [$($w)*]);
    )*};
    (@all $name:ident, [$($time:tt)*], [$($w:tt)*]) => {
        fn $name() -> Job<'static> {
            stream_job! {
                job every
                let items = from kafka("in") | map(|line| timed(line)?) $($time)*;
                let pairs = items | map(|(_, key, value)| (key, value));
                let values = items | map(|(_, _, value)| value);
                pairs | reduce_by_key(+) $($w)* as s1 | with_window | map(|((k, w), n)| row("sum_of", k, w, n)) | print;
                pairs | group_by_key $($w)* as s2 | with_window | map(|((k, w), all)| row("group", k, w, sorted(all))) | print;
                pairs | agg_by_key { n: count } $($w)* as s3 | with_window | map(|((k, w), of)| row("count_of", k, w, of.n)) | print;
                values | count $($w)* as s4 | with_window | map(|(w, n)| row("count", "all", w, n)) | print;
                values | reduce(|a, b| a + b) $($w)* as s5 | with_window | map(|(w, n)| row("sum", "all", w, n)) | print;
                values | average $($w)* as s6 | with_window | map(|(w, n)| row("average", "all", w, n)) | print;
                values | approx_distinct $($w)* as s7 | with_window | map(|(w, n)| row("different", "all", w, n)) | print;
                pairs | top(1) $($w)* as s8 | with_window | map(|((_, w), most)| row("most", "all", w, most)) | print;
                values | heavy_hitters(1) $($w)* as s9 | with_window | map(|((_, w), n)| row("often", "all", w, n)) | print;
                values | distinct $($w)* as s10 | with_window | map(|(w, v)| row("distinct", v, w, v)) | print
            }
        }
    };
    (@few $name:ident, [$($time:tt)*], [$($w:tt)*]) => {
        fn $name() -> Job<'static> {
            stream_job! {
                job every
                let items = from kafka("in") | map(|line| timed(line)?) $($time)*;
                let pairs = items | map(|(_, key, value)| (key, value));
                pairs | reduce_by_key(+) $($w)* as s1 | with_window | map(|((k, w), n)| row("sum_of", k, w, n)) | print;
                pairs | group_by_key $($w)* as s2 | with_window | map(|((k, w), all)| row("group", k, w, sorted(all))) | print;
                pairs | count $($w)* as s4 | with_window | map(|(w, n)| row("count", "all", w, n)) | print;
                pairs | map(|(_, value)| value) | reduce(|a, b| a + b) $($w)* as s5 | with_window | map(|(w, n)| row("sum", "all", w, n)) | print
            }
        }
    };
}

jobs! {
    tumbling: all [| event_time(|(at, _, _)| *at) lag 1ms] [over tumbling 10s late drop];
    hopping: all [| event_time(|(at, _, _)| *at) lag 1ms] [over hopping 10s by 5s late drop];
    apart: few [| event_time(|(at, _, _)| *at) lag 1ms] [over hopping 2s by 3s offset 1s late drop];
    cumulate: few [| event_time(|(at, _, _)| *at) lag 1ms] [over cumulate 10s by 5s late drop];
    session: all [| event_time(|(at, _, _)| *at) lag 1ms] [over session 3s late drop];
    session_max: few [| event_time(|(at, _, _)| *at) lag 1ms] [over session 6s max 8s late drop];
    sliding: all [| event_time(|(at, _, _)| *at) lag 1ms] [over sliding 3s late drop];
    updates: few [| event_time(|(at, _, _)| *at) lag 1ms] [over tumbling 10s late drop emit updates every 2s];
    hopping_updates: all [| event_time(|(at, _, _)| *at) lag 1ms] [over hopping 10s by 5s late drop emit updates every 1s];
    cumulate_updates: few [| event_time(|(at, _, _)| *at) lag 1ms] [over cumulate 10s by 5s late drop emit updates every 1s];
    changes: few [| event_time(|(at, _, _)| *at) lag 1ms] [over tumbling 10s late drop emit changes];
    hopping_changes: few [| event_time(|(at, _, _)| *at) lag 1ms] [over hopping 10s by 5s late drop emit changes];
    cumulate_changes: few [| event_time(|(at, _, _)| *at) lag 1ms] [over cumulate 10s by 5s late drop emit changes];
    clock_moved: few [] [over tumbling 10s offset 3s];
    clock_hopping: all [] [over hopping 10s by 5s];
    clock_uneven: few [] [over hopping 10s by 4s];
    clock_cumulate: few [] [over cumulate 10s by 5s];
    clock_session: few [] [over session 3s];
    clock_sliding: few [] [over sliding 3s];
    clock_updates: few [] [over tumbling 10s emit updates every 1s];
    clock_hopping_updates: all [] [over hopping 10s by 5s emit updates every 1s];
    clock_cumulate_updates: few [] [over cumulate 10s by 5s emit updates every 1s];
    clock_changes: few [] [over hopping 10s by 5s emit changes];
}

/// The same for an interval, which has no name.
fn interval() -> Job<'static> {
    stream_job! {
        job every
        let items = from kafka("in") | map(|line| timed(line)?);
        let pairs = items | map(|(_, key, value)| (key, value));
        pairs | reduce_by_key(+) every 10s | with_window | map(|((k, w), n)| row("sum_of", k, w, n)) | print;
        pairs | group_by_key every 10s | with_window | map(|((k, w), all)| row("group", k, w, sorted(all))) | print;
        pairs | count every 10s | with_window | map(|(w, n)| row("count", "all", w, n)) | print;
        pairs | top(1) every 10s | with_window | map(|((_, w), most)| row("most", "all", w, most)) | print
    }
}

/// A result and the bounds that it tells, in milliseconds since the test began.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Told {
    name: String,
    key: String,
    start: i64,
    end: i64,
}

fn read(row: &str, begin_ms: i64) -> (Told, String) {
    let parts: Vec<&str> = row.split(' ').collect();
    let [name, key, start, end, result] = parts[..] else {
        panic!("{row}");
    };
    let since = |ms: &str| ms.parse::<i64>().expect("milliseconds") - begin_ms;
    let told = Told {
        name: name.to_owned(),
        key: key.to_owned(),
        start: since(start),
        end: since(end),
    };
    (told, result.to_owned())
}

/// The items of a result's key that lie within its bounds.
fn inside(told: &Told, slides: bool) -> Vec<Item> {
    let is_of_key = |item: &Item| match told.name.as_str() {
        "distinct" => item.2.to_string() == told.key,
        _ => told.key == "all" || item.1 == told.key,
    };
    let is_inside = |at: i64| {
        if slides {
            told.start < at && at <= told.end
        } else {
            told.start <= at && at < told.end
        }
    };
    let items = ITEMS.into_iter();
    items
        .filter(|item| is_of_key(item) && is_inside(item.0))
        .collect()
}

/// What an aggregate gives for items.
fn result(name: &str, items: &[Item]) -> String {
    let values: Vec<u64> = items.iter().map(|item| item.2).collect();
    let n = values.len();
    let sum: u64 = values.iter().sum();
    let most = values.iter().max();
    match name {
        "sum_of" | "sum" => sum.to_string(),
        "group" => sorted(values),
        "count_of" | "count" => n.to_string(),
        "average" => {
            let wide = |n: u64| f64::from(u32::try_from(n).expect("a small one"));
            (wide(sum) / wide(n as u64)).to_string()
        }
        "different" => values.iter().collect::<BTreeSet<_>>().len().to_string(),
        "most" | "distinct" => most.expect("an item").to_string(),
        "often" => {
            let often = |value: &u64| values.iter().filter(|other| *other == value).count();
            let most = values.iter().map(often).max();
            most.expect("an item").to_string()
        }
        other => panic!("no aggregate `{other}`"),
    }
}

/// How windows of a kind lie.
#[derive(Clone, Copy)]
enum Lie {
    /// Of this size, and beginning at such moments.
    Begin {
        size: i64,
        by: i64,
        offset: i64,
    },
    /// Of this size, and ending at such moments.
    End {
        size: i64,
        by: i64,
    },
    Grow {
        size: i64,
        by: i64,
    },
    Session {
        gap: i64,
        max: i64,
    },
    Slide {
        size: i64,
    },
}

/// Whether there is such a window.
fn is_one(lie: Lie, told: &Told, items: &[Item]) -> bool {
    let length = told.end - told.start;
    match lie {
        Lie::Begin { size, by, offset } => {
            length == size && (told.start - offset).rem_euclid(by) == 0
        }
        Lie::End { size, by } => length == size && told.end.rem_euclid(by) == 0,
        Lie::Grow { size, by } => {
            told.start.rem_euclid(size) == 0 && told.end.rem_euclid(by) == 0 && length <= size
        }
        Lie::Session { gap, max } => {
            let (Some(first), Some(last)) = (items.first(), items.last()) else {
                return false;
            };
            told.start == first.0 && told.end == (last.0 + gap).min(first.0 + max)
        }
        Lie::Slide { size } => length == size && items.last().is_some_and(|it| it.0 == told.end),
    }
}

/// Looks at all rows; of several results of one window the last one counts.
fn look(rows: &[String], begin_ms: i64, lie: Lie) {
    let slides = matches!(lie, Lie::Slide { .. });
    let mut last: BTreeMap<Told, String> = BTreeMap::new();
    for row in rows {
        let (told, result) = read(row, begin_ms);
        last.insert(told, result);
    }
    let mut found: BTreeMap<String, Vec<Item>> = BTreeMap::new();
    for (told, seen) in last {
        let items = inside(&told, slides);
        if items.is_empty() && matches!(told.name.as_str(), "count" | "different") {
            assert_eq!(seen, "0", "{told:?}");
            continue;
        }
        assert!(is_one(lie, &told, &items), "{told:?} of {items:?}");
        assert_eq!(seen, result(&told.name, &items), "{told:?} of {items:?}");
        found.entry(told.name).or_default().extend(items);
    }
    let names: BTreeSet<&str> = rows
        .iter()
        .filter_map(|row| row.split(' ').next())
        .collect();
    for name in names {
        let Some(items) = found.get(name) else {
            panic!("no result of `{name}`");
        };
        let found: BTreeSet<&Item> = items.iter().collect();
        // Windows that lie apart leave out what comes between them.
        let is_apart = matches!(lie, Lie::Begin { size, by, .. } if size < by);
        assert!(is_apart || found.len() == ITEMS.len(), "{name}: {found:?}");
    }
    assert!(found.len() > 3, "{found:?}");
}

fn by_event_time(job: fn() -> Job<'static>, lie: Lie) {
    for workers in [1, 3] {
        let directory = tempfile::tempdir().expect("a directory");
        let mut test = job()
            .test()
            .partitions(1)
            .workers(workers)
            .checkpoint(directory.path());
        let begin_ms = test.now_ms() - test.now_ms() % 60_000;
        let lines: Vec<String> = ITEMS
            .iter()
            .map(|(at, key, value)| format!("{} {key} {value}", begin_ms + at))
            .collect();
        let mut rows = Vec::new();
        for (n, line) in lines.iter().enumerate() {
            if n == 7 {
                test.restart().expect("it goes on");
            }
            test.feed("in", [line]);
            rows.extend(test.rows());
        }
        // Closes all windows; its own stay open, or tell it alone.
        test.feed("in", [format!("{} end 0", begin_ms + 100_000)]);
        rows.extend(test.rows());
        let far = (begin_ms + 90_000).to_string();
        rows.retain(|row| row.split(' ').nth(3) < Some(far.as_str()));
        look(&rows, begin_ms, lie);
    }
}

fn by_clock(job: fn() -> Job<'static>, lie: Lie) {
    for workers in [1, 3] {
        let directory = tempfile::tempdir().expect("a directory");
        let mut test = job()
            .test()
            .partitions(1)
            .workers(workers)
            .checkpoint(directory.path());
        let begin_ms = test.now_ms() - test.now_ms() % 60_000 + 60_000;
        let wait =
            |until_ms: i64, now_ms: i64| Duration::from_millis((until_ms - now_ms).unsigned_abs());
        test.advance(wait(begin_ms, test.now_ms()));
        let mut rows = Vec::new();
        for (n, (at, key, value)) in ITEMS.into_iter().enumerate() {
            test.advance(wait(begin_ms + at, test.now_ms()));
            if n == 7 {
                test.restart().expect("it goes on");
            }
            test.feed("in", [format!("{at} {key} {value}")]);
            rows.extend(test.rows());
        }
        test.advance(Duration::from_secs(20));
        rows.extend(test.rows());
        look(&rows, begin_ms, lie);
    }
}

const TUMBLING: Lie = Lie::Begin {
    size: 10_000,
    by: 10_000,
    offset: 0,
};
const HOPPING: Lie = Lie::Begin {
    size: 10_000,
    by: 5_000,
    offset: 0,
};
const CUMULATE: Lie = Lie::Grow {
    size: 10_000,
    by: 5_000,
};
const SESSION: Lie = Lie::Session {
    gap: 3_000,
    max: i64::MAX / 2,
};
const SLIDING: Lie = Lie::Slide { size: 3_000 };

macro_rules! tests {
    ($($test:ident: $run:ident($job:ident, $lie:expr);)*) => {$(
        #[test]
        fn $test() {
            $run($job, $lie);
        }
    )*};
}

tests! {
    of_tumbling_windows: by_event_time(tumbling, TUMBLING);
    of_hopping_windows: by_event_time(hopping, HOPPING);
    of_windows_that_lie_apart: by_event_time(apart, Lie::Begin { size: 2_000, by: 3_000, offset: 1_000 });
    of_cumulating_windows: by_event_time(cumulate, CUMULATE);
    of_sessions: by_event_time(session, SESSION);
    of_sessions_that_are_cut: by_event_time(session_max, Lie::Session { gap: 6_000, max: 8_000 });
    of_sliding_windows: by_event_time(sliding, SLIDING);
    of_updates: by_event_time(updates, TUMBLING);
    of_updates_of_hopping_windows: by_event_time(hopping_updates, HOPPING);
    of_updates_of_cumulating_windows: by_event_time(cumulate_updates, CUMULATE);
    of_changes: by_event_time(changes, TUMBLING);
    of_changes_of_hopping_windows: by_event_time(hopping_changes, HOPPING);
    of_changes_of_cumulating_windows: by_event_time(cumulate_changes, CUMULATE);
    of_intervals: by_clock(interval, TUMBLING);
    of_windows_that_are_moved: by_clock(clock_moved, Lie::Begin { size: 10_000, by: 10_000, offset: 3_000 });
    of_hopping_windows_by_the_clock: by_clock(clock_hopping, HOPPING);
    of_uneven_windows_by_the_clock: by_clock(clock_uneven, Lie::End { size: 10_000, by: 4_000 });
    of_cumulating_windows_by_the_clock: by_clock(clock_cumulate, CUMULATE);
    of_sessions_by_the_clock: by_clock(clock_session, SESSION);
    of_sliding_windows_by_the_clock: by_clock(clock_sliding, SLIDING);
    of_updates_by_the_clock: by_clock(clock_updates, TUMBLING);
    of_updates_of_hopping_windows_by_the_clock: by_clock(clock_hopping_updates, HOPPING);
    of_updates_of_cumulating_windows_by_the_clock: by_clock(clock_cumulate_updates, CUMULATE);
    of_changes_by_the_clock: by_clock(clock_changes, HOPPING);
}
