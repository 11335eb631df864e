//! Joins over windows: of the items' own time and of the clock, one behind the other or overlapping.

use streamflow::testing::JobTest;
use streamflow::{Code, stream_job};

use crate::SECOND;
use crate::lines::timed;

/// Two topics whose items have a time of their own, the right one as `rights`.
macro_rules! by_event_time {
    ($($stage:tt)*) => {
        stream_job! {
            job windows
            let rights = from kafka("right")
                | map(|line| timed(line)?)
                | event_time(|(at, ..)| *at) lag 1ms
                | map(|(_, key, value)| (key, value.to_owned()));
            from kafka("left")
                | map(|line| timed(line)?)
                | event_time(|(at, ..)| *at) lag 1ms
                | map(|(_, key, value)| (key, value.to_owned()))
                | $($stage)*
                | map(|row| shown(&format!("{row:?}")))
                | print
        }
        .test()
        .partitions(1)
    };
}

/// `("k", ("a", Some("b")))` as `k a b`, which is easier to read.
fn shown(row: &str) -> String {
    let row = row.replace("Some", "").replace(['(', ')', '"', ','], "");
    row.replace("None", "null")
}

/// The streams of Flink's `CoGroupJoinITCase`, and an item of each that closes the last window.
fn feed_those_of_flink(test: &mut JobTest, left: &[&str], right: &[&str]) {
    test.feed("left", left);
    test.feed("right", right);
    test.feed("left", ["100 left x"]);
    test.feed("right", ["100 right x"]);
}

const GROUPED: [&[&str]; 2] = [
    &[
        "0 a 0", "1 a 1", "2 a 2", "3 b 3", "4 b 4", "5 b 5", "6 a 6", "7 a 7", "8 a 8",
    ],
    &["0 a 0", "1 a 1", "3 b 3", "6 c 6", "7 c 7", "8 c 8"],
];

const JOINED: [&[&str]; 2] = [
    &[
        "0 a x", "1 a y", "2 a z", "3 b u", "5 b w", "6 a i", "7 a j", "8 a k",
    ],
    &["0 a u", "1 a w", "3 b i", "5 b k", "6 a x", "8 a z"],
];

#[test]
fn cogroup_over_windows_of_event_time_is_that_of_flink() {
    let mut test = by_event_time!(cogroup(rights) over tumbling 3ms late drop as groups);
    feed_those_of_flink(&mut test, GROUPED[0], GROUPED[1]);
    test.expect([
        "a [0 1 2] [0 1]",
        "b [3 4 5] [3]",
        "a [6 7 8] []",
        "c [] [6 7 8]",
    ]);
}

#[test]
fn join_over_windows_of_event_time_is_that_of_flink() {
    let mut test = by_event_time!(join(rights) over tumbling 3ms late drop as pairs);
    feed_those_of_flink(&mut test, JOINED[0], JOINED[1]);
    test.expect([
        "a x u", "a x w", "a y u", "a y w", "a z u", "a z w", "b u i", "b u k", "b w i", "b w k",
        "a i x", "a i z", "a j x", "a j z", "a k x", "a k z",
    ]);
}

#[test]
fn all_kinds_of_joins_take_windows_of_event_time() {
    let mut tests = [
        (
            by_event_time!(left_join(rights) over tumbling 10ms late drop as pairs),
            vec!["k a p", "k b null", "m c null"],
        ),
        (
            by_event_time!(right_join(rights) over tumbling 10ms late drop as pairs),
            vec!["k a p", "k null q", "n null r"],
        ),
        (
            by_event_time!(full_join(rights) over tumbling 10ms late drop as pairs),
            vec!["k a p", "k b null", "m c null", "k null q", "n null r"],
        ),
        (
            by_event_time!(semi_join(rights) over tumbling 10ms late drop as pairs),
            vec!["k a"],
        ),
        (
            by_event_time!(anti_join(rights) over tumbling 10ms late drop as pairs),
            vec!["k b", "m c"],
        ),
    ];
    for (test, rows) in &mut tests {
        // Out of order, and over the end of a window.
        test.feed("left", ["9 k a", "10 k b", "9 m c"]);
        test.feed("right", ["9 n r", "0 k p", "20 k q"]);
        test.expect([] as [&str; 0]);
        test.feed("left", ["100 left x"]);
        test.feed("right", ["100 right x"]);
        test.expect(&*rows);
        assert_eq!(test.late_records(), 0);
    }
}

#[test]
fn windows_of_a_join_overlap() {
    let mut test = by_event_time!(left_join(rights) over hopping 10ms by 5ms late drop as pairs);
    test.feed("left", ["7 k a"]);
    test.feed("right", ["12 k p", "3 k q"]);
    test.expect([] as [&str; 0]);
    test.feed("left", ["100 left x"]);
    test.feed("right", ["100 right x"]);
    // [0, 10) has `q`, and [5, 15) has `p`.
    test.expect(["k a q", "k a p"]);
}

#[test]
fn late_items_of_a_window_are_counted() {
    for workers in [1, 3] {
        let mut test = by_event_time!(cogroup(rights) over tumbling 10ms late 5ms drop as groups)
            .workers(workers);
        test.feed("left", ["1 k a", "15 k b"]);
        test.feed("right", ["15 k p"]);
        test.feed("right", ["9 k q"]);
        test.expect([] as [&str; 0]);
        test.feed("left", ["16 k c"]);
        test.feed("right", ["16 k r"]);
        test.expect(["k [a] [q]"]);
        test.feed("left", ["2 k late"]);
        assert_eq!(test.late_records(), 1, "{workers} workers");
    }
}

#[test]
fn results_have_the_time_of_their_window() {
    let mut test = by_event_time!(
        join(rights) over tumbling 10ms late drop as pairs
            | map(|(key, _)| (key, 1u64))
            | reduce_by_key(+) over tumbling 20ms late drop as counts);
    test.feed("left", ["5 k a", "15 k b", "25 k c"]);
    test.feed("right", ["5 k p", "16 k q", "17 k r", "25 k s"]);
    test.expect(["k 3"]);
    test.feed("left", ["41 x x"]);
    test.feed("right", ["41 y y"]);
    test.expect(["k 1"]);
}

#[test]
fn windows_of_joins_are_the_same_with_any_number_of_workers() {
    let mut of_all = Vec::new();
    for workers in [1, 2, 4] {
        let mut test =
            by_event_time!(cogroup(rights) over hopping 12ms by 4ms late 3ms drop as groups)
                .partitions(3)
                .workers(workers);
        let mut rows = Vec::new();
        for turn in 0..12i64 {
            for (topic, salt) in [("left", 7), ("right", 11)] {
                let line = |n: i64| {
                    let at_ms = turn * 10 + (n * salt + turn) % 60;
                    let key = ["a", "b", "c"][usize::try_from(n % 3).unwrap()];
                    format!("{at_ms} {key} {topic}{turn}.{n}")
                };
                test.feed(topic, (0..9).map(line));
            }
            test.share_again();
            let mut of_turn = test.rows();
            of_turn.sort();
            rows.extend(of_turn);
            rows.push(format!("late {}", test.late_records()));
        }
        of_all.push(rows);
    }
    let first = &of_all[0];
    assert!(first.len() > 40, "{} rows", first.len());
    assert_ne!(first.last().unwrap(), "late 0");
    assert!(of_all.iter().all(|rows| rows == first));
}

#[test]
fn open_windows_of_a_join_go_on_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = by_event_time!(cogroup(rights) over hopping 20ms by 10ms late drop as groups)
        .workers(3)
        .checkpoint(dir.path());
    test.feed("left", ["5 k a", "15 k b"]);
    test.feed("right", ["12 k p"]);
    test.expect(["k [a] []"]);
    test.restart().unwrap();
    test.feed("right", ["15 k q", "8 k late"]);
    test.restart().unwrap();
    test.expect([] as [&str; 0]);
    test.feed("left", ["21 m c"]);
    test.feed("right", ["21 m r"]);
    // The step [0, 10) is closed, and [0, 20) was open when `late` came for it.
    test.expect(["k [a b] [p q late]"]);
}

/// `key value`, by the clock.
macro_rules! by_the_clock {
    ($($stage:tt)*) => {
        stream_job! {
            job windows
            let rights = from kafka("right")
                | map(|line| { let (key, value) = line.split_once(' ')?; (key, value.to_owned()) });
            from kafka("left")
                | map(|line| { let (key, value) = line.split_once(' ')?; (key, value.to_owned()) })
                | $($stage)*
                | map(|row| shown(&format!("{row:?}")))
                | print
        }
        .test()
    };
}

#[test]
fn windows_of_the_clock_overlap() {
    let mut test = by_the_clock!(cogroup(rights) over hopping 3s by 1s as groups);
    test.feed("left", ["k a"]);
    test.advance(SECOND);
    test.expect(["k [a] []"]);
    test.feed("right", ["k p", "m q"]);
    test.advance(SECOND);
    test.expect(["k [a] [p]", "m [] [q]"]);
    test.feed("left", ["k b"]);
    test.advance(SECOND);
    test.expect(["k [a b] [p]", "m [] [q]"]);
    test.advance(SECOND);
    test.expect(["k [b] [p]", "m [] [q]"]);
    test.advance(SECOND);
    test.expect(["k [b] []"]);
    test.advance(SECOND);
    test.expect([] as [&str; 0]);
}

#[test]
fn windows_of_the_clock_go_on_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = by_the_clock!(left_join(rights) over hopping 2s by 1s as pairs)
        .workers(3)
        .checkpoint(dir.path());
    test.feed("left", ["k a", "m b"]);
    test.advance(SECOND);
    test.expect(["k a null", "m b null"]);
    test.restart().unwrap();
    test.feed("right", ["k p"]);
    test.restart().unwrap();
    test.advance(SECOND);
    test.expect(["k a p", "m b null"]);
    test.advance(SECOND);
    test.expect([] as [&str; 0]);
}

#[test]
fn windows_that_grow_have_all_since_they_began() {
    let mut test = by_the_clock!(semi_join(rights) over cumulate 3s by 1s as known);
    test.feed("left", ["k a"]);
    test.advance(SECOND);
    test.expect([] as [&str; 0]);
    test.feed("right", ["k p"]);
    test.advance(SECOND);
    test.expect(["k a"]);
    test.feed("left", ["k b"]);
    test.advance(SECOND);
    test.expect(["k a", "k b"]);
    test.advance(SECOND);
    test.expect([] as [&str; 0]);
}

#[test]
fn another_window_does_not_take_over_what_a_join_kept() {
    let dir = tempfile::tempdir().unwrap();
    let mut test =
        by_event_time!(join(rights) over tumbling 10ms late drop as pairs).checkpoint(dir.path());
    test.feed("left", ["1 k a"]);
    let error = test
        .restart_as(stream_job! {
            job windows
            let rights = from kafka("right")
                | map(|line| timed(line)?)
                | event_time(|(at, ..)| *at) lag 1ms
                | map(|(_, key, value)| (key, value.to_owned()));
            from kafka("left")
                | map(|line| timed(line)?)
                | event_time(|(at, ..)| *at) lag 1ms
                | map(|(_, key, value)| (key, value.to_owned()))
                | join(rights) over tumbling 20ms late drop as pairs
                | print
        })
        .unwrap_err();
    assert_eq!(error.code(), Code::IncompatibleState);
    let text = error.one_line();
    assert!(text.contains("over tumbling 20ms of event time"), "{text}");
}

#[test]
fn what_is_of_one_session_meets() {
    // The stream of Flink's page on session window joins: sessions are of the items of both streams.
    let green = ["0 k 0", "4 k 4"];
    let orange = ["1 k 1", "2 k 2", "5 k 5", "6 k 6", "8 k 8", "9 k 9"];
    let last = "100 x x";
    let tests = [
        (
            by_event_time!(join(rights) over session 1ms late drop as pairs),
            vec!["k 1 0", "k 2 0", "k 5 4", "k 6 4"],
        ),
        (
            by_event_time!(full_join(rights) over session 1ms late drop as pairs),
            vec!["k 1 0", "k 2 0", "k 5 4", "k 6 4", "k 8 null", "k 9 null"],
        ),
        (
            by_event_time!(cogroup(rights) over session 1ms late drop as pairs),
            vec!["k [1 2] [0]", "k [5 6] [4]", "k [8 9] []"],
        ),
        (
            by_event_time!(semi_join(rights) over session 1ms late drop as pairs),
            vec!["k 1", "k 2", "k 5", "k 6"],
        ),
        (
            by_event_time!(anti_join(rights) over session 1ms max 3ms late drop as pairs),
            // Sessions of three milliseconds: those of 0, of 4, and of 8.
            vec!["k 8", "k 9"],
        ),
    ];
    for (mut test, rows) in tests {
        test.feed("left", orange);
        test.expect([] as [&str; 0]);
        test.feed("right", green);
        test.feed("left", [last]);
        test.feed("right", [last]);
        test.expect(rows);
        assert_eq!(test.late_records(), 0);
    }
}

#[test]
fn an_item_of_either_side_brings_two_sessions_of_a_join_together() {
    let dir = tempfile::tempdir().unwrap();
    for workers in [1, 3] {
        let dir = dir.path().join(workers.to_string());
        let mut test = by_event_time!(cogroup(rights) over session 5ms late 10ms drop as groups)
            .workers(workers)
            .checkpoint(&dir);
        test.feed("left", ["1 k a", "9 k b"]);
        test.feed("right", ["18 k p"]);
        test.restart().unwrap();
        test.feed("right", ["5 k q"]);
        test.restart().unwrap();
        test.feed("left", ["26 m x"]);
        test.feed("right", ["26 m y"]);
        // Time is complete up to 25: [1, 14) has waited for those that come late.
        test.expect(["k [a b] [q]"]);
        test.feed("right", ["3 k late"]);
        test.feed("left", ["60 n x"]);
        test.feed("right", ["60 n y"]);
        test.expect(["k [] [p]", "m [x] [y]"]);
        assert_eq!(test.late_records(), 1, "{workers} workers");
    }
}

#[test]
fn sessions_of_the_clock_have_both_sides() {
    let mut test = by_the_clock!(left_join(rights) over session 2s as pairs).workers(2);
    test.feed("left", ["k a", "m b"]);
    test.advance(SECOND);
    test.feed("right", ["k p"]);
    test.advance(SECOND);
    test.expect(["m b null"]);
    test.feed("left", ["k c"]);
    test.advance(SECOND);
    test.expect([] as [&str; 0]);
    test.advance(SECOND);
    test.expect(["k a p", "k c p"]);
}

#[test]
fn explain_says_what_windows_of_a_join_keep() {
    let job = stream_job! {
        job explained
        let rights = from kafka("right") | map(|line| timed(line)?) | event_time(|(at, ..)| *at) lag 5s
            | map(|(_, key, value)| (key, value.len()));
        from kafka("left") | map(|line| timed(line)?) | event_time(|(at, ..)| *at) lag 5s
            | map(|(_, key, value)| (key, value.to_owned()))
            | join(rights) over hopping 10m by 1m late drop as pairs
            | print
    };
    let text = job.explain();
    for part in [
        "state `pairs`: the values of both streams for each key of each step",
        "forgotten when the watermark closes `over hopping 10m by 1m of event time`",
        "kept as `keyed str -> ([str], [u64])`",
    ] {
        assert!(text.contains(part), "{part} in:\n{text}");
    }
}

/// Windows that lie elsewhere than at multiples of their steps are those of aggregates too.
#[test]
fn windows_of_a_join_may_leave_gaps_and_be_moved() {
    for workers in [1, 3] {
        let left = ["0 k a", "1 k b", "2 k c"];
        let right = ["1 k p", "2 k q"];
        let last = "100 x x";
        let mut gaps = by_event_time!(join(rights) over hopping 2ms by 3ms late drop as pairs)
            .workers(workers);
        let mut moved = by_event_time!(
            join(rights) over hopping 2ms by 3ms offset 1ms late drop as pairs)
        .workers(workers);
        let mut grown = by_event_time!(
            cogroup(rights) over cumulate 4ms by 2ms offset 1ms late drop as groups)
        .workers(workers);
        for test in [&mut gaps, &mut moved, &mut grown] {
            test.feed("left", left);
            test.feed("right", right);
            test.feed("left", [last]);
            test.feed("right", [last]);
        }
        // [0, 2) and [3, 5): what comes at 2 is in no window, and it is not late.
        gaps.expect(["k a p", "k b p"]);
        assert_eq!(gaps.late_records(), 0, "{workers} workers");
        // [1, 3)
        moved.expect(["k b p", "k b q", "k c p", "k c q"]);
        // [-3, 1), and [1, 3) and [1, 5).
        grown.expect(["k [a] []", "k [b c] [p q]", "k [b c] [p q]"]);
    }
}

#[test]
fn windows_of_the_clock_may_leave_gaps_and_be_moved() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = by_the_clock!(cogroup(rights) over tumbling 2s offset 1s as groups)
        .workers(2)
        .checkpoint(dir.path());
    test.feed("left", ["k a"]);
    test.advance(SECOND);
    test.expect(["k [a] []"]);
    test.feed("left", ["k b"]);
    test.advance(SECOND);
    test.expect([] as [&str; 0]);
    test.restart().unwrap();
    test.feed("right", ["k p"]);
    test.advance(SECOND);
    test.expect(["k [b] [p]"]);

    let mut test = by_the_clock!(cogroup(rights) over hopping 2s by 3s as groups);
    let mut seen = Vec::new();
    for n in 0..6 {
        test.feed("left", [format!("k {n}")]);
        test.advance(SECOND);
        seen.push(test.rows().join(" "));
    }
    assert_eq!(seen, ["", "", "k [1 2] []", "", "", "k [4 5] []"]);
}
