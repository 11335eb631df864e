//! Joins of two streams: items of one interval meet where their keys are equal.

use std::sync::{Arc, Mutex};

use streamflow::{Code, RunConfig, StopSignal, Topics, Until, stream_job};

use crate::SECOND;

/// The two inputs of Spark's own tests of its joins, interval by interval.
const LEFT: [&[&str]; 4] = [&["a", "b"], &["a", ""], &[""], &[]];
const RIGHT: [&[&str]; 4] = [&["a", "b"], &["b", ""], &[], &[""]];

/// What a job prints in each interval, sorted.
macro_rules! rows_of_spark {
    ($($stage:tt)*) => {{
        let mut test = stream_job! {
            job joined { parallelism: 3 }
            let ones = from kafka("left") | map(|line| (line, 1));
            let others = from kafka("right") | map(|line| (line, "x".to_owned()));
            ones | $($stage)* | map(|row| format!("{row:?}")) | print
        }
        .test()
        .workers(3);
        LEFT.iter()
            .zip(RIGHT)
            .map(|(left, right)| {
                test.feed("left", *left);
                test.feed("right", right);
                test.advance(SECOND);
                let mut rows = test.rows();
                rows.sort();
                rows
            })
            .collect::<Vec<_>>()
    }};
}

#[test]
fn join_gives_every_two_values_that_meet() {
    let rows = rows_of_spark!(join(others) every 1s);
    assert_eq!(rows[0], [r#"("a", (1, "x"))"#, r#"("b", (1, "x"))"#]);
    assert_eq!(rows[1], [r#"("", (1, "x"))"#]);
    assert!(rows[2].is_empty() && rows[3].is_empty(), "{rows:?}");
}

#[test]
fn left_join_keeps_left_values_that_meet_nothing() {
    let rows = rows_of_spark!(left_join(others) every 1s);
    let both = [r#"("a", (1, Some("x")))"#, r#"("b", (1, Some("x")))"#];
    assert_eq!(rows[0], both);
    assert_eq!(rows[1], [r#"("", (1, Some("x")))"#, r#"("a", (1, None))"#]);
    assert_eq!(rows[2], [r#"("", (1, None))"#]);
    assert!(rows[3].is_empty(), "{rows:?}");
}

#[test]
fn right_join_keeps_right_values_that_meet_nothing() {
    let rows = rows_of_spark!(right_join(others) every 1s);
    let both = [r#"("a", (Some(1), "x"))"#, r#"("b", (Some(1), "x"))"#];
    assert_eq!(rows[0], both);
    assert_eq!(
        rows[1],
        [r#"("", (Some(1), "x"))"#, r#"("b", (None, "x"))"#]
    );
    assert!(rows[2].is_empty(), "{rows:?}");
    assert_eq!(rows[3], [r#"("", (None, "x"))"#]);
}

#[test]
fn full_join_keeps_everything() {
    let rows = rows_of_spark!(full_join(others) every 1s);
    let both = [
        r#"("a", (Some(1), Some("x")))"#,
        r#"("b", (Some(1), Some("x")))"#,
    ];
    assert_eq!(rows[0], both);
    let some = [
        r#"("", (Some(1), Some("x")))"#,
        r#"("a", (Some(1), None))"#,
        r#"("b", (None, Some("x")))"#,
    ];
    assert_eq!(rows[1], some);
    assert_eq!(rows[2], [r#"("", (Some(1), None))"#]);
    assert_eq!(rows[3], [r#"("", (None, Some("x")))"#]);
}

#[test]
fn semi_join_and_anti_join_share_out_the_left_values() {
    let rows = rows_of_spark!(semi_join(others) every 1s);
    assert_eq!(rows[0], [r#"("a", 1)"#, r#"("b", 1)"#]);
    assert_eq!(rows[1], [r#"("", 1)"#]);
    assert!(rows[2].is_empty() && rows[3].is_empty(), "{rows:?}");
    let rows = rows_of_spark!(anti_join(others) every 1s);
    assert!(rows[0].is_empty() && rows[3].is_empty(), "{rows:?}");
    assert_eq!(rows[1], [r#"("a", 1)"#]);
    assert_eq!(rows[2], [r#"("", 1)"#]);
}

#[test]
fn cogroup_gives_all_values_of_both_sides() {
    let mut test = stream_job! {
        let others = from kafka("right") | map(|line| (line, "x".to_owned()));
        from kafka("left") | map(|line| (line, 1)) | cogroup(others) every 1s
            | map(|row| format!("{row:?}")) | print
    }
    .test();
    test.feed("left", ["a", "a", "b"]);
    test.feed("right", ["a", "a", "b"]);
    test.advance(SECOND);
    test.expect([r#"("a", ([1, 1], ["x", "x"]))"#, r#"("b", ([1], ["x"]))"#]);
    test.feed("left", ["a", ""]);
    test.feed("right", ["b", ""]);
    test.advance(SECOND);
    test.expect([
        r#"("a", ([1], []))"#,
        r#"("b", ([], ["x"]))"#,
        r#"("", ([1], ["x"]))"#,
    ]);
    test.feed("left", [""]);
    test.advance(SECOND);
    test.expect([r#"("", ([1], []))"#]);
    test.advance(SECOND);
    test.expect([] as [&str; 0]);
}

/// Orders and payments, each with a number of its own.
fn numbered(line: &str) -> (&str, u32) {
    let (key, number) = line.split_once(' ').expect("a key and a number");
    (key, number.parse().expect("a number"))
}

#[test]
fn values_come_in_the_order_of_their_records_with_any_number_of_workers() {
    for workers in [1, 2, 4] {
        let mut test = stream_job! {
            let payments = from kafka("payments") | map(numbered);
            from kafka("orders") | map(numbered) | cogroup(payments) every 1s
                | map(|row| format!("{row:?}")) | print
        }
        .test()
        .partitions(4)
        .workers(workers);
        test.feed("orders", (0..9).map(|n| format!("k {n}")));
        test.feed("payments", (0..6).map(|n| format!("k {n}")));
        test.advance(SECOND);
        let orders = "[0, 1, 2, 3, 4, 5, 6, 7, 8]";
        test.expect([format!(r#"("k", ({orders}, [0, 1, 2, 3, 4, 5]))"#)]);
    }
}

#[test]
fn every_value_meets_every_value_of_its_key() {
    let mut test = stream_job! {
        let payments = from kafka("payments") | map(numbered);
        from kafka("orders") | map(numbered) | join(payments) every 1s | print
    }
    .test();
    test.feed("orders", ["k 1", "k 2", "only_here 3"]);
    test.feed("payments", ["k 4", "k 5", "k 6"]);
    test.advance(SECOND);
    let mut rows = test.rows();
    rows.sort();
    assert_eq!(rows.len(), 6, "{rows:?}");
    assert_eq!(rows[0], "(k,(1,4))");
    assert_eq!(rows[5], "(k,(2,6))");
}

#[test]
fn stream_can_meet_itself() {
    let mut test = stream_job! {
        let pages = from kafka("in") | map(numbered);
        pages | join(pages) every 1s | filter(|(_, (a, b))| a < b) | print
    }
    .test();
    test.feed("in", ["u 1", "u 2", "u 3", "v 4"]);
    test.advance(SECOND);
    test.expect(["(u,(1,2))", "(u,(1,3))", "(u,(2,3))"]);
}

#[test]
fn both_sides_can_come_from_one_source() {
    let mut test = stream_job! {
        let lines = from kafka("in");
        let short = lines | filter(|line| line.len() < 4) | map(|line| (line.len() % 2, line.to_owned()));
        let long = lines | filter(|line| line.len() >= 4) | map(|line| (line.len() % 2, line.to_owned()));
        long | left_join(short) every 1s | map(|(_, (long, short))| format!("{long} {short:?}")) | print
    }
    .test();
    test.feed("in", ["a", "four", "seven77", "bb"]);
    test.advance(SECOND);
    test.expect([r#"four Some("bb")"#, r#"seven77 Some("a")"#]);
}

#[test]
fn join_takes_a_union_and_is_taken_apart_by_a_tee() {
    let mut test = stream_job! {
        let app = from kafka("app") | map(numbered);
        let web = from kafka("web") | map(numbered);
        union(app, web)
            | join(union(from kafka("a") | map(numbered), from kafka("b") | map(numbered))) every 1s
            | tee { keys | print; values | map(|(left, right)| left + right) | print }
            | map(|row| format!("{row:?}"))
            | print
    }
    .test();
    test.feed("app", ["u 1"]);
    test.feed("web", ["u 2"]);
    test.feed("b", ["u 10"]);
    test.advance(SECOND);
    test.expect([
        r#"("u", (1, 10))"#,
        r#"("u", (2, 10))"#,
        "u",
        "u",
        "11",
        "12",
    ]);
}

#[test]
fn what_has_met_can_meet_again() {
    let mut test = stream_job! {
        let names = from kafka("names") | map(|line| { let (id, name) = line.split_once(' ')?; (id, name.to_owned()) });
        let towns = from kafka("towns") | map(|line| { let (id, town) = line.split_once(' ')?; (id, town.to_owned()) });
        from kafka("ids") | map(|id| (id, ())) | semi_join(names) every 1s | join(names) every 1s | join(towns) every 1s
            | map(|(id, (((), name), town))| format!("{id} {name} {town}"))
            | print
    }
    .test();
    test.feed("ids", ["1", "2", "3"]);
    test.feed("names", ["1 Ada", "2 Bob"]);
    test.feed("towns", ["2 Rome", "3 Oslo", "1 Bonn"]);
    test.advance(SECOND);
    test.expect(["1 Ada Bonn", "2 Bob Rome"]);
}

#[test]
fn results_of_an_interval_meet_its_items() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            let words = from kafka("in") | map(|word| (word, 1u64));
            let counts = words | reduce_by_key(+) every 1s;
            words | join(counts) every 1s | print
        }
        .test()
        .workers(workers);
        test.feed("in", ["a", "b", "a"]);
        test.advance(SECOND);
        test.expect(["(a,(1,2))", "(a,(1,2))", "(b,(1,1))"]);
        test.feed("in", ["a"]);
        test.advance(SECOND);
        test.expect(["(a,(1,1))"]);
    }
}

#[test]
fn keys_may_be_borrowed_on_one_side_and_owned_on_the_other() {
    let mut test = stream_job! {
        let owned = from kafka("owned") | map(|line| (line.to_uppercase(), 2));
        from kafka("borrowed") | map(|line| (line, 1)) | join(owned) every 1s | print
    }
    .test();
    test.feed("owned", ["a"]);
    test.feed("borrowed", ["A", "a"]);
    test.advance(SECOND);
    test.expect(["(A,(1,2))"]);
}

#[test]
fn right_values_that_nobody_asks_for_may_be_borrowed() {
    let mut test = stream_job! {
        let known = from kafka("known") | map(|line| { let (id, text) = line.split_once(' ')?; (id, text) });
        from kafka("in") | map(|id| (id, 1)) | semi_join(known) every 1s | print
    }
    .test();
    test.feed("known", ["a text", "a another"]);
    test.feed("in", ["a", "b"]);
    test.advance(SECOND);
    test.expect(["(a,1)"]);
}

#[test]
fn tumbling_window_of_a_join_is_an_interval_with_a_name() {
    let mut test = stream_job! {
        let payments = from kafka("payments") | map(numbered);
        from kafka("orders") | map(numbered) | join(payments) over tumbling 2s as pairs | print
    }
    .test();
    test.feed("orders", ["k 1"]);
    test.advance(SECOND);
    test.feed("payments", ["k 2"]);
    test.advance(SECOND);
    test.expect(["(k,(1,2))"]);
}

#[test]
fn open_interval_of_a_join_goes_on_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = stream_job! {
        job paid
        let payments = from kafka("payments") | map(numbered);
        from kafka("orders") | map(numbered) | cogroup(payments) every 1m as pairs
            | map(|row| format!("{row:?}")) | print
    }
    .test()
    .workers(3)
    .checkpoint(dir.path());
    test.feed("orders", ["a 1", "b 2", "a 3"]);
    test.restart().unwrap();
    test.feed("payments", ["a 4", "c 5"]);
    test.restart().unwrap();
    test.feed("orders", ["a 6"]);
    test.advance(SECOND * 60);
    test.expect([
        r#"("a", ([1, 3, 6], [4]))"#,
        r#"("b", ([2], []))"#,
        r#"("c", ([], [5]))"#,
    ]);
}

#[test]
fn join_goes_on_with_another_number_of_workers() {
    let dir = tempfile::tempdir().unwrap();
    let topics = Arc::new(Topics::creating(4).unbounded());
    let rows = Mutex::new(Vec::new());
    let kept = &rows;
    let run = |workers: usize, topic: &str, lines: &[String], until: Until| {
        let job = stream_job! {
            job paid
            let payments = from kafka("payments") | map(numbered);
            from kafka("orders") | map(numbered) | cogroup(payments) every 30d as pairs
                | for_each(|row| { kept.lock().unwrap().push(format!("{row:?}")); })
        };
        let records = lines
            .iter()
            .map(|line| streamflow::NewRecord::of_value(line.as_bytes()));
        topics.append(topic, None, 0, records).unwrap();
        let config = RunConfig {
            checkpoint: Some(dir.path().to_owned()),
            parallelism: workers,
            run_for: (until == Until::Stopped).then_some(std::time::Duration::from_millis(200)),
            until,
            ..RunConfig::of(job.plan()).unwrap()
        };
        job.run_on(Arc::clone(&topics), config, StopSignal::new())
            .unwrap();
    };
    let lines = |from: u32, to: u32| -> Vec<String> {
        let lines = (from..to).map(|n| format!("k{} {n}", n % 3));
        lines.collect()
    };
    run(3, "orders", &lines(0, 9), Until::Stopped);
    run(1, "payments", &lines(0, 3), Until::Stopped);
    assert_eq!(*rows.lock().unwrap(), [] as [String; 0]);
    run(4, "orders", &lines(9, 12), Until::CaughtUp);
    let mut found = rows.lock().unwrap().clone();
    found.sort();
    assert_eq!(
        found,
        [
            r#"("k0", ([0, 3, 6, 9], [0]))"#,
            r#"("k1", ([1, 4, 7, 10], [1]))"#,
            r#"("k2", ([2, 5, 8, 11], [2]))"#,
        ]
    );
}

#[test]
fn join_of_other_values_does_not_take_over_what_was_kept() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = stream_job! {
        job paid
        let payments = from kafka("payments") | map(numbered);
        from kafka("orders") | map(numbered) | join(payments) every 1m as pairs | print
    }
    .test()
    .checkpoint(dir.path());
    test.feed("orders", ["a 1"]);
    let error = test
        .restart_as(stream_job! {
            job paid
            let payments = from kafka("payments") | map(|line| (line, line.to_owned()));
            from kafka("orders") | map(numbered) | join(payments) every 1m as pairs | print
        })
        .unwrap_err();
    assert_eq!(error.code(), Code::IncompatibleState);
    let text = error.one_line();
    assert!(
        text.contains("keyed str -> ([u32], [u32])") && text.contains("([u32], [str])"),
        "{text}"
    );
}

#[test]
fn join_tells_what_leaves_it_and_what_it_keeps() {
    let job = stream_job! {
        job paid
        let payments = from kafka("payments") | map(numbered);
        from kafka("orders") | map(numbered) | left_join(payments) every 1m as pairs | print
    };
    let text = job.explain();
    for part in [
        "→ (&str, (u32, Option<u32>))",
        "state `pairs`: the values of both streams for each key of the interval, emptied every 1m",
        "`keyed str -> ([u32], [u32])`",
        "by key: equal keys meet on one worker",
        "order does not matter: the same items meet in any order",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let locked = job.explanation().json();
    assert!(locked.contains("pairs"), "{locked}");
}

#[test]
fn what_a_join_keeps_can_be_locked() {
    let job = stream_job! {
        job paid
        let payments = from kafka("payments") | map(numbered);
        from kafka("orders") | map(|line| (line, line.to_owned())) | join(payments) every 1m as pairs | print
    };
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("streamflow.lock");
    let locking = streamflow::lock::Locking {
        file: file.clone(),
        mode: streamflow::lock::Mode::Write,
    };
    job.lock(&locking).unwrap();
    let written = std::fs::read_to_string(file).unwrap();
    assert!(
        written.contains("state pairs v1 every 1m: keyed str -> ([str], [u32])"),
        "{written}"
    );
}
