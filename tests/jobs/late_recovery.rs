//! What comes too late goes elsewhere over restarts, and behind a crash anywhere.
//!
//! Time that has come far enough is in a checkpoint in front of what is late: where both were read again,
//! together, it would not be late any more.

use streamflow::stream_job;
use streamflow::stream_test;
use streamflow::testing::{JobTest, TestRecord};

use crate::late_elsewhere::{of_both, of_pairs};
use crate::lines::timed;

#[stream_test(crash = every)]
fn late_for_sessions() {
    let mut test =
        of_pairs!(group_by_key over session 5ms late 2ms else to(late) as groups).workers(2);
    test.feed("in", ["1 k a", "4 k b", "30 m c"]);
    test.restart().unwrap();
    test.feed("in", ["3 k x", "26 m d", "2 n y"]);
    test.restart().unwrap();
    test.feed("in", ["60 n z", "61 n z"]);
    test.expect([
        r#"("k", ["a", "b"])"#,
        r#"late ("k", "x")"#,
        r#"late ("n", "y")"#,
        r#"("m", ["d", "c"])"#,
    ]);
}

#[stream_test(crash = every)]
fn late_for_sliding_windows() {
    let mut test =
        of_pairs!(count_by_key over sliding 5ms late 3ms else to(late) as counts).workers(2);
    test.feed("in", ["1 k a", "2 k b", "20 m c"]);
    test.restart().unwrap();
    test.feed("in", ["3 k d", "16 k e", "15 m f"]);
    test.restart().unwrap();
    test.feed("in", ["60 n x"]);
    test.expect([
        r#"("k", 1)"#,
        r#"("k", 2)"#,
        r#"late ("k", "d")"#,
        r#"late ("m", "f")"#,
        r#"("k", 1)"#,
        r#"("m", 1)"#,
    ]);
}

/// Both sides up to 30, with what meets; then one late item of each side, and one that is in time.
fn both_sides(test: &mut JobTest) {
    test.feed("left", ["1 k a", "30 m b"]);
    test.feed("right", ["2 k pp", "30 n qq"]);
    test.restart().expect("it goes on");
    test.feed("left", ["3 k l", "29 n c"]);
    test.feed("right", ["4 k rrr", "29 m s"]);
    test.restart().expect("it goes on");
    test.feed("left", ["60 y y"]);
    test.feed("right", ["60 z z"]);
}

const LATE: [&str; 2] = [
    r#"late ("k", (Some("l"), None))"#,
    r#"late ("k", (None, Some(3)))"#,
];

#[stream_test(crash = every)]
fn late_for_a_join_of_near_items() {
    let mut test =
        of_both!(full_join(rights) within -5ms..5ms late else to(late) as near).workers(2);
    both_sides(&mut test);
    test.expect(
        [
            r#"("k", (Some("a"), Some(2)))"#,
            r#"("m", (Some("b"), Some(1)))"#,
            r#"("n", (Some("c"), Some(2)))"#,
        ]
        .into_iter()
        .chain(LATE),
    );
}

#[stream_test(crash = every)]
fn late_for_a_join_of_windows() {
    let mut test =
        of_both!(join(rights) over hopping 10ms by 5ms late 2ms else to(late) as windows)
            .workers(2);
    both_sides(&mut test);
    test.expect(
        [
            r#"("k", ("a", 2))"#,
            r#"("k", ("a", 2))"#,
            // 29 and 30 are of one window.
            r#"("m", ("b", 1))"#,
            r#"("n", ("c", 2))"#,
        ]
        .into_iter()
        .chain(LATE),
    );
}

#[stream_test(crash = every)]
fn late_for_a_join_of_sessions() {
    let mut test =
        of_both!(left_join(rights) over session 5ms late 1ms else to(late) as sessions).workers(2);
    both_sides(&mut test);
    test.expect(
        [
            r#"("k", ("a", Some(2)))"#,
            r#"("m", ("b", Some(1)))"#,
            r#"("n", ("c", Some(2)))"#,
        ]
        .into_iter()
        .chain(LATE),
    );
}

#[stream_test(crash = every)]
fn late_for_windows_that_tell_each_change() {
    let mut test =
        of_pairs!(count_by_key over tumbling 10ms late 5ms else to(late) as counts emit changes)
            .workers(2);
    test.feed("in", ["1 k a", "30 m b"]);
    test.restart().unwrap();
    test.feed("in", ["2 k x", "25 m c"]);
    test.restart().unwrap();
    test.feed("in", ["26 m d"]);
    test.expect([
        r#"("k", 1)"#,
        r#"("m", 1)"#,
        r#"late ("k", "x")"#,
        r#"("m", 1)"#,
        r#"("m", 2)"#,
    ]);
}

/// Both sides of each join, in the order in which they come, with the topic that they came from.
#[test]
fn late_items_of_both_sides_go_to_the_dead_letters() {
    let record = |at: i64, value: &str| {
        TestRecord::new(format!("{at} k {value}"))
            .key("key")
            .partition(0)
    };
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job letters
            let rights = from kafka("right") | map(|line| timed(line)?) | event_time(|(at, ..)| *at) lag 1ms
                | map(|(_, key, value)| (key, value.len()));
            let lefts = from kafka("left") | map(|line| timed(line)?) | event_time(|(at, ..)| *at) lag 1ms
                | map(|(_, key, value)| (key, value.len()));
            lefts | join(rights) within 0ms..5ms late else dead_letter("of-near") as near | to null;
            lefts | anti_join(rights) within 0ms..5ms late else dead_letter("of-others") as others | to null;
            lefts | cogroup(rights) over tumbling 5ms late else dead_letter("of-windows") as windows | to null;
            lefts | full_join(rights) over session 5ms late 2ms else dead_letter("of-sessions") as sessions | to null
        }
        .test()
        .partitions(1)
        .workers(workers)
        .checkpoint(dir.path());
        test.feed_records("left", [record(1, "a"), record(50, "b")]);
        test.feed_records("right", [record(1, "a"), record(50, "b")]);
        test.restart().unwrap();
        test.feed_records("right", [record(3, "right"), record(51, "c")]);
        test.feed_records("left", [record(2, "left")]);
        test.restart().unwrap();
        test.feed_records("right", [record(4, "again")]);
        for topic in ["of-near", "of-others", "of-windows", "of-sessions"] {
            let letters = test.dead_letters(topic);
            let mut found: Vec<String> = letters
                .iter()
                .map(|letter| {
                    assert_eq!(letter.key.as_deref(), Some(&b"key"[..]));
                    assert_eq!(letter.error, "too late: all its windows were closed");
                    let (topic, offset) = (letter.topic.as_deref(), letter.offset);
                    format!(
                        "{} {:?} {}",
                        topic.unwrap_or_default(),
                        offset,
                        letter.text()
                    )
                })
                .collect();
            found.sort();
            assert_eq!(
                found,
                [
                    "left Some(2) 2 k left",
                    "right Some(2) 3 k right",
                    "right Some(4) 4 k again"
                ],
                "{topic} with {workers} workers"
            );
        }
    }
}
