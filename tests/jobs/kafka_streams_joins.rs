//! The joins of two streams in the test suites of Kafka Streams: `KStreamKStreamJoinTest`,
//! `KStreamKStreamLeftJoinTest`, `KStreamKStreamOuterJoinTest`, `KStreamKStreamSelfJoinTest`,
//! `KStreamKStreamWindowCloseTest` and `StreamStreamJoinIntegrationTest`.
//!
//! There the time of a join is that of the latest record of either side. So both sides are read from one
//! topic here, with one time: `l 12 key value` is an item of the left side.
//!
//! Kafka Streams takes a record as long as its window and the grace reach the time of the join: that is a
//! `late` of both together. What has met nothing waits as long here, so that it can meet nothing any more
//! when it leaves; there it leaves when its own window and the grace are over, and may meet something
//! afterwards.

use streamflow::stream_job;
use streamflow::testing::JobTest;

const NOTHING: [&str; 0] = [];

/// `l 12 key value`: the side of an item, its time in milliseconds, its key and its value.
fn sided(line: &str) -> Option<(&str, i64, &str, &str)> {
    let mut parts = line.split(' ');
    let (side, ms) = (parts.next()?, parts.next()?.parse().ok()?);
    Some((side, ms, parts.next()?, parts.next()?))
}

/// `("k", ("a", Some("b")))` as `k a b`.
fn shown(row: &str) -> String {
    let row = row.replace("Some", "").replace(['(', ')', '"', ','], "");
    row.replace("None", "null")
}

macro_rules! joined {
    ($($stage:tt)*) => {
        stream_job! {
            job joined
            let both = from kafka("in") | map(|line| sided(line)?) | event_time(|(_, at, ..)| *at) lag 0s;
            let others = both | filter(|(side, ..)| *side == "r") | map(|(_, _, key, value)| (key, value.to_owned()));
            both | filter(|(side, ..)| *side == "l") | map(|(_, _, key, value)| (key, value.to_owned()))
                | $($stage)*
                | map(|row| shown(&format!("{row:?}")))
                | print
        }
        .test()
        .partitions(1)
    };
}

/// Feeds each record, and looks at what it gives.
pub(crate) fn steps(test: &mut JobTest, steps: &[(&str, &[&str])]) {
    for (at, (record, rows)) in steps.iter().enumerate() {
        if !record.is_empty() {
            test.feed("in", [record]);
        }
        let mut found = test.rows();
        found.sort();
        let mut rows = rows.to_vec();
        rows.sort_unstable();
        assert_eq!(found, rows, "step {at}: {record}");
    }
}

/// `testOuterJoinDuplicates`: two of a key meet nothing, two meet two.
#[test]
fn outer_join_of_duplicates() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = joined!(full_join(others) within -100ms..+100ms late 110ms drop as near)
            .workers(workers)
            .checkpoint(dir.path());
        steps(
            &mut test,
            &[
                ("l 0 0 A0", &[]),
                ("l 0 0 A0-0", &[]),
                ("r 0 1 11", &[]),
                ("r 0 1 12", &[]),
            ],
        );
        test.restart().unwrap();
        steps(
            &mut test,
            &[
                ("r 111 1 10", &[]),
                (
                    "r 211 3 100",
                    &["1 null 11", "1 null 12", "0 A0 null", "0 A0-0 null"],
                ),
                ("l 200 2 A2", &[]),
                ("l 200 2 A2-0", &[]),
            ],
        );
        test.restart().unwrap();
        steps(
            &mut test,
            &[
                ("r 201 2 13", &["2 A2 13", "2 A2-0 13"]),
                ("r 201 2 14", &["2 A2 14", "2 A2-0 14"]),
                ("r 1500 3 100", &["1 null 10", "3 null 100"]),
            ],
        );
        assert_eq!(test.late_records(), 0);
    }
}

/// `testLeftExpiredNonJoinedRecordsAreEmittedByTheLeftProcessor`, `…ByTheRightProcessor`, and the same two
/// of the right side: it does not matter which side moves time on.
#[test]
fn either_side_lets_what_has_met_nothing_leave() {
    for workers in [1, 4] {
        for mover in ["l", "r"] {
            let mut test =
                joined!(full_join(others) within -100ms..+100ms late drop as near).workers(workers);
            let moving = format!("{mover} 401 2 dummy");
            steps(
                &mut test,
                &[
                    ("l 1 0 A0", &[]),
                    ("l 2 1 A1", &[]),
                    ("l 3 0 A0-0", &[]),
                    ("r 3 1 11", &["1 A1 11"]),
                    (&moving, &["0 A0 null", "0 A0-0 null"]),
                ],
            );
            let mut test =
                joined!(full_join(others) within -100ms..+100ms late drop as near).workers(workers);
            steps(
                &mut test,
                &[
                    ("r 1 0 10", &[]),
                    ("r 2 1 11", &[]),
                    ("r 3 0 12", &[]),
                    ("l 3 1 A1", &["1 A1 11"]),
                    (&moving, &["0 null 10", "0 null 12"]),
                ],
            );
            let meets = ["r 402 2 100", "l 402 2 100"][usize::from(mover == "r")];
            test.feed("in", [meets]);
            assert_eq!(test.rows().len(), 1);
        }
    }
}

/// `testOrdering`: a record closes the window of another key, and meets one of its own.
#[test]
fn what_has_met_nothing_leaves_with_the_pair_that_closes_it() {
    for workers in [1, 4] {
        let mut test =
            joined!(full_join(others) within -100ms..+100ms late drop as near).workers(workers);
        steps(
            &mut test,
            &[
                ("l 0 0 A0", &[]),
                ("l 100 1 A1", &[]),
                ("r 110 1 11", &["0 A0 null", "1 A1 11"]),
            ],
        );
    }
}

/// `testGracePeriod`: the windows of both have ended at 100, and are closed behind 110.
#[test]
fn grace_of_an_outer_join() {
    for workers in [1, 4] {
        let mut test = joined!(full_join(others) within -100ms..+100ms late 10ms drop as near)
            .workers(workers);
        steps(
            &mut test,
            &[
                ("l 0 0 A0", &[]),
                ("r 0 1 11", &[]),
                ("l 101 1 A1", &[]),
                ("r 101 0 10", &[]),
                ("r 112 0 100", &["1 null 11", "0 A0 null"]),
            ],
        );
    }
}

/// `testEmitAllNonJoinedResultsForAsymmetricWindow`: a left item waits 20 ms, a right one 5.
#[test]
fn sides_of_an_asymmetric_window_wait_differently() {
    for workers in [1, 4] {
        let mut test =
            joined!(full_join(others) within -5ms..+20ms late drop as near).workers(workers);
        steps(
            &mut test,
            &[
                ("l 29 0 A0", &[]),
                ("l 30 1 A1", &[]),
                ("r 31 2 12", &[]),
                ("r 36 3 13", &[]),
                ("r 37 4 14", &["2 null 12"]),
                ("r 50 5 15", &["0 A0 null", "3 null 13", "4 null 14"]),
            ],
        );
    }
}

/// `testShouldNotEmitLeftJoinResultForAsymmetricBeforeWindow`, `…AfterWindow`.
#[test]
fn window_that_is_open_on_one_side() {
    for workers in [1, 4] {
        let mut test =
            joined!(full_join(others) within 0s..+100ms late drop as near).workers(workers);
        steps(
            &mut test,
            &[
                ("l 0 0 A0", &[]),
                ("l 1 1 A1", &[]),
                ("r 100 0 10", &["0 A0 10"]),
                ("r 102 1 11", &["1 A1 null"]),
                ("r 103 2 12", &["1 null 11"]),
                ("l 103 2 A2", &["2 A2 12"]),
            ],
        );
        let mut test =
            joined!(full_join(others) within -100ms..0s late drop as near).workers(workers);
        steps(
            &mut test,
            &[
                ("l 0 0 A0", &[]),
                ("l 1 1 A1", &["0 A0 null"]),
                ("r 1 1 11", &["1 A1 11"]),
                ("r 101 2 12", &[]),
                ("r 101 3 13", &[]),
                ("l 201 2 A2", &["2 A2 12"]),
            ],
        );
    }
}

/// `testWindowing` of the inner, the left and the outer join: both bounds of a window of 100 ms around four
/// right items of 1000 to 1003, in order and out of it. What meets nothing leaves in the end.
#[test]
fn bounds_of_a_window() {
    let keys = ["0", "1", "2", "3"];
    let mut records: Vec<String> = Vec::new();
    let mut pairs: Vec<String> = Vec::new();
    let mut lefts: Vec<String> = Vec::new();
    for (ms, key) in (1_000..).zip(keys) {
        records.push(format!("r {ms} {key} b{key}"));
    }
    let times = [1_100, 1_101, 1_102, 1_103, 1_104, 899, 900, 901, 902, 903];
    for (at, letter) in times.into_iter().zip("BCDEFGHIJK".chars()) {
        for (other, key) in (1_000i64..).zip(keys) {
            records.push(format!("l {at} {key} {letter}{key}"));
            if (at - other).abs() <= 100 {
                pairs.push(format!("{key} {letter}{key} b{key}"));
            } else {
                lefts.push(format!("{key} {letter}{key} null"));
            }
        }
    }
    // By hand: six of each direction are outside for one key, and four for another.
    assert_eq!((pairs.len(), lefts.len()), (20, 20));
    for workers in [1, 4] {
        let tests = [
            (
                joined!(join(others) within -100ms..+100ms late 300ms drop as near),
                false,
                false,
            ),
            (
                joined!(left_join(others) within -100ms..+100ms late 300ms drop as near),
                true,
                false,
            ),
            (
                joined!(full_join(others) within -100ms..+100ms late 300ms drop as near),
                true,
                true,
            ),
        ];
        for (test, has_lefts, has_rights) in tests {
            let mut test = test.workers(workers);
            for record in &records {
                test.feed("in", [record]);
            }
            test.expect(&pairs);
            // Both meet nothing, and neither has met the other.
            test.feed("in", ["r 0 9 too-late", "r 5000 8 last", "r 9000 9 end"]);
            test.feed("in", ["l 20000 9 end"]);
            let mut rows = if has_lefts { lefts.clone() } else { Vec::new() };
            if has_rights {
                rows.extend(["8 null last".to_owned(), "9 null end".to_owned()]);
            }
            test.expect(&rows);
            assert_eq!(test.late_records(), 1);
        }
    }
}

/// `recordsArrivingPostWindowCloseShouldBeDropped`: a window of 10 ms and a grace of 5, for all joins.
#[test]
fn records_behind_their_windows_are_left_out() {
    for workers in [1, 4] {
        let tests = [
            joined!(join(others) within -10ms..+10ms late 15ms drop as near),
            joined!(left_join(others) within -10ms..+10ms late 15ms drop as near),
            joined!(full_join(others) within -10ms..+10ms late 15ms drop as near),
        ];
        for test in tests {
            let mut test = test.workers(workers);
            let drops = |test: &mut JobTest, record: &str, dropped: u64| {
                test.feed("in", [record]);
                assert_eq!(test.late_records(), dropped, "{record}");
            };
            drops(&mut test, "l 15 0 left", 0);
            drops(&mut test, "r 40 -1 bump", 0);
            drops(&mut test, "r 24 0 closed-at-40", 1);
            drops(&mut test, "r 25 0 closed-at-41", 1);
            drops(&mut test, "r 41 -1 bump", 1);
            drops(&mut test, "r 25 0 closed-at-41", 2);
            drops(&mut test, "r 115 1 right", 2);
            drops(&mut test, "l 140 -1 bump", 2);
            drops(&mut test, "l 124 1 closed-at-140", 3);
            drops(&mut test, "l 125 1 closed-at-141", 3);
            drops(&mut test, "l 141 -1 bump", 3);
            drops(&mut test, "l 125 1 closed-at-141", 4);
            let rows = test.rows();
            assert!(rows.contains(&"0 left closed-at-41".to_owned()), "{rows:?}");
            assert!(
                rows.contains(&"1 closed-at-141 right".to_owned()),
                "{rows:?}"
            );
        }
    }
}

/// The records of `AbstractJoinIntegrationTest`: one key, a record each second, nulls on both sides, which
/// a join of streams leaves out.
const INTEGRATION: [&str; 15] = [
    "l null", "r null", "l A", "r a", "l B", "r b", "l null", "r null", "l C", "r c", "r null",
    "l null", "r null", "r d", "l D",
];

/// What each of them gives.
const INNER: [&str; 15] = [
    "",
    "",
    "",
    "Aa",
    "Ba",
    "Ab Bb",
    "",
    "",
    "Ca Cb",
    "Ac Bc Cc",
    "",
    "",
    "",
    "Ad Bd Cd",
    "Da Db Dc Dd",
];

macro_rules! integrated {
    ($($stage:tt)*) => {
        stream_job! {
            job integrated
            let both = from kafka("in") | map(|line| sided(line)?) | event_time(|(_, at, ..)| *at) lag 0s
                | filter(|(.., value)| *value != "null");
            let others = both | filter(|(side, ..)| *side == "r") | map(|(_, _, key, value)| (key, value.to_owned()));
            both | filter(|(side, ..)| *side == "l") | map(|(_, _, key, value)| (key, value.to_owned()))
                | $($stage)*
                | print
        }
        .test()
        .partitions(1)
    };
}

fn integration(test: &mut JobTest, rows: &[&str]) {
    for (at, (record, rows)) in INTEGRATION.iter().zip(rows).enumerate() {
        let (side, value) = record.split_once(' ').expect("a side");
        test.feed("in", [format!("{side} {}000 k {value}", at + 1)]);
        test.expect(rows.split_whitespace());
    }
}

/// `testInner`, `testInnerRepartitioned`, `testLeft`, `testOuter`: all have met something here, so the outer
/// joins give nothing more. Their first row, `A-null`, is of the old `JoinWindows.of`, which told at once
/// what had met nothing yet.
#[test]
fn integration_of_inner_left_and_outer() {
    for workers in [1, 4] {
        let mut test = integrated!(join(others) within -20s..+20s late drop as near | map(|(_, (left, right))| format!("{left}{right}")))
            .workers(workers);
        integration(&mut test, &INNER);
        let mut test = integrated!(map(|pair| pair) | join(others | flat_map(|(key, value)| [(key, value)]) | key_by(|(key, _)| *key) | map_values(|(_, value)| value)) within -20s..+20s late drop as near
            | map(|(_, (left, right))| format!("{left}{right}")))
        .workers(workers);
        integration(&mut test, &INNER);
        let mut test = integrated!(left_join(others) within -20s..+20s late drop as near | map(|(_, (left, right))| format!("{left}{}", right.unwrap_or_default())))
            .workers(workers);
        integration(&mut test, &INNER);
        let mut test = integrated!(full_join(others) within -20s..+20s late drop as near
            | map(|(_, (left, right))| format!("{}{}", left.unwrap_or_default(), right.unwrap_or_default())))
        .workers(workers);
        integration(&mut test, &INNER);
        test.feed("in", ["l 90000 end x"]);
        test.expect(NOTHING);
    }
}

/// `testMultiInner`: what has met is joined with the right side once more.
#[test]
fn integration_of_two_inner_joins() {
    let rows = [
        "",
        "",
        "",
        "Aaa",
        "Baa",
        "Aba Bba Aab Bab Abb Bbb",
        "",
        "",
        "Caa Cab Cba Cbb",
        "Aca Acb Bca Bcb Cca Ccb Aac Bac Abc Bbc Cac Cbc Acc Bcc Ccc",
        "",
        "",
        "",
        "Ada Adb Adc Bda Bdb Bdc Cda Cdb Cdc Aad Bad Abd Bbd Cad Cbd Acd Bcd Ccd Add Bdd Cdd",
        "Daa Dab Dac Dad Dba Dbb Dbc Dbd Dca Dcb Dcc Dcd Dda Ddb Ddc Ddd",
    ];
    for workers in [1, 4] {
        let mut test = integrated!(join(others | map_values(|value| value.to_owned())) within -20s..+20s late drop as near
            | map_values(|(left, right)| format!("{left}{right}"))
            | join(others) within -20s..+20s late drop as again
            | map(|(_, (pair, right))| format!("{pair}{right}")))
        .workers(workers);
        integration(&mut test, &rows);
    }
}

/// A stream that is joined with itself.
macro_rules! with_itself {
    ($($range:tt)*) => {
        stream_job! {
            job itself
            let items = from kafka("in") | map(|line| sided(line)?) | event_time(|(_, at, ..)| *at) lag 30s
                | map(|(_, _, key, value)| (key, value.to_owned()));
            let others = items | map_values(|value| value.clone());
            items | join(others) within $($range)* late drop as pairs
                | map(|(key, (left, right))| format!("{key}{left}{right}")) | print
        }
        .test()
        .partitions(1)
    };
}

/// `shouldMatchInnerJoinWithSelfJoinWithSingleStream`, `…DifferentBeforeAfterWindows`, `…OutOfOrderMessages`.
#[test]
fn stream_that_meets_itself() {
    for workers in [1, 4] {
        let mut test = with_itself!(-100ms..+100ms).workers(workers);
        steps(
            &mut test,
            &[
                ("l 1 A 1", &["A11"]),
                ("l 2 B 1", &["B11"]),
                ("l 3 A 2", &["A12", "A21", "A22"]),
                ("l 4 B 2", &["B12", "B21", "B22"]),
                ("l 5 B 3", &["B13", "B31", "B23", "B32", "B33"]),
            ],
        );
        let mut test = with_itself!(-11s..+10s).workers(workers);
        steps(
            &mut test,
            &[
                ("l 0 A 1", &["A11"]),
                // The second sees the first 11 s in front of it; the first does not see so far.
                ("l 11000 A 2", &["A21", "A22"]),
                ("l 12000 B 1", &["B11"]),
                ("l 13000 A 3", &["A23", "A32", "A33"]),
                ("l 15000 A 4", &["A24", "A42", "A34", "A43", "A44"]),
                ("l 16000 C 1", &["C11"]),
                ("l 17000 D 1", &["D11"]),
                ("l 30000 A 5", &["A55"]),
            ],
        );
        let mut test = with_itself!(-10s..+10s).workers(workers);
        steps(
            &mut test,
            &[
                ("l 0 A 1", &["A11"]),
                ("l 9999 A 2", &["A12", "A21", "A22"]),
                ("l 11000 B 1", &["B11"]),
                ("l 13000 A 3", &["A23", "A32", "A33"]),
                ("l 15000 A 4", &["A24", "A42", "A34", "A43", "A44"]),
                ("l 30000 A 5", &["A55"]),
                // Out of order, by 24 s.
                (
                    "l 6000 A 6",
                    &[
                        "A16", "A61", "A26", "A62", "A36", "A63", "A46", "A64", "A66",
                    ],
                ),
            ],
        );
    }
}
