//! Sessions of which each item gives the new result: `over session G emit changes`.

use streamflow::stream_job;

use crate::SECOND;
use crate::lines::timed_number as timed;

macro_rules! by_event_time {
    ($($stage:tt)*) => {
        stream_job! {
            job sessions
            from kafka("in") | map(|line| timed(line)?) | event_time(|(at, ..)| *at) lag 1ms
                | map(|(_, key, n)| (key, n))
                | $($stage)*
                | map(|row| format!("{row:?}")) | print
        }
        .test()
        .partitions(1)
    };
}

/// Kafka Streams' `KStreamSessionWindowAggregate`: each record gives the new result of its session, and
/// that of two sessions which it makes one takes the place of both.
#[test]
fn each_item_gives_the_new_result_of_its_session() {
    for workers in [1, 2, 4] {
        let mut test =
            by_event_time!(reduce_by_key(+) over session 10ms late 20ms drop as sums emit changes)
                .workers(workers);
        test.feed("in", ["100 a 1", "105 a 2", "103 b 4"]);
        test.expect([r#"("a", 1)"#, r#"("a", 3)"#, r#"("b", 4)"#]);
        // A second session of `a`, and an item between the two.
        test.feed("in", ["122 a 8"]);
        test.expect([r#"("a", 8)"#]);
        test.feed("in", ["113 a 16"]);
        test.expect([r#"("a", 27)"#]);
        test.feed("in", ["123 a 32"]);
        test.expect([r#"("a", 59)"#]);
        // What has closed gives nothing more, and what comes for it is late.
        test.feed("in", ["200 c 1"]);
        test.expect([r#"("c", 1)"#]);
        test.feed("in", ["101 a 1"]);
        test.expect([] as [&str; 0]);
        assert_eq!(test.late_records(), 1, "{workers} workers");
    }
}

#[test]
fn every_aggregate_gives_changes_of_sessions() {
    let lines = ["1 a 3", "20 a 5", "10 a 4", "2 b 1"];
    let mut tests = [
        (
            by_event_time!(count_by_key over session 10ms late drop as s emit changes),
            vec![r#"("a", 1)"#, r#"("a", 1)"#, r#"("a", 3)"#, r#"("b", 1)"#],
        ),
        (
            by_event_time!(reduce_by_key(|a, b| a * b) over session 10ms late drop as s emit changes),
            vec![r#"("a", 3)"#, r#"("a", 5)"#, r#"("a", 60)"#, r#"("b", 1)"#],
        ),
        (
            by_event_time!(aggregate_by_key(0u64, |all, n| all + n, |a, b| a + b) over session 10ms late drop as s emit changes),
            vec![r#"("a", 3)"#, r#"("a", 5)"#, r#"("a", 12)"#, r#"("b", 1)"#],
        ),
        (
            by_event_time!(group_by_key over session 10ms late drop as s emit changes),
            vec![
                r#"("a", [3])"#,
                r#"("a", [5])"#,
                r#"("a", [3, 5, 4])"#,
                r#"("b", [1])"#,
            ],
        ),
        (
            by_event_time!(values | sum over session 10ms late drop as s emit changes),
            vec!["3", "5", "12", "13"],
        ),
        (
            by_event_time!(values | max over session 10ms late drop as s emit changes),
            vec!["3", "5", "5", "5"],
        ),
        (
            by_event_time!(values | average over session 10ms late drop as s emit changes),
            vec!["3.0", "5.0", "4.0", "3.25"],
        ),
        (
            by_event_time!(keys | count_by_value over session 10ms late drop as s emit changes),
            vec![r#"("a", 1)"#, r#"("a", 1)"#, r#"("a", 3)"#, r#"("b", 1)"#],
        ),
        (
            by_event_time!(agg_by_key { n: count, most: max } over session 10ms late drop as s emit changes | map(|(key, all)| (key, all.n, all.most))),
            vec![
                r#"("a", 1, 3)"#,
                r#"("a", 1, 5)"#,
                r#"("a", 3, 5)"#,
                r#"("b", 1, 1)"#,
            ],
        ),
    ];
    for (test, rows) in &mut tests {
        test.feed("in", lines);
        test.expect(&*rows);
    }
}

#[test]
fn open_sessions_go_on_after_a_restart_with_other_workers() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = by_event_time!(count_by_key over session 10ms late 5ms drop as n emit changes)
        .workers(1)
        .checkpoint(dir.path());
    test.feed("in", ["1 a 1", "2 b 1", "14 a 1"]);
    test.expect([r#"("a", 1)"#, r#"("b", 1)"#, r#"("a", 1)"#]);
    let mut test = test.workers(3);
    test.restart().unwrap();
    test.feed("in", ["8 a 1", "5 b 1"]);
    test.expect([r#"("a", 3)"#, r#"("b", 2)"#]);
    // Time is complete up to 39, less 5 that are waited for.
    test.feed("in", ["40 c 1"]);
    test.expect([r#"("c", 1)"#]);
    test.restart().unwrap();
    test.feed("in", ["15 a 1", "26 b 1"]);
    test.expect([r#"("b", 1)"#]);
    assert_eq!(test.late_records(), 1);
}

#[test]
fn sessions_of_the_clock_give_changes() {
    let mut test = stream_job! {
        from kafka("in") | map(|word| (word, ())) | count_by_key over session 2s as visits emit changes
            | map(|(word, n)| format!("{word} {n}")) | print
    }
    .test()
    .workers(2);
    test.feed("in", ["a", "b"]);
    test.expect(["a 1", "b 1"]);
    test.advance(SECOND);
    test.feed("in", ["a"]);
    test.expect(["a 2"]);
    test.advance(SECOND * 2);
    test.advance(SECOND);
    test.feed("in", ["a", "b"]);
    test.expect(["a 1", "b 1"]);
}

#[test]
fn changes_of_sessions_do_not_hang_on_how_the_input_is_cut() {
    let mut of_all: Vec<Vec<String>> = Vec::new();
    for (workers, seed) in [(1, 1), (2, 2), (4, 3)] {
        let mut test = stream_job! {
            job cut
            from kafka("in") | map(|line| timed(line)?) | event_time(|(at, ..)| *at) lag 8ms
                | map(|(_, key, n)| (key, n)) | reduce_by_key(+) over session 4ms late 3ms drop as sums emit changes
                | map(|(key, n)| format!("{key} {n}")) | print
        }
        .test()
        .partitions(2)
        .workers(workers)
        .cut_randomly(seed);
        let mut rows = Vec::new();
        for turn in 0..20i64 {
            let line = |n: i64| {
                let at = turn * 10 + (n * 7 + turn) % 13;
                let key = ["a", "b", "c"][usize::try_from(n % 3).unwrap()];
                format!("{at} {key} {n}")
            };
            // Those of a key are of one partition, and so in one order.
            for key in 0..3 {
                let of_key = (0..9).filter(|n| n % 3 == key).map(line);
                test.feed_partition("in", i32::from(key == 1), of_key);
            }
            rows.extend(test.rows());
        }
        rows.sort();
        rows.push(format!("{} are late", test.late_records()));
        of_all.push(rows);
    }
    assert!(of_all[0].len() > 100);
    assert_eq!(of_all[0], of_all[1]);
    assert_eq!(of_all[0], of_all[2]);
}
