//! Joins of items that are near each other in time: by their own time, and by the clock.

use std::time::Duration;

use streamflow::testing::JobTest;
use streamflow::{Code, stream_job};

use crate::SECOND;
use crate::lines::timed;

const MS: Duration = Duration::from_millis(1);
const MINUTE: Duration = Duration::from_secs(60);

/// Two topics whose items have a time of their own, the right one as `rights`.
macro_rules! by_event_time {
    ($lag:literal, $($stage:tt)*) => {
        stream_job! {
            job nearby
            let rights = from kafka("right")
                | map(|line| timed(line)?)
                | event_time(|(at, ..)| *at) lag $lag
                | map(|(_, key, value)| (key, value.to_owned()));
            from kafka("left")
                | map(|line| timed(line)?)
                | event_time(|(at, ..)| *at) lag $lag
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

/// Moves both sides on to a time, with items that meet nothing else.
fn both_at(test: &mut JobTest, at_ms: i64) {
    test.feed("left", [format!("{at_ms} left x")]);
    test.feed("right", [format!("{at_ms} right x")]);
}

/// The items of Flink's tests: four on each side, at 1 to 4 ms.
macro_rules! of_flink {
    ($($range:tt)*) => {{
        let mut test = by_event_time!(1s, join(rights) within $($range)* late drop as near);
        for n in 1..=4 {
            test.feed("left", [format!("{n} k {n}")]);
            test.feed("right", [format!("{n} k {n}")]);
        }
        test
    }};
}

#[test]
fn ranges_of_flink_meet_what_they_meet_there() {
    of_flink!(-2ms..-1ms).expect(["k 2 1", "k 3 1", "k 3 2", "k 4 2", "k 4 3"]);
    of_flink!(-2ms..-2ms).expect(["k 3 1", "k 4 2"]);
    of_flink!(-1ms..+1ms).expect([
        "k 1 1", "k 1 2", "k 2 1", "k 2 2", "k 2 3", "k 3 2", "k 3 3", "k 3 4", "k 4 3", "k 4 4",
    ]);
    of_flink!(+1ms..+2ms).expect(["k 1 2", "k 1 3", "k 2 3", "k 2 4", "k 3 4"]);
    of_flink!(0s..0s).expect(["k 1 1", "k 2 2", "k 3 3", "k 4 4"]);
    of_flink!(0s..1ms).expect([
        "k 1 1", "k 1 2", "k 2 2", "k 2 3", "k 3 3", "k 3 4", "k 4 4",
    ]);
}

#[test]
fn late_item_meets_nothing_and_is_counted() {
    let mut test = by_event_time!(1ms, join(rights) within -1ms..+1ms late drop as near);
    for n in 1..=3 {
        test.feed("left", [format!("{n} k {n}")]);
        test.feed("right", [format!("{n} k {n}")]);
    }
    let of_three = [
        "k 1 1", "k 1 2", "k 2 1", "k 2 2", "k 2 3", "k 3 2", "k 3 3",
    ];
    test.expect(of_three);
    both_at(&mut test, 4);
    // Time is complete up to 3: what comes for 1 is late, though there is a right item at 2.
    test.feed("left", ["1 k late"]);
    test.expect([] as [&str; 0]);
    assert_eq!(test.late_records(), 1);
    test.feed("left", ["4 k 4"]);
    test.feed("right", ["4 k 4"]);
    test.expect(["k 3 4", "k 4 3", "k 4 4"]);
    test.feed("right", ["3 k 3b"]);
    test.expect(["k 2 3b", "k 3 3b", "k 4 3b"]);
    assert_eq!(test.late_records(), 1);
}

#[test]
fn items_are_waited_for_where_the_job_says_so() {
    let mut test = by_event_time!(1ms, left_join(rights) within -1ms..+1ms late 10ms drop as near);
    test.feed("left", ["1 k a"]);
    both_at(&mut test, 13);
    test.feed("right", ["2 k b"]);
    test.expect(["k a b"]);
    both_at(&mut test, 14);
    test.feed("right", ["2 k late"]);
    test.expect([] as [&str; 0]);
    assert_eq!(test.late_records(), 1);
}

/// The times of Kafka Streams' `testWindowing`: each line comes alone.
#[test]
fn windows_of_kafka_streams_end_where_they_end_there() {
    let mut test = by_event_time!(10s, join(rights) within -100ms..+100ms late drop as near);
    let rights = |test: &mut JobTest, at_ms: i64, value: &str| {
        test.feed(
            "right",
            (0..4).map(|key| format!("{at_ms} {key} {value}{key}")),
        );
    };
    test.feed("left", ["0 0 A0", "0 1 A1"]);
    test.expect([] as [&str; 0]);
    test.feed("right", ["0 0 a0", "0 1 a1"]);
    test.expect(["0 A0 a0", "1 A1 a1"]);
    test.feed(
        "left",
        (0..4).map(|key| format!("{} {key} B{key}", 1_000 + key)),
    );
    test.expect([] as [&str; 0]);
    for (at_ms, value, keys) in [
        (1_100, "b", 0..4),
        (1_101, "c", 1..4),
        (1_102, "d", 2..4),
        (1_103, "e", 3..4),
        (1_104, "f", 4..4),
        (899, "g", 0..0),
        (900, "h", 0..1),
        (901, "i", 0..2),
        (902, "j", 0..3),
        (903, "k", 0..4),
    ] {
        rights(&mut test, at_ms, value);
        test.expect(keys.map(|key| format!("{key} B{key} {value}{key}")));
    }
}

#[test]
fn range_may_lie_on_one_side_only() {
    let lefts: Vec<String> = (0..4)
        .map(|key| format!("{} {key} A{key}", 1_000 + key))
        .collect();
    let mut after = by_event_time!(10s, join(rights) within 0s..+100ms late drop as near);
    let mut before = by_event_time!(10s, join(rights) within -100ms..0s late drop as near);
    after.feed("left", &lefts);
    before.feed("left", &lefts);
    for (at_ms, of_after, of_before) in [
        (899, 0..0, 0..0),
        (900, 0..0, 0..1),
        (903, 0..0, 0..4),
        (999, 0..0, 0..4),
        (1_000, 0..1, 0..4),
        (1_001, 0..2, 1..4),
        (1_003, 0..4, 3..4),
        (1_004, 0..4, 0..0),
        (1_100, 0..4, 0..0),
        (1_101, 1..4, 0..0),
        (1_103, 3..4, 0..0),
        (1_104, 0..0, 0..0),
    ] {
        for (test, keys) in [(&mut after, of_after), (&mut before, of_before)] {
            test.feed("right", (0..4).map(|key| format!("{at_ms} {key} {at_ms}")));
            test.expect(keys.map(|key| format!("{key} A{key} {at_ms}")));
        }
    }
}

#[test]
fn left_join_gives_what_has_met_nothing_when_the_watermark_has_passed_its_range() {
    let mut test = by_event_time!(1ms, left_join(rights) within -100ms..+100ms late drop as near);
    test.feed("left", ["0 k A0", "0 k A0-0", "100 m A1"]);
    test.expect([] as [&str; 0]);
    both_at(&mut test, 101);
    // Something may still come at 100 for what is at 0.
    test.feed("right", ["110 m a1"]);
    test.expect(["m A1 a1"]);
    both_at(&mut test, 102);
    let mut rows = test.rows();
    rows.sort();
    assert_eq!(rows, ["k A0 null", "k A0-0 null"]);
    both_at(&mut test, 500);
    // What has met something is not told again; the right items that met nothing are not asked for.
    test.expect(["left x null", "left x null"]);
}

#[test]
fn outer_joins_give_what_has_met_nothing_by_its_time() {
    let mut right =
        by_event_time!(1s, right_join(rights) within -10ms..+20ms late drop as near).workers(1);
    let mut full =
        by_event_time!(1s, full_join(rights) within -10ms..+20ms late drop as near).workers(1);
    for test in [&mut right, &mut full] {
        test.feed("left", ["100 k a", "130 k b", "90 m c"]);
        test.feed(
            "right",
            ["121 k p", "90 k q", "89 k r", "150 k s", "60 n t"],
        );
    }
    right.expect(["k b p", "k a q", "k b s"]);
    full.expect(["k b p", "k a q", "k b s"]);
    right.feed("left", ["9000 z z"]);
    full.feed("left", ["9000 z z"]);
    right.expect([] as [&str; 0]);
    right.feed("right", ["9000 z z"]);
    full.feed("right", ["9000 z z"]);
    let rows = right.rows();
    assert_eq!(rows[0], "z z z");
    right.expect([] as [&str; 0]);
    assert_eq!(
        rows[1..],
        ["n null t", "k null r"],
        "by their times, whatever the key"
    );
    let mut rows = full.rows();
    rows.sort();
    assert_eq!(rows, ["k null r", "m c null", "n null t", "z z z"]);
}

#[test]
fn semi_join_gives_each_item_once_and_anti_join_the_others() {
    let mut semi = by_event_time!(1s, semi_join(rights) within -10ms..+10ms late drop as near);
    let mut anti = by_event_time!(1s, anti_join(rights) within -10ms..+10ms late drop as near);
    for test in [&mut semi, &mut anti] {
        test.feed("left", ["100 k a", "105 k b", "130 k c", "100 m d"]);
    }
    semi.expect([] as [&str; 0]);
    for test in [&mut semi, &mut anti] {
        test.feed("right", ["110 k p", "109 k q", "111 m r"]);
    }
    semi.expect(["k a", "k b"]);
    anti.expect([] as [&str; 0]);
    for test in [&mut semi, &mut anti] {
        test.feed("left", ["107 k e"]);
    }
    semi.expect(["k e"]);
    for test in [&mut semi, &mut anti] {
        both_at(test, 9_000);
    }
    semi.expect([] as [&str; 0]);
    anti.expect(["k c", "m d"]);
    // At the end of the input nothing can meet them any more.
    assert_eq!(
        anti.finish().unwrap().lines().collect::<Vec<_>>(),
        ["left x"]
    );
}

#[test]
fn two_that_meet_have_the_time_of_the_later_one() {
    let mut test = by_event_time!(1ms,
        join(rights) within -100ms..+100ms late drop as near
            | map(|(key, _)| (key, 1u64))
            | reduce_by_key(+) over tumbling 10ms late drop as counts);
    test.feed("left", ["95 k a", "101 k b", "109 k c"]);
    test.feed("right", ["108 k p"]);
    test.expect([] as [&str; 0]);
    both_at(&mut test, 111);
    test.expect(["k 3"]);
    assert_eq!(test.late_records(), 0);
}

#[test]
fn what_has_met_nothing_is_not_late_for_the_windows_behind() {
    let mut test = by_event_time!(1ms,
        left_join(rights) within -10ms..+50ms late drop as near
            | map(|(key, (left, right))| (key, format!("{left}{right:?}")))
            | group_by_key over tumbling 10ms late drop as groups);
    test.feed("left", ["5 k a", "15 k b", "15 m c"]);
    test.feed("right", ["16 m p"]);
    both_at(&mut test, 60);
    test.expect([] as [&str; 0]);
    // The item at 15 leaves now, when the watermark is far behind its window.
    both_at(&mut test, 75);
    test.expect(["k [anull]", "k [bnull]", r"m [c\p\]"]);
    assert_eq!(test.late_records(), 0);
}

#[test]
fn what_has_met_can_meet_again() {
    let mut test = stream_job! {
        let rights = from kafka("right") | map(|line| timed(line)?) | event_time(|(at, ..)| *at) lag 1ms;
        let some = rights | map(|(_, key, value)| (key, value.to_owned()));
        let others = rights | map(|(_, key, value)| (key, value.to_owned()));
        from kafka("left")
            | map(|line| timed(line)?)
            | event_time(|(at, ..)| *at) lag 1ms
            | map(|(_, key, value)| (key, value.to_owned()))
            | join(some) within -10ms..+10ms late drop as near
            | map_values(|(left, right)| left + &right)
            | left_join(others) within 0s..+100ms late drop as again
            | map(|row| shown(&format!("{row:?}")))
            | print
    }
    .test()
    .partitions(1);
    test.feed("left", ["100 k a"]);
    test.feed(
        "right",
        ["105 k p", "204 k q", "205 k r", "206 k s", "99 k t"],
    );
    // The pair of `a` and `t` is at 100, that of `a` and `p` at 105.
    test.expect(["k ap p", "k ap q", "k ap r", "k at p"]);
}

#[test]
fn results_are_the_same_with_any_number_of_workers_and_partitions() {
    let mut of_all = Vec::new();
    for workers in [1, 2, 4] {
        let mut test = by_event_time!(10ms,
            full_join(rights) within -3ms..+2ms late 5ms drop as near)
        .partitions(3)
        .workers(workers);
        let mut rows = Vec::new();
        for turn in 0..12i64 {
            for (topic, salt) in [("left", 7), ("right", 11)] {
                let line = |n: i64| {
                    let at_ms = turn * 10 + (n * salt + turn) % 45;
                    format!(
                        "{at_ms} {} {topic}{turn}.{n}",
                        ["a", "b", "c"][usize::try_from(n % 3).unwrap()]
                    )
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
    assert!(first.iter().any(|row| row.contains("null right")));
    assert!(first.iter().any(|row| row.ends_with("null")));
    assert!(
        first
            .iter()
            .any(|row| row.contains("left") && row.contains("right"))
    );
    assert_ne!(first.last().unwrap(), "late 0");
    assert!(of_all.iter().all(|rows| rows == first));
}

#[test]
fn order_behind_a_join_is_that_of_the_records() {
    let mut of_all = Vec::new();
    for workers in [1, 3] {
        let mut test = by_event_time!(1s,
            join(rights) within -20ms..+20ms late drop as near
                | map(|(_, (left, right))| ((), left + &right))
                | scan(String::new(), |before, next| before + " " + &next) forever as all
                | values)
        .partitions(2)
        .workers(workers);
        let lines = |side: &str| {
            let side = side.to_owned();
            (0..8).map(move |n| format!("{} {} {side}{n}", n * 7 % 20, ["a", "b"][n % 2]))
        };
        test.feed("left", lines("l"));
        test.feed("right", lines("r"));
        of_all.push(test.rows().pop().unwrap());
    }
    assert!(of_all[0].len() > 60, "{of_all:?}");
    assert_eq!(of_all[0], of_all[1]);
}

#[test]
fn stream_can_meet_itself_in_time() {
    let mut test = stream_job! {
        let lines = from kafka("in")
            | map(|line| timed(line)?)
            | event_time(|(at, ..)| *at) lag 1s
            | map(|(_, key, value)| (key, value.parse::<u64>()?));
        lines | join(lines) within 0s..+5ms late drop as near
            | filter(|(_, (one, other))| one != other)
            | map(|row| shown(&format!("{row:?}"))) | print
    }
    .test();
    test.feed("in", ["1 u 1", "4 u 2", "9 u 3", "4 v 4"]);
    test.expect(["u 1 2", "u 2 3"]);
}

#[test]
fn open_items_go_on_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = by_event_time!(1ms, full_join(rights) within -10ms..+10ms late drop as near)
        .workers(3)
        .checkpoint(dir.path());
    test.feed("left", ["100 k a", "100 m b", "100 n c"]);
    test.feed("right", ["95 k p", "100 o q"]);
    test.expect(["k a p"]);
    test.restart().unwrap();
    test.expect([] as [&str; 0]);
    test.feed("right", ["105 k r", "105 m s"]);
    test.expect(["k a r", "m b s"]);
    test.restart().unwrap();
    both_at(&mut test, 112);
    // What has met something before is not alone, and the watermark has gone on.
    test.expect(["n c null", "o null q"]);
    test.restart().unwrap();
    test.feed("left", ["110 k late"]);
    test.expect([] as [&str; 0]);
    assert_eq!(test.late_records(), 1);
}

#[test]
fn another_range_does_not_take_over_what_was_kept() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = by_event_time!(1ms, join(rights) within -10ms..+10ms late drop as near)
        .checkpoint(dir.path());
    test.feed("left", ["100 k a"]);
    let error = test
        .restart_as(stream_job! {
            job nearby
            let rights = from kafka("right")
                | map(|line| timed(line)?)
                | event_time(|(at, ..)| *at) lag 1ms
                | map(|(_, key, value)| (key, value.to_owned()));
            from kafka("left")
                | map(|line| timed(line)?)
                | event_time(|(at, ..)| *at) lag 1ms
                | map(|(_, key, value)| (key, value.to_owned()))
                | join(rights) within -10ms..+20ms late drop as near
                | map(|row| format!("{row:?}"))
                | print
        })
        .unwrap_err();
    assert_eq!(error.code(), Code::IncompatibleState);
    let text = error.one_line();
    assert!(text.contains("within -10ms..+20ms of event time"), "{text}");
}

#[test]
fn items_from_far_in_the_future_are_late() {
    let mut test = by_event_time!(1ms, full_join(rights) within -10ms..+10ms late drop as near);
    let future_ms = test.now_ms() + 3_600_000;
    test.feed("left", [format!("{future_ms} k a"), "1 k b".to_owned()]);
    test.feed("right", [format!("{future_ms} k p"), "2 k q".to_owned()]);
    test.expect(["k b q"]);
    assert_eq!(test.late_records(), 2);
}

#[test]
fn stream_that_is_silent_is_not_waited_for() {
    let mut test = by_event_time!(1ms, left_join(rights) within -10ms..+10ms late drop as near);
    test.feed("left", ["100 k a", "200 k b"]);
    test.advance(SECOND * 29);
    test.feed("left", ["150 k c", "200 k d"]);
    test.expect([] as [&str; 0]);
    // Nothing is known of the right side, and it has been silent for too long.
    test.advance(SECOND);
    test.expect(["k a null", "k c null"]);
    // It is heard again, and behind: time does not go back.
    test.feed("right", ["190 k late", "210 k p"]);
    test.expect(["k b p", "k d p"]);
    assert_eq!(test.late_records(), 1);
}

#[test]
fn stream_that_has_ended_is_not_waited_for() {
    let rights = [(100i64, "k", "p")];
    let mut test = stream_job! {
        from kafka("left")
            | map(|line| timed(line)?)
            | event_time(|(at, ..)| *at) lag 1ms
            | map(|(_, key, value)| (key, value.to_owned()))
            | left_join(
                from iter(rights)
                    | event_time(|(at, ..)| *at) lag 1ms
                    | map(|(_, key, value)| (key, value.to_owned()))
            ) within -10ms..+10ms late drop as near
            | map(|row| shown(&format!("{row:?}"))) | print
    }
    .test()
    .partitions(1);
    test.feed("left", ["105 k a", "150 k b", "300 k c"]);
    test.expect(["k a p", "k b null"]);
}

#[test]
fn end_of_the_input_is_the_end_of_all_time() {
    let lefts = [(100i64, "k", "a"), (105, "m", "b"), (10, "n", "late")];
    let rights = [(107i64, "k", "p"), (300, "o", "q")];
    let (left, right) = (lefts, rights);
    let test = stream_job! {
        let rights = from iter(right)
            | event_time(|(at, ..)| *at) lag 50ms
            | map(|(_, key, value)| (key, value));
        from iter(left)
            | event_time(|(at, ..)| *at) lag 50ms
            | map(|(_, key, value)| (key, value.to_owned()))
            | full_join(rights | map_values(str::to_owned)) within 0s..+10ms late drop as near
            | map(|row| shown(&format!("{row:?}"))) | print
    }
    .test();
    let printed = test.finish().unwrap();
    let mut rows: Vec<&str> = printed.lines().collect();
    rows.sort_unstable();
    assert_eq!(rows, ["k a p", "m b null", "n late null", "o null q"]);
    let test = stream_job! {
        from iter(lefts) | map(|(_, key, value)| (key, value.to_owned()))
            | anti_join(from iter(rights) | map(|(_, key, value)| (key, value))) within -1h..+1h as near
            | map(|row| shown(&format!("{row:?}"))) | print
    }
    .test();
    let printed = test.finish().unwrap();
    let mut rows: Vec<&str> = printed.lines().collect();
    rows.sort_unstable();
    assert_eq!(rows, ["m b", "n late"]);
}

/// `key value`, by the clock.
macro_rules! by_the_clock {
    ($($stage:tt)*) => {
        stream_job! {
            job nearby
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
fn without_a_time_of_their_own_items_meet_by_the_clock() {
    let mut test = by_the_clock!(left_join(rights) within -1m..+5m as near);
    test.feed("right", ["k p"]);
    test.advance(MINUTE);
    test.feed("left", ["k a", "m b"]);
    test.expect(["k a p"]);
    test.advance(MS);
    test.feed("left", ["k c"]);
    test.expect([] as [&str; 0]);
    test.advance(Duration::from_millis(299_999));
    test.feed("right", ["k q"]);
    test.expect(["k a q", "k c q"]);
    test.advance(MS);
    test.expect(["m b null"]);
    test.feed("right", ["k r"]);
    test.expect(["k c r"]);
    test.advance(MINUTE * 60);
    test.expect([] as [&str; 0]);
    assert_eq!(test.late_records(), 0);
}

#[test]
fn all_kinds_meet_by_the_clock() {
    let mut tests = [
        (
            by_the_clock!(join(rights) within 0s..+10s as near),
            &["k a p"][..],
            &[][..],
        ),
        (
            by_the_clock!(right_join(rights) within 0s..+10s as near),
            &["k a p"],
            &["n null q"],
        ),
        (
            by_the_clock!(full_join(rights) within 0s..+10s as near),
            &["k a p"],
            &["m b null", "n null q"],
        ),
        (
            by_the_clock!(semi_join(rights) within 0s..+10s as near),
            &["k a"],
            &[],
        ),
        (
            by_the_clock!(anti_join(rights) within 0s..+10s as near),
            &[],
            &["m b"],
        ),
    ];
    for (test, met, alone) in &mut tests {
        test.feed("left", ["k a", "m b"]);
        test.advance(SECOND * 10);
        test.feed("right", ["k p", "n q"]);
        test.expect(*met);
        test.advance(SECOND);
        test.expect(*alone);
    }
}

#[test]
fn range_of_the_clock_goes_on_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = by_the_clock!(full_join(rights) within -10s..+10s as near)
        .workers(3)
        .checkpoint(dir.path());
    test.feed("left", ["k a", "m b"]);
    test.advance(SECOND * 5);
    test.restart().unwrap();
    test.feed("right", ["k p"]);
    test.expect(["k a p"]);
    test.restart().unwrap();
    test.advance(SECOND * 5 + MS);
    test.expect(["m b null"]);
    test.advance(MINUTE);
    test.expect([] as [&str; 0]);
}

#[test]
fn values_on_the_right_that_nobody_asks_for_may_be_borrowed() {
    let mut test = stream_job! {
        let known = from kafka("known") | map(|line| { let (id, text) = line.split_once(' ')?; (id, text) });
        from kafka("in") | map(|id| (id.to_uppercase(), 1)) | semi_join(known) within -1h..0s as known_ids | print
    }
    .test();
    test.feed("known", ["A text", "A another"]);
    test.feed("in", ["a", "b"]);
    test.expect(["(A,1)"]);
}

#[test]
fn explain_says_how_near_items_must_be() {
    let job = stream_job! {
        job explained
        let rights = from kafka("right") | map(|line| timed(line)?) | event_time(|(at, ..)| *at) lag 5s
            | map(|(_, key, value)| (key, value.len()));
        from kafka("left") | map(|line| timed(line)?) | event_time(|(at, ..)| *at) lag 5s
            | map(|(_, key, value)| (key, value.to_owned()))
            | left_join(rights) within -5m..0s late 2m drop as matches
            | print
    };
    let text = job.explain();
    for part in [
        "state `matches`: the items of both streams, forgotten when the watermark has passed all that they meet",
        "`within -5m..0s of event time late 2m`",
        "kept as `keyed str -> ([str], [u64])`",
    ] {
        assert!(text.contains(part), "{part} in:\n{text}");
    }
}
