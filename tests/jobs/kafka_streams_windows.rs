//! Windows in the test suites of Kafka Streams: `KStreamWindowAggregateTest`,
//! `KStreamSlidingWindowAggregateTest`, `KStreamSessionWindowAggregateProcessorTest`,
//! `KStreamAggregationIntegrationTest` and `SuppressScenarioTest`.
//!
//! The grace of a window is what `late` waits. Results that are told at once are those of `emit changes`,
//! without the tombstones of sessions that became part of others; those of `suppress` are what leaves where
//! nothing is said.

use streamflow::stream_job;

use crate::kafka_streams_joins::steps;
use crate::lines::timed;

const NOTHING: [&str; 0] = [];

/// An aggregate of pairs whose time is that of the latest record, and its rows.
macro_rules! aggregated {
    ($($stage:tt)*) => {
        stream_job! {
            job aggregated
            from kafka("in") | map(|line| timed(line)?) | event_time(|(at, ..)| *at) lag 0s
                | map(|(_, key, value)| (key, value.to_owned()))
                | $($stage)*
                | print
        }
        .test()
        .partitions(1)
    };
}

/// `shouldLogAndMeterWhenSkippingExpiredWindow`: windows of 10 ms that move on by 5, kept for 100; and
/// `…ByGrace`.
#[test]
fn expired_windows_take_nothing() {
    for workers in [1, 4] {
        let mut test = aggregated!(aggregate_by_key(String::new(), |all, value| all + "+" + &value, |a, b| a + &b) over hopping 10ms by 5ms late 90ms drop as all emit changes
            | timestamp
            | map(|(at, (key, all))| format!("[{key}@{}/{}] {all}", at - 9, at + 1)))
        .workers(workers);
        steps(
            &mut test,
            &[
                ("100 k 100", &["[k@95/105] +100", "[k@100/110] +100"]),
                ("0 k 0", &[]),
                ("1 k 1", &[]),
                ("2 k 2", &[]),
                ("3 k 3", &[]),
                ("4 k 4", &[]),
                // One of its two windows is open.
                ("5 k 5", &["[k@5/15] +5"]),
                ("6 k 6", &["[k@5/15] +5+6"]),
            ],
        );
        assert_eq!(test.late_records(), 5);
        let mut test = aggregated!(aggregate_by_key(String::new(), |all, value| all + "+" + &value, |a, b| a + &b) over tumbling 10ms late 90ms drop as all emit changes
            | map(|(key, all)| format!("{key} {all}")))
        .workers(workers);
        steps(
            &mut test,
            &[
                ("200 k 100", &["k +100"]),
                ("100 k 0", &[]),
                ("101 k 1", &[]),
                ("105 k 5", &[]),
                ("6 k 6", &[]),
            ],
        );
        assert_eq!(test.late_records(), 4);
    }
}

/// `testJoin`: two windowed tables that are joined by key and window. Results of one window have one time,
/// so they meet where the step of the windows is a window of its own.
#[test]
fn windowed_tables_are_joined() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            job tables
            let both = from kafka("in") | map(|line| timed(line)?) | event_time(|(at, ..)| *at) lag 1s;
            let ones = both | filter(|(_, _, value)| value.parse::<u8>().is_ok()) | map(|(_, key, value)| (key, value.to_owned()))
                | aggregate_by_key("0".to_owned(), |all, value| all + "+" + &value, |a, b| a + &b[1..]) over hopping 10ms by 5ms late drop as ones;
            let others = both | filter(|(_, _, value)| value.parse::<u8>().is_err()) | map(|(_, key, value)| (key, value.to_owned()))
                | aggregate_by_key("0".to_owned(), |all, value| all + "+" + &value, |a, b| a + &b[1..]) over hopping 10ms by 5ms late drop as others;
            ones | join(others) over tumbling 5ms late drop as both
                | map(|(key, (one, other))| format!("{key} {one}%{other}")) | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        let of_numbers = [
            "0 A 1", "1 B 2", "2 C 3", "3 D 4", "4 A 1", "5 A 1", "6 B 2", "7 D 4", "8 B 2",
            "9 C 3",
        ];
        test.feed("in", of_numbers);
        test.feed("in", ["0 A a", "1 B b", "2 C c", "20 D d", "20 A a"]);
        test.feed("in", ["5 A a", "6 B b", "7 D d", "18 D d", "21 A a"]);
        test.expect(NOTHING);
        test.feed("in", ["9000 end 0", "9000 end z"]);
        test.expect([
            // Windows that begin in front of 1970, which there are none of there.
            "A 0+1+1%0+a",
            "B 0+2%0+b",
            "C 0+3%0+c",
            "A 0+1+1+1%0+a+a",
            "A 0+1%0+a",
            "B 0+2+2+2%0+b+b",
            "B 0+2+2%0+b",
            "C 0+3+3%0+c",
            "D 0+4+4%0+d",
            "D 0+4%0+d",
        ]);
    }
}

/// `shouldReduceSessionWindows`, `shouldCountSessionWindows`, `shouldAggregateSlidingWindows` …: five users
/// and what they do, with a gap of five minutes.
#[test]
fn sessions_of_users() {
    const GAP: i64 = 5 * 60_000;
    let times = [0, GAP / 2, GAP + 1, GAP + 1 + GAP / 2];
    let records = [
        (0, "bob start"),
        (0, "penny start"),
        (0, "jo pause"),
        (0, "emily pause"),
        (1, "emily resume"),
        (2, "bob pause"),
        (2, "penny stop"),
        (3, "bob resume"),
        (3, "jo resume"),
    ];
    let lines: Vec<String> = records
        .iter()
        .map(|(at, line)| format!("{} {line}", times[*at]))
        .collect();
    for workers in [1, 4] {
        let mut test =
            aggregated!(reduce_by_key(|a, b| a + ":" + &b) over session 5m late drop as sessions
            | map(|(user, all)| format!("{user} {all}")))
            .workers(workers);
        test.feed("in", &lines);
        test.feed("in", ["99999999 end x"]);
        test.expect([
            "bob start",
            "penny start",
            "jo pause",
            "emily pause:resume",
            "penny stop",
            "bob pause:resume",
            "jo resume",
        ]);
        let mut test = aggregated!(count_by_key over session 5m late drop as sessions emit changes
            | map(|(user, n)| format!("{user} {n}")))
        .workers(workers);
        test.feed("in", &lines);
        test.expect([
            "bob 1", "penny 1", "jo 1", "emily 1", "emily 2", "bob 1", "penny 1", "bob 2", "jo 1",
        ]);
    }
}

/// `shouldLogAndMeterWhenSkippingLateRecordWithZeroGrace`, `…WithNonzeroGrace`, where a record alone is a
/// session of no length: it is late when its time, the gap and the grace are over.
#[test]
fn late_records_of_sessions() {
    for workers in [1, 4] {
        let mut test = aggregated!(count_by_key over session 10ms late drop as n | map(|(key, n)| format!("{key} {n}")))
            .workers(workers);
        steps(
            &mut test,
            &[
                ("0 dummy x", &[]),
                ("0 OnTime1 x", &[]),
                ("11 dummy x", &["dummy 1", "OnTime1 1"]),
                ("0 Late1 x", &[]),
            ],
        );
        assert_eq!(test.late_records(), 1);
        let mut test = aggregated!(count_by_key over session 10ms late 1ms drop as n | map(|(key, n)| format!("{key} {n}")))
            .workers(workers);
        steps(
            &mut test,
            &[
                ("0 dummy x", &[]),
                ("0 OnTime1 x", &[]),
                ("10 other x", &[]),
                ("0 OnTime2 x", &[]),
                ("12 other x", &["dummy 1", "OnTime1 1", "OnTime2 1"]),
                ("0 Late1 x", &[]),
            ],
        );
        assert_eq!(test.late_records(), 1);
    }
}

/// `shouldSupportFinalResultsForTimeWindows`: windows of 2 ms with a grace of 2, and both outputs.
#[test]
fn final_results_and_those_in_front_of_them() {
    let input = [
        "0 k1 v1", "1 k1 v1", "2 k1 v1", "0 k1 v1", "3 k1 v1", "0 k1 v1", "4 k1 v1", "0 k1 v1",
        "30 k1 v1",
    ];
    for workers in [1, 4] {
        let mut test = aggregated!(count_by_key over tumbling 2ms late 2ms drop as n emit changes | map(|(key, n)| format!("{key} {n}")))
            .workers(workers);
        for record in input {
            test.feed("in", [record]);
        }
        let rows = test.rows();
        assert_eq!(
            rows,
            [
                "k1 1", "k1 2", "k1 1", "k1 3", "k1 2", "k1 4", "k1 1", "k1 1"
            ]
        );
        assert_eq!(test.late_records(), 1);
        let mut test = aggregated!(count_by_key over tumbling 2ms late 2ms drop as n | map(|(key, n)| format!("{key} {n}")))
            .workers(workers);
        for record in input {
            test.feed("in", [record]);
        }
        assert_eq!(test.rows(), ["k1 4", "k1 2", "k1 1"]);
    }
}

/// `shouldSupportFinalResultsForSessionWindows`: a gap of 5 ms, no grace. Streams of today keep a session
/// open for its gap behind its last record.
#[test]
fn final_results_of_sessions() {
    for workers in [1, 4] {
        let mut test = aggregated!(count_by_key over session 5ms late drop as n | map(|(key, n)| format!("{key} {n}")))
            .workers(workers);
        steps(
            &mut test,
            &[
                ("0 k1 v1", &[]),
                ("5 k1 v1", &[]),
                ("1 k1 v1", &[]),
                ("11 k2 v1", &["k1 3"]),
                // The session has left.
                ("5 k1 v1", &[]),
                ("30 k1 v1", &["k2 1"]),
            ],
        );
        assert_eq!(test.late_records(), 1);
    }
}

/// Kafka Streams' sliding windows: one that ends with each item, as `sliding`, and one that begins behind
/// it, where there is something in it. Both have their first and their last millisecond; `sliding` is
/// without the first.
macro_rules! sliding_windows {
    ($difference_ms:literal, $lag:literal) => {
        stream_job! {
            job sliding
            from kafka("in") | map(|line| timed(line)?) | event_time(|(at, ..)| *at) lag $lag
                | map(|(_, key, value)| (key, value.to_owned()))
                | process {
                    items: Vec<(i64, String)> = Vec::new(),
                    on_record: |_key, value, state, out| {
                        state.items.push((out.time(), value));
                        // A timer is there when all that is in front of it has come, and so stands behind the window. One
                        // that has passed is of a window that is closed.
                        for behind_ms in [out.time() + 1, out.time() + $difference_ms + 2] {
                            if behind_ms > out.watermark() {
                                out.at(behind_ms);
                            }
                        }
                    },
                    on_timer: |key, at_ms, state, out| {
                        let end_ms = at_ms - 1;
                        let begin_ms = end_ms - $difference_ms;
                        let ends_with_one = state.items.iter().any(|(at, _)| *at == end_ms);
                        let begins_behind_one = state.items.iter().any(|(at, _)| *at == begin_ms - 1);
                        let mut within: Vec<(i64, &str)> = state.items.iter()
                            .filter(|(at, _)| (begin_ms..=end_ms).contains(at))
                            .map(|(at, value)| (*at, value.as_str()))
                            .collect();
                        within.sort_by_key(|(at, _)| *at);
                        let values: Vec<&str> = within.iter().map(|(_, value)| *value).collect();
                        if !values.is_empty() && (ends_with_one || begins_behind_one) {
                            out.emit(format!("{key} {begin_ms} {}", values.join("+")));
                        }
                        state.items.retain(|(at, _)| *at >= begin_ms);
                    },
                } forever as windows
                | print
        }
        .test()
        .partitions(1)
    };
}

/// `testAggregateSmallInput` and `testReduceSmallInput`, final results.
#[test]
fn sliding_windows_on_both_sides_of_an_item() {
    for workers in [1, 4] {
        let mut test = sliding_windows!(10, 0s).workers(workers);
        for (at, value) in [
            (10, 1),
            (10, 2),
            (14, 3),
            (15, 4),
            (20, 5),
            (22, 6),
            (30, 7),
        ] {
            test.feed("in", [format!("{at} A {value}")]);
        }
        test.feed("in", ["1000 end x"]);
        let mut rows = test.rows();
        rows.retain(|row| row.starts_with('A'));
        assert_eq!(
            rows,
            [
                "A 0 1+2",
                "A 4 1+2+3",
                "A 5 1+2+3+4",
                "A 10 1+2+3+4+5",
                "A 11 3+4+5",
                "A 12 3+4+5+6",
                "A 15 4+5+6",
                "A 16 5+6",
                "A 20 5+6+7",
                "A 21 6+7",
                "A 23 7",
            ]
        );
        let mut test = sliding_windows!(10, 0s).workers(workers);
        for (at, value) in [(10, 1), (14, 2), (15, 3), (22, 4), (26, 5), (30, 6)] {
            test.feed("in", [format!("{at} A {value}")]);
        }
        test.feed("in", ["1000 end x"]);
        let mut rows = test.rows();
        rows.retain(|row| row.starts_with('A'));
        assert_eq!(
            rows,
            [
                "A 0 1",
                "A 4 1+2",
                "A 5 1+2+3",
                "A 11 2+3",
                "A 12 2+3+4",
                "A 15 3+4",
                "A 16 4+5",
                "A 20 4+5+6",
                "A 23 5+6",
                "A 27 6",
            ]
        );
    }
}

/// `shouldSupportFinalResultsForSlidingWindows`: a difference of 5 ms and a grace of 15. What comes at 5 and 7 is late
/// for the windows that end with it, and in time for those behind.
#[test]
fn final_results_of_sliding_windows() {
    for workers in [1, 4] {
        let mut test = sliding_windows!(5, 15ms).workers(workers);
        for (at, value) in [
            (10, 'a'),
            (11, 'b'),
            (10, 'c'),
            (13, 'd'),
            (10, 'e'),
            (24, 'f'),
            (5, 'g'),
            (7, 'h'),
        ] {
            test.feed("in", [format!("{at} k1 {value}")]);
        }
        test.expect(NOTHING);
        test.feed("in", ["90 k1 z"]);
        assert_eq!(
            test.rows(),
            [
                "k1 5 g+h+a+c+e",
                "k1 6 h+a+c+e+b",
                "k1 8 a+c+e+b+d",
                "k1 11 b+d",
                "k1 12 d",
                "k1 19 f",
            ]
        );
    }
}

/// The windows of `testAggregateLargeInput` that end with an item: `sliding` of a millisecond more than the
/// difference, as its window is open in front.
#[test]
fn sliding_windows_that_end_with_an_item() {
    for workers in [1, 4] {
        let mut test = aggregated!(group_by_key over sliding 11ms late 50ms drop as windows
            | map(|(key, values)| format!("{key} {}", values.join("+"))))
        .workers(workers);
        let records = [
            "10 A 1", "20 A 2", "22 A 3", "15 A 4", "12 B 1", "13 B 2", "18 B 3", "19 B 4",
            "25 B 5", "14 B 6", "11 C 1", "15 C 2", "16 C 3", "21 C 4", "23 C 5", "11 D 4",
            "12 D 2", "29 D 3", "16 D 5",
        ];
        for record in records {
            test.feed("in", [record]);
        }
        test.expect(NOTHING);
        test.feed("in", ["1000 end x"]);
        test.expect([
            "A 1",
            "A 1+4",
            "A 1+4+2",
            "A 4+2+3",
            "B 1",
            "B 1+2",
            "B 1+2+6",
            "B 1+2+6+3",
            "B 1+2+6+3+4",
            "B 3+4+5",
            "C 1",
            "C 1+2",
            "C 1+2+3",
            "C 1+2+3+4",
            "C 2+3+4+5",
            "D 4",
            "D 4+2",
            "D 4+2+5",
            "D 3",
        ]);
        assert_eq!(test.late_records(), 0);
    }
}
