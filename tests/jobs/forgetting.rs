//! What bounds the state of a key, and what becomes of keys that are forgotten.

use crate::SECOND;
use streamflow::stream_job;

#[test]
fn key_that_nobody_uses_begins_anew() {
    let mut test = stream_job! {
        from kafka("in") | count_by_value running ttl 10s as counts | print
    }
    .test();
    test.feed("in", ["a", "a"]);
    test.advance(SECOND * 9);
    test.feed("in", ["a"]);
    test.expect(["(a,1)", "(a,2)", "(a,3)"]);
    test.advance(SECOND * 10);
    test.feed("in", ["a"]);
    test.expect(["(a,1)"]);
}

#[test]
fn cap_forgets_the_key_that_nobody_has_used_for_longest() {
    for workers in [1, 2, 4] {
        let mut test = stream_job! {
            from kafka("in") | count_by_value running cap 2 as counts | print
        }
        .test()
        .workers(workers)
        .partitions(1);
        test.feed("in", ["a", "b", "a", "c", "a", "b"]);
        test.expect(["(a,1)", "(b,1)", "(a,2)", "(c,1)", "(a,3)", "(b,1)"]);
        assert_eq!(test.keys_pushed_out(), 2);
        for word in ["a", "c", "b"] {
            test.feed("in", [word]);
        }
        test.expect(["(a,4)", "(c,1)", "(b,1)"]);
        assert_eq!(test.keys_pushed_out(), 4);
    }
}

#[test]
fn cap_is_over_all_workers_and_keeps_the_order_of_use_in_checkpoints() {
    let dir = tempfile::tempdir().unwrap();
    let job = || {
        stream_job! {
            job counts
            from kafka("in") | count_by_value running cap 3 as counts | print
        }
    };
    let mut test = job().test().workers(4).partitions(1).checkpoint(dir.path());
    test.feed("in", ["a", "b", "c", "a"]);
    test.expect(["(a,1)", "(b,1)", "(c,1)", "(a,2)"]);
    test.restart().unwrap();
    test.feed("in", ["d", "a", "b", "c"]);
    test.expect(["(d,1)", "(a,3)", "(b,1)", "(c,1)"]);
}

#[test]
fn cap_on_every_stage_that_keeps_something_for_each_key() {
    for workers in [1, 3] {
        let mut test = stream_job! {
            let pairs = from kafka("in")
                | map(|line| { let (key, n) = line.split_once(',')?; (key, n.parse::<u64>()?) });
            pairs | scan(0, |sum, n| sum + n) cap 2 as sums | map(|(k, n)| format!("scan {k} {n}")) | print;
            pairs | lag(1) cap 2 as before | map(|(k, (n, last))| format!("lag {k} {n} {last:?}")) | print;
            pairs | map(|(key, _)| key.to_owned()) | dedup(|key| key.as_str()) cap 2 as seen
                | map(|key| format!("first {key}")) | print;
            pairs
                | map_with_state(0u64, |key, value: Option<u64>, sum| match value {
                    Some(value) => { *sum += value; format!("state {key} {sum}") }
                    None => format!("gone {key} {sum}"),
                }) cap 2 ttl 1h as states
                | print
        }
        .test()
        .workers(workers)
        .partitions(1);
        test.feed("in", ["a,1", "b,2", "a,3", "c,4", "b,5"]);
        test.expect([
            "scan a 1",
            "scan b 2",
            "scan a 4",
            "scan c 4",
            "scan b 5",
            "lag a 1 None",
            "lag b 2 None",
            "lag a 3 Some(1)",
            "lag c 4 None",
            "lag b 5 None",
            "first a",
            "first b",
            "first c",
            "first b",
            "state a 1",
            "state b 2",
            "state a 4",
            "gone b 2",
            "state c 4",
            "gone a 4",
            "state b 5",
        ]);
    }
}

/// A result that has not left yet leaves with its key.
#[test]
fn key_that_makes_room_gives_its_latest_result() {
    let mut test = stream_job! {
        from kafka("in") | count_by_value running emit updates every 10s cap 1 as counts
            | map(|(word, n)| format!("{word} {n}")) | print
    }
    .test()
    .partitions(1);
    test.feed("in", ["a", "a", "b"]);
    test.advance(SECOND * 10);
    test.expect(["a 2", "b 1"]);
}

#[test]
fn ttl_is_of_event_time_where_items_have_one() {
    for (workers, together) in [(1, true), (1, false), (3, true), (3, false)] {
        let mut test = stream_job! {
            let pairs = from kafka("in")
                | map(|line| { let (key, at) = line.split_once(',')?; (key, at.parse::<i64>()? * 1_000) })
                | event_time(|(_, at)| *at) lag 2s;
            pairs | count_by_key running ttl 10s as counts | map(|(k, n)| format!("{k} x {n}")) | print;
            pairs
                | map_with_state(0u64, |key, value: Option<i64>, n| match value {
                    Some(_) => { *n += 1; format!("{key} has {n}") }
                    None => format!("{key} had {n}"),
                }) ttl 10s as states
                | print
        }
        .test()
        .workers(workers)
        .partitions(1);
        let lines = [
            "a,0", "b,1", "a,9", "b,12", "a,11", "c,21", "a,20", "a,30", "c,40",
        ];
        if together {
            test.feed("in", lines);
        } else {
            for line in lines {
                test.feed("in", [line]);
                test.advance(SECOND * 60);
            }
        }
        test.expect([
            "a x 1", "b x 1", "a x 2", "b x 1", "a x 3", "c x 1", "a x 4", "a x 1", "c x 1",
            "a has 1", "b has 1", "a has 2", "b had 1", "b has 1", "a has 3", "c has 1", "a has 4",
            "a had 4", "b had 1", "a has 1", "c had 1", "c has 1",
        ]);
    }
}

/// A result of a window has the time at which the window ends.
#[test]
fn ttl_behind_a_window_goes_by_the_times_of_its_results() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| { let (key, at) = line.split_once(',')?; (key, at.parse::<i64>()? * 1_000) })
            | event_time(|(_, at)| *at) lag 1ms
            | count_by_key over tumbling 10s late drop as windows
            | scan(0u64, |all, n| all + n) ttl 30s as totals
            | print
    }
    .test()
    .partitions(1);
    test.feed(
        "in",
        [
            "a,0", "a,5", "a,12", "b,20", "a,31", "b,60", "a,75", "b,100",
        ],
    );
    test.expect(["(a,2)", "(a,3)", "(b,1)", "(a,4)", "(b,1)", "(a,1)"]);
}

#[test]
fn cap_of_process_forgets_fields_and_timers() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job waiting
            from kafka("in")
                | map(|user| (user, ()))
                | process {
                    n: u64 = 0,
                    on_record: |user, (), state, out| {
                        state.n += 1;
                        out.after(SECOND * 10);
                        out.emit(format!("{user} {}", state.n));
                    },
                    on_timer: |user, _at, state, out| out.emit(format!("{user} gone after {}", state.n)),
                } cap 2 as seen
                | print
        }
        .test()
        .workers(workers)
        .partitions(1)
        .checkpoint(dir.path());
        test.feed("in", ["a", "b", "a"]);
        test.expect(["a 1", "b 1", "a 2"]);
        // The order of use outlives the run.
        test.restart().unwrap();
        test.feed("in", ["c", "a"]);
        test.expect(["c 1", "a 3"]);
        assert_eq!(test.keys_pushed_out(), 1);
        // Nothing of `b`; and a key that is left leaves room.
        test.advance(SECOND * 10);
        test.expect(["a gone after 3", "c gone after 1"]);
    }
}
