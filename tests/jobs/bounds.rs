//! Where windows begin and end: steps that do not divide the size, gaps between windows, offsets.

use streamflow::{Code, stream_job};

use crate::SECOND;

/// Spark's `WindowOperationsSuite`: "non-overlapping window", of 2 s by 3 s. Results leave at multiples
/// of the step, and are of the two seconds in front.
#[test]
fn hop_longer_than_its_window_leaves_gaps() {
    let mut test = stream_job! {
        job gaps
        let numbers = from kafka("in") | map(|line| line.parse::<u32>()?);
        numbers | map(|n| ((), n)) | group_by_key over hopping 2s by 3s as groups
            | map(|((), mut all)| { all.sort_unstable(); format!("{all:?}") }) | print;
        numbers | count over hopping 2s by 3s as counts | print
    }
    .test();
    let mut seen = Vec::new();
    for n in 0..6 {
        test.feed("in", [n.to_string()]);
        test.advance(SECOND);
        seen.push(test.rows().join(" "));
    }
    assert_eq!(seen, ["", "", "[1, 2] 2", "", "", "[4, 5] 2"]);
    test.advance(SECOND * 3);
    test.expect(["0"]);
}

/// Windows of 3 s that move on by 2 s: each second is in one or two of them.
#[test]
fn hop_need_not_divide_its_window() {
    let mut test = stream_job! {
        job hops
        let words = from kafka("in");
        words | map(|word| (word, 1u64)) | reduce_by_key(+) over hopping 3s by 2s as sums | map(|(k, n)| format!("{k} {n}")) | print;
        words | map(|word| (word, word.len())) | reduce_by_key(|a, b| if a > b { a } else { b }) over hopping 3s by 2s as longest
            | map(|(k, n)| format!("longest {k} {n}")) | print;
        words | map(|word| word.to_owned()) | reduce(|a, b| if a > b { a } else { b }) over hopping 3s by 2s as last | map(|w| format!("last {w}")) | print;
        words | count over hopping 3s by 2s as counts | map(|n| format!("count {n}")) | print;
        words | map(|word| f64::from(u32::try_from(word.len())?)) | average over hopping 3s by 2s as mean | map(|n| format!("mean {n}")) | print;
        words | distinct over hopping 3s by 2s as different | map(|w| format!("distinct {w}")) | print;
        words | map(|word| (word.to_owned(), word.len())) | top(1) over hopping 3s by 2s as best | map(|(w, n)| format!("top {w} {n}")) | print;
    }
    .test();
    let mut seen = Vec::new();
    // The clock of a test begins at a multiple of two seconds.
    for word in ["a", "bb", "a", "", "", "", ""] {
        if !word.is_empty() {
            test.feed("in", [word]);
        }
        test.advance(SECOND);
        let mut rows = test.rows();
        rows.sort();
        seen.push(rows.join(", "));
    }
    assert_eq!(
        seen,
        [
            "",
            "a 1, bb 1, count 2, distinct a, distinct bb, last bb, longest a 1, longest bb 2, mean 1.5, top bb 2",
            "",
            "a 1, bb 1, count 2, distinct a, distinct bb, last bb, longest a 1, longest bb 2, mean 1.5, top bb 2",
            "",
            "count 0",
            "",
        ]
    );
}

/// Windows over event time begin at multiples of the step, as Flink's do: [0, 3), [2, 5), [4, 7) …
#[test]
fn hop_over_event_time_need_not_divide_its_window() {
    let mut test = stream_job! {
        job event_hops
        from kafka("in")
            | map(|line| line.parse::<i64>()?)
            | event_time(|second| second * 1_000) lag 1s
            | map(|second| ("all", second))
            | group_by_key over hopping 3s by 2s late drop as groups
            | map(|(_, mut all)| { all.sort_unstable(); format!("{all:?}") })
            | print
    }
    .test()
    .partitions(1);
    // Out of order, within the lag.
    test.feed(
        "in",
        [
            "1000000", "1000002", "1000001", "1000003", "1000004", "1000006",
        ],
    );
    test.expect([
        "[1000000, 1000001, 1000002]",
        "[1000000]",
        "[1000002, 1000003, 1000004]",
    ]);
    test.feed("in", ["2000000"]);
    test.expect(["[1000004, 1000006]", "[1000006]"]);
}

#[test]
fn record_between_windows_of_event_time_is_in_none_and_not_late() {
    let mut test = stream_job! {
        job event_gaps
        let seconds = from kafka("in")
            | map(|line| line.parse::<i64>()?)
            | event_time(|second| second * 1_000) lag 1s;
        seconds | map(|second| ("all", second)) | group_by_key over hopping 1s by 3s late drop as groups
            | map(|(_, all)| format!("{all:?}")) | print;
        seconds | count over hopping 2s by 3s late drop as counts | print
    }
    .test()
    .partitions(1);
    // Windows of the first kind have 999999, 1000002 and so on; those of the second one more.
    test.feed(
        "in",
        [
            "999999", "1000000", "1000001", "1000002", "1000004", "1000001",
        ],
    );
    test.feed("in", ["1000100", "1000001"]);
    let mut rows = test.rows();
    rows.sort();
    assert_eq!(rows, ["1", "2", "[1000002]", "[999999]"]);
    // In none of the first windows, and in none of the second ones either.
    assert_eq!(test.late_records(), 0);
    test.feed("in", ["1000002"]);
    assert_eq!(test.late_records(), 2);
}

/// `TumblingEventTimeWindows.of(size, offset)`: windows begin at multiples of the size plus the offset.
#[test]
fn offset_moves_windows_of_event_time() {
    let mut test = stream_job! {
        job moved
        let times = from kafka("in")
            | map(|line| line.parse::<i64>()?)
            | event_time(|ms| *ms) lag 1ms;
        times | map(|ms| ("tumbling", ms)) | group_by_key over tumbling 2s offset 500ms late drop as tumbling | print;
        times | map(|ms| ("back", ms)) | group_by_key over tumbling 2s offset -1500ms late drop as back | print;
        times | map(|ms| ("hopping", ms)) | group_by_key over hopping 4s by 2s offset 500ms late drop as hopping | print;
        times | map(|ms| ("so far", ms)) | group_by_key over cumulate 4s by 2s offset 500ms late drop as cumulate | print
    }
    .test()
    .partitions(1);
    test.feed("in", ["100000499", "100000500", "100002499", "100002500"]);
    test.feed("in", ["200000000"]);
    let mut rows = test.rows();
    rows.sort();
    assert_eq!(
        rows,
        [
            "(back,[100000499])",
            "(back,[100000500,100002499])",
            "(back,[100002500])",
            "(hopping,[100000499,100000500,100002499])",
            "(hopping,[100000499])",
            "(hopping,[100000500,100002499,100002500])",
            "(hopping,[100002500])",
            "(so far,[100000499])",
            "(so far,[100000500,100002499,100002500])",
            "(so far,[100000500,100002499])",
            "(tumbling,[100000499])",
            "(tumbling,[100000500,100002499])",
            "(tumbling,[100002500])",
        ]
    );
}

#[test]
fn offset_moves_windows_of_the_clock() {
    let mut test = stream_job! {
        job moved_by_the_clock
        let words = from kafka("in");
        words | count over tumbling 2s offset 1s as tumbling | map(|n| format!("tumbling {n}")) | print;
        words | count over hopping 4s by 2s offset 1s as hopping | map(|n| format!("hopping {n}")) | print;
        words | count over cumulate 4s by 2s offset -3s as so_far | map(|n| format!("so far {n}")) | print;
        words | count over tumbling 2s offset 1s as batches | map_batch(|batch| [format!("batch {batch:?}")]) | print
    }
    .test();
    let mut seen = Vec::new();
    // The clock of a test begins at a multiple of four seconds.
    for word in ["a", "b", "c", "d", "e"] {
        test.feed("in", [word]);
        test.advance(SECOND);
        let mut rows = test.rows();
        rows.sort();
        seen.push(rows.join(", "));
    }
    assert_eq!(
        seen,
        [
            "batch [1], hopping 1, so far 1, tumbling 1",
            "",
            "batch [2], hopping 3, so far 2, tumbling 2",
            "",
            "batch [2], hopping 4, so far 4, tumbling 2",
        ]
    );
}

/// Days of a place have 23 and 25 hours when its clocks change, also in windows of several days, and the
/// hours of a day are hours of time.
#[test]
fn windows_of_event_time_follow_the_days_of_a_place() {
    let job = || {
        stream_job! {
            job days
            let hours = from kafka("in")
                | map(|line| line.parse::<i64>()?)
                | event_time(|ms| *ms) lag 1ms future 500d;
            hours | count over tumbling 1d tz "Europe/Berlin" late drop as days | map(|n| format!("day {n}")) | print;
            hours | count over hopping 2d by 1d tz "Europe/Berlin" late drop as two_days | map(|n| format!("two {n}")) | print;
            hours | count over tumbling 1d offset 6h tz "Europe/Berlin" late drop as mornings | map(|n| format!("morning {n}")) | print;
            hours | count over tumbling 6h tz "Europe/Berlin" late drop as quarters | map(|n| format!("quarter {n}")) | print;
            hours | count over cumulate 1d by 12h tz "Europe/Berlin" late drop as so_far | map(|n| format!("so far {n}")) | print
        }
    };
    for (midnight_ms, expected) in [
        // 28 March 2026, 00:00 in Berlin: the next day has 23 hours.
        (
            1_774_652_400_000_i64,
            "day 24 23 24, two 24 47 47 24, morning 6 23 24 18, quarter 6 6 6 6 6 6 6 5 6 6 6 6, so far 12 24 12 23 12 24",
        ),
        // 24 October 2026: the next one has 25.
        (
            1_792_792_800_000,
            "day 24 25 24, two 24 49 49 24, morning 6 25 24 18, quarter 6 6 6 6 6 6 6 6 1 6 6 6 6, so far 12 24 12 24 25 12 24",
        ),
    ] {
        let hours = expected[..12]
            .split(' ')
            .skip(1)
            .map(|n| n.parse::<i64>().unwrap_or(0));
        let hours: i64 = hours.sum();
        let feed = (0..hours).map(|hour| (midnight_ms + hour * 3_600_000).to_string());
        let feed: Vec<String> = feed.collect();
        let mut test = job().test().partitions(1);
        test.feed("in", feed);
        test.feed("in", [(midnight_ms + 100 * 86_400_000).to_string()]);
        let rows = test.rows();
        let of = |kind: &str| {
            let rows = rows.iter().filter_map(|row| row.strip_prefix(kind));
            format!("{kind}{}", rows.collect::<Vec<_>>().join(""))
        };
        let kinds = ["day", "two", "morning", "quarter", "so far"].map(of);
        assert_eq!(kinds.join(", "), expected);
    }
}

#[test]
fn windows_of_the_clock_follow_the_days_of_a_place() {
    let mut test = stream_job! {
        from kafka("in") | count over tumbling 1d tz "Europe/Berlin" as days | print
    }
    .test();
    // From the beginning of 2026 to 28 March, 22:00 UTC.
    test.advance(SECOND * 86_400 * 86 + SECOND * 3_600 * 22);
    test.printed();
    test.feed("in", ["a", "b"]);
    test.advance(SECOND * 86_400 * 2 + SECOND * 3_600 * 12);
    let printed = test.printed();
    let times: Vec<&str> = printed
        .lines()
        .filter(|line| line.starts_with("Time"))
        .collect();
    assert_eq!(
        times,
        [
            "Time: 1774738800000 ms",
            "Time: 1774821600000 ms",
            "Time: 1774908000000 ms"
        ]
    );
    assert!(printed.contains("\n2\n"), "{printed}");
}

#[test]
fn window_that_lies_otherwise_does_not_take_over_the_state() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = stream_job! {
        job moved_later
        from kafka("in") | count over tumbling 1d offset 6h as days | print
    }
    .test()
    .checkpoint(dir.path());
    test.feed("in", ["a"]);
    let error = test
        .restart_as(stream_job! {
            job moved_later
            from kafka("in") | count over tumbling 1d tz "Europe/Berlin" as days | print
        })
        .unwrap_err();
    assert_eq!(error.code(), Code::IncompatibleState);
    let text = error.to_string();
    for part in [
        "over tumbling 1d offset 6h",
        "over tumbling 1d tz \"Europe/Berlin\"",
    ] {
        assert!(text.contains(part), "{text}");
    }
}

/// What has come is counted once, whatever the number of workers before and after a restart.
#[test]
fn windows_between_steps_go_on_after_a_restart() {
    for workers in [1, 2, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job going_on
            let words = from kafka("in");
            words | map(|word| (word, 1u64)) | reduce_by_key(+) over hopping 5s by 3s offset 1s as sums | print;
            words | count over tumbling 4s offset 3s as counts | print
        }
        .test()
        .workers(workers)
        .checkpoint(dir.path());
        let mut seen = Vec::new();
        for _ in 0..7 {
            test.feed("in", ["a", "b", "a"]);
            test.restart().unwrap();
            test.advance(SECOND);
            let mut rows = test.rows();
            rows.sort();
            seen.push(rows.join(" "));
        }
        // The clock of a test begins at a multiple of twelve seconds.
        assert_eq!(
            seen,
            [
                "(a,2) (b,1)",
                "",
                "9",
                "(a,8) (b,4)",
                "",
                "",
                "(a,10) (b,5) 12"
            ],
            "{workers} workers"
        );
    }
}

/// What lies between windows goes nowhere, whatever happens to what is late.
#[test]
fn records_between_windows_are_not_late() {
    let mut test = stream_job! {
        job between
        let times = from kafka("in") | map(|line| line.parse::<i64>()?) | event_time(|at| *at) lag 1ms;
        times | count over hopping 2ms by 3ms late 1ms else to(stragglers) as counts | map(|n| format!("count {n}")) | print;
        stragglers | map(|at| format!("late {at}")) | print
    }
    .test()
    .partitions(1);
    test.feed("in", ["0", "2", "1", "10"]);
    test.expect(["count 2"]);
    test.feed("in", ["0", "2", "5"]);
    test.expect(["late 0"]);
    assert_eq!(test.late_records(), 1);
}
