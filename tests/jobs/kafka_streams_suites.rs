//! The streams of the test suites of Kafka Streams, with the results that are asserted there. Results of
//! windows leave once here, as behind its `suppress(untilWindowCloses)`.

use streamflow::stream_job;
use streamflow::testing::JobTest;

use crate::lines::timed;

const NOTHING: [&str; 0] = [];

macro_rules! joined {
    ($($stage:tt)*) => {
        stream_job! {
            job joined
            let others = from kafka("other") | map(|line| timed(line)?) | event_time(|(at, ..)| *at) lag 1s
                | map(|(_, key, value)| (key, value.to_owned()));
            from kafka("primary") | map(|line| timed(line)?) | event_time(|(at, ..)| *at) lag 1s
                | map(|(_, key, value)| (key, value.to_owned()))
                | $($stage)*
                | map(|row| format!("{row:?}").replace("Some", "").replace(['(', ')', '"', ','], "").replace("None", "null"))
                | print
        }
        .test()
        .partitions(1)
    };
}

fn items(ms: i64, prefix: &str, keys: std::ops::Range<i64>) -> Vec<String> {
    keys.map(|key| format!("{ms} {key} {prefix}{key}"))
        .collect()
}

/// `KStreamKStreamJoinTest.testJoin`.
#[test]
fn join_of_streams() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = joined!(join(others) within -100ms..+100ms late drop as near)
            .workers(workers)
            .checkpoint(dir.path());
        test.feed("primary", items(0, "A", 0..2));
        test.expect(NOTHING);
        test.feed("other", items(0, "a", 0..2));
        test.expect(["0 A0 a0", "1 A1 a1"]);
        test.restart().unwrap();
        test.feed("primary", items(0, "B", 0..4));
        test.expect(["0 B0 a0", "1 B1 a1"]);
        test.feed("other", items(0, "b", 0..4));
        test.expect([
            "0 A0 b0", "0 B0 b0", "1 A1 b1", "1 B1 b1", "2 B2 b2", "3 B3 b3",
        ]);
        test.restart().unwrap();
        test.feed("primary", items(0, "C", 0..4));
        test.expect([
            "0 C0 a0", "0 C0 b0", "1 C1 a1", "1 C1 b1", "2 C2 b2", "3 C3 b3",
        ]);
        test.feed("other", items(0, "c", 0..2));
        test.expect([
            "0 A0 c0", "0 B0 c0", "0 C0 c0", "1 A1 c1", "1 B1 c1", "1 C1 c1",
        ]);
    }
}

/// `KStreamKStreamOuterJoinTest`: what meets nothing leaves when its window is closed, once.
#[test]
fn outer_join_of_streams() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = joined!(full_join(others) within -100ms..+100ms late drop as near)
            .workers(workers)
            .checkpoint(dir.path());
        test.feed("primary", items(0, "A", 0..2));
        test.feed("other", items(0, "a", 0..1));
        test.feed("other", items(0, "a", 2..3));
        test.expect(["0 A0 a0"]);
        test.restart().unwrap();
        test.feed("primary", ["1100 9 x"]);
        test.feed("other", ["1100 9 x"]);
        // The watermark is at 100, and something may still come for what is at 0.
        test.expect(["9 x x"]);
        test.feed("other", ["100 1 b"]);
        test.expect(["1 A1 b"]);
        test.feed("primary", ["1101 9 y"]);
        test.feed("other", ["1101 8 y"]);
        test.expect(["9 y x", "2 null a2"]);
        test.feed("primary", ["5000 7 z"]);
        test.feed("other", ["5000 7 z"]);
        test.expect(["7 z z", "8 null y"]);
    }
}

/// `testAsymmetricWindowingBefore` and `After`, where a window lies wholly on one side.
#[test]
fn window_that_lies_on_one_side() {
    for workers in [1, 4] {
        let mut test =
            joined!(left_join(others) within +10ms..+20ms late drop as near).workers(workers);
        test.feed("primary", ["100 k A"]);
        test.feed(
            "other",
            ["109 k a", "110 k b", "120 k c", "121 k d", "100 k e"],
        );
        test.expect(["k A b", "k A c"]);
        let mut test =
            joined!(right_join(others) within -20ms..-10ms late drop as near).workers(workers);
        test.feed("primary", ["100 k A"]);
        test.feed("other", ["79 k a", "80 k b", "90 k c", "91 k d"]);
        test.expect(["k A b", "k A c"]);
        test.feed("primary", ["9000 z z"]);
        test.feed("other", ["9000 z z"]);
        test.expect(["k null a", "k null d"]);
    }
}

macro_rules! counted {
    ([$($lag:tt)*] $($stage:tt)*) => {
        stream_job! {
            job counted
            from kafka("in") | map(|line| timed(line)?) | event_time(|(at, ..)| *at) lag $($lag)*
                | map(|(_, key, value)| (key, value))
                | $($stage)*
                | filter(|row| row.0 != "end")
                | map(|(key, value)| format!("{key} {value}"))
                | print
        }
        .test()
        .partitions(1)
    };
}

const GAP: i64 = 5 * 60_000;

/// The sessions that have come when all are closed, with a restart in the middle.
fn sessions(records: &[(i64, &str)], rows: &[&str]) {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().expect("a directory");
        let mut test = counted!([1h] count_by_key over session 5m late drop as counts)
            .workers(workers)
            .checkpoint(dir.path());
        let lines: Vec<String> = records
            .iter()
            .map(|(at, key)| format!("{at} {key} x"))
            .collect();
        let (first, second) = lines.split_at(lines.len() / 2);
        test.feed("in", first);
        test.restart().expect("it goes on");
        test.feed("in", second);
        test.expect(NOTHING);
        test.feed("in", [format!("{} end x", 100 * GAP)]);
        test.expect(rows);
        assert_eq!(test.late_records(), 0);
    }
}

/// `KStreamSessionWindowAggregateProcessorTest`: `shouldCreateSingleSessionWhenWithinGap`,
/// `shouldMergeSessions`, `shouldUpdateSessionIfTheSameTime`,
/// `shouldHaveMultipleSessionsForSameIdWhenTimestampApartBySessionGap`,
/// `shouldHandleMultipleSessionsAndMerging`.
#[test]
fn session_windows() {
    sessions(&[(0, "john"), (500, "john")], &["john 2"]);
    sessions(
        &[(0, "mel"), (GAP + 1, "mel"), (GAP / 2, "mel")],
        &["mel 3"],
    );
    sessions(&[(0, "mel"), (GAP + 1, "mel")], &["mel 1", "mel 1"]);
    sessions(&[(0, "mel"), (GAP, "mel")], &["mel 2"]);
    sessions(&[(0, "mel"), (0, "mel")], &["mel 2"]);
    sessions(
        &[
            (0, "mel"),
            (GAP + 1, "mel"),
            (GAP + 1, "mel"),
            (2 * GAP + 2, "mel"),
            (2 * GAP + 2, "mel"),
            (2 * GAP + 2, "mel"),
        ],
        &["mel 1", "mel 2", "mel 3"],
    );
    sessions(
        &[
            (0, "a"),
            (0, "b"),
            (0, "c"),
            (0, "d"),
            (GAP / 2, "d"),
            (GAP + 1, "a"),
            (GAP + 1, "b"),
            (GAP + 1 + GAP / 2, "a"),
            (GAP + 1 + GAP / 2, "c"),
        ],
        &["a 1", "a 2", "b 1", "b 1", "c 1", "c 1", "d 2"],
    );
}

/// `KStreamWindowAggregateTest.testAggBasic`: windows of ten that move on by five. Those that begin in
/// front of 1970 are left out there, and are windows like any other here.
#[test]
fn hopping_windows() {
    for workers in [1, 4] {
        let mut test = counted!([1s] aggregate_by_key(
                "0".to_owned(),
                |all, value| all + "+" + value,
                |a, b| a + &b["0".len()..],
            ) over hopping 10ms by 5ms late drop as sums)
        .workers(workers);
        test.feed(
            "in",
            [
                "0 A 1", "1 B 2", "2 C 3", "3 D 4", "4 A 1", "5 A 1", "6 B 2", "7 D 4", "8 B 2",
                "9 C 3", "10 A 1", "11 B 2", "12 D 4", "13 B 2", "14 C 3",
            ],
        );
        test.feed("in", ["9000 end 0"]);
        test.expect([
            "A 0+1+1",
            "B 0+2",
            "C 0+3",
            "D 0+4",
            "A 0+1+1+1",
            "B 0+2+2+2",
            "C 0+3+3",
            "D 0+4+4",
            "A 0+1+1",
            "B 0+2+2+2+2",
            "C 0+3+3",
            "D 0+4+4",
            "A 0+1",
            "B 0+2+2",
            "C 0+3",
            "D 0+4",
        ]);
    }
}

fn by_time(mut test: JobTest, workers: usize, rows: &[&str]) {
    test = test.workers(workers);
    test.feed(
        "in",
        ["10 1 1", "15 1 2", "500 1 3", "550 2 10", "500 2 20"],
    );
    test.feed("in", ["9000 end 0"]);
    test.expect(rows);
}

/// `TimeWindowedKStreamImplTest`: `shouldCountWindowed`, `shouldReduceWindowed`, `shouldAggregateWindowed`.
#[test]
fn tumbling_windows() {
    for workers in [1, 4] {
        by_time(
            counted!([1s] count_by_key over tumbling 500ms late drop as t),
            workers,
            &["1 2", "1 1", "2 2"],
        );
        by_time(
            counted!([1s] map_values(|value| value.to_owned()) | reduce_by_key(|a, b| a + "+" + &b) over tumbling 500ms late drop as t),
            workers,
            &["1 1+2", "1 3", "2 10+20"],
        );
        by_time(
            counted!([1s] aggregate_by_key("0".to_owned(), |all, value| all + "+" + value, |a, b| a + &b[1..]) over tumbling 500ms late drop as t),
            workers,
            &["1 0+1+2", "1 0+3", "2 0+10+20"],
        );
    }
}

/// `KGroupedStreamImplTest`: `shouldCountWindowed`, `shouldCountSessionWindows`, `shouldReduceSessionWindows`,
/// and the counts that go on.
#[test]
fn grouped_streams() {
    for workers in [1, 4] {
        let mut test =
            counted!([1s] count_by_key over tumbling 500ms late drop as t).workers(workers);
        test.feed(
            "in",
            [
                "0 1 A", "499 1 A", "100 1 A", "0 2 B", "100 2 B", "200 2 B", "1 3 C", "500 1 A",
                "500 1 A", "500 2 B", "500 2 B", "100 3 B",
            ],
        );
        test.feed("in", ["9000 end 0"]);
        test.expect(["1 3", "2 3", "3 2", "1 2", "2 2"]);

        let lines = ["10 1 A", "15 2 Z", "30 1 B", "70 1 A", "90 1 B", "100 1 C"];
        let mut test =
            counted!([1s] count_by_key over session 30ms late drop as t).workers(workers);
        test.feed("in", lines);
        test.feed("in", ["9000 end 0"]);
        test.expect(["1 2", "1 3", "2 1"]);
        let mut test = counted!([1s] map_values(|value| value.to_owned()) | reduce_by_key(|a, b| a + ":" + &b) over session 30ms late drop as t)
            .workers(workers);
        test.feed("in", lines);
        test.feed("in", ["9000 end 0"]);
        test.expect(["1 A:B", "1 A:B:C", "2 Z"]);

        let mut test = counted!([1s] count_by_key running forever as t).workers(workers);
        test.feed("in", ["0 1 A", "0 1 A", "0 2 B", "0 1 A", "0 2 B"]);
        test.expect(["1 1", "1 2", "2 1", "1 3", "2 2"]);
    }
}

/// `SuppressScenarioTest.shouldSupportFinalResultsForTimeWindows`: windows of 2 ms, with a grace of 1 ms.
#[test]
fn suppressed_results() {
    for workers in [1, 4] {
        let mut test =
            counted!([1ms] count_by_key over tumbling 2ms late drop as t).workers(workers);
        for line in ["0 k1 v1", "1 k1 v1", "2 k1 v1", "1 k1 v1", "0 k1 v1"] {
            test.feed("in", [line]);
        }
        test.expect(NOTHING);
        test.feed("in", ["5 k1 v1"]);
        test.expect(["k1 4", "k1 1"]);
        // Both are closed.
        test.feed("in", ["0 k1 v1", "3 k1 v1"]);
        test.expect(NOTHING);
        assert_eq!(test.late_records(), 2);
    }
}
