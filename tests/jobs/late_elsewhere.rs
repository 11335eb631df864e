//! What comes too late for sessions, sliding windows and joins goes on under a name, or to the dead
//! letters.

use streamflow::stream_job;
use streamflow::testing::{JobTest, TestRecord};

use crate::lines::timed;

/// Pairs with a time, of the topic `in`, into a stage; what is late as `late`.
macro_rules! of_pairs {
    ($($stage:tt)*) => {
        stream_job! {
            job late
            from kafka("in")
                | map(|line| timed(line)?)
                | event_time(|(at, ..)| *at) lag 1ms
                | map(|(_, key, value)| (key, value.to_owned()))
                | $($stage)*
                | map(|row| format!("{row:?}")) | print;
            late | map(|row| format!("late {row:?}")) | print
        }
        .test()
        .partitions(1)
    };
}

pub(crate) use of_pairs;

/// The same of the topics `left` and `right`, the latter as `rights`.
macro_rules! of_both {
    ($($stage:tt)*) => {
        stream_job! {
            job late
            let rights = from kafka("right")
                | map(|line| timed(line)?)
                | event_time(|(at, ..)| *at) lag 1ms
                | map(|(_, key, value)| (key, value.len()));
            from kafka("left")
                | map(|line| timed(line)?)
                | event_time(|(at, ..)| *at) lag 1ms
                | map(|(_, key, value)| (key, value.to_owned()))
                | $($stage)*
                | map(|row| format!("{row:?}")) | print;
            late | map(|row| format!("late {row:?}")) | print
        }
        .test()
        .partitions(1)
    };
}

pub(crate) use of_both;

#[test]
fn what_is_late_for_sessions_goes_on() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = of_pairs!(group_by_key over session 5ms late 2ms else to(late) as groups)
            .workers(workers)
            .checkpoint(dir.path());
        test.feed("in", ["1 k a", "9 k b", "30 m c"]);
        // Time is complete up to 29: everything before 22 is closed.
        test.expect([r#"("k", ["a"])"#, r#"("k", ["b"])"#]);
        test.restart().unwrap();
        // 23 can still be waited for, and what touches it is not late.
        test.feed("in", ["3 k late", "23 k d", "20 k e", "2 m too"]);
        test.expect([r#"late ("k", "late")"#, r#"late ("m", "too")"#]);
        test.feed("in", ["60 n x"]);
        test.expect([r#"("k", ["d", "e"])"#, r#"("m", ["c"])"#]);
        assert_eq!(test.late_records(), 2, "{workers} workers");
    }
}

#[test]
fn what_is_late_for_sessions_of_everything_goes_on() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| timed(line)?)
            | event_time(|(at, ..)| *at) lag 1ms
            | map(|(at, ..)| at)
            | count over session 5ms late else to(late) as counts
            | print;
        late | map(|at| format!("late {at}")) | print
    }
    .test()
    .partitions(1);
    test.feed("in", ["1 k a", "9 k b", "30 m c", "2 k d", "14 k e"]);
    // All are of one batch: time has not come further when they are there.
    test.expect(["2", "2"]);
    test.feed("in", ["3 k f", "40 k g"]);
    test.expect(["1", "late 3"]);
}

#[test]
fn late_words_of_sessions_go_on_as_they_are() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| timed(line)?)
            | event_time(|(at, ..)| *at) lag 1ms
            | map(|(_, _, word)| word)
            | count_by_value over session 5ms late else to(late) as words
            | map(|(word, n)| format!("{word} {n}")) | print;
        late | map(|word| format!("late {word}")) | print
    }
    .test()
    .partitions(1);
    test.feed("in", ["1 k a", "2 k a", "30 k b"]);
    test.expect(["a 2"]);
    test.feed("in", ["4 k a", "31 k b"]);
    test.expect(["late a"]);
}

#[test]
fn what_is_late_for_sliding_windows_goes_on() {
    for workers in [1, 4] {
        let mut test = of_pairs!(count_by_key over sliding 5ms late 3ms else to(late) as counts)
            .workers(workers);
        test.feed("in", ["1 k a", "2 k b", "20 m c"]);
        test.expect([r#"("k", 1)"#, r#"("k", 2)"#]);
        test.feed("in", ["3 k d", "16 k e", "15 m f"]);
        test.expect([r#"late ("k", "d")"#, r#"late ("m", "f")"#]);
        test.feed("in", ["60 n x"]);
        test.expect([r#"("k", 1)"#, r#"("m", 1)"#]);
        assert_eq!(test.late_records(), 2, "{workers} workers");
    }
}

fn both_late(test: &mut JobTest) {
    test.feed("left", ["1 k a", "30 x x"]);
    test.feed("right", ["2 k pp", "30 y y"]);
    test.rows();
    test.feed("left", ["3 k l"]);
    test.feed("right", ["4 k rrr", "31 y y"]);
}

#[test]
fn what_is_late_for_joins_goes_on_with_its_side() {
    let late = [
        r#"late ("k", (Some("l"), None))"#,
        r#"late ("k", (None, Some(3)))"#,
    ];
    for workers in [1, 4] {
        let tests = [
            of_both!(join(rights) within -5ms..5ms late else to(late) as near),
            of_both!(full_join(rights) over tumbling 10ms late 2ms else to(late) as windows),
            of_both!(cogroup(rights) over hopping 10ms by 5ms late else to(late) as windows),
            of_both!(left_join(rights) over session 5ms late 1ms else to(late) as sessions),
        ];
        for test in tests {
            let mut test = test.workers(workers);
            both_late(&mut test);
            test.expect(late);
            assert_eq!(test.late_records(), 2, "{workers} workers");
        }
    }
}

#[test]
fn the_right_side_of_a_semi_join_has_no_values_and_goes_on() {
    let mut test = of_both!(semi_join(rights) within -5ms..5ms late else to(late) as near);
    both_late(&mut test);
    test.expect([
        r#"late ("k", (Some("l"), None))"#,
        r#"late ("k", (None, Some(3)))"#,
    ]);
}

#[test]
fn late_items_can_still_meet_in_a_wider_join() {
    let mut test = stream_job! {
        let rights = from kafka("right") | map(|line| timed(line)?) | event_time(|(at, ..)| *at) lag 1ms
            | map(|(_, key, value)| (key, value.to_owned()));
        from kafka("left") | map(|line| timed(line)?) | event_time(|(at, ..)| *at) lag 1ms
            | map(|(_, key, value)| (key, value.to_owned()))
            | join(rights) over tumbling 10ms late else to(late) as windows
            | map(|row| format!("{row:?}")) | print;
        late | group_by_key over tumbling 10ms late 1s drop as later | map(|row| format!("late {row:?}")) | print
    }
    .test()
    .partitions(1);
    test.feed("left", ["1 k a", "30 x x"]);
    test.feed("right", ["2 k p", "30 y y"]);
    test.expect([r#"("k", ("a", "p"))"#]);
    test.feed("left", ["3 k l", "2000 x x"]);
    test.feed("right", ["4 k r", "2000 y y"]);
    test.expect([r#"late ("k", [(Some("l"), None), (None, Some("r"))])"#]);
}

#[test]
fn late_items_go_to_the_dead_letters_as_they_came() {
    let record = |at: i64, value: &str| {
        TestRecord::new(format!("{at} k {value}"))
            .key("key")
            .partition(0)
            .header("trace", "t7")
    };
    for workers in [1, 4] {
        let job = stream_job! {
            job lates
            let rights = from kafka("right") | map(|line| timed(line)?) | event_time(|(at, ..)| *at) lag 1ms
                | map(|(_, key, value)| (key, value.len()));
            let lefts = from kafka("left") | map(|line| timed(line)?) | event_time(|(at, ..)| *at) lag 1ms
                | map(|(_, key, value)| (key, value.len()));
            lefts | count_by_key over session 5ms late else dead_letter("of-sessions") as sessions | to null;
            lefts | count_by_key over sliding 5ms late else dead_letter("of-sliding") as sliding | to null;
            lefts | join(rights) within 0ms..5ms late else dead_letter("of-near") as near | to null;
            lefts | join(rights) over session 5ms late else dead_letter("of-both") as both | to null
        };
        let mut test = job.test().partitions(1).workers(workers);
        test.feed_records("left", [record(1, "a"), record(50, "b")]);
        test.feed_records("right", [record(1, "a"), record(50, "b")]);
        test.feed_records("left", [record(2, "late"), record(51, "c")]);
        for topic in ["of-sessions", "of-sliding", "of-near", "of-both"] {
            let letters = test.dead_letters(topic);
            let [letter] = letters.as_slice() else {
                panic!("{topic} with {workers} workers: {letters:?}");
            };
            assert_eq!(letter.text(), "2 k late");
            assert_eq!(letter.key.as_deref(), Some(&b"key"[..]));
            assert_eq!(letter.topic.as_deref(), Some("left"));
            assert_eq!(
                (letter.partition, letter.offset),
                (Some(0), Some(2)),
                "{topic}"
            );
            assert_eq!(letter.error, "too late: all its windows were closed");
            assert_eq!(letter.headers, [("trace".to_owned(), Some(b"t7".to_vec()))]);
        }
    }
}

#[test]
fn each_item_gives_new_results_and_late_ones_go_on() {
    for workers in [1, 3] {
        let mut test = stream_job! {
            from kafka("in") | map(|line| timed(line)?) | event_time(|(at, ..)| *at) lag 1ms
                | map(|(_, key, value)| (key, value.to_owned()))
                | count_by_key over hopping 10ms by 5ms late 5ms else to(late) as counts emit changes
                | map(|(key, n)| format!("{key} {n}")) | print;
            late | map(|row| format!("late {row:?}")) | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        test.feed("in", ["7 k a", "8 k b"]);
        test.expect(["k 1", "k 1", "k 2", "k 2"]);
        test.feed("in", ["30 m x"]);
        test.expect(["m 1", "m 1"]);
        test.feed("in", ["9 k late"]);
        test.expect([r#"late ("k", "late")"#]);
        assert_eq!(test.late_records(), 1);
    }
}

#[test]
fn late_items_do_not_hang_on_how_batches_are_cut() {
    let mut of_all: Vec<Vec<String>> = Vec::new();
    for (workers, seed) in [(1, 1), (2, 2), (4, 3)] {
        let mut test = stream_job! {
            job cut
            let pairs = from kafka("in") | map(|line| timed(line)?) | event_time(|(at, ..)| *at) lag 3ms
                | map(|(_, key, value)| (key, value.to_owned()));
            pairs | count_by_key over session 4ms late 1ms else to(late) as counts
                | map(|(key, n)| format!("{key} {n}")) | print;
            late | map(|(key, value)| format!("late {key} {value}")) | print
        }
        .test()
        .partitions(2)
        .workers(workers)
        .cut_randomly(seed);
        let mut rows = Vec::new();
        for turn in 0..20i64 {
            let line = |n: i64| {
                let at = turn * 10 + (n * 7 + turn) % 13 - if n == 5 { 25 } else { 0 };
                format!(
                    "{at} {} {turn}.{n}",
                    ["a", "b", "c"][usize::try_from(n % 3).unwrap()]
                )
            };
            test.feed("in", (0..8).map(line));
            rows.extend(test.rows());
        }
        rows.sort();
        rows.push(format!("{} are late", test.late_records()));
        of_all.push(rows);
    }
    assert!(
        of_all[0].iter().any(|row| row.starts_with("late ")),
        "{of_all:?}"
    );
    assert_eq!(of_all[0], of_all[1]);
    assert_eq!(of_all[0], of_all[2]);
}
