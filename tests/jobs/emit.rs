//! Windows of which each item gives the new result: `emit changes`.

use std::time::Duration;

use streamflow::stream_job;

use crate::SECOND;

/// Kafka Streams' `TimeWindowedKStream.count`, without `suppress`: each record gives the new count of
/// its window, and a window that ends gives nothing more.
#[test]
fn each_item_gives_the_new_result_of_its_window() {
    for workers in [1, 2, 4] {
        let mut test = stream_job! {
            job changing
            from kafka("in")
                | map(|line| { let (second, word) = line.split_once(' ')?; (second.parse::<i64>()?, word) })
                | event_time(|(second, _)| second * 1_000) lag 1ms
                | map(|(_, word)| (word, ()))
                | count_by_key over tumbling 10s late drop as counts emit changes
                | print
        }
        .test()
        .workers(workers);
        test.feed("in", ["100 a", "101 b", "109 a"]);
        test.expect(["(a,1)", "(b,1)", "(a,2)"]);
        test.feed("in", ["105 b", "110 a"]);
        test.expect(["(b,2)", "(a,1)"]);
        test.feed("in", ["119 a", "112 b", "111 a"]);
        test.expect(["(a,2)", "(b,1)", "(a,3)"]);
        // What has ended gives nothing more.
        test.feed("in", ["140 c"]);
        test.expect(["(c,1)"]);
    }
}

/// Flink fires early with each element, and so often as the element has windows.
#[test]
fn item_gives_a_result_of_each_of_its_windows() {
    for workers in [1, 2, 4] {
        let mut test = stream_job! {
            job overlapping
            let times = from kafka("in")
                | map(|line| { let (second, n) = line.split_once(' ')?; (second.parse::<i64>()?, n.parse::<i64>()?) })
                | event_time(|(second, _)| second * 1_000) lag 1ms;
            times | map(|(_, n)| ("k", n)) | reduce_by_key(+) over hopping 30s by 10s late drop as sums emit changes
                | map(|(_, n)| format!("hopping {n}")) | print;
            times | map(|(_, n)| n) | sum over cumulate 30s by 10s late drop as totals emit changes
                | map(|n| format!("cumulate {n}")) | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        test.feed("in", ["90 1"]);
        test.expect([
            "hopping 1",
            "hopping 1",
            "hopping 1",
            "cumulate 1",
            "cumulate 1",
            "cumulate 1",
        ]);
        test.feed("in", ["101 2"]);
        test.expect([
            "hopping 3",
            "hopping 3",
            "hopping 2",
            "cumulate 3",
            "cumulate 3",
        ]);
        // The windows that end at 100 are closed: it is in those behind them only.
        test.feed("in", ["95 4"]);
        test.expect(["hopping 7", "hopping 7", "cumulate 7", "cumulate 7"]);
        assert_eq!(test.late_records(), 0);
        test.feed("in", ["130 8", "91 16"]);
        test.expect([
            "hopping 8",
            "hopping 8",
            "hopping 8",
            "cumulate 8",
            "cumulate 8",
            "hopping 23",
            "hopping 23",
            "cumulate 23",
            "cumulate 23",
        ]);
        test.feed("in", ["99 32"]);
        test.expect([] as [&str; 0]);
        assert_eq!(test.late_records(), 2);
    }
}

#[test]
fn windows_wait_for_late_records_as_long_as_is_said() {
    let mut test = stream_job! {
        job waiting
        from kafka("in")
            | map(|line| line.parse::<i64>()?)
            | event_time(|second| second * 1_000) lag 1ms
            | count over tumbling 10s late 5s drop as n emit changes
            | print
    }
    .test()
    .partitions(1)
    .workers(2);
    test.feed("in", ["101", "112"]);
    test.expect(["1", "1"]);
    test.feed("in", ["102"]);
    test.expect(["2"]);
    test.feed("in", ["116"]);
    test.expect(["2"]);
    test.feed("in", ["103", "117"]);
    test.expect(["3"]);
    assert_eq!(test.late_records(), 1);
}

#[test]
fn windows_of_the_clock_begin_anew_when_it_has_passed_them() {
    for workers in [1, 3] {
        let mut test = stream_job! {
            job by_the_clock
            let words = from kafka("in");
            words | count_by_value over tumbling 4s as counts emit changes | print;
            words | distinct over tumbling 4s as seen emit changes | map(|word| format!("new {word}")) | print;
            words | map(|word| (word, word.len())) | reduce_by_key(|a, b| a + b) over cumulate 4s by 2s as lengths emit changes
                | map(|(word, n)| format!("{word} {n}")) | print
        }
        .test()
        .workers(workers);
        // The clock of a test begins at a multiple of four seconds.
        test.feed("in", ["a", "a"]);
        test.expect(["(a,1)", "(a,2)", "new a", "a 1", "a 1", "a 2", "a 2"]);
        test.advance(SECOND * 3);
        test.expect([] as [&str; 0]);
        test.feed("in", ["a"]);
        test.expect(["(a,3)", "a 3"]);
        test.advance(SECOND);
        test.feed("in", ["a"]);
        test.expect(["(a,1)", "new a", "a 1", "a 1"]);
    }
}

#[test]
fn all_aggregates_give_changes() {
    let mut test = stream_job! {
        job aggregates
        let numbers = from kafka("in") | map(|line| line.parse::<i64>()?);
        numbers | average over tumbling 1m as mean emit changes | map(|n| format!("average {n}")) | print;
        numbers | min over tumbling 1m as least emit changes | map(|n| format!("min {n}")) | print;
        numbers | reduce(*) over tumbling 1m as product emit changes | map(|n| format!("product {n}")) | print;
        let pairs = numbers | map(|n| (n % 2, n));
        pairs | group_by_key over tumbling 1m as groups emit changes | map(|(k, all)| format!("{k} all {all:?}")) | print;
        pairs | aggregate_by_key(String::new(), |mut text, n| { text.push_str(&n.to_string()); text }, |a, b| a + &b)
            over hopping 1m by 30s as texts emit changes
            | map(|(k, text)| format!("{k} text {text}")) | print;
        pairs | agg_by_key { n: count, total: sum } over hopping 1m by 30s as several emit changes
            | map(|(k, agg)| format!("{k} n={} total={}", agg.n, agg.total)) | print
    }
    .test()
    .partitions(1)
    .workers(2);
    test.feed("in", ["5", "3"]);
    test.expect([
        "average 5",
        "average 4",
        "min 5",
        "min 3",
        "product 5",
        "product 15",
        "1 all [5]",
        "1 all [5, 3]",
        "1 text 5",
        "1 text 5",
        "1 text 53",
        "1 text 53",
        "1 n=1 total=5",
        "1 n=1 total=5",
        "1 n=2 total=8",
        "1 n=2 total=8",
    ]);
}

#[test]
fn changes_go_on_after_a_restart_and_with_other_workers() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = stream_job! {
        job changing_again
        from kafka("in")
            | map(|line| { let (second, word) = line.split_once(' ')?; (second.parse::<i64>()?, word) })
            | event_time(|(second, _)| second * 1_000) lag 1ms
            | map(|(_, word)| (word, 1u64))
            | reduce_by_key(+) over hopping 20s by 10s late drop as sums emit changes
            | print
    }
    .test()
    .partitions(1)
    .workers(3)
    .checkpoint(dir.path());
    test.feed("in", ["100 a", "101 b"]);
    test.expect(["(a,1)", "(a,1)", "(b,1)", "(b,1)"]);
    test.restart().unwrap();
    test.feed("in", ["111 a"]);
    test.expect(["(a,2)", "(a,1)"]);
    test.restart().unwrap();
    // The window that ends at 110 is closed.
    test.feed("in", ["102 b"]);
    test.expect(["(b,2)"]);
    test.feed("in", ["125 a", "103 b"]);
    test.expect(["(a,2)", "(a,1)", "(b,3)"]);
    test.restart().unwrap();
    test.feed("in", ["104 b"]);
    test.expect([] as [&str; 0]);
    assert_eq!(test.late_records(), 1);
}

#[test]
fn changes_go_to_a_topic_under_their_key() {
    let mut test = stream_job! {
        job latest
        from kafka("in")
            | count_by_value over tumbling 1d tz "Europe/Berlin" as totals emit changes
            | to kafka("totals", key: |(word, _)| word, value: |(_, n)| n.to_string())
    }
    .test();
    test.feed("in", ["a"]);
    test.advance(Duration::from_secs(1));
    test.feed("in", ["a"]);
    test.advance(Duration::from_secs(1));
    assert_eq!(test.read("totals"), ["1", "2"]);
}

#[test]
fn overflow_is_told_with_its_key_and_the_window_goes_on() {
    let mut test = stream_job! {
        job too_much
        from kafka("in") | map(|line| line.parse::<u8>()?) | map(|n| ("k", n))
            | reduce_by_key(+) over tumbling 1m as sums emit changes else skip
            | print
    }
    .test()
    .partitions(1);
    test.feed("in", ["200", "100", "5"]);
    test.expect(["(k,200)", "(k,205)"]);
}

/// What comes in rounds has the time of the window, or of the interval, that it is the result of.
#[test]
fn results_of_other_windows_are_in_windows_of_changes() {
    for workers in [1, 3] {
        let mut test = stream_job! {
            job chained
            let words = from kafka("in");
            words | count every 1s | sum over tumbling 4s as total emit changes | map(|n| format!("total {n}")) | print;
            words
                | map(|line| line.parse::<i64>()?)
                | event_time(|second| second * 1_000) lag 1ms
                | count over tumbling 10s late drop as counts
                | sum over tumbling 20s late drop as sums emit changes
                | map(|n| format!("sum {n}"))
                | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        let mut seen = Vec::new();
        for line in ["101", "105", "115", "125", "141", "151"] {
            test.feed("in", [line]);
            test.advance(SECOND);
            let mut rows = test.rows();
            rows.sort();
            seen.push(rows.join(", "));
        }
        assert_eq!(
            seen,
            [
                "total 1",
                "total 2",
                "sum 2, total 3",
                "sum 3, total 4",
                "sum 1, total 1",
                "sum 1, total 2",
            ],
            "{workers} workers"
        );
    }
}

#[test]
fn results_do_not_depend_on_how_the_input_is_cut() {
    let lines: Vec<String> = (0..400_u64)
        .map(|n| format!("{} k{} {n}", 1_000 + n / 4 - (n * 7) % 5, n % 7))
        .collect();
    let run = |workers: usize, seed: u64| {
        let mut test = stream_job! {
            job cut
            from kafka("in")
                | map(|line| {
                    let mut words = line.split(' ');
                    (words.next()?.parse::<i64>()?, words.next()?, words.next()?.parse::<u64>()?)
                })
                | event_time(|(second, ..)| second * 1_000) lag 10s
                | map(|(_, key, n)| (key, n))
                | reduce_by_key(|a, b| a * 3 + b % 10) over hopping 12s by 4s late drop as totals emit changes
                | map(|(key, n)| format!("{key} {n}"))
                | print
        }
        .test()
        .partitions(1)
        .workers(workers)
        .cut_randomly(seed);
        test.feed("in", lines.iter());
        let mut of_keys: Vec<Vec<String>> = vec![Vec::new(); 7];
        for row in test.rows() {
            let key: usize = row[1..2].parse().unwrap();
            of_keys[key].push(row);
        }
        assert_eq!(test.late_records(), 0);
        of_keys
    };
    let expected = run(1, 1);
    assert_eq!(expected.iter().map(Vec::len).sum::<usize>(), 1_200);
    for (workers, seed) in [(1, 2), (2, 3), (4, 4)] {
        assert_eq!(
            run(workers, seed),
            expected,
            "{workers} workers, seed {seed}"
        );
    }
}

#[test]
fn explanation_says_when_results_leave() {
    let job = stream_job! {
        job told
        from kafka("in") | count_by_value over hopping 1m by 10s as counts emit changes | print
    };
    let text = job.explanation().text();
    for part in [
        "state `counts`: one value for each key of each open window",
        "over hopping 1m by 10s emit changes",
        "↓ with each item, by key",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}
