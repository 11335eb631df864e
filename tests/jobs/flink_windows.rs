//! Windows and joins of streams in Flink's test suites: `WindowOperatorTest` (sessions and what is late),
//! `TumblingEventTimeWindowsTest`, `SlidingEventTimeWindowsTest`, `IntervalJoinOperatorTest`,
//! `IntervalJoinITCase` and `CoGroupJoinITCase`.
//!
//! Flink's watermark of 1999 says that all up to 1999 has come, and is one of 2000 here. A window that waits
//! for late items gives its result once here, when it has waited; there it gives one at its end and one for
//! each late item.

use streamflow::stream_job;
use streamflow::testing::JobTest;

use crate::flink_suites::timed;

const NOTHING: [&str; 0] = [];

/// Sums of sessions; the key `w` moves the watermark.
macro_rules! sums {
    ($($window:tt)*) => {
        stream_job! {
            job sums
            from kafka("in")
                | map(|line| timed(line)?)
                | event_time(|(at, ..)| *at) lag 10s
                | map(|(_, key, n)| (key, n))
                | reduce_by_key(+) $($window)* as sums
                | filter(|(key, _)| *key != "w")
                | map(|(key, n)| format!("{key} {n}"))
                | print
        }
        .test()
        .partitions(1)
    };
}

/// The same, and what is late under a name.
macro_rules! sums_and_late {
    ($($window:tt)*) => {
        stream_job! {
            job sums
            from kafka("in")
                | map(|line| timed(line)?)
                | event_time(|(at, ..)| *at) lag 10s
                | map(|(at, key, _)| (key, at))
                | count_by_key $($window)* else to(late) as sums
                | filter(|(key, _)| *key != "w")
                | map(|(key, n)| format!("{key} {n}"))
                | print;
            late | map(|(key, at)| format!("late {key} {at}")) | print
        }
        .test()
        .partitions(1)
    };
}

/// All up to this moment has come, with it. Items that come do not move the watermark so far.
fn watermark(test: &mut JobTest, ms: i64) {
    test.feed("in", [format!("{} w", ms + 1 + 10_000)]);
}

/// `testReduceSessionWindows`: a gap of three seconds, with the restart that is in it.
#[test]
fn session_windows() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = sums!(over session 3s late drop)
            .workers(workers)
            .checkpoint(dir.path());
        test.feed(
            "in",
            [
                "0 key2 1",
                "1000 key2 2",
                "2500 key2 3",
                "10 key1 1",
                "1000 key1 2",
            ],
        );
        test.restart().unwrap();
        test.feed(
            "in",
            [
                "2500 key1 3",
                "5501 key2 4",
                "6000 key2 5",
                "6000 key2 5",
                "6050 key2 6",
            ],
        );
        test.expect(NOTHING);
        watermark(&mut test, 12_000);
        test.expect(["key1 6", "key2 6", "key2 20"]);
        test.feed("in", ["15000 key2 10", "15000 key2 20"]);
        test.restart().unwrap();
        watermark(&mut test, 17_999);
        test.expect(["key2 30"]);
    }
}

/// The items and watermarks of `testDropDueToLatenessSession…` and `testSideOutputDueToLatenessSession…`.
fn late_for_sessions(test: &mut JobTest, rows: [&[&str]; 5]) {
    test.feed("in", ["1000 key2"]);
    watermark(test, 1_999);
    test.feed("in", ["2000 key2"]);
    watermark(test, 4_998);
    // In time: the session that it comes to is open.
    test.feed("in", ["4500 key2", "8500 key2"]);
    watermark(test, 7_400);
    // Makes both sessions one.
    test.feed("in", ["7000 key2"]);
    watermark(test, 11_501);
    test.expect(rows[0]);
    test.feed("in", ["11600 key2"]);
    watermark(test, 14_600);
    test.expect(rows[1]);
    test.feed("in", ["10000 key2"]);
    test.expect(rows[2]);
    test.feed("in", ["14500 key2"]);
    watermark(test, 20_000);
    test.expect(rows[3]);
    watermark(test, 100_000);
    test.expect(rows[4]);
}

#[test]
fn late_items_of_sessions() {
    for workers in [1, 4] {
        // Nothing is waited for.
        let mut test = sums!(over session 3s late drop).workers(workers);
        late_for_sessions(&mut test, [&["key2 5"], &["key2 1"], &[], &["key2 1"], &[]]);
        assert_eq!(test.late_records(), 1);
        let mut test = sums_and_late!(over session 3s late).workers(workers);
        late_for_sessions(
            &mut test,
            [
                &["key2 5"],
                &["key2 1"],
                &["late key2 10000"],
                &["key2 1"],
                &[],
            ],
        );
        // 10 ms: the session that it touches is still waited for. Flink tells 1, 2 and 3 of it.
        let mut test = sums!(over session 3s late 10ms drop).workers(workers);
        late_for_sessions(&mut test, [&[], &["key2 5"], &[], &["key2 3"], &[]]);
        assert_eq!(test.late_records(), 0);
        // 10 s: in the end all are of one session. Flink tells 5, 1, 7 and 8 of it.
        let mut test = sums_and_late!(over session 3s late 10s).workers(workers);
        late_for_sessions(&mut test, [&[], &[], &[], &[], &["key2 8"]]);
        assert_eq!(test.late_records(), 0);
    }
}

/// `testSideOutputDueToLatenessTumbling` with an allowed lateness, and `testLateness`: 500 ms. Flink tells
/// the new result with each late item; here there is one, so much later.
#[test]
fn allowed_lateness() {
    for workers in [1, 4] {
        let mut test = sums_and_late!(over tumbling 2s late 500ms).workers(workers);
        test.feed("in", ["500 key2"]);
        watermark(&mut test, 1_500);
        test.feed("in", ["1300 key2"]);
        watermark(&mut test, 2_300);
        test.expect(NOTHING);
        test.feed("in", ["1997 key2"]);
        watermark(&mut test, 6_000);
        test.expect(["key2 3"]);
        test.feed("in", ["1998 key2"]);
        watermark(&mut test, 7_000);
        test.expect(["late key2 1998"]);
    }
}

/// `testDropDueToLatenessSliding` and `testSideOutputDueToLatenessSliding`: windows of three seconds that move on by one.
#[test]
fn allowed_lateness_of_windows_that_overlap() {
    for workers in [1, 4] {
        let mut test = sums_and_late!(over hopping 3s by 1s late).workers(workers);
        test.feed("in", ["1000 key2"]);
        watermark(&mut test, 1_999);
        test.expect(["key2 1"]);
        test.feed("in", ["2000 key2"]);
        watermark(&mut test, 3_000);
        test.expect(["key2 2"]);
        // In time for the last of its windows only.
        test.feed("in", ["3001 key2", "1001 key2"]);
        watermark(&mut test, 3_999);
        test.expect(["key2 4"]);
        test.feed("in", ["1002 key2"]);
        test.expect(["late key2 1002"]);
        watermark(&mut test, 25_000);
        test.expect(["key2 2", "key2 1"]);
    }
}

macro_rules! counts_of {
    ($($window:tt)*) => {
        |records: &[i64]| -> Vec<String> {
            let mut test = sums!($($window)* late drop).workers(2);
            test.feed("in", records.iter().map(|at| format!("{at} k")));
            test.feed("in", ["100000 w"]);
            test.rows()
        }
    };
}

/// `TumblingEventTimeWindowsTest` and `SlidingEventTimeWindowsTest`: which windows an item is in, with offsets
/// on both sides; what is seen of them is how many items are together.
#[test]
fn items_are_assigned_to_windows() {
    assert_eq!(
        counts_of!(over tumbling 5s)(&[0, 4_999, 5_000]),
        ["k 2", "k 1"]
    );
    assert_eq!(
        counts_of!(over tumbling 5s offset 100ms)(&[100, 5_099, 5_100]),
        ["k 2", "k 1"]
    );
    assert_eq!(
        counts_of!(over tumbling 5s offset 100ms)(&[0, 99, 100, 5_000]),
        ["k 2", "k 2"]
    );
    assert_eq!(
        counts_of!(over tumbling 5s offset -100ms)(&[0, 4_899, 4_900]),
        ["k 2", "k 1"]
    );
    let five = |n: i64| vec![format!("k {n}"); 5];
    assert_eq!(counts_of!(over hopping 5s by 1s)(&[0]), five(1));
    assert_eq!(counts_of!(over hopping 5s by 1s)(&[4_000, 4_999]), five(2));
    assert_eq!(
        counts_of!(over hopping 5s by 1s)(&[4_999, 5_000]),
        ["k 1", "k 2", "k 2", "k 2", "k 2", "k 1"]
    );
    assert_eq!(
        counts_of!(over hopping 5s by 1s offset 100ms)(&[4_100, 5_099]),
        five(2)
    );
    assert_eq!(
        counts_of!(over hopping 5s by 1s offset -100ms)(&[3_900, 4_899]),
        five(2)
    );
}

/// Pairs of two topics that are near each other, with `l 12 key name` of either side.
fn named(line: &str) -> Option<(i64, &str, &str)> {
    let mut parts = line.split(' ');
    Some((parts.next()?.parse().ok()?, parts.next()?, parts.next()?))
}

macro_rules! near {
    ($($stage:tt)*) => {
        stream_job! {
            job near
            let rights = from kafka("right") | map(|line| named(line)?) | event_time(|(at, ..)| *at) lag 1ms
                | map(|(_, key, name)| (key, name.to_owned()));
            from kafka("left") | map(|line| named(line)?) | event_time(|(at, ..)| *at) lag 1ms
                | map(|(_, key, name)| (key, name.to_owned()))
                | $($stage)*
        }
        .test()
        .partitions(1)
    };
}

/// `IntervalJoinOperatorTest.testDiscardsLateData` and `testLateData` with both side outputs.
#[test]
fn late_items_of_an_interval_join() {
    for workers in [1, 4] {
        let mut test = near!(join(rights) within -1ms..+1ms late else to(late) as near
            | map(|(_, (left, right))| format!("{left} {right}")) | print;
            late | map(|(_, sides)| format!("late {sides:?}")) | print)
        .workers(workers);
        for n in 1..=3 {
            test.feed("left", [format!("{n} k {n}")]);
            test.feed("right", [format!("{n} k {n}")]);
        }
        test.expect(["1 1", "1 2", "2 1", "2 2", "2 3", "3 2", "3 3"]);
        test.feed("left", ["4 w w"]);
        test.feed("right", ["4 v v"]);
        test.feed("left", ["1 k 1"]);
        test.feed("right", ["1 k 1"]);
        test.expect([r#"late (Some("1"), None)"#, r#"late (None, Some("1"))"#]);
        for n in 4..=5 {
            test.feed("left", [format!("{n} k {n}")]);
            test.feed("right", [format!("{n} k {n}")]);
        }
        test.expect(["3 4", "4 3", "4 4", "4 5", "5 4", "5 5"]);
        assert_eq!(test.late_records(), 2);
    }
}

const LEFTS: [&str; 9] = [
    "1000 A L-1",
    "2000 A L-2",
    "4000 B L-4",
    "5000 B- L-5",
    "6000 A L-6",
    "7000 C L-7",
    "10000 A L-10",
    "12000 A L-12",
    "20000 A L-20",
];

fn sides(lefts: &[&str], rights: &[&str], mut test: JobTest, rows: &[&str]) {
    test.feed("left", lefts);
    test.feed("right", rights);
    test.feed("left", ["100000 w w"]);
    test.feed("right", ["100000 w w"]);
    let mut found = test.rows();
    found.retain(|row| !row.contains('w'));
    found.sort();
    let mut rows = rows.to_vec();
    rows.sort_unstable();
    assert_eq!(found, rows);
}

macro_rules! shown {
    ($($stage:tt)*) => {
        near!($($stage)* | map(|(key, (left, right))| format!("{} {left:?} {right:?}", key.trim_end_matches('-'))
            .replace("Some", "").replace(['(', ')', '"'], "").replace("None", "null")) | print)
    };
}

/// `IntervalJoinITCase`: `testRowTimeLeftOuterJoin`, `…RightOuterJoin`, `…FullOuterJoin`. The left time is between
/// five seconds in front of the right one and six behind it. What a condition keeps apart, beside the keys and
/// the times, has a key of its own here: `B-`, `A-`.
#[test]
fn outer_interval_joins() {
    for workers in [1, 4] {
        let rights = ["6000 A R-6", "7000 B R-7", "8000 D R-8", "11000 A R-11"];
        sides(
            &LEFTS,
            &rights,
            shown!(left_join(rights) within -6s..+5s late drop as near).workers(workers),
            &[
                "A L-1 R-6",
                "A L-2 R-6",
                "A L-6 R-6",
                "A L-10 R-6",
                "A L-12 R-6",
                "B L-4 R-7",
                "A L-6 R-11",
                "A L-10 R-11",
                "A L-12 R-11",
                "B L-5 null",
                "C L-7 null",
                "A L-20 null",
            ],
        );
        let rights = [
            "5000 A- R-5",
            "6000 A R-6",
            "7000 B R-7",
            "8000 D R-8",
            "20000 A R-20",
        ];
        let lefts = [
            "1000 A L-1",
            "2000 A L-2",
            "4000 B L-4",
            "6000 A L-6",
            "7000 C L-7",
            "10000 A L-10",
            "12000 A L-12",
        ];
        sides(
            &lefts,
            &rights,
            shown!(right_join(rights) within -6s..+5s late drop as near).workers(workers),
            &[
                "A null R-5",
                "A L-1 R-6",
                "A L-2 R-6",
                "A L-6 R-6",
                "A L-10 R-6",
                "A L-12 R-6",
                "A null R-20",
                "B L-4 R-7",
                "D null R-8",
            ],
        );
        sides(
            &LEFTS,
            &rights[..4],
            shown!(full_join(rights) within -6s..+5s late drop as near).workers(workers),
            &[
                "A L-1 R-6",
                "A L-2 R-6",
                "A L-6 R-6",
                "A L-10 R-6",
                "A L-12 R-6",
                "B L-4 R-7",
                "A null R-5",
                "D null R-8",
                "B L-5 null",
                "C L-7 null",
                "A L-20 null",
            ],
        );
    }
}

/// `testRowTimeInnerJoinWithWindowAggregateOnFirstTime`, `…OnSecondTime`: what has met goes into windows by the
/// time of one side, which is given again behind the join.
#[test]
fn windows_by_the_time_of_one_side() {
    let lefts = [
        "1000 A L-1",
        "2000 A L-2",
        "3000 A L-3",
        "4000 B L-4",
        "4000 C L-5",
        "10000 A L-6",
        "13000 A L-7",
    ];
    let rights = ["7000 A R-1", "7000 B R-4", "8000 A R-3", "8000 D R-2"];
    for workers in [1, 4] {
        let mut test = stream_job! {
            job of_sides
            let rights = from kafka("right") | map(|line| named(line)?) | event_time(|(at, ..)| *at) lag 1ms | map(|(at, key, _)| (key, at));
            let pairs = from kafka("left") | map(|line| named(line)?) | event_time(|(at, ..)| *at) lag 1ms | map(|(at, key, _)| (key, at))
                | join(rights) within -5s..+5s late drop as pairs
                | filter(|(key, _)| *key != "w");
            pairs | event_time(|(_, (left, _))| *left) lag 1m
                | map(|(key, (left, _))| ((key, left / 4_000 * 4 + 4), ()))
                | count_by_key over tumbling 4s late drop as by_left
                | map(|((key, end), n)| format!("left {key} {end} {n}")) | print;
            pairs | event_time(|(_, (_, right))| *right) lag 1m
                | map(|(key, (_, right))| ((key, right / 4_000 * 4 + 4), ()))
                | count_by_key over tumbling 4s late drop as by_right
                | map(|((key, end), n)| format!("right {key} {end} {n}")) | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        test.feed("left", lefts);
        test.feed("right", rights);
        test.expect(NOTHING);
        test.feed("left", ["300000 end L"]);
        test.feed("right", ["300000 end R"]);
        test.expect([
            "left A 4 3",
            "left A 12 2",
            "left A 16 1",
            "left B 8 1",
            "right A 8 3",
            "right A 12 3",
            "right B 8 1",
        ]);
    }
}

/// `CoGroupJoinITCase.testCoGroup`: windows of 3 ms.
#[test]
fn cogroup_of_windows() {
    for workers in [1, 4] {
        let mut test = near!(cogroup(rights) over tumbling 3ms late drop as groups
            | filter(|(key, _)| *key != "w")
            | map(|(_, (first, second))| format!("F:{} S:{}", first.join(","), second.join(","))) | print)
        .workers(workers);
        let items = |keys: &str| -> Vec<String> {
            let items = keys.chars().enumerate().filter(|(_, key)| *key != '.');
            items
                .map(|(at, key)| format!("{at} {key} {key}{at}"))
                .collect()
        };
        test.feed("left", items("aaabbbaaa"));
        test.feed("right", items("aa.b..ccc"));
        test.feed("left", ["100 w w"]);
        test.feed("right", ["100 w w"]);
        test.expect([
            "F:a0,a1,a2 S:a0,a1",
            "F:b3,b4,b5 S:b3",
            "F:a6,a7,a8 S:",
            "F: S:c6,c7,c8",
        ]);
    }
}
