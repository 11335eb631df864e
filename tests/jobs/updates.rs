//! Windows that are told before they end: `emit updates every D`.

use std::time::Duration;

use streamflow::stream_job;

use crate::SECOND;

#[test]
fn result_so_far_leaves_where_it_has_changed_and_the_whole_one_at_the_end() {
    for workers in [1, 2, 4] {
        let mut test = stream_job! {
            job told
            let words = from kafka("in");
            words | map(|word| (word, 1u64)) | reduce_by_key(+) over tumbling 4s as sums emit updates every 1s | print;
            words | map(|word| (word, word.len())) | reduce_by_key(|a, b| a + b) over tumbling 4s as lengths emit updates every 2s
                | map(|(word, n)| format!("length {word} {n}")) | print;
            words | count over tumbling 4s as all emit updates every 1s | map(|n| format!("all {n}")) | print
        }
        .test()
        .workers(workers);
        let mut seen = Vec::new();
        // The clock of a test begins at a multiple of four seconds.
        for words in [
            &["a", "b", "a"][..],
            &["a"],
            &[],
            &["b"],
            &[],
            &["a"],
            &[],
            &[],
        ] {
            test.feed("in", words.iter());
            test.advance(SECOND);
            let mut rows = test.rows();
            rows.sort();
            seen.push(rows.join(" "));
        }
        assert_eq!(
            seen,
            [
                "(a,2) (b,1) all 3",
                "(a,3) all 4 length a 3 length b 1",
                "",
                "(a,3) (b,2) all 5 length a 3 length b 2",
                "",
                "(a,1) all 1 length a 1",
                "",
                "(a,1) all 1 length a 1",
            ],
            "{workers} workers"
        );
    }
}

#[test]
fn windows_that_overlap_tell_a_result_each() {
    for workers in [1, 2, 4] {
        let mut test = stream_job! {
            job overlapping
            let words = from kafka("in");
            words | map(|word| (word, 1u64)) | reduce_by_key(+) over hopping 4s by 2s as sums emit updates every 1s | print;
            words | count over hopping 4s by 2s as all emit updates every 2s | map(|n| format!("all {n}")) | print;
            words | map(|word| word.len()) | reduce(|a, b| a + b) over hopping 4s by 2s as letters emit updates every 1s
                | map(|n| format!("letters {n}")) | print;
            words | map(|word| (word, 1u64)) | reduce_by_key(+) over cumulate 4s by 2s as grown emit updates every 1s
                | map(|(word, n)| format!("{word} so far {n}")) | print
        }
        .test()
        .workers(workers);
        let mut seen = Vec::new();
        // The clock of a test begins at a multiple of four seconds.
        for words in [&["a", "b"][..], &["a"], &[], &["a"], &[], &[], &[]] {
            test.feed("in", words.iter());
            test.advance(SECOND);
            let mut rows = test.rows();
            rows.sort();
            seen.push(rows.join(" "));
        }
        assert_eq!(
            seen,
            [
                "(a,1) (a,1) (b,1) (b,1) a so far 1 b so far 1 letters 2 letters 2",
                // The window that began two seconds before the clock of the test ends here.
                "(a,2) (a,2) (b,1) a so far 2 all 3 all 3 b so far 1 letters 3 letters 3",
                "",
                "(a,1) (a,3) (b,1) a so far 3 all 1 all 4 b so far 1 letters 1 letters 4",
                "",
                "(a,1) all 1 letters 1",
                "",
            ],
            "{workers} workers"
        );
    }
}

/// Flink's `ContinuousEventTimeTrigger` over sliding event-time windows.
#[test]
fn overlapping_windows_of_event_time_are_told_as_it_passes() {
    let dir = tempfile::tempdir().unwrap();
    for workers in [1, 3] {
        let mut test = stream_job! {
            job told_by_event_time
            from kafka("in")
                | map(|line| { let (second, word) = line.split_once(' ')?; (second.parse::<i64>()?, word) })
                | event_time(|(second, _)| second * 1_000) lag 1ms
                | map(|(_, word)| (word, 1u64)) | reduce_by_key(+) over hopping 40s by 20s late drop as sums emit updates every 10s
                | print
        }
        .test()
        .partitions(1)
        .workers(workers)
        .checkpoint(dir.path().join(workers.to_string()));
        test.feed("in", ["105 a", "109 b"]);
        test.expect([] as [&str; 0]);
        // [80, 120) and [100, 140), at 110.
        test.feed("in", ["111 a"]);
        test.expect(["(a,1)", "(a,1)", "(b,1)", "(b,1)"]);
        test.restart().unwrap();
        // [80, 120) ends, and [100, 140) is told of `a`; then nothing has changed at 130.
        test.feed("in", ["131 c"]);
        test.expect(["(a,2)", "(b,1)", "(a,2)"]);
        // Late for the one, in time for the other.
        test.feed("in", ["112 b", "141 c"]);
        test.expect(["(a,2)", "(b,2)", "(c,1)", "(c,1)"]);
        assert_eq!(test.late_records(), 0);
    }
}

#[test]
fn updates_go_on_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = stream_job! {
        job told_again
        from kafka("in") | map(|word| (word, 1u64)) | reduce_by_key(+) over tumbling 1m as sums emit updates every 10s | print
    }
    .test()
    .checkpoint(dir.path());
    test.feed("in", ["a", "b"]);
    test.advance(SECOND * 10);
    test.expect(["(a,1)", "(b,1)"]);
    test.feed("in", ["a"]);
    test.restart().unwrap();
    test.advance(SECOND * 10);
    test.expect(["(a,2)"]);
    test.restart().unwrap();
    test.advance(SECOND * 10);
    test.expect([] as [&str; 0]);
    test.advance(SECOND * 30);
    test.expect(["(a,2)", "(b,1)"]);
}

/// Flink's `ContinuousEventTimeTrigger`: updates leave as the watermark passes them. What comes behind
/// one, and not behind the window, is in the next.
#[test]
fn updates_over_event_time_leave_as_it_passes() {
    for workers in [1, 2] {
        let mut test = stream_job! {
            job told_by_event_time
            let times = from kafka("in")
                | map(|line| { let (second, word) = line.split_once(' ')?; (second.parse::<i64>()?, word) })
                | event_time(|(second, _)| second * 1_000) lag 1ms;
            times | map(|(_, word)| (word, 1u64)) | reduce_by_key(+) over tumbling 60s late drop as sums emit updates every 20s | print;
            times | count over tumbling 60s late drop as all emit updates every 20s | map(|n| format!("all {n}")) | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        test.feed("in", ["600 a", "601 b", "610 a"]);
        test.expect([] as [&str; 0]);
        test.feed("in", ["621 a"]);
        test.expect(["(a,2)", "(b,1)", "all 3"]);
        // Behind the first update.
        test.feed("in", ["602 b", "641 c"]);
        test.expect(["(a,3)", "(b,2)", "all 5"]);
        // Another window, and the end of the first.
        test.feed("in", ["661 a"]);
        test.expect(["(a,3)", "(b,2)", "(c,1)", "all 6"]);
        test.feed("in", ["659 late", "800 a"]);
        test.expect(["(a,1)", "all 1", "(a,1)", "all 1"]);
        assert_eq!(test.late_records(), 2);
    }
}

#[test]
fn updates_go_to_a_topic_under_the_key_that_they_replace() {
    let mut test = stream_job! {
        job latest
        from kafka("in")
            | map(|word| (word, 1u64))
            | reduce_by_key(+) over tumbling 1d offset 6h tz "Europe/Berlin" as totals emit updates every 1h
            | to kafka("totals", key: |(word, _)| word, value: |(_, n)| n.to_string())
    }
    .test();
    test.feed("in", ["a"]);
    test.advance(Duration::from_secs(3_600));
    test.feed("in", ["a"]);
    test.advance(Duration::from_secs(3_600));
    let values: Vec<String> = test
        .records("totals")
        .iter()
        .filter_map(|record| String::from_utf8(record.value.clone()?).ok())
        .collect();
    assert_eq!(values, ["1", "2"]);
}

#[test]
fn sketches_are_told_before_their_window_ends() {
    let mut test = stream_job! {
        job sketches
        let words = from kafka("in");
        words | approx_distinct over tumbling 4s as seen emit updates every 1s | map(|n| format!("seen {n}")) | print;
        words | heavy_hitters(1) over tumbling 4s as frequent emit updates every 2s
            | map(|(word, n)| format!("{word} {n}")) | print;
        words | map(|word| f64::from(u32::try_from(word.len())?)) | quantile(1.0) over tumbling 4s as longest emit updates every 2s
            | map(|n| format!("longest {n}")) | print
    }
    .test()
    .workers(2);
    let mut seen = Vec::new();
    for words in [&["a", "bb", "a"][..], &[], &["bb", "bb"], &["a", "a"]] {
        test.feed("in", words.iter());
        test.advance(SECOND);
        let mut rows = test.rows();
        rows.sort();
        seen.push(rows.join(", "));
    }
    assert_eq!(
        seen,
        [
            "seen 2",
            "a 2, longest 2",
            "seen 2",
            "a 4, longest 2, seen 2"
        ]
    );
}
