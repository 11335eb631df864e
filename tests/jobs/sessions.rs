//! Session windows: as long as no gap is in them, by the records' own time and by the clock.

use std::time::Duration;

use streamflow::testing::JobTest;
use streamflow::{Job, stream_job};

use crate::SECOND;
use crate::lines::timed_number as timed;

const MINUTE: Duration = Duration::from_secs(60);

fn begin_ms(test: &JobTest) -> i64 {
    test.now_ms() - test.now_ms() % 60_000
}

/// Keys and values with their times in milliseconds behind the beginning of the test's clock.
fn feed<'w>(test: &mut JobTest, records: impl IntoIterator<Item = (i64, &'w str, u64)>) {
    let begin_ms = begin_ms(test);
    let records = records.into_iter();
    let records: Vec<String> = records
        .map(|(ms, key, value)| format!("{} {key} {value}", begin_ms + ms))
        .collect();
    test.feed("in", records);
}

fn sums() -> Job<'static> {
    stream_job! {
        job sums
        from kafka("in")
            | map(|line| timed(line)?)
            | event_time(|(at, _, _)| *at) lag 1ms
            | map(|(_, key, value)| (key, value))
            | reduce_by_key(+) over session 3s late drop as sums
            | print
    }
}

/// `WindowOperatorTest.testReduceSessionWindows` of Flink.
#[test]
fn sessions_have_what_those_of_flink_have() {
    for workers in [1, 2, 4] {
        let directory = tempfile::tempdir().expect("a directory");
        let mut test = sums()
            .test()
            .partitions(1)
            .workers(workers)
            .checkpoint(directory.path());
        feed(
            &mut test,
            [
                (0, "key2", 1),
                (1_000, "key2", 2),
                (2_500, "key2", 3),
                (10, "key1", 1),
                (1_000, "key1", 2),
            ],
        );
        test.restart().expect("it goes on");
        feed(
            &mut test,
            [
                (2_500, "key1", 3),
                (5_501, "key2", 4),
                (6_000, "key2", 5),
                (6_000, "key2", 5),
                (6_050, "key2", 6),
            ],
        );
        // [10, 5500) and [0, 5500): the watermark is at 6050.
        test.expect(["(key1,6)", "(key2,6)"]);
        feed(&mut test, [(12_000, "other", 0)]);
        // [5501, 9050)
        test.expect(["(key2,20)"]);
        feed(&mut test, [(15_000, "key1", 10), (15_000, "key1", 20)]);
        test.expect([] as [&str; 0]);
        feed(&mut test, [(17_999, "other", 1)]);
        test.expect(["(other,0)"]);
        feed(&mut test, [(18_000, "other", 1)]);
        test.expect([] as [&str; 0]);
        feed(&mut test, [(18_001, "other", 1)]);
        test.expect(["(key1,30)"]);
        assert_eq!(test.late_records(), 0);
    }
}

/// `MergingWindowSetTest` and `EventTimeSessionWindowsTest`: what lies in between joins two sessions,
/// and what is a whole gap behind belongs to one.
#[test]
fn record_in_between_joins_two_sessions() {
    for workers in [1, 2, 4] {
        let mut test = sums().test().partitions(2).workers(workers);
        feed(
            &mut test,
            [
                (0, "a", 1),
                (5_500, "a", 2),
                (8_500, "b", 1),
                (8_501, "a", 4),
            ],
        );
        // Only the first one is closed.
        test.expect(["(a,1)"]);
        feed(&mut test, [(5_501, "a", 8), (8_502, "b", 1)]);
        feed(&mut test, [(20_000, "c", 1), (20_000, "c", 1)]);
        test.expect(["(a,14)", "(b,2)"]);
        assert_eq!(test.late_records(), 0);
    }
}

/// `WindowOperatorTest.testDropDueToLatenessSessionZeroLateness`: late is what touches no session
/// that is still open.
#[test]
fn late_record_that_touches_an_open_session_joins_it() {
    for workers in [1, 2, 4] {
        let mut test = sums().test().partitions(1).workers(workers);
        feed(&mut test, [(10_000, "a", 1)]);
        feed(&mut test, [(10_500, "b", 1)]);
        // By itself its session is closed at 10.2 s; that of `a` is open.
        feed(
            &mut test,
            [(7_200, "a", 2), (7_200, "c", 1), (7_500, "b", 4)],
        );
        assert_eq!(test.late_records(), 1, "{workers} workers");
        feed(&mut test, [(4_200, "a", 4), (4_200, "b", 1)]);
        assert_eq!(test.late_records(), 2, "{workers} workers");
        feed(&mut test, [(60_000, "d", 1)]);
        test.expect(["(a,7)", "(b,5)"]);
    }
}

#[test]
fn session_waits_for_late_records_and_leaves_once() {
    for workers in [1, 4] {
        let directory = tempfile::tempdir().expect("a directory");
        let mut test = stream_job! {
            job waiting
            from kafka("in")
                | map(|line| timed(line)?)
                | event_time(|(at, _, _)| *at) lag 1s
                | map(|(_, key, value)| (key, value))
                | group_by_key over session 3s late 10s drop as groups
                | map(|(key, mut values)| { values.sort_unstable(); format!("{key} {values:?}") })
                | print
        }
        .test()
        .partitions(1)
        .workers(workers)
        .checkpoint(directory.path());
        feed(&mut test, [(0, "a", 1), (10_000, "b", 1)]);
        test.restart().expect("it goes on");
        // Twice more a gap further, each in time.
        feed(&mut test, [(3_000, "a", 2), (13_999, "b", 2)]);
        test.expect([] as [&str; 0]);
        feed(&mut test, [(16_999, "b", 3)]);
        test.expect([] as [&str; 0]);
        feed(&mut test, [(17_000, "b", 4)]);
        test.expect(["a [1, 2]"]);
        feed(&mut test, [(2_999, "a", 3)]);
        assert_eq!(test.late_records(), 1);
        feed(&mut test, [(3_001, "a", 4)]);
        assert_eq!(test.late_records(), 1);
        assert_eq!(test.finish().expect("it ends"), "");
    }
}

#[test]
fn session_is_cut_at_its_longest() {
    for workers in [1, 2, 4] {
        let directory = tempfile::tempdir().expect("a directory");
        let mut test = stream_job! {
            job cut
            from kafka("in")
                | map(|line| timed(line)?)
                | event_time(|(at, _, _)| *at) lag 5s
                | map(|(_, key, value)| (key, value))
                | reduce_by_key(+) over session 3s max 7s late drop as sums
                | print
        }
        .test()
        .partitions(2)
        .workers(workers)
        .checkpoint(directory.path());
        // Out of order: [0, 7) has 0, 2, 4 and 6, [8, 15) has 8 to 14, and [15, …) the rest.
        let seconds = [4, 2, 0, 6, 10, 8, 12, 14, 17, 15, 18];
        for second in seconds {
            feed(
                &mut test,
                [(second * 1_000, "a", 1), (second * 1_000, "b", 1)],
            );
        }
        test.expect(["(a,4)", "(b,4)"]);
        test.restart().expect("it goes on");
        feed(&mut test, [(20_000, "c", 1), (20_000, "c", 1)]);
        test.expect(["(a,4)", "(b,4)"]);
        feed(&mut test, [(60_000, "c", 1), (60_000, "c", 1)]);
        test.expect(["(a,3)", "(b,3)", "(c,2)"]);
    }
}

#[test]
fn every_aggregate_has_sessions() {
    for workers in [1, 2, 4] {
        let mut test = stream_job! {
            job all
            let timed = from kafka("in") | map(|line| timed(line)?) | event_time(|(at, _, _)| *at) lag 1ms;
            let pairs = timed | map(|(_, key, value)| (key, value));
            let values = timed | map(|(_, _, value)| value);
            pairs | count_by_key over session 3s late drop as a | map(|(key, n)| format!("count {key} {n}")) | print;
            pairs | reduce_by_key(|a, b| if a > b { a } else { b }) over session 3s late drop as b | map(|(key, n)| format!("most {key} {n}")) | print;
            pairs | aggregate_by_key(0u64, |n, value| n + value, |a, b| a + b) over session 3s late drop as c
                | map(|(key, n)| format!("sum {key} {n}")) | print;
            pairs | agg_by_key { n: count, least: min } over session 3s late drop as d
                | map(|(key, agg)| format!("agg {key} {} {}", agg.n, agg.least)) | print;
            pairs | top(1) over session 3s late drop as e | map(|(key, n)| format!("top {key} {n}")) | print;
            values | count_by_value over session 3s late drop as f | map(|(value, n)| format!("value {value} {n}")) | print;
            values | distinct over session 3s late drop as g | map(|value| format!("distinct {value}")) | print;
            values | count over session 3s late drop as h | map(|n| format!("all {n}")) | print;
            values | reduce(|a, b| a + b) over session 3s late drop as i | map(|n| format!("reduced {n}")) | print;
            values | sum over session 3s late drop as j | map(|n| format!("total {n}")) | print;
            values | average over session 3s late drop as k | map(|n| format!("mean {n}")) | print;
            values | min over session 3s late drop as l | map(|n| format!("min {n}")) | print;
            values | max over session 3s late drop as m | map(|n| format!("max {n}")) | print
        }
        .test()
        .partitions(2)
        .workers(workers);
        feed(
            &mut test,
            [(0, "a", 1), (1_000, "b", 5), (2_000, "a", 3), (100, "b", 5)],
        );
        test.expect([] as [&str; 0]);
        feed(&mut test, [(60_000, "z", 9), (60_000, "z", 9)]);
        test.expect([
            "count a 2",
            "count b 2",
            "most a 3",
            "most b 5",
            "sum a 4",
            "sum b 10",
            "agg a 2 1",
            "agg b 2 5",
            "top b 5",
            "value 1 1",
            "value 3 1",
            "value 5 2",
            "distinct 1",
            "distinct 3",
            "distinct 5",
            "all 4",
            "reduced 14",
            "total 14",
            "mean 3.5",
            "min 1",
            "max 5",
        ]);
    }
}

/// The time of a session's result is its last moment: one behind another goes by that.
#[test]
fn windows_behind_sessions_go_by_their_ends() {
    let mut test = stream_job! {
        job behind
        from kafka("in")
            | map(|line| timed(line)?)
            | event_time(|(at, _, _)| *at) lag 1ms
            | map(|(_, key, value)| (key, value))
            | count_by_key over session 5s late drop as sessions
            | count over tumbling 10s late drop as ended
            | print
    }
    .test()
    .partitions(1);
    // They end at 10, 10.001 and 15 s.
    feed(
        &mut test,
        [(5_000, "a", 1), (5_001, "b", 1), (10_000, "c", 1)],
    );
    feed(&mut test, [(60_000, "d", 1)]);
    test.expect(["1", "2"]);
}

/// `WindowOperatorTest.testProcessingTimeSessionWindows` of Flink.
#[test]
fn sessions_by_the_clock_close_when_a_gap_has_passed() {
    for workers in [1, 2, 4] {
        let directory = tempfile::tempdir().expect("a directory");
        let mut test = stream_job! {
            job by_the_clock
            from kafka("in")
                | map(|line| timed(line)?)
                | map(|(_, key, value)| (key, value))
                | reduce_by_key(+) over session 3s as sums
                | print
        }
        .test()
        .partitions(2)
        .workers(workers)
        .checkpoint(directory.path());
        feed(&mut test, [(0, "key2", 1)]);
        test.advance(SECOND);
        feed(&mut test, [(0, "key2", 1)]);
        test.advance(SECOND * 2 + Duration::from_millis(999));
        test.expect([] as [&str; 0]);
        test.advance(Duration::from_millis(1));
        test.expect(["(key2,2)"]);
        test.advance(SECOND);
        feed(&mut test, [(0, "key2", 1), (0, "key2", 1), (0, "key1", 1)]);
        test.restart().expect("it goes on");
        test.advance(SECOND);
        feed(&mut test, [(0, "key1", 1), (0, "key1", 1)]);
        test.advance(SECOND * 2);
        test.expect(["(key2,2)"]);
        test.advance(SECOND);
        test.expect(["(key1,3)"]);
        test.advance(MINUTE);
        test.expect([] as [&str; 0]);
    }
}

#[test]
fn sessions_by_the_clock_end_with_the_input() {
    let mut test = stream_job! {
        from iter([("a", 1u64), ("b", 2), ("a", 3)]) | reduce_by_key(+) over session 1h as sums | print
    }
    .test();
    test.expect(["(a,4)", "(b,2)"]);
}

/// Results of intervals come at the ends of those.
#[test]
fn sessions_behind_an_interval_go_by_its_ends() {
    let mut test = stream_job! {
        from kafka("in") | count every 1s | filter(|n| *n > 0) | sum over session 2s as sums | print
    }
    .test();
    test.feed("in", ["a", "b"]);
    test.advance(SECOND);
    test.feed("in", ["c"]);
    test.advance(SECOND * 2);
    test.expect([] as [&str; 0]);
    test.advance(SECOND * 2);
    test.expect(["3"]);
}

#[test]
fn explanation_says_what_closes_a_session() {
    let job = stream_job! {
        job explained
        let lines = from kafka("in");
        lines | count over session 30m max 8h as by_the_clock | print;
        lines
            | map(|line| timed(line)?)
            | event_time(|(at, _, _)| *at) lag 5s
            | map(|(_, key, value)| (key, value))
            | count_by_key over session 30m late 1m drop as by_its_time
            | print;
        lines | map(|line| (line, 1u64)) | reduce_by_key(+) over rows 100 by 10 as recent | print
    };
    let text = job.explanation().text();
    for words in [
        "one value for each millisecond of each open session, forgotten when the clock closes \
         `over session 30m max 8h`",
        "kept as `keyed () -> u64`",
        "one value for each open session of each key, forgotten when the watermark closes \
         `over session 30m of event time late 1m`",
        "one value for each item of the window of each key, forgotten when an item closes \
         `over rows 100 by 10`",
        "kept as `keyed str -> u64`",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
}
