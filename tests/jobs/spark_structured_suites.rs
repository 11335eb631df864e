//! Spark's Structured Streaming in its test suites: `MultiStatefulOperatorsSuite`, `StreamingSessionWindowSuite`,
//! `StreamingDeduplicationWithinWatermarkSuite`, `StreamingAggregationSuite`, `FlatMapGroupsWithStateSuite` and
//! `TransformWithStateSuite`. What is fed at once is a batch there, and the watermark
//! moves behind it, as it does here.

use std::time::Duration;

use streamflow::stream_job;
use streamflow::testing::JobTest;

use crate::SECOND;

const NOTHING: [&str; 0] = [];

fn numbers(test: &mut JobTest, topic: &str, range: std::ops::RangeInclusive<i64>) {
    test.feed(topic, range.map(|n| n.to_string()));
}

/// "agg -> agg, append mode", with a restart, and "agg -> agg -> agg". A row says when the window of its time
/// begins.
#[test]
fn aggregates_of_aggregates() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job twice
            from kafka("in") | map(|line| line.parse::<i64>()?) | event_time(|second| second * 1_000) lag 0s
                | count over tumbling 5s late drop as fives
                | map(|n| ((), n)) | agg_by_key { n: count, sum: sum } over tumbling 10s late drop as tens
                | map(|((), agg)| format!("{} {}", agg.n, agg.sum)) | print
        }
        .test()
        .partitions(1)
        .workers(workers)
        .checkpoint(dir.path());
        numbers(&mut test, "in", 10..=21);
        test.expect(["2 10"]);
        numbers(&mut test, "in", 10..=29);
        test.expect(NOTHING);
        // Ten of them are late: the windows of 10 and 15 are closed.
        assert_eq!(test.late_records(), 10);
        test.restart().unwrap();
        numbers(&mut test, "in", 30..=31);
        test.expect(["2 12"]);

        let mut test = stream_job! {
            job thrice
            from kafka("in") | map(|line| line.parse::<i64>()?) | event_time(|second| second * 1_000) lag 0s
                | count over tumbling 5s late drop as fives
                | map(|n| ((), n)) | agg_by_key { n: count, sum: sum } over tumbling 10s late drop as tens
                | map(|((), agg)| ((), agg.sum)) | agg_by_key { n: count, sum: sum } over tumbling 20s late drop as twenties
                | map(|((), agg)| format!("{} {}", agg.n, agg.sum)) | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        numbers(&mut test, "in", 0..=37);
        test.expect(["2 20"]);
        numbers(&mut test, "in", 30..=60);
        assert_eq!(test.late_records(), 5);
        test.expect(["2 23", "2 20"]);
    }
}

/// "stream deduplication -> aggregation", "aggregation -> stream deduplication".
#[test]
fn deduplication_in_front_of_windows_and_behind_them() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            job counts
            from kafka("in") | map(|line| line.parse::<i64>()?) | event_time(|second| second * 1_000) lag 10s
                | dedup(|second| *second) ttl 10s as seen
                | count over tumbling 5s late drop as counts | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        numbers(&mut test, "in", 1..=15);
        test.expect(["4"]);
        let mut test = stream_job! {
            job ends
            from kafka("in") | map(|line| line.parse::<i64>()?) | event_time(|second| second * 1_000) lag 0s
                | key_by(|second| second / 5 * 5 + 5) | count_by_key over tumbling 5s late drop as counts
                | dedup(|(end, n)| (*end, *n)) forever as seen
                | map(|(end, n)| format!("{end} {n}")) | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        test.feed("in", ["1", "5", "10", "15"]);
        test.expect(["5 1", "10 1", "15 1"]);
    }
}

/// "join -> window agg, append mode": items of equal times meet, and windows behind close with the watermark.
#[test]
fn windows_behind_a_join_of_equal_times() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            job joined
            let rights = from kafka("right") | map(|line| line.parse::<i64>()?) | event_time(|second| second * 1_000) lag 0s | map(|n| (n, ()));
            from kafka("left") | map(|line| line.parse::<i64>()?) | event_time(|second| second * 1_000) lag 0s | map(|n| (n, ()))
                | join(rights) within 0s..0s late drop as pairs
                | count over tumbling 5s late drop as counts | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        numbers(&mut test, "left", 1..=4);
        numbers(&mut test, "right", 1..=4);
        test.expect(NOTHING);
        test.feed("left", ["5"]);
        test.feed("right", ["5"]);
        test.expect(["4"]);
    }
}

/// "stream-stream time interval left outer join -> aggregation": sides of different lags; what has met nothing
/// goes into the window of its time.
#[test]
fn windows_behind_an_outer_join() {
    const DAY: i64 = 86_400;
    fn at(line: &str) -> Option<(i64, &str)> {
        let (second, name) = line.split_once(' ')?;
        Some((second.parse().ok()?, name))
    }
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job outer
            let rights = from kafka("right") | map(|line| at(line)?) | event_time(|(second, _)| second * 1_000) lag 4m
                | map(|(_, name)| ("abc", name.to_owned()));
            from kafka("left") | map(|line| at(line)?) | event_time(|(second, _)| second * 1_000) lag 2m
                | map(|(second, _)| ("abc", second))
                | left_join(rights) within -30s..+40s late drop as pairs
                | map(|(_, (second, _))| (second / 30 * 30, ()))
                | count_by_key over tumbling 30s late drop as counts
                | map(|(window, n)| format!("{} {} {n}", window / DAY, window % DAY)) | print
        }
        .test()
        .partitions(1)
        .workers(workers)
        .checkpoint(dir.path());
        let line =
            |day: i64, hour: i64, second: i64| format!("{} x", day * DAY + hour * 3_600 + second);
        test.feed("left", [line(0, 0, 0), line(1, 0, 0), line(1, 1, 0)]);
        test.feed("right", [line(1, 0, 10), line(1, 0, 3_599), line(1, 2, 0)]);
        test.expect(["0 0 1", "1 0 1"]);
        test.restart().unwrap();
        test.feed("left", [line(1, 2, 0)]);
        test.expect(["1 3600 1"]);
    }
}

/// The words of a line, each with the second of the line.
fn words(line: &str) -> Vec<(i64, String)> {
    let Some((second, words)) = line.split_once(' ') else {
        return Vec::new();
    };
    let second = second.parse().unwrap_or(0);
    words
        .split(' ')
        .map(|word| (second, word.to_owned()))
        .collect()
}

const SESSIONS: [&str; 6] = [
    "40 hello world spark streaming",
    "25 spark streaming",
    "0 spark streaming",
    "30 spark streaming",
    "60 hello apache spark",
    "90 structured streaming",
];

/// "append mode - session window": a gap of ten seconds, a delay of thirty; and "complete mode" as the last
/// results of each session.
#[test]
fn session_windows_of_words() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job sessions
            from kafka("in") | flat_map(|line| words(line)) | event_time(|(second, _)| second * 1_000) lag 30s
                | map(|(_, word)| (word, ())) | count_by_key over session 10s late drop as sessions
                | map(|(word, n)| format!("{word} {n}")) | print
        }
        .test()
        .partitions(1)
        .workers(workers)
        .checkpoint(dir.path());
        test.feed("in", [SESSIONS[0], "41 world hello structured streaming"]);
        test.feed("in", [SESSIONS[1]]);
        test.feed("in", [SESSIONS[2]]);
        assert_eq!(test.late_records(), 2);
        test.restart().unwrap();
        test.feed("in", [SESSIONS[3]]);
        test.feed("in", [SESSIONS[4]]);
        test.expect(NOTHING);
        test.feed("in", [SESSIONS[5]]);
        test.expect([
            "spark 3",
            "streaming 4",
            "hello 2",
            "world 2",
            "structured 1",
        ]);
        test.feed("in", ["150 end"]);
        test.expect([
            "hello 1",
            "apache 1",
            "spark 1",
            "structured 1",
            "streaming 1",
        ]);
    }
}

/// "SPARK-36465: dynamic gap duration": one second for `hello`, ten for the others, and no sessions at all for
/// those whose gap is none. Words of one gap are a stream of their own.
#[test]
fn session_windows_with_a_gap_of_each_word() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            job gaps
            let all = from kafka("in") | flat_map(|line| words(line)) | event_time(|(second, _)| second * 1_000) lag 30s
                | map(|(_, word)| word);
            all | split { short: |word| word == "hello", none: |word| word == "structured" || word == "world", rest };
            none | to null;
            let short_ones = short | map(|word| (word, ())) | count_by_key over session 1s late drop as short_ones;
            union(short_ones, rest | map(|word| (word, ())) | count_by_key over session 10s late drop as others)
                | map(|(word, n)| format!("{word} {n}")) | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        test.feed("in", [SESSIONS[0], "41 world hello structured streaming"]);
        for line in &SESSIONS[1..5] {
            test.feed("in", [line]);
        }
        test.feed("in", [SESSIONS[5]]);
        test.expect(["spark 3", "streaming 4", "hello 2"]);
    }
}

/// "deduplicate with subset of columns which event time column is not in subset", with a delay of two seconds.
#[test]
fn duplicates_within_the_watermark() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            job seen
            from kafka("in") | map(|line| { let (word, second) = line.split_once(' ')?; (word.to_owned(), second.parse::<i64>()?) })
                | event_time(|(_, second)| second * 1_000) lag 2s
                | dedup(|(word, _)| word.clone()) ttl 2s as seen
                | map(|(word, second)| format!("{word} {second}")) | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        let batches: [(&[&str], &[&str]); 6] = [
            (&["a 17"], &["a 17"]),
            (&["a 16"], &[]),
            (&["a 13"], &[]),
            (&["b 22", "c 21"], &["b 22", "c 21"]),
            // It was forgotten at 19.
            (&["a 21"], &["a 21"]),
            (&["d 25"], &["d 25"]),
        ];
        for (batch, rows) in batches {
            test.feed("in", batch);
            test.expect(rows);
        }
    }
}

/// "deduplicate with all columns with event time column in `DataFrame`". An item behind the watermark is left out
/// there. `dedup` closes nothing, and knows of no late items: who would leave them out asks `process` for the
/// watermark.
#[test]
fn duplicates_behind_the_watermark() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            job seen
            let seconds = from kafka("in") | map(|line| line.parse::<i64>()?) | event_time(|second| second * 1_000) lag 10s;
            seconds | dedup(|second| *second) ttl 10s as seen | map(|second| format!("{second}")) | print;
            seconds | map(|second| (second, ()))
                | process { on_record: |second, _one, _state, out| if out.time() >= out.watermark() { out.emit(second) } } ttl 1s as in_time
                | dedup(|second| *second) ttl 10s as seen_in_time | map(|second| format!("in time {second}")) | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        test.feed("in", (1..=5).flat_map(|_| (10..=15).map(|n| n.to_string())));
        test.expect((10..=15).flat_map(|n| [n.to_string(), format!("in time {n}")]));
        numbers(&mut test, "in", 13..=17);
        test.expect(["16", "17", "in time 16", "in time 17"]);
        test.feed("in", ["5"]);
        test.expect(["5"]);
        test.feed("in", ["35"]);
        test.expect(["35", "in time 35"]);
        test.feed("in", ["55"]);
        test.expect(["55", "in time 55"]);
    }
}

/// `StreamingAggregationSuite`: "simple count, update mode", "count distinct", "multiple keys".
#[test]
fn counts_in_update_mode() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job counts
            let numbers = from kafka("in") | map(|line| line.parse::<i64>()?);
            numbers | count_by_value running emit updates every 1s forever as counts | map(|(n, times)| format!("{n} {times}")) | print;
            numbers | map(|n| ((n, n + 1), ())) | count_by_key running emit updates every 1s forever as pairs
                | map(|((a, b), times)| format!("{a} {b} {times}")) | print;
            numbers | distinct running forever as distinct | count running emit updates every 1s forever as different
                | map(|n| format!("different {n}")) | print
        }
        .test()
        .workers(workers)
        .checkpoint(dir.path());
        let batches: [(&[&str], &[&str]); 4] = [
            (&["3"], &["3 1", "3 4 1", "different 1"]),
            (
                &["3", "2"],
                &["3 2", "2 1", "3 4 2", "2 3 1", "different 2"],
            ),
            (
                &["3", "2", "1"],
                &[
                    "3 3",
                    "2 2",
                    "1 1",
                    "3 4 3",
                    "2 3 2",
                    "1 2 1",
                    "different 3",
                ],
            ),
            (&["4", "4", "4", "4"], &["4 4", "4 5 4", "different 4"]),
        ];
        for (batch, rows) in batches {
            test.feed("in", batch);
            test.advance(SECOND);
            test.expect(rows);
            test.restart().unwrap();
        }
    }
}

/// `FlatMapGroupsWithStateSuite`: "flatMapGroupsWithState - streaming with processing time timeout": ten seconds
/// after the last item of a key.
#[test]
fn groups_that_time_out() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job counts
            from kafka("in") | map(|word| (word, ()))
                | process {
                    n: i64 = 0,
                    ends_ms: i64 = 0,
                    on_record: |word, _one, state, out| {
                        state.n += 1;
                        out.cancel(state.ends_ms);
                        state.ends_ms = out.now() + 10_000;
                        out.at(state.ends_ms);
                        out.emit(format!("{word} {}", state.n));
                    },
                    on_timer: |word, _at, _state, out| { out.emit(format!("{word} -1")); out.forget(); },
                } forever as counts
                | print
        }
        .test()
        .workers(workers)
        .checkpoint(dir.path());
        test.feed("in", ["a"]);
        test.expect(["a 1"]);
        test.advance(SECOND);
        test.feed("in", ["b"]);
        test.expect(["b 1"]);
        test.advance(SECOND * 9);
        test.expect(["a -1"]);
        test.feed("in", ["b"]);
        test.expect(["b 2"]);
        test.restart().unwrap();
        test.advance(SECOND * 10);
        test.expect(["b -1"]);
        test.feed("in", ["b", "c"]);
        test.expect(["b 1", "c 1"]);
    }
}

/// `TransformWithStateSuite`: "transformWithState - streaming with rocksdb and processing time timer should succeed":
/// only the first item of `a` or `c` sets a timer, and the third of any key ends its count.
#[test]
fn timers_of_some_keys() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job counts
            from kafka("in") | map(|word| (word, ()))
                | process {
                    n: i64 = 0,
                    on_record: |word, _one, state, out| {
                        if state.n == 0 && (word == "a" || word == "c") { out.after(Duration::from_secs(5)); }
                        state.n += 1;
                        if state.n == 3 { out.forget(); } else { out.emit(format!("{word} {}", state.n)); }
                    },
                    on_timer: |word, _at, _state, out| { out.emit(format!("{word} -1")); out.forget(); },
                } forever as counts
                | print
        }
        .test()
        .workers(workers)
        .checkpoint(dir.path());
        test.advance(SECOND);
        test.feed("in", ["a"]);
        test.expect(["a 1"]);
        test.advance(SECOND);
        test.feed("in", ["b"]);
        test.expect(["b 1"]);
        test.restart().unwrap();
        test.advance(SECOND * 8);
        test.feed("in", ["c"]);
        test.expect(["a -1", "c 1"]);
        test.advance(SECOND * 10);
        test.feed("in", ["d"]);
        test.expect(["c -1", "d 1"]);
        test.feed("in", ["d", "d", "d"]);
        test.expect(["d 2", "d 1"]);
    }
}

/// `TransformWithListStateSuite` and `TransformWithMapStateSuite`: a list that is appended to, told and cleared; a map
/// whose entries are set, told and taken out.
#[test]
fn lists_and_maps_as_state() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job kept
            from kafka("in") | map(|line| { let (key, action) = line.split_once(' ')?; (key, action.to_owned()) })
                | process {
                    list: Vec<String> = Vec::new(),
                    map: std::collections::BTreeMap<String, i64> = std::collections::BTreeMap::new(),
                    on_record: |key, action, state, out| {
                        match action.split(' ').collect::<Vec<_>>().as_slice() {
                            ["append", value] => state.list.push((*value).to_owned()),
                            ["list"] => out.emit(format!("{key} {:?}", state.list)),
                            ["clear"] => state.list.clear(),
                            ["put", name] => { *state.map.entry((*name).to_owned()).or_default() += 1; }
                            ["remove", name] => { state.map.remove(*name); }
                            ["map"] => out.emit(format!("{key} {:?}", state.map)),
                            _ => out.forget(),
                        }
                    },
                } forever as kept
                | print
        }
        .test()
        .partitions(1)
        .workers(workers)
        .checkpoint(dir.path());
        test.feed(
            "in",
            [
                "k1 append v1",
                "k1 append v2",
                "k2 append v3",
                "k1 list",
                "k2 list",
                "k3 list",
            ],
        );
        test.expect([r#"k1 ["v1", "v2"]"#, r#"k2 ["v3"]"#, "k3 []"]);
        test.restart().unwrap();
        test.feed(
            "in",
            [
                "k1 clear",
                "k1 append v4",
                "k1 list",
                "k1 put a",
                "k1 put a",
                "k1 put b",
                "k1 map",
            ],
        );
        test.expect([r#"k1 ["v4"]"#, r#"k1 {"a": 2, "b": 1}"#]);
        test.restart().unwrap();
        test.feed(
            "in",
            [
                "k1 remove a",
                "k1 map",
                "k1 forget",
                "k1 list",
                "k1 map",
                "k2 list",
            ],
        );
        test.expect([r#"k1 {"b": 1}"#, "k1 []", "k1 {}", r#"k2 ["v3"]"#]);
    }
}

/// `EventTimeWatermarkSuite`: "`MultipleWatermarkPolicy`: min": the watermark of two streams is that of the slower one, and
/// each has a delay of its own.
#[test]
fn watermark_of_two_streams() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job both
            let first = from kafka("first") | map(|line| line.parse::<i64>()?) | event_time(|second| second * 1_000) lag 10s;
            let second = from kafka("second") | map(|line| line.parse::<i64>()?) | event_time(|second| second * 1_000) lag 15s;
            union(first, second) | key_by(|second| second / 5 * 5) | count_by_key over tumbling 5s late drop as counts
                | map(|(window, n)| format!("{window} {n}")) | print
        }
        .test()
        .partitions(1)
        .workers(workers)
        .checkpoint(dir.path());
        test.feed("first", ["20"]);
        test.feed("second", ["1"]);
        test.expect(NOTHING);
        // 15 by the second, 10 by the first.
        test.feed("second", ["30"]);
        test.expect(["0 1"]);
        test.restart().unwrap();
        test.feed("first", ["7", "13"]);
        assert_eq!(test.late_records(), 1);
        test.feed("first", ["100"]);
        test.expect(["10 1"]);
        test.feed("second", ["60"]);
        test.expect(["20 1", "30 1"]);
    }
}
