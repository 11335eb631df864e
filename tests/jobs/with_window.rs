//! The windows of results: `with_window`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use streamflow::stream_job;
use streamflow::testing::JobTest;

use crate::lines::timed;

#[test]
fn result_of_a_key_gets_its_window_to_the_key() {
    let job = stream_job! {
        from kafka("in")
            | map(|page| (page, 1u64))
            | reduce_by_key(+) over tumbling 10s as views
            | with_window
            | print
    };
    let mut test = job.test();
    test.feed("in", ["/home", "/cart", "/home"]);
    test.advance(Duration::from_secs(10));
    test.expect([
        "((/home,Window(2026-01-01T00:00:00Z,2026-01-01T00:00:10Z)),2)",
        "((/cart,Window(2026-01-01T00:00:00Z,2026-01-01T00:00:10Z)),1)",
    ]);
}

#[test]
fn result_without_a_key_stands_behind_its_window() {
    let job = stream_job! {
        from kafka("in")
            | count every 10s
            | with_window
            | map(|(window, n)| format!("{window} {n}"))
            | print
    };
    let mut test = job.test();
    test.feed("in", ["a", "b"]);
    test.advance(Duration::from_secs(20));
    test.expect([
        "2026-01-01T00:00:00Z/2026-01-01T00:00:10Z 2",
        "2026-01-01T00:00:10Z/2026-01-01T00:00:20Z 0",
    ]);
}

/// Joins of two topics whose items have a time of their own.
macro_rules! joined {
    ($($stage:tt)*) => {
        stream_job! {
            job windows
            let rights = from kafka("right")
                | map(|line| timed(line)?)
                | event_time(|(at, ..)| *at) lag 1ms
                | map(|(_, key, value)| (key, value.to_owned()));
            from kafka("left")
                | map(|line| timed(line)?)
                | event_time(|(at, ..)| *at) lag 1ms
                | map(|(_, key, value)| (key, value.to_owned()))
                | $($stage)*
                | with_window
                | map(|((key, window), (left, right))| format!("{key} {}-{} {left:?} {right:?}", window.start_ms(), window.end_ms()))
                | print
        }
        .test()
        .partitions(1)
    };
}

fn feed_both(test: &mut JobTest) {
    test.feed("left", ["5 k a", "18 k b", "100 end x"]);
    test.feed("right", ["7 k A", "25 k B", "100 end x"]);
}

#[test]
fn what_meets_in_a_window_is_of_it() {
    let mut test = joined! { full_join(rights) over tumbling 10ms late drop as met };
    feed_both(&mut test);
    test.expect([
        r#"k 0-10 Some("a") Some("A")"#,
        r#"k 10-20 Some("b") None"#,
        r#"k 20-30 None Some("B")"#,
    ]);
}

#[test]
fn what_meets_in_windows_that_overlap_is_of_each() {
    let mut test = joined! { join(rights) over hopping 20ms by 10ms late drop as met };
    feed_both(&mut test);
    test.expect([
        r#"k -10-10 "a" "A""#,
        r#"k 0-20 "a" "A""#,
        r#"k 0-20 "b" "A""#,
        r#"k 10-30 "b" "B""#,
    ]);
}

#[test]
fn what_meets_in_a_session_is_of_it() {
    let mut test = joined! { left_join(rights) over session 8ms late drop as met };
    feed_both(&mut test);
    test.expect([r#"k 5-15 "a" Some("A")"#, r#"k 18-33 "b" Some("B")"#]);
}

#[test]
fn what_meets_by_the_clock_is_of_its_window() {
    let mut test = stream_job! {
        job clock
        let rights = from kafka("right") | map(|key| (key, 1u64));
        let lefts = from kafka("left") | map(|key| (key, 2u64));
        lefts | join(rights) every 10s | with_window | map(|((k, w), _)| format!("every {k} {w}")) | print;
        lefts | join(rights) over hopping 20s by 10s as met | with_window
            | map(|((k, w), _)| format!("hopping {k} {w}")) | print;
        lefts | cogroup(rights) over session 5s as near | with_window
            | map(|((k, w), _)| format!("session {k} {w}")) | print
    }
    .test();
    test.advance(Duration::from_secs(10));
    test.feed("left", ["k"]);
    test.advance(Duration::from_secs(2));
    test.feed("right", ["k"]);
    test.advance(Duration::from_secs(20));
    test.expect([
        "session k 2026-01-01T00:00:10Z/2026-01-01T00:00:17Z",
        "every k 2026-01-01T00:00:10Z/2026-01-01T00:00:20Z",
        "hopping k 2026-01-01T00:00:00Z/2026-01-01T00:00:20Z",
        "hopping k 2026-01-01T00:00:10Z/2026-01-01T00:00:30Z",
    ]);
}

#[test]
fn days_of_a_place_are_told_as_they_are_there() {
    let mut test = stream_job! {
        job days
        let clicks = from kafka("in") | map(|ms| ms.parse::<i64>()?) | event_time(|ms| *ms) lag 1ms;
        clicks | count over tumbling 1d tz "Europe/Berlin" late drop as days
            | with_window | map(|(w, n)| format!("day {w} {n}")) | print;
        clicks | count over hopping 2d by 1d tz "Europe/Berlin" late drop as pairs
            | with_window | map(|(w, n)| format!("two {w} {n}")) | print;
        clicks | count over hopping 2d by 1d tz "Europe/Berlin" late drop as told emit updates every 1d
            | with_window | map(|(w, n)| format!("so far {w} {n}")) | print
    }
    .test()
    .partitions(1);
    // Clocks go back on 26 October 2025: that day has 25 hours.
    test.feed("in", ["1761480000000", "1762000000000"]);
    test.expect([
        "day 2025-10-25T22:00:00Z/2025-10-26T23:00:00Z 1",
        "two 2025-10-24T22:00:00Z/2025-10-26T23:00:00Z 1",
        "two 2025-10-25T22:00:00Z/2025-10-27T23:00:00Z 1",
        "so far 2025-10-24T22:00:00Z/2025-10-26T23:00:00Z 1",
        "so far 2025-10-25T22:00:00Z/2025-10-27T23:00:00Z 1",
        "so far 2025-10-25T22:00:00Z/2025-10-27T23:00:00Z 1",
    ]);
}

#[test]
fn stages_behind_keep_the_windows_of_a_key_apart() {
    let mut test = stream_job! {
        job apart
        from kafka("in")
            | map(|line| { let (at, key) = line.split_once(' ')?; (at.parse::<i64>()?, key) })
            | event_time(|(at, _)| *at) lag 1ms
            | map(|(_, key)| (key, ()))
            | count_by_key over tumbling 10ms late drop as tens
            | with_window
            | scan(0u64, |sum, n| sum + n) forever as sums
            | map(|((key, window), n)| format!("{key} {} {n}", window.start_ms()))
            | print
    }
    .test()
    .partitions(1);
    test.feed("in", ["1 a", "2 a", "12 a", "13 b", "50 end"]);
    test.expect(["a 0 2", "a 10 1", "b 10 1"]);
}

#[test]
fn windows_can_be_keys_by_themselves() {
    let mut test = stream_job! {
        job totals
        from kafka("in")
            | map(|line| { let (at, key) = line.split_once(' ')?; (at.parse::<i64>()?, key) })
            | event_time(|(at, _)| *at) lag 1ms
            | map(|(_, key)| (key, ()))
            | count_by_key over tumbling 10ms late drop as tens
            | with_window
            | map(|((_, window), n)| (window, n))
            | reduce_by_key(max) over tumbling 10ms late drop as busiest
            | map(|(window, n)| format!("{} {n}", window.end_ms()))
            | print
    }
    .test()
    .partitions(1);
    test.feed("in", ["1 a", "2 a", "3 b", "13 b", "50 end"]);
    test.expect(["10 2", "20 1"]);
}

#[test]
fn results_of_the_same_window_meet() {
    let mut test = stream_job! {
        job rates
        let orders = from kafka("orders")
            | map(|ms| ms.parse::<i64>()?)
            | event_time(|ms| *ms) lag 1ms
            | map(|_| ("shop", ()))
            | count_by_key over tumbling 10ms late drop as orders
            | with_window;
        from kafka("views")
            | map(|ms| ms.parse::<i64>()?)
            | event_time(|ms| *ms) lag 1ms
            | map(|_| ("shop", ()))
            | count_by_key over tumbling 10ms late drop as views
            | with_window
            | join(orders) over tumbling 10ms late drop as both
            | map(|((key, window), (views, orders))| format!("{key} {} {views} {orders}", window.start_ms()))
            | print
    }
    .test()
    .partitions(1);
    test.feed("views", ["1", "2", "3", "11", "21", "22", "50"]);
    test.feed("orders", ["4", "23", "50"]);
    test.expect(["shop 0 3 1", "shop 20 2 1"]);
}

#[test]
fn other_stages_get_results_as_they_are() {
    let mut test = stream_job! {
        job shared
        let views = from kafka("in") | map(|page| (page.to_owned(), page.len()))
            | reduce_by_key(+) over tumbling 10s as views;
        let longest = from kafka("in") | map(|page| (page.len(), page.to_owned())) | max every 10s;
        views | with_window | map(|((page, window), n)| format!("{page} {window} {n}")) | print;
        views | print;
        longest | with_window | map(|((n, window), page)| format!("longest {page} {window} {n}")) | print;
        longest | print
    }
    .test();
    test.feed("in", ["/a", "/a", "/bcd"]);
    test.advance(Duration::from_secs(10));
    let ten = "2026-01-01T00:00:00Z/2026-01-01T00:00:10Z";
    test.expect([
        format!("/a {ten} 4"),
        format!("/bcd {ten} 4"),
        "(/a,4)".to_owned(),
        "(/bcd,4)".to_owned(),
        format!("longest /bcd {ten} 4"),
        "(4,/bcd)".to_owned(),
    ]);
}

#[test]
fn topics_and_files_hold_the_bounds() {
    let directory = tempfile::tempdir().expect("a directory");
    let (json, csv) = (directory.path().join("json"), directory.path().join("csv"));
    let mut test = stream_job! {
        job written
        let views = from kafka("in")
            | map(|page| (page, 1u64))
            | reduce_by_key(+) over tumbling 10s as views emit updates every 5s
            | with_window;
        views | to kafka("out", key: |((page, window), _)| format!("{page}@{window}"), value: |(_, n)| n);
        let all = from kafka("in") | count every 10s | with_window;
        all | to files(&json) as Json every 10s;
        all | to files(&csv) as Csv every 10s
    }
    .test();
    test.feed("in", ["/home"]);
    test.advance(Duration::from_secs(5));
    test.feed("in", ["/home"]);
    test.advance(Duration::from_secs(5));
    let written: Vec<(String, String)> = (test.records("out").iter())
        .map(|record| {
            let text = |bytes: &Option<Vec<u8>>| {
                String::from_utf8(bytes.clone().unwrap_or_default()).expect("text")
            };
            (text(&record.key), text(&record.value))
        })
        .collect();
    let key = "/home@2026-01-01T00:00:00Z/2026-01-01T00:00:10Z".to_owned();
    assert_eq!(
        written,
        [(key.clone(), "1".to_owned()), (key, "2".to_owned())]
    );
    test.finish().expect("it ends");
    // The input ends in the next interval.
    assert_eq!(
        lines(&json),
        [
            r#"[{"start":"2026-01-01T00:00:00Z","end":"2026-01-01T00:00:10Z"},2]"#,
            r#"[{"start":"2026-01-01T00:00:10Z","end":"2026-01-01T00:00:20Z"},0]"#,
        ]
    );
    assert_eq!(
        lines(&csv),
        [
            "2026-01-01T00:00:00Z,2026-01-01T00:00:10Z,2",
            "2026-01-01T00:00:10Z,2026-01-01T00:00:20Z,0",
        ]
    );
}

/// The lines of all finished files in a directory, sorted.
fn lines(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).expect("the directory of the sink");
    let paths = entries.map(|entry| entry.expect("an entry of it").path());
    let is_finished = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default();
        name.to_string_lossy().starts_with("part-")
    };
    let text: String = paths
        .filter(is_finished)
        .map(|path| fs::read_to_string(path).expect("a finished file"))
        .collect();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}
