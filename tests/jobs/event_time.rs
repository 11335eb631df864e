//! Windows over the records' own time: they close when the watermark passes their ends.

use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use streamflow::testing::JobTest;
use streamflow::{Code, RunConfig, StopSignal, Topics, Until, stream_job};

use crate::SECOND;

const MINUTE: Duration = Duration::from_secs(60);

/// Words with their times in seconds behind the beginning of the test's clock, as `12 word`.
fn records<'w>(test: &JobTest, words: impl IntoIterator<Item = (i64, &'w str)>) -> Vec<String> {
    let begun_ms = test.now_ms() - test.now_ms() % 60_000;
    let words = words.into_iter();
    words
        .map(|(second, word)| format!("{} {word}", begun_ms + second * 1_000))
        .collect()
}

fn feed<'w>(test: &mut JobTest, words: impl IntoIterator<Item = (i64, &'w str)>) {
    let records = records(test, words);
    test.feed("in", records);
}

fn timed(line: &str) -> Option<(i64, &str)> {
    let (ms, word) = line.split_once(' ')?;
    Some((ms.parse().ok()?, word))
}

#[test]
fn window_closes_when_the_watermark_passes_its_end() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| timed(line)?)
            | event_time(|(at, _)| *at) lag 5s
            | map(|(_, word)| (word, 1u64))
            | reduce_by_key(+) over tumbling 10s late drop as counts
            | print
    }
    .test()
    .partitions(1);
    // Out of order, and within the lag.
    feed(
        &mut test,
        [(3, "a"), (1, "b"), (12, "a"), (9, "a"), (14, "b")],
    );
    test.expect([] as [&str; 0]);
    feed(&mut test, [(15, "a")]);
    test.expect(["(a,2)", "(b,1)"]);
    // The first window is closed, and the second one is open.
    feed(&mut test, [(9, "late"), (11, "a"), (25, "c")]);
    test.expect(["(a,3)", "(b,1)"]);
}

#[test]
fn late_records_are_counted_and_left_out() {
    for workers in [1, 2, 4] {
        let mut test = stream_job! {
            from kafka("in")
                | map(|line| timed(line)?)
                | event_time(|(at, _)| *at) lag 5s
                | count over tumbling 10s late drop as counts
                | print
        }
        .test()
        .partitions(2)
        .workers(workers);
        feed(&mut test, [(1, "a"), (2, "b"), (30, "c"), (31, "d")]);
        test.expect(["2"]);
        feed(&mut test, [(9, "late"), (19, "late"), (20, "e"), (40, "f")]);
        test.expect([] as [&str; 0]);
        assert_eq!(test.late_records(), 2, "{workers} workers");
        feed(&mut test, [(60, "g"), (60, "h")]);
        test.expect(["1", "2", "1"]);
    }
}

#[test]
fn window_that_waits_for_late_records_closes_later() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| timed(line)?)
            | event_time(|(at, _)| *at) lag 5s
            | count over tumbling 10s late 20s drop as counts
            | print
    }
    .test()
    .partitions(1);
    feed(&mut test, [(1, "a"), (20, "b")]);
    feed(&mut test, [(2, "a"), (34, "c")]);
    test.expect([] as [&str; 0]);
    feed(&mut test, [(35, "c")]);
    test.expect(["2"]);
    feed(&mut test, [(9, "late")]);
    assert_eq!(test.late_records(), 1);
}

#[test]
fn slowest_partition_holds_the_watermark_back_until_it_is_idle() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| timed(line)?)
            | event_time(|(at, _)| *at) lag 1s idle 30s
            | count over tumbling 10s late drop as counts
            | print
    }
    .test()
    .partitions(2);
    let fast = records(&test, [(1, "a"), (50, "a")]);
    let slow = records(&test, [(2, "b"), (13, "b")]);
    test.feed_partition("in", 0, fast);
    // Nothing is known of the other partition yet.
    test.expect([] as [&str; 0]);
    test.feed_partition("in", 1, slow);
    test.expect(["2"]);
    test.advance(SECOND * 29);
    test.expect([] as [&str; 0]);
    // Both are silent: the watermark stays. Then the fast one goes on alone.
    test.advance(SECOND);
    test.expect([] as [&str; 0]);
    let fast = records(&test, [(51, "a")]);
    test.feed_partition("in", 0, fast);
    test.expect(["1"]);
    // What comes of the slow one now is late.
    let slow = records(&test, [(14, "b"), (52, "b")]);
    test.feed_partition("in", 1, slow);
    assert_eq!(test.late_records(), 1);
}

#[test]
fn partition_without_records_is_waited_for_until_it_is_idle() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| timed(line)?)
            | event_time(|(at, _)| *at) lag 1s
            | count over tumbling 10s late drop as counts
            | print
    }
    .test();
    let some = records(&test, [(1, "a"), (50, "a")]);
    test.feed_partition("in", 0, some);
    test.advance(SECOND * 20);
    let more = records(&test, [(20, "a")]);
    test.feed_partition("in", 0, more);
    test.expect([] as [&str; 0]);
    test.advance(SECOND * 10);
    test.expect(["1", "1"]);
}

#[test]
fn record_from_the_future_does_not_move_the_watermark() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| timed(line)?)
            | event_time(|(at, _)| *at) lag 1s future 1m
            | count over tumbling 10s late drop as counts
            | print
    }
    .test()
    .partitions(1);
    feed(&mut test, [(1, "a"), (59, "a"), (61, "far")]);
    assert_eq!(test.late_records(), 1);
    test.expect(["1"]);
    feed(&mut test, [(51, "a")]);
    test.advance(MINUTE);
    // What was the future is near now.
    feed(&mut test, [(2, "a"), (5, "b")]);
    test.expect(["2"]);
    assert_eq!(test.late_records(), 1);
}

/// The bids of Flink's documentation of windowing functions, by the minute behind eight o'clock.
const BIDS: [(i64, u64); 6] = [(5, 4), (7, 2), (9, 5), (11, 3), (13, 1), (17, 6)];

fn bids() -> impl Iterator<Item = (i64, u64)> + Send + Clone {
    // In an order of their own.
    let mut bids = BIDS;
    bids.swap(0, 2);
    bids.swap(3, 4);
    bids.into_iter()
        .map(|(minute, price)| ((8 * 60 + minute) * 60_000, price))
}

/// What Flink's documentation shows of `TUMBLE`, `HOP` and `CUMULATE`.
#[test]
fn windows_have_what_those_of_flink_have() {
    for workers in [1, 2, 4] {
        let mut test = stream_job! {
            job bids
            let bids = from iter(bids()) | event_time(|(at, _)| *at) lag 10m | map(|(_, price)| price);
            bids | sum over tumbling 10m late drop as tumbling | map(|sum| format!("tumble {sum}")) | print;
            bids | sum over hopping 10m by 5m late drop as hopping | map(|sum| format!("hop {sum}")) | print;
            bids | sum over cumulate 10m by 2m late drop as growing | map(|sum| format!("cumulate {sum}")) | print
        }
        .test()
        .workers(workers);
        test.expect([
            "tumble 11",
            "tumble 10",
            "hop 11",
            "hop 15",
            "hop 10",
            "hop 6",
            "cumulate 4",
            "cumulate 6",
            "cumulate 11",
            "cumulate 3",
            "cumulate 4",
            "cumulate 4",
            "cumulate 10",
            "cumulate 10",
        ]);
    }
}

/// The picture of Spark's guide to watermarks: words in windows of ten minutes that move on by five,
/// with a watermark of ten minutes, and a trigger between the rows.
#[test]
fn words_are_counted_as_in_the_guide_of_spark() {
    for workers in [1, 2, 4] {
        let mut test = stream_job! {
            from kafka("in")
                | map(|line| timed(line)?)
                | event_time(|(at, _)| *at) lag 10m future 1h
                | map(|(_, word)| (word, ()))
                | count_by_key over hopping 10m by 5m late drop as counts
                | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        let minute = |minute: i64, word| (minute * 60, word);
        // 12:07 to 12:15; the watermark comes to 12:04, and 12:05.
        feed(&mut test, [minute(7, "dog"), minute(8, "owl")]);
        feed(&mut test, [minute(14, "dog"), minute(9, "cat")]);
        test.expect([] as [&str; 0]);
        feed(
            &mut test,
            [minute(15, "cat"), minute(8, "dog"), minute(13, "owl")],
        );
        feed(&mut test, [minute(21, "owl")]);
        // 12:00 to 12:10 is complete by the watermark 12:11.
        test.expect(["(dog,2)", "(owl,1)", "(cat,1)"]);
        // 12:04 is too late; 12:08 is late for one of its windows, and counts in the other.
        feed(
            &mut test,
            [minute(4, "donkey"), minute(8, "late"), minute(17, "owl")],
        );
        assert_eq!(test.late_records(), 1);
        feed(&mut test, [minute(26, "owl")]);
        // 12:05 to 12:15.
        test.expect(["(dog,3)", "(owl,2)", "(cat,1)", "(late,1)"]);
    }
}

/// Every aggregate, over windows of one step and of several; what is open, and how far time has come,
/// goes on after a restart.
#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one stage and one row for each aggregate"
)]
fn every_aggregate_goes_on_after_restarts() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = stream_job! {
        job aggregates
        let words = from kafka("in") | map(|line| timed(line)?) | event_time(|(at, _)| *at) lag 5s | map(|(_, word)| word);
        words | map(|word| (word, 1u64)) | reduce_by_key(+) over hopping 20s by 10s late drop as sums | map(|(k, n)| format!("sum {k} {n}")) | print;
        words | map(|word| (word, word.len())) | reduce_by_key(|a, b| if a > b { a } else { b }) over hopping 20s by 10s late drop as longest | map(|(k, n)| format!("longest {k} {n}")) | print;
        words | count over hopping 20s by 10s late drop as counts | map(|n| format!("count {n}")) | print;
        words | map(|word| word.to_owned()) | reduce(|a, b| if a > b { a } else { b }) over hopping 20s by 10s late drop as last | map(|w| format!("last {w}")) | print;
        words | map(|word| f64::from(u32::try_from(word.len())?)) | average over hopping 20s by 10s late drop as mean | map(|n| format!("average {n}")) | print;
        words | distinct over hopping 20s by 10s late drop as different | map(|w| format!("distinct {w}")) | print;
        words | map(|word| (u32::try_from(word.len())?, word.to_owned())) | group_by_key over hopping 20s by 10s late drop as groups
            | map(|(n, mut words)| { words.sort(); format!("group {n} {}", words.join("+")) }) | print;
        words | map(|word| (word, word.len())) | agg_by_key { n: count, letters: sum } over hopping 20s by 10s late drop as both
            | map(|(k, of)| format!("both {k} {} {}", of.n, of.letters)) | print;
        words | map(|word| (word, word.len())) | top(1) over hopping 20s by 10s late drop as top | map(|(k, n)| format!("top {k} {n}")) | print;
        words | map(|word| (word, word.len())) | top(1) over tumbling 10s late drop as tumbling_top | map(|(k, n)| format!("t top {k} {n}")) | print;
        words | map(|word| (word, 1u64)) | reduce_by_key(+) over tumbling 10s late drop as tumbling_sums | map(|(k, n)| format!("t sum {k} {n}")) | print;
        words | count over tumbling 10s late drop as tumbling_counts | map(|n| format!("t count {n}")) | print;
        words | map(|word| word.to_owned()) | reduce(|a, b| if a > b { a } else { b }) over tumbling 10s late drop as tumbling_last | map(|w| format!("t last {w}")) | print;
        words | map(|word| word.len() as u64) | max over tumbling 10s late drop as widest | map(|n| format!("t max {n}")) | print;
        words | map(|word| f64::from(u32::try_from(word.len())?)) | average over tumbling 10s late drop as tumbling_mean | map(|n| format!("t average {n}")) | print;
        words | count_by_value over tumbling 10s late drop as values | map(|(w, n)| format!("t value {w} {n}")) | print;
        words | distinct over tumbling 10s late drop as tumbling_different | map(|w| format!("t distinct {w}")) | print;
        words | map(|word| (u32::try_from(word.len())?, word.to_owned())) | aggregate_by_key(0usize, |n, word: String| n + word.len(), |a, b| a + b) over tumbling 10s late drop as letters
            | map(|(n, letters)| format!("t letters {n} {letters}")) | print
    }
    .test()
    .partitions(2)
    .workers(3)
    .checkpoint(dir.path());
    let first = [
        "both a 2 2",
        "both bb 1 2",
        "top bb 2",
        "t top bb 2",
        "sum a 2",
        "sum bb 1",
        "longest a 1",
        "longest bb 2",
        "count 3",
        "last bb",
        "average 1.3333333333333333",
        "distinct a",
        "distinct bb",
        "group 1 a+a",
        "group 2 bb",
        "t sum a 2",
        "t sum bb 1",
        "t count 3",
        "t last bb",
        "t max 2",
        "t average 1.3333333333333333",
        "t value a 2",
        "t value bb 1",
        "t distinct a",
        "t distinct bb",
        "t letters 1 2",
        "t letters 2 2",
    ];
    feed(
        &mut test,
        [(1, "a"), (2, "bb"), (3, "a"), (12, "a"), (14, "a")],
    );
    test.restart().unwrap();
    test.expect([] as [&str; 0]);
    feed(&mut test, [(15, "bb"), (16, "bb")]);
    test.expect(first);
    test.restart().unwrap();
    feed(&mut test, [(9, "late"), (30, "c"), (31, "c")]);
    // The late word is in the second window still, where windows overlap.
    test.expect([
        "both a 4 4",
        "both bb 3 6",
        "both late 1 4",
        "top late 4",
        "t top bb 2",
        "sum a 4",
        "sum bb 3",
        "sum late 1",
        "longest a 1",
        "longest bb 2",
        "longest late 4",
        "count 8",
        "last late",
        "average 1.75",
        "distinct a",
        "distinct bb",
        "distinct late",
        "group 1 a+a+a+a",
        "group 2 bb+bb+bb",
        "group 4 late",
        "t sum a 2",
        "t sum bb 2",
        "t count 4",
        "t last bb",
        "t max 2",
        "t average 1.5",
        "t value a 2",
        "t value bb 2",
        "t distinct a",
        "t distinct bb",
        "t letters 1 2",
        "t letters 2 4",
    ]);
    assert_eq!(test.late_records(), 9);
}

#[test]
fn watermark_and_open_windows_go_on_with_another_number_of_workers() {
    let dir = tempfile::tempdir().unwrap();
    let topics = Arc::new(Topics::creating(4).unbounded());
    let seen = Mutex::new(Vec::new());
    let kept = &seen;
    let run = |workers: usize, records: &[(i32, &str)], until: Until| {
        let job = stream_job! {
            job scaled
            let words = from kafka("in") | map(|line| timed(line)?) | event_time(|(at, _)| *at) lag 1ms | map(|(_, word)| word);
            words | map(|word| (word, 1u64)) | reduce_by_key(+) over hopping 20ms by 10ms late drop as keyed
                | for_each(|(word, n)| { kept.lock().unwrap().push(format!("{word} {n}")); });
            words | count over tumbling 10ms late drop as all
                | for_each(|n| { kept.lock().unwrap().push(format!("all {n}")); })
        };
        for (partition, record) in records {
            let record = [streamflow::NewRecord::of_value(record.as_bytes())];
            topics.append("in", Some(*partition), 0, record).unwrap();
        }
        let config = RunConfig {
            checkpoint: Some(dir.path().to_owned()),
            parallelism: workers,
            until,
            run_for: (until == Until::Stopped).then_some(Duration::from_millis(200)),
            ..RunConfig::of(job.plan()).unwrap()
        };
        job.run_on(Arc::clone(&topics), config, StopSignal::new())
            .unwrap();
        let mut rows = std::mem::take(&mut *kept.lock().unwrap());
        rows.sort();
        rows
    };
    let each = |time: &'static str| [(0, time), (1, time), (2, time), (3, time)];
    assert_eq!(run(3, &each("5 a"), Until::Stopped), [] as [String; 0]);
    assert_eq!(run(1, &each("15 b"), Until::Stopped), ["a 4", "all 4"]);
    // One partition is left behind: time stands still.
    assert_eq!(
        run(4, &each("25 c")[1..], Until::Stopped),
        [] as [String; 0]
    );
    assert_eq!(
        run(
            2,
            &[(0, "26 c"), (0, "4 late"), (0, "14 b")],
            Until::CaughtUp
        ),
        [
            "a 4", "all 4", "all 5", "b 5", "b 5", "c 4", "c 4", "late 1"
        ]
    );
}

/// Results have the time of the end of their window, and can go into wider ones.
#[test]
fn windows_of_windows_close_with_the_same_watermark() {
    for workers in [1, 2, 4] {
        let mut test = stream_job! {
            from kafka("in")
                | map(|line| timed(line)?)
                | event_time(|(at, _)| *at) lag 1s
                | map(|(_, word)| (word, ()))
                | count_by_key over tumbling 10s late 5s drop as counts
                | map(|(_, n)| n)
                | max over tumbling 30s late drop as most
                | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        feed(
            &mut test,
            [
                (1, "a"),
                (2, "b"),
                (3, "a"),
                (12, "c"),
                (29, "c"),
                (31, "d"),
            ],
        );
        test.expect([] as [&str; 0]);
        // 5 s for the first windows, and no more for the second.
        feed(&mut test, [(35, "d")]);
        test.expect([] as [&str; 0]);
        feed(&mut test, [(29, "c"), (36, "d")]);
        test.expect(["2"]);
        assert_eq!(test.late_records(), 0, "{workers} workers");
    }
}

#[test]
fn streams_of_one_union_wait_for_each_other() {
    let mut test = stream_job! {
        job both
        let fast = from kafka("fast") | map(|line| timed(line)?) | event_time(|(at, _)| *at) lag 1s;
        let slow = from kafka("slow") | map(|line| timed(line)?) | event_time(|(at, _)| *at) lag 5s;
        union(fast, slow) | count over tumbling 10s late drop as counts | print
    }
    .test()
    .partitions(1);
    let of_fast = records(&test, [(1, "a"), (20, "a")]);
    test.feed("fast", of_fast);
    test.expect([] as [&str; 0]);
    let of_slow = records(&test, [(2, "a"), (14, "a")]);
    test.feed("slow", of_slow);
    test.expect([] as [&str; 0]);
    let of_slow = records(&test, [(15, "a")]);
    test.feed("slow", of_slow);
    test.expect(["2"]);
}

#[test]
fn times_of_several_types_are_taken() {
    let mut test = stream_job! {
        job typed
        let seconds = from iter([1u64, 2, 11]);
        seconds | event_time(|second| Duration::from_secs(*second)) lag 1s | count over tumbling 10s late drop as a | print;
        seconds | event_time(|second| UNIX_EPOCH + Duration::from_secs(*second)) lag 1s | count over tumbling 10s late drop as b | print;
        seconds | event_time(|second| second * 1_000) lag 1s | count over tumbling 10s late drop as c | print;
        seconds | map(|second| (second.to_string(), 0)) | event_time(|(second, _)| second.parse::<i64>()? * 1_000) lag 1s else skip
            | count over tumbling 10s late drop as d | print
    }
    .test();
    test.expect(["2", "1", "2", "1", "2", "1", "2", "1"]);
}

/// Items take their time along where they go to the worker that owns their key.
#[test]
fn time_goes_along_through_stages_that_keep_the_order() {
    for workers in [1, 2, 4] {
        let mut test = stream_job! {
            from kafka("in")
                | map(|line| timed(line).map(|(at, word)| (at, word.to_owned()))?)
                | event_time(|(at, _)| *at) lag 1s
                | map(|(_, word)| word)
                | dedup(|word| word.clone()) forever as seen
                | count over tumbling 10s late drop as counts
                | print
        }
        .test()
        .partitions(2)
        .workers(workers);
        feed(
            &mut test,
            [(1, "a"), (2, "b"), (3, "a"), (4, "b"), (21, "c"), (22, "d")],
        );
        test.expect(["2"]);
        feed(&mut test, [(9, "e"), (40, "f"), (41, "g"), (42, "a")]);
        assert_eq!(test.late_records(), 1, "{workers} workers");
        test.expect(["2"]);
    }
}

/// What a job gives does not depend on which worker reads which partition.
#[test]
fn windows_close_alike_when_partitions_go_to_other_workers() {
    let mut of_all: Vec<Vec<String>> = Vec::new();
    for workers in [1, 2, 4] {
        let mut test = stream_job! {
            from kafka("in")
                | map(|line| timed(line)?)
                | event_time(|(at, _)| *at) lag 2s
                | map(|(_, word)| (word, 1u64))
                | reduce_by_key(+) over hopping 10s by 2s late drop as counts
                | print
        }
        .test()
        .workers(workers);
        let mut rows = Vec::new();
        for turn in 0..12_i64 {
            let second = turn * 3;
            feed(
                &mut test,
                (0..9).map(|n| {
                    (
                        (second + n * 7 % 5 - n % 3).max(0),
                        ["a", "b", "c"][usize::try_from(n % 3).unwrap()],
                    )
                }),
            );
            test.share_again();
            let mut of_turn = test.rows();
            of_turn.sort();
            rows.extend(of_turn);
            rows.push(format!("late {}", test.late_records()));
        }
        of_all.push(rows);
    }
    assert!(of_all[0].len() > 30, "{of_all:?}");
    assert_eq!(of_all[0], of_all[1]);
    assert_eq!(of_all[0], of_all[2]);
}

#[test]
fn stream_of_a_union_that_is_silent_is_not_waited_for() {
    let mut test = stream_job! {
        let silent = from kafka("silent") | map(|line| timed(line)?) | event_time(|(at, _)| *at) lag 1s;
        let other = from kafka("in") | map(|line| timed(line)?) | event_time(|(at, _)| *at) lag 1s;
        union(silent, other) | count over tumbling 10s late drop as counts | print
    }
    .test()
    .partitions(1);
    feed(&mut test, [(1, "a"), (25, "b")]);
    test.advance(SECOND * 29);
    feed(&mut test, [(26, "c")]);
    test.expect([] as [&str; 0]);
    test.advance(SECOND);
    test.expect(["1"]);
    // It speaks again, and is behind: time does not go back.
    let behind = records(&test, [(9, "late"), (21, "d")]);
    test.feed("silent", behind);
    assert_eq!(test.late_records(), 1);
    feed(&mut test, [(50, "e")]);
    test.expect([] as [&str; 0]);
    let ahead = records(&test, [(50, "f")]);
    test.feed("silent", ahead);
    test.expect(["3"]);
}

#[test]
fn explain_says_when_windows_of_event_time_close() {
    let job = stream_job! {
        job explained
        from kafka("in")
            | map(|line| timed(line)?)
            | event_time(|(at, _)| *at) lag 5s
            | count over hopping 10m by 1m late 2m drop as counts
            | print
    };
    let text = job.explain();
    for part in [
        "state `event_time.1`: the watermark, and the latest time of each partition",
        "forgotten when the watermark closes `over hopping 10m by 1m of event time late 2m`",
        "to one worker",
    ] {
        assert!(text.contains(part), "{part} in:\n{text}");
    }
}

#[test]
fn another_wait_does_not_take_over_what_windows_had() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = stream_job! {
        job waiting
        from kafka("in") | map(|line| timed(line)?) | event_time(|(at, _)| *at) lag 5s
            | count over tumbling 10s late drop as counts | print
    }
    .test()
    .checkpoint(dir.path());
    feed(&mut test, [(1, "a")]);
    let error = test
        .restart_as(stream_job! {
            job waiting
            from kafka("in") | map(|line| timed(line)?) | event_time(|(at, _)| *at) lag 5s
                | count over tumbling 10s late 2m drop as counts | print
        })
        .unwrap_err();
    assert_eq!(error.code(), Code::IncompatibleState);
    let text = error.one_line();
    assert!(
        text.contains("over tumbling 10s of event time late 2m"),
        "{text}"
    );
}

#[test]
fn stream_that_has_fallen_silent_is_not_waited_for() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            let web = from kafka("web") | map(|line| line.parse::<u64>()?) | event_time(|at| *at) lag 1ms;
            let app = from kafka("app") | map(|line| line.parse::<u64>()?) | event_time(|at| *at) lag 1ms;
            union(web, app) | count over tumbling 10ms late drop as counts | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        test.feed("app", ["3"]);
        test.feed("web", ["5", "25"]);
        test.expect::<&str>([]);
        test.advance(Duration::from_secs(20));
        test.feed("web", ["26"]);
        test.advance(Duration::from_secs(11));
        test.expect(["2"]);
        // What goes on behind the windows that have closed is late.
        test.feed("app", ["4", "31"]);
        assert_eq!(test.late_records(), 1);
        test.feed("web", ["45"]);
        test.expect(["2"]);
    }
}

#[test]
fn time_can_be_given_behind_stages_that_hand_items_on_in_rounds() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            job in_rounds
            let names = from kafka("names") | map(|line| line.split_once(' ')?)
                | map(|(key, name)| (key, name.to_owned())) | table forever as names;
            let lines = from kafka("in");
            lines | repartition(2) | map(|line| line.parse::<i64>()?) | event_time(|at| *at) lag 1ms
                | count over tumbling 10ms late drop as dealt | map(|n| format!("dealt {n}")) | print;
            lines | map(|line| (line, ())) | left_join(names)
                | map(|(line, ((), name))| (line.parse::<i64>()?, name.unwrap_or_default()))
                | event_time(|(at, _)| *at) lag 1ms
                | map(|(_, name)| (name, 1u64))
                | reduce_by_key(+) over tumbling 10ms late drop as named | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        test.feed("names", ["1 one", "12 twelve"]);
        test.feed("in", ["1", "2", "12", "25"]);
        test.expect(["dealt 2", "dealt 1", "(one,1)", "(,1)", "(twelve,1)"]);
        test.feed("in", ["3", "40"]);
        assert_eq!(test.late_records(), 2);
        test.expect(["dealt 1", "(,1)"]);
    }
}
