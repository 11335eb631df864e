//! Sketches: `approx_distinct` and `quantile`, exact for few items, near the truth for many, and the same
//! at any number of workers.

use std::time::Duration;

use streamflow::lock::{Locking, Mode};
use streamflow::{Code, Job, stream_job};

use crate::SECOND;

/// As many different words as asked for, each three times.
fn words(n: u32) -> impl Iterator<Item = String> {
    (0..3 * n).map(move |at| format!("user-{}", at % n))
}

#[test]
fn different_items_are_counted() {
    let mut test = stream_job! {
        let lines = from kafka("in");
        lines | approx_distinct every 1s | map(|n| format!("every {n}")) | print;
        lines | approx_distinct over hopping 2s by 1s as seen | map(|n| format!("hopping {n}")) | print;
        lines | map(|line| (line, line.len())) | approx_distinct every 1s | map(|n| format!("pairs {n}")) | print
    }
    .test()
    .workers(2);
    test.feed("in", ["a", "b", "a", "a", "b"]);
    test.advance(SECOND);
    test.expect(["every 2", "hopping 2", "pairs 2"]);
    test.feed("in", ["c"]);
    test.advance(SECOND);
    test.expect(["every 1", "hopping 3", "pairs 1"]);
    // As `count` does.
    test.advance(SECOND);
    test.expect(["every 0", "hopping 1", "pairs 0"]);
}

#[test]
fn many_items_are_counted_alike_by_any_number_of_workers() {
    for (n, error_percent) in [(700, 0), (5_000, 4), (40_000, 4)] {
        let rows: Vec<Vec<String>> = [1, 2, 4]
            .into_iter()
            .map(|workers| {
                let mut test = stream_job! {
                    from kafka("in") | approx_distinct every 1s | print
                }
                .test()
                .workers(workers);
                test.feed("in", words(n));
                test.advance(SECOND);
                test.rows()
            })
            .collect();
        assert_eq!(rows[0], rows[1]);
        assert_eq!(rows[0], rows[2]);
        let found: u32 = rows[0][0].parse().unwrap();
        assert!(found.abs_diff(n) * 100 <= n * error_percent, "{n}: {found}");
    }
}

#[test]
fn quantiles_of_few_numbers_are_exact() {
    let mut test = stream_job! {
        let numbers = from kafka("in") | map(|line| line.parse::<i64>()?);
        numbers | quantile(0.5) every 1s | map(|n| format!("median {n}")) | print;
        numbers | quantile(0) every 1s | map(|n| format!("least {n}")) | print;
        numbers | quantile(1.0) over hopping 2s by 1s as most | map(|n| format!("most {n}")) | print
    }
    .test()
    .workers(2);
    test.feed("in", ["5", "-3", "9", "1"]);
    test.advance(SECOND);
    test.expect(["median 1", "least -3", "most 9"]);
    // As `average` does.
    test.advance(SECOND);
    test.expect(["most 9"]);
    test.advance(SECOND);
    test.expect([""; 0]);
}

#[test]
fn quantiles_of_many_numbers_are_alike_at_any_number_of_workers_and_within_one_percent() {
    let rows: Vec<Vec<String>> = [1, 2, 4]
        .into_iter()
        .map(|workers| {
            let mut test = stream_job! {
                let numbers = from kafka("in") | map(|line| line.parse::<f64>()?);
                numbers | quantile(0.01) every 1s | print;
                numbers | quantile(0.5) every 1s | print;
                numbers | quantile(0.99) every 1s | print
            }
            .test()
            .workers(workers);
            test.feed(
                "in",
                (0..10_000).map(|n| (n * 7_919 % 10_000 + 1).to_string()),
            );
            test.advance(SECOND);
            test.rows()
        })
        .collect();
    assert_eq!(rows[0], rows[1]);
    assert_eq!(rows[0], rows[2]);
    let mut found: Vec<f64> = rows[0].iter().map(|row| row.parse().unwrap()).collect();
    found.sort_by(f64::total_cmp);
    for (found, wanted) in found.into_iter().zip([100.0, 5_000.0, 9_900.0]) {
        assert!(
            (found / wanted - 1.0_f64).abs() < 0.011,
            "{wanted}: {found}"
        );
    }
}

#[test]
fn sketches_stand_beside_other_aggregates_of_a_key() {
    let share = 0.5;
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| { let (page, rest) = line.split_once(' ')?; (page, rest) })
            | agg_by_key {
                n: count,
                users: approx_distinct(|rest| rest.split_once(' ')?.0),
                p50: quantile(share, |rest| rest.split_once(' ')?.1.parse::<u64>()?),
                most: quantile(1, |rest| rest.split_once(' ')?.1.parse::<u64>()?),
                visits: approx_distinct,
            } every 1s else skip
            | map(|(page, agg)| format!(
                "{page} {} {} {} {} {}", agg.n, agg.users, agg.p50, agg.most, agg.visits
            ))
            | print
    }
    .test()
    .workers(3);
    test.feed(
        "in",
        [
            "home u1 10",
            "home u2 30",
            "cart u1 7",
            "home u1 20",
            "home u1 x",
            "home u1 20",
        ],
    );
    test.advance(SECOND);
    test.expect(["home 4 2 20 30 3", "cart 1 1 7 7 1"]);
}

fn kept() -> Job<'static> {
    stream_job! {
        job kept
        let words = from kafka("in");
        words | approx_distinct over tumbling 10s as different | print;
        words | map(|word| word.len()) | quantile(0.5) over hopping 10s by 5s as lengths | print;
        words | key_by(|word| word.len())
            | agg_by_key { words: approx_distinct, middle: quantile(0.5, |word: &str| word.len()) } every 10s as by_length
            | map(|(length, agg)| (length, agg.words, agg.middle)) | print
    }
}

#[test]
fn sketches_go_on_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = kept().test().workers(3).checkpoint(dir.path());
    test.feed("in", ["a", "b", "ccc"]);
    test.restart().unwrap();
    test.feed("in", (0..1_000).map(|n| format!("{n:05}")));
    test.restart().unwrap();
    test.feed("in", ["a", "ccc", "00007"]);
    test.restart().unwrap();
    test.advance(Duration::from_secs(10));
    let rows = test.rows();
    for row in ["5.0", "(1,2,1.0)", "(3,1,3.0)"] {
        assert!(rows.iter().any(|found| found == row), "{row}: {rows:?}");
    }
    let many: Vec<u32> = rows
        .iter()
        .filter_map(|row| row.parse().ok())
        .filter(|n| *n > 900)
        .collect();
    assert!(
        matches!(many.as_slice(), [n] if n.abs_diff(1_003) < 40),
        "{rows:?}"
    );
}

#[test]
fn windows_of_event_time_have_sketches() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            let clicks = from kafka("in")
                | map(|line| {
                    let (at, user) = line.split_once(' ')?;
                    (at.parse::<u64>()?, user.to_owned())
                })
                | event_time(|(at, _)| *at) lag 1s;
            clicks | map(|(_, user)| user) | approx_distinct over tumbling 10s late drop as users
                | map(|n| format!("users {n}")) | print;
            clicks | map(|(_, user)| user.len()) | quantile(0.5) over hopping 20s by 10s late drop as lengths
                | map(|n| format!("lengths {n}")) | print;
            clicks | map(|(_, user)| user) | approx_distinct over hopping 20s by 10s late drop as more
                | map(|n| format!("more {n}")) | print
        }
        .test()
        .partitions(2)
        .workers(workers);
        let records = [
            "1000 a",
            "2000 bb",
            "3000 a",
            "11000 ccc",
            "12000 a",
            "90000 z",
        ];
        test.feed_partitions("in", records.map(|record| (0, record)));
        test.feed_partitions("in", [(1, "90000 z")]);
        let mut rows = test.rows();
        rows.sort();
        assert_eq!(
            rows,
            [
                "lengths 1",
                "lengths 1",
                "lengths 1",
                "more 2",
                "more 2",
                "more 3",
                "users 2",
                "users 2"
            ],
            "{workers}"
        );
    }
}

#[test]
fn share_that_is_none_is_refused_when_the_job_starts() {
    let share = 99.0;
    let test = stream_job! {
        from kafka("in") | map(|line| line.len()) | quantile(share) every 1s | print
    }
    .test();
    let error = test.finish().unwrap_err();
    assert_eq!(error.code(), Code::Config);
    assert!(error.to_string().contains("a share of 99"), "{error}");
}

#[test]
fn lock_has_a_word_for_each_sketch() {
    let directory = tempfile::tempdir().unwrap();
    let locking = Locking {
        file: directory.path().join("streamflow.lock"),
        mode: Mode::Write,
    };
    kept().lock(&locking).unwrap();
    let text = std::fs::read_to_string(&locking.file).unwrap();
    for line in [
        "single Distinct\n",
        "single Quantiles\n",
        "Agg { words: Distinct, middle: Quantiles }\n",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
}

#[test]
fn heavy_hitters_come_with_their_counts() {
    let n = 2;
    let mut test = stream_job! {
        let words = from kafka("in");
        words | heavy_hitters(2) every 1s | map(|(word, n)| format!("every {word} {n}")) | print;
        words | heavy_hitters(n) over hopping 2s by 1s as latest
            | map(|(word, n)| format!("hopping {word} {n}")) | print;
        words | map(|word| (word.len(), word.to_owned())) | heavy_hitters(1) every 1s
            | map(|((length, word), n)| format!("pairs {length} {word} {n}")) | print
    }
    .test()
    .workers(3);
    test.feed("in", ["a", "b", "c", "a", "b", "a"]);
    test.advance(SECOND);
    test.expect([
        "every a 3",
        "every b 2",
        "hopping a 3",
        "hopping b 2",
        "pairs 1 a 3",
    ]);
    test.feed("in", ["c", "c", "c"]);
    test.advance(SECOND);
    test.expect(["every c 3", "hopping c 4", "hopping a 3", "pairs 1 c 3"]);
    test.advance(SECOND);
    test.expect(["hopping c 3"]);
}

#[test]
fn heavy_hitters_are_printed_with_the_most_frequent_first() {
    let mut test = stream_job! { from kafka("in") | heavy_hitters(3) every 1s | print }.test();
    test.feed("in", ["z", "z", "y", "b", "b", "b", "a"]);
    test.advance(SECOND);
    assert_eq!(test.rows(), ["(b,3)", "(z,2)", "(a,1)"]);
}

#[test]
fn heavy_hitters_among_many_items_are_found_and_nearly_counted() {
    let n_records = 60_000u64;
    for workers in [1, 4] {
        let mut test = stream_job! { from kafka("in") | heavy_hitters(3) every 1s | print }
            .test()
            .workers(workers);
        // A tenth, a twentieth and a fiftieth of all, among items that come once.
        test.feed(
            "in",
            (0..n_records).map(|n| match n % 100 {
                0..10 => "often".to_owned(),
                10..15 => "less".to_owned(),
                15..17 => "seldom".to_owned(),
                _ => n.to_string(),
            }),
        );
        test.advance(SECOND);
        let rows = test.rows();
        for (row, (word, wanted)) in
            rows.iter()
                .zip([("often", 6_000), ("less", 3_000), ("seldom", 1_200)])
        {
            let count = row
                .strip_prefix(&format!("({word},"))
                .and_then(|row| row.strip_suffix(')'));
            let count: u64 = count.unwrap_or_else(|| panic!("{rows:?}")).parse().unwrap();
            assert!(
                count <= wanted && count + n_records / 1_000 >= wanted,
                "{rows:?}"
            );
        }
        assert_eq!(rows.len(), 3);
    }
}

#[test]
fn heavy_hitters_go_on_after_a_restart_and_have_windows_of_event_time() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = stream_job! {
        job frequent
        let words = from kafka("in")
            | map(|line| { let (at, word) = line.split_once(' ')?; (at.parse::<u64>()?, word.to_owned()) });
        words | map(|(_, word)| word) | heavy_hitters(1) over tumbling 10s as clock
            | map(|(word, n)| format!("clock {word} {n}")) | print;
        words | event_time(|(at, _)| *at) lag 1s | map(|(_, word)| word)
            | heavy_hitters(1) over hopping 20s by 10s late drop as own
            | map(|(word, n)| format!("own {word} {n}")) | print
    }
    .test()
    .partitions(1)
    .workers(2)
    .checkpoint(dir.path());
    test.feed("in", ["1000 a", "2000 b", "3000 a"]);
    test.restart().unwrap();
    test.feed("in", ["4000 b", "12000 b"]);
    test.restart().unwrap();
    test.feed("in", ["90000 z"]);
    test.advance(Duration::from_secs(10));
    test.expect(["own a 2", "own b 3", "own b 1", "clock b 3"]);
}
