//! Windows that end with an item: of a key's last rows, and of the time in front of each item.

use streamflow::stream_job;
use streamflow::testing::JobTest;

use crate::SECOND;

fn pair(line: &str) -> Option<(&str, u64)> {
    let (key, value) = line.split_once(' ')?;
    Some((key, value.parse().ok()?))
}

/// `countWindow(3)` of Flink: what is left of a window does not leave.
#[test]
fn windows_of_rows_follow_each_other() {
    for workers in [1, 2, 4] {
        let directory = tempfile::tempdir().expect("a directory");
        let mut test = stream_job! {
            job rows
            from kafka("in") | map(|line| pair(line)?) | reduce_by_key(+) over rows 3 as sums | print
        }
        .test()
        .partitions(2)
        .workers(workers)
        .checkpoint(directory.path());
        test.feed("in", ["a 1", "b 2", "a 3", "a 5", "b 7"]);
        test.expect(["(a,9)"]);
        test.restart().expect("it goes on");
        test.feed("in", ["b 1", "a 1", "a 1"]);
        test.expect(["(b,10)"]);
        test.feed("in", ["a 1", "a 100"]);
        test.expect(["(a,3)"]);
    }
}

/// `EvictingWindowOperatorTest.testCountTrigger` of Flink: windows of 4 that move on by 2.
#[test]
fn windows_of_rows_overlap() {
    for workers in [1, 2, 4] {
        let directory = tempfile::tempdir().expect("a directory");
        let mut test = stream_job! {
            job rows
            from kafka("in") | map(|line| pair(line)?) | reduce_by_key(+) over rows 4 by 2 as sums | print
        }
        .test()
        .partitions(1)
        .workers(workers)
        .checkpoint(directory.path());
        test.feed("in", ["key2 1", "key2 1", "key2 1", "key1 1"]);
        test.expect(["(key2,2)"]);
        test.feed("in", ["key1 1", "key1 1"]);
        test.expect(["(key1,2)"]);
        test.restart().expect("it goes on");
        test.feed("in", ["key2 1", "key1 1"]);
        test.expect(["(key2,4)", "(key1,4)"]);
        test.feed("in", ["key2 2", "key2 4"]);
        test.expect(["(key2,8)"]);
    }
}

/// The average of the last ten in query 6 of Nexmark, with fewer.
#[test]
fn result_leaves_with_each_row() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            job rows
            let pairs = from kafka("in") | map(|line| pair(line)?);
            pairs | group_by_key over rows 3 by 1 as groups | map(|(key, all)| format!("{key} {all:?}")) | print;
            pairs | reduce_by_key(|a, b| if a > b { a } else { b }) over rows 2 by 1 as most | map(|(key, n)| format!("most {key} {n}")) | print;
            pairs | agg_by_key { mean: average, n: count } over rows 3 by 2 as aggs
                | map(|(key, agg)| format!("mean {key} {} {}", agg.mean, agg.n)) | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        test.feed("in", ["a 1", "a 5", "b 3", "a 3", "a 2"]);
        test.expect([
            "a [1]",
            "a [1, 5]",
            "b [3]",
            "a [1, 5, 3]",
            "a [5, 3, 2]",
            "most a 1",
            "most a 5",
            "most b 3",
            "most a 5",
            "most a 3",
            "mean a 3 2",
            &format!("mean a {} 3", 10.0 / 3.0),
        ]);
    }
}

#[test]
fn rows_without_keys_are_in_one_order() {
    for workers in [1, 2, 4] {
        let mut test = stream_job! {
            job rows
            let pairs = from kafka("in") | map(|line| pair(line)?);
            let values = pairs | values;
            values | sum over rows 2 as a | map(|n| format!("sum {n}")) | print;
            values | reduce(|a, b| a * 10 + b) over rows 4 as b | map(|n| format!("in order {n}")) | print;
            values | count over rows 4 by 3 as c | map(|n| format!("count {n}")) | print;
            values | average over rows 4 as d | map(|n| format!("mean {n}")) | print;
            values | min over rows 4 as e | map(|n| format!("min {n}")) | print;
            values | max over rows 4 by 2 as f | map(|n| format!("max {n}")) | print;
            pairs | top(1) over rows 4 as g | map(|(key, n)| format!("top {key} {n}")) | print;
            pairs | keys | count_by_value over rows 2 as h | map(|(key, n)| format!("value {key} {n}")) | print;
            pairs | keys | distinct over rows 2 as i | map(|key| format!("distinct {key}")) | print;
            pairs | count_by_key over rows 2 as j | map(|(key, n)| format!("keys {key} {n}")) | print;
            pairs | aggregate_by_key(0u64, |n, value| n + value, |a, b| a + b) over rows 2 as k
                | map(|(key, n)| format!("folded {key} {n}")) | print
        }
        .test()
        .partitions(2)
        .workers(workers);
        test.feed("in", ["a 1", "b 2", "a 3", "c 4"]);
        test.expect([
            "sum 3",
            "sum 7",
            "in order 1234",
            "count 3",
            "mean 2.5",
            "min 1",
            "max 2",
            "max 4",
            "top c 4",
            "value a 2",
            "distinct a",
            "keys a 2",
            "folded a 4",
        ]);
    }
}

/// Keys and values with their times in milliseconds behind the beginning of the test's clock.
fn feed<'w>(test: &mut JobTest, records: impl IntoIterator<Item = (i64, &'w str, u64)>) {
    let begin_ms = test.now_ms() - test.now_ms() % 60_000;
    let records = records.into_iter();
    let records: Vec<String> = records
        .map(|(ms, key, value)| format!("{} {key} {value}", begin_ms + ms))
        .collect();
    test.feed("in", records);
}

fn timed(line: &str) -> Option<(i64, &str, u64)> {
    let (ms, rest) = line.split_once(' ')?;
    let (key, value) = pair(rest)?;
    Some((ms.parse().ok()?, key, value))
}

/// `OVER (RANGE …)` of Flink's SQL, less what is as old as the window is long.
#[test]
fn sliding_window_ends_with_each_item() {
    for workers in [1, 2, 4] {
        let directory = tempfile::tempdir().expect("a directory");
        let mut test = stream_job! {
            job sliding
            let pairs = from kafka("in")
                | map(|line| timed(line)?)
                | event_time(|(at, _, _)| *at) lag 2s
                | map(|(_, key, value)| (key, value));
            pairs | reduce_by_key(+) over sliding 3s late drop as sums | print;
            pairs | group_by_key over sliding 3s late drop as groups
                | map(|(key, mut all)| { all.sort_unstable(); format!("{key} {all:?}") }) | print
        }
        .test()
        .partitions(1)
        .workers(workers)
        .checkpoint(directory.path());
        feed(
            &mut test,
            [(1_000, "a", 2), (0, "a", 1), (500, "b", 1), (2_000, "b", 9)],
        );
        test.expect([] as [&str; 0]);
        // The watermark is at 1.5 s: what is behind that can still come.
        feed(
            &mut test,
            [(3_500, "b", 1), (3_000, "a", 4), (3_000, "a", 8)],
        );
        test.expect(["(a,1)", "(b,1)", "(a,3)", "a [1]", "b [1]", "a [1, 2]"]);
        test.restart().expect("it goes on");
        feed(
            &mut test,
            [(1_499, "a", 100), (2_500, "a", 16), (5_001, "c", 1)],
        );
        test.expect([
            "(b,10)",
            "(a,19)",
            "(a,30)",
            "(a,30)",
            "b [1, 9]",
            "a [1, 2, 16]",
            "a [2, 4, 8, 16]",
            "a [2, 4, 8, 16]",
        ]);
        assert_eq!(test.late_records(), 2, "{workers} workers");
        feed(&mut test, [(20_000, "a", 1), (40_000, "a", 1)]);
        test.expect(["(b,10)", "(c,1)", "(a,1)", "b [1, 9]", "c [1]", "a [1]"]);
    }
}

#[test]
fn sliding_window_by_the_clock_leaves_as_items_come() {
    for workers in [1, 2, 4] {
        let directory = tempfile::tempdir().expect("a directory");
        let mut test = stream_job! {
            job sliding
            let pairs = from kafka("in") | map(|line| pair(line)?);
            pairs | reduce_by_key(+) over sliding 3s as sums | print;
            pairs | count over sliding 2s as counts | map(|n| format!("count {n}")) | print
        }
        .test()
        .partitions(1)
        .workers(workers)
        .checkpoint(directory.path());
        test.feed("in", ["a 1", "a 2", "b 5"]);
        test.expect(["(a,1)", "(a,3)", "(b,5)", "count 1", "count 2", "count 3"]);
        test.advance(SECOND);
        test.feed("in", ["a 4"]);
        test.expect(["(a,7)", "count 4"]);
        test.restart().expect("it goes on");
        test.advance(SECOND * 2);
        test.feed("in", ["a 8"]);
        test.expect(["(a,12)", "count 1"]);
        test.advance(SECOND * 10);
        test.feed("in", ["a 16"]);
        test.expect(["(a,16)", "count 1"]);
    }
}

/// The result of some rows has the time of the last one, that of a sliding window the time of its
/// item.
#[test]
fn windows_behind_rows_go_by_their_times() {
    let mut test = stream_job! {
        job behind
        let pairs = from kafka("in")
            | map(|line| timed(line)?)
            | event_time(|(at, _, _)| *at) lag 1s
            | map(|(_, key, value)| (key, value));
        pairs | count_by_key over rows 2 as rows | count over tumbling 5s late drop as a
            | map(|n| format!("rows {n}")) | print;
        pairs | count_by_key over sliding 2s late drop as sliding | map(|(_, n)| n) | sum over tumbling 5s late drop as b
            | map(|n| format!("sliding {n}")) | print
    }
    .test()
    .partitions(1);
    feed(
        &mut test,
        [
            (1_000, "a", 1),
            (4_999, "a", 1),
            (2_000, "b", 1),
            (5_000, "b", 1),
            (2_500, "b", 1),
        ],
    );
    feed(&mut test, [(60_000, "z", 1)]);
    test.expect(["rows 1", "rows 1", "sliding 5", "sliding 1"]);
}
