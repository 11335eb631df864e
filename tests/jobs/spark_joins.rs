//! Joins of streams in Spark's `StreamingJoinSuite`, beside those of `spark_suites`.

use streamflow::stream_job;
use streamflow::testing::JobTest;

const NOTHING: [&str; 0] = [];

/// `StreamingJoinSuite`: "stream stream inner join on non-time column": without a bound in time, for as long as the
/// job can live.
#[test]
fn inner_join_without_times() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job joined
            let rights = from kafka("right") | map(|line| line.parse::<i64>()?) | map(|n| (n, n * 3));
            from kafka("left") | map(|line| line.parse::<i64>()?) | map(|n| (n, n * 2))
                | join(rights) within -10_000d..+10_000d as pairs
                | map(|(n, (left, right))| format!("{n} {left} {right}")) | print
        }
        .test()
        .workers(workers)
        .checkpoint(dir.path());
        test.feed("left", ["1"]);
        test.expect(NOTHING);
        test.feed("right", ["1", "10"]);
        test.expect(["1 2 3"]);
        test.feed("left", ["1"]);
        test.expect(["1 2 3"]);
        test.feed("left", ["5"]);
        test.restart().unwrap();
        test.feed("left", ["3", "6", "9"]);
        test.feed("right", ["5"]);
        test.expect(["5 10 15"]);
        test.feed("right", ["2", "3", "6", "1"]);
        test.expect(["3 6 9", "6 12 18", "1 2 3", "1 2 3"]);
    }
}

/// `1 20`: a key and a second.
fn keyed_second(line: &str) -> Option<(i64, i64)> {
    let (key, second) = line.split_once(' ')?;
    Some((key.parse().ok()?, second.parse().ok()?))
}

/// Feeds each side, and looks at what it gives.
fn sides(test: &mut JobTest, steps: &[(&str, &[&str], &[&str])]) {
    for (topic, records, rows) in steps {
        test.feed(topic, *records);
        test.expect(*rows);
    }
}

/// "stream stream inner join with time range - with watermark - one side condition": a left item is more than
/// five seconds in front of the right one. What has the very time of the watermark is late there: a lag that is
/// a millisecond shorter says the same.
#[test]
fn range_that_is_open_on_one_side() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            job ranges
            let rights = from kafka("right") | map(|line| keyed_second(line)?) | event_time(|(_, second)| second * 1_000) lag 9_999ms;
            from kafka("left") | map(|line| keyed_second(line)?) | event_time(|(_, second)| second * 1_000) lag 9_999ms
                | join(rights) within 5_001ms..10_000d late drop as ranges
                | map(|(key, (left, right))| format!("{key} {left} {right}")) | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        sides(
            &mut test,
            &[
                ("left", &["1 5"], &[]),
                ("right", &["1 11"], &["1 5 11"]),
                ("right", &["1 10"], &[]),
                ("left", &["1 3", "1 30"], &["1 3 10", "1 3 11"]),
                ("right", &["0 30"], &[]),
                (
                    "right",
                    &["1 20", "1 21", "1 28"],
                    &["1 3 21", "1 5 21", "1 3 28", "1 5 28"],
                ),
                ("left", &["1 20", "1 21"], &["1 21 28"]),
            ],
        );
        assert_eq!(test.late_records(), 2);
    }
}

/// "… two side conditions": a right item is at most five seconds in front of the left one and ten behind it.
#[test]
fn range_with_two_ends() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job ranges
            let rights = from kafka("right") | map(|line| keyed_second(line)?) | event_time(|(_, second)| second * 1_000) lag 29_999ms;
            from kafka("left") | map(|line| keyed_second(line)?) | event_time(|(_, second)| second * 1_000) lag 19_999ms
                | join(rights) within -5s..+10s late drop as ranges
                | map(|(key, (left, right))| format!("{key} {left} {right}")) | print
        }
        .test()
        .partitions(1)
        .workers(workers)
        .checkpoint(dir.path());
        sides(
            &mut test,
            &[
                ("left", &["1 20"], &[]),
                (
                    "right",
                    &["1 14", "1 15", "1 25", "1 26", "1 30", "1 31"],
                    &["1 20 15", "1 20 25", "1 20 26", "1 20 30"],
                ),
                ("right", &["1 60"], &[]),
                (
                    "left",
                    &["1 49", "1 50", "1 65", "1 66"],
                    &["1 50 60", "1 65 60"],
                ),
            ],
        );
        test.restart().unwrap();
        sides(
            &mut test,
            &[
                (
                    "left",
                    &["1 30", "1 31"],
                    &["1 31 26", "1 31 30", "1 31 31"],
                ),
                ("right", &["1 80"], &[]),
                ("right", &["1 46", "1 50"], &["1 49 50", "1 50 50"]),
            ],
        );
        assert_eq!(test.late_records(), 2);
    }
}

/// "stream stream inner join on windows - without watermark", "stream stream self join", "join between three
/// streams": nothing is ever late, and nothing forgotten.
#[test]
fn joins_without_a_watermark() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job joins
            let right = from kafka("right") | map(|line| line.parse::<i64>()?);
            let left = from kafka("left") | map(|line| line.parse::<i64>()?);
            let rights = right | map(|n| ((n, n / 10 * 10 + 10), n * 3));
            left | map(|n| ((n, n / 10 * 10 + 10), n * 2)) | join(rights) within -10_000d..10_000d as windows
                | map(|((n, end), (left, right))| format!("window {n} {end} {left} {right}")) | print;
            let others = left | map(|n| (n % 5, n));
            left | map(|n| (n % 5, n)) | join(others) within -10_000d..10_000d as itself
                | map(|(key, (a, b))| format!("itself {key} {a} {b}")) | print;
            let middle = right | map(|n| (n, n * 3));
            let third = from kafka("third") | map(|line| line.parse::<i64>()?) | map(|n| (n, n * 5));
            left | map(|n| (n, n * 2)) | join(middle) within -10_000d..10_000d as two
                | join(third) within -10_000d..10_000d as three
                | map(|(n, ((a, b), c))| format!("three {n} {a} {b} {c}")) | print
        }
        .test()
        .workers(workers)
        .checkpoint(dir.path());
        sides(
            &mut test,
            &[
                ("left", &["1"], &["itself 1 1 1"]),
                ("right", &["1"], &["window 1 10 2 3"]),
                ("left", &["25"], &["itself 0 25 25"]),
            ],
        );
        test.restart().unwrap();
        sides(
            &mut test,
            &[
                ("right", &["25"], &["window 25 30 50 75"]),
                (
                    "left",
                    &["6"],
                    &["itself 1 6 6", "itself 1 1 6", "itself 1 6 1"],
                ),
                ("third", &["25", "6"], &["three 25 50 75 125"]),
            ],
        );
        test.restart().unwrap();
        sides(
            &mut test,
            &[("right", &["6"], &["window 6 10 12 18", "three 6 12 18 30"])],
        );
    }
}
