//! The watermark in Spark's `EventTimeWatermarkSuite`, beside what `spark_suites` has of it: two streams, update
//! mode, and sessions that are told with each batch.

use std::collections::BTreeMap;

use streamflow::stream_job;
use streamflow::testing::JobTest;

/// "watermark with 2 streams": ten seconds behind the first, five behind the second; it is that of the slower one.
#[test]
fn watermark_is_that_of_the_slower_stream() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job both
            let first = from kafka("first") | map(|line| line.parse::<i64>()?) | event_time(|second| second * 1_000) lag 10s;
            let second = from kafka("second") | map(|line| line.parse::<i64>()?) | event_time(|second| second * 1_000) lag 5s;
            union(first, second) | sum over tumbling 10s late drop as sums | to null
        }
        .test()
        .partitions(1)
        .workers(workers)
        .checkpoint(dir.path());
        let reached = |test: &mut JobTest, first: &[&str], second: &[&str]| {
            test.feed("first", first);
            test.feed("second", second);
            test.watermark().map(|ms| ms / 1_000)
        };
        // Until both have come there is none.
        assert_eq!(reached(&mut test, &["11"], &[]), None);
        let steps: [(&[&str], &[&str], i64); 14] = [
            (&[], &["6"], 1),
            (&[], &["8"], 1),
            (&["21"], &[], 3),
            (&[], &["17", "28", "39"], 11),
            (&["31"], &[], 21),
            (&["41"], &[], 31),
            (&["51"], &[], 34),
            (&["100"], &["100"], 90),
            (&["120"], &["110"], 105),
            (&["130"], &["125"], 120),
            (&["100"], &["100"], 120),
            (&["140"], &["100"], 120),
            (&["100"], &["135"], 130),
            (&["200"], &["190"], 185),
        ];
        for (first, second, seconds) in steps {
            assert_eq!(reached(&mut test, first, second), Some(seconds));
        }
        test.restart().unwrap();
        assert_eq!(reached(&mut test, &[], &[]), Some(185));
        // How far the first had come is known; Spark waits until it has come so far again.
        assert_eq!(reached(&mut test, &[], &["200"]), Some(190));
        assert_eq!(reached(&mut test, &["200"], &[]), Some(190));
    }
}

/// The last of the rows that each window of a batch has given: a row is `window: result`.
fn latest(test: &mut JobTest) -> Vec<String> {
    let rows = test.rows();
    let mut last: BTreeMap<String, String> = BTreeMap::new();
    for row in rows {
        let window = row.split(':').next().unwrap_or_default().to_owned();
        last.insert(window, row);
    }
    last.into_values().collect()
}

fn batches(test: &mut JobTest, batches: &[(&[&str], &[&str])]) {
    for (at, (batch, rows)) in batches.iter().enumerate() {
        test.feed("in", *batch);
        assert_eq!(latest(test), *rows, "batch {at}");
    }
}

/// "update mode": each batch gives the windows that it has changed.
#[test]
fn windows_in_update_mode() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            job updates
            from kafka("in") | map(|line| line.parse::<i64>()?) | event_time(|second| second * 1_000) lag 10s
                | count over tumbling 5s late drop as counts emit changes
                | timestamp | map(|(at, n)| format!("{}: {n}", (at + 1) / 1_000 - 5)) | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        batches(
            &mut test,
            &[
                (&["10", "11", "12", "13", "14", "15"], &["10: 5", "15: 1"]),
                (&["25"], &["25: 1"]),
                (&["10", "25"], &["25: 2"]),
                (&["10"], &[]),
            ],
        );
        assert_eq!(test.late_records(), 2);
    }
}

/// A session's key, and its beginning, end, count and sum, with each of its items.
macro_rules! sessions {
    (|$n:ident| $key:expr) => {
        stream_job! {
            job sessions
            from kafka("in") | map(|line| line.parse::<i64>()?) | event_time(|second| second * 1_000) lag 10s
                | key_by(|$n| $key)
                | agg_by_key { n: count, sum: sum, first: min } over session 5s late drop as sessions emit changes
                | timestamp
                | map(|(at, (key, agg))| format!("{key} {}..{}: {} {}", agg.first, (at + 1) / 1_000, agg.n, agg.sum)) | print
        }
        .test()
        .partitions(1)
    };
}

/// "update mode - session - no overlapped keys", "… keys overlapped with sessions", "… no key".
#[test]
fn sessions_in_update_mode() {
    for workers in [1, 4] {
        let mut test = sessions!(|n| n / 10).workers(workers);
        // Of a batch that makes a session longer, the shorter one is told too.
        let steps: [(&[&str], &[&str]); 6] = [
            (&["10", "11"], &["1 10..15: 1 10", "1 10..16: 2 21"]),
            (&["17"], &["1 17..22: 1 17"]),
            (&["25"], &["2 25..30: 1 25"]),
            (&["35"], &["3 35..40: 1 35"]),
            (&["10"], &[]),
            (&["40"], &["4 40..45: 1 40"]),
        ];
        batches(&mut test, &steps);
        let mut test = sessions!(|n| n % 2).workers(workers);
        let steps: [(&[&str], &[&str]); 7] = [
            (
                &["10", "11", "12", "13"],
                &[
                    "0 10..15: 1 10",
                    "0 10..17: 2 22",
                    "1 11..16: 1 11",
                    "1 11..18: 2 24",
                ],
            ),
            (&["17"], &["1 11..22: 3 41"]),
            (&["25"], &["1 25..30: 1 25"]),
            (&["35"], &["1 35..40: 1 35"]),
            (&["27"], &["1 25..32: 2 52"]),
            (&["10"], &[]),
            (&["40"], &["0 40..45: 1 40"]),
        ];
        batches(&mut test, &steps);
        let mut test = sessions!(|_n| "").workers(workers);
        let steps: [(&[&str], &[&str]); 6] = [
            (&["10", "11"], &[" 10..15: 1 10", " 10..16: 2 21"]),
            (&["17"], &[" 17..22: 1 17"]),
            (&["25"], &[" 25..30: 1 25"]),
            (&["35"], &[" 35..40: 1 35"]),
            (&["10"], &[]),
            (&["40"], &[" 35..45: 2 75"]),
        ];
        batches(&mut test, &steps);
    }
}
