//! When results leave, and how they are printed.

use std::time::Duration;

use streamflow::stream_job;

use crate::SECOND;

#[test]
fn print_has_the_layout_of_spark() {
    let mut test = stream_job! {
        from kafka("in") | map(|line| (line, 1u64)) | reduce_by_key(+) every 1s | print
    }
    .test();
    test.feed("in", ["user2", "user10", "user2"]);
    test.advance(SECOND);
    let time_ms = test.now_ms();
    assert_eq!(
        test.printed(),
        format!(
            "-------------------------------------------\n\
             Time: {time_ms} ms\n\
             -------------------------------------------\n\
             (user2,2)\n\
             (user10,1)\n\
             \n"
        )
    );
}

#[test]
fn interval_without_records_prints_its_header_only() {
    let mut test = stream_job! {
        from kafka("in") | map(|line| (line, 1u64)) | reduce_by_key(+) every 1s | print
    }
    .test();
    test.advance(SECOND * 2);
    let printed = test.printed();
    assert_eq!(printed.matches("Time: ").count(), 2);
    assert!(!printed.contains('('));
}

#[test]
fn print_of_a_number_shows_the_first_rows_and_dots() {
    let mut test = stream_job! {
        from kafka("in") | map(|line| (line, 1u64)) | reduce_by_key(+) every 1s | print(2)
    }
    .test();
    test.feed("in", ["c", "a", "b"]);
    test.advance(SECOND);
    test.expect(["(a,1)", "(b,1)", "..."]);
}

#[test]
fn print_every_shows_rows_in_the_order_of_their_records() {
    let mut test = stream_job! { from kafka("in") | map(str::len) | print every 1s }.test();
    test.feed_partition("in", 0, ["aaa", "a", "aa"]);
    test.expect([""; 0]);
    test.advance(SECOND);
    let rows = test.rows();
    assert_eq!(rows, ["3", "1", "2"]);
}

#[test]
fn intervals_are_aligned_to_the_epoch_and_fire_at_their_own_ends() {
    let mut test = stream_job! {
        let counts = from kafka("in");
        counts | count every 2s | map(|n| format!("two {n}")) | print;
        counts | count every 3s | map(|n| format!("three {n}")) | print
    }
    .test();
    test.feed("in", ["a"]);
    test.advance(SECOND);
    test.expect([""; 0]);
    test.advance(SECOND);
    test.expect(["two 1"]);
    test.feed("in", ["b"]);
    test.advance(SECOND);
    test.expect(["three 2"]);
    test.advance(SECOND);
    test.expect(["two 1"]);
    test.advance(SECOND * 2);
    test.expect(["two 0", "three 0"]);
}

#[test]
fn durations_of_several_units_are_understood() {
    let mut test = stream_job! { from kafka("in") | count every 1m30s | print }.test();
    test.feed("in", ["a"]);
    test.advance(Duration::from_secs(89));
    test.expect([""; 0]);
    test.advance(Duration::from_secs(1));
    test.expect(["1"]);
}

#[test]
fn stop_brings_the_open_interval_out() {
    let mut test = stream_job! { from kafka("in") | count every 1h | print }.test();
    test.feed("in", ["a", "b"]);
    let printed = test.finish().unwrap();
    assert!(printed.contains("\n2\n"), "{printed}");
}
