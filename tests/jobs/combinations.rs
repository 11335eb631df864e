//! Stages with state behind each other, in ways that no other test has them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use streamflow::{Job, stream_job, stream_test};

use crate::SECOND;

/// `12 key value`: an item, and its time in milliseconds.
fn timed(line: &str) -> Option<(i64, &str, u64)> {
    let mut parts = line.split(' ');
    let ms = parts.next()?.parse().ok()?;
    Some((ms, parts.next()?, parts.next()?.parse().ok()?))
}

/// Runs a job at several numbers of workers, with a restart behind each step.
fn run(job: impl Fn() -> Job<'static>, steps: &[(&str, &[&str], &[&str])]) {
    for workers in [1, 4, 2] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = job()
            .test()
            .partitions(1)
            .workers(workers)
            .checkpoint(dir.path());
        for (at, (topic, lines, rows)) in steps.iter().enumerate() {
            if *topic == "advance" {
                test.advance(SECOND);
            } else {
                test.feed(topic, *lines);
            }
            let mut found = test.rows();
            found.sort();
            let mut rows = rows.to_vec();
            rows.sort_unstable();
            assert_eq!(found, rows, "step {at}, {workers} workers");
            if workers != 1 {
                test = test.workers(1 + (workers + at) % 4);
                test.restart().expect("it goes on");
            }
        }
    }
}

#[test]
fn windows_behind_a_join_of_streams() {
    run(
        || {
            stream_job! {
                job behind
                let rights = from kafka("right") | map(|line| timed(line)?) | event_time(|(at, _, _)| *at) lag 1ms | map(|(_, key, n)| (key, n));
                let met = from kafka("left") | map(|line| timed(line)?) | event_time(|(at, _, _)| *at) lag 1ms | map(|(_, key, n)| (key, n))
                    | join(rights) within -100ms..+100ms late drop as near
                    | map(|(key, (left, right))| (key.to_owned(), left * right));
                met | map(|(key, n)| (key.to_owned(), *n)) | reduce_by_key(+) over session 1s late drop as sessions | map(|(key, n)| format!("session {key} {n}")) | print;
                met | map(|(key, n)| (key.to_owned(), *n)) | reduce_by_key(+) over tumbling 1s late drop as windows | map(|(key, n)| format!("tumbling {key} {n}")) | print;
                met | map(|(key, n)| (key.to_owned(), *n)) | reduce_by_key(+) over sliding 1s late drop as slides | map(|(key, n)| format!("sliding {key} {n}")) | print;
                met | map(|(key, n)| (key.to_owned(), *n)) | reduce_by_key(+) over rows 2 as rows | map(|(key, n)| format!("rows {key} {n}")) | print;
                met | map(|(key, n)| (key.to_owned(), *n)) | scan(0, |sum, n| sum + n) forever as sums | map(|(key, n)| format!("scan {key} {n}")) | print;
                met | map(|(key, _)| key.to_owned()) | dedup(|key| key.to_owned()) forever as seen | map(|key| format!("dedup {key}")) | print;
                met | map(|(_, n)| n) | max over hopping 2s by 1s late drop as most | map(|n| format!("max {n}")) | print
            }
        },
        &[
            ("left", &["100 a 2", "500 a 3", "900 b 5"], &[]),
            ("right", &["150 a 7"], &["scan a 14", "dedup a"]),
            (
                "right",
                &["550 a 1", "450 a 1"],
                &[
                    "scan a 17",
                    "scan a 20",
                    "rows a 17",
                    "sliding a 14",
                    "sliding a 17",
                ],
            ),
            (
                "right",
                &["950 b 2"],
                &["scan b 10", "dedup b", "sliding a 20"],
            ),
            ("left", &["5000 z 1"], &[]),
            (
                "right",
                &["5000 z 1"],
                &[
                    "scan z 1",
                    "dedup z",
                    "session a 20",
                    "session b 10",
                    "tumbling a 20",
                    "tumbling b 10",
                    "sliding b 10",
                    "max 14",
                    "max 14",
                ],
            ),
        ],
    );
}

#[test]
fn joins_behind_windows() {
    run(
        || {
            stream_job! {
                job joins
                let clicks = from kafka("clicks") | map(|line| timed(line)?) | event_time(|(at, _, _)| *at) lag 1ms | map(|(_, key, n)| (key, n))
                    | reduce_by_key(+) over tumbling 1s late drop as clicks;
                let views = from kafka("views") | map(|line| timed(line)?) | event_time(|(at, _, _)| *at) lag 1ms | map(|(_, key, n)| (key, n))
                    | reduce_by_key(+) over tumbling 1s late drop as views;
                views | left_join(clicks) within 0s..0s late drop as rates | map(|(key, (views, clicks))| format!("within {key} {views} {clicks:?}")) | print;
                views | full_join(clicks) over tumbling 1s late drop as both | map(|(key, (views, clicks))| format!("over {key} {views:?} {clicks:?}")) | print;
                views | cogroup(clicks) over tumbling 2s late drop as groups | map(|(key, (views, clicks))| format!("cogroup {key} {views:?} {clicks:?}")) | print
            }
        },
        &[
            ("views", &["100 a 1", "200 a 2", "300 b 4", "1500 a 8"], &[]),
            ("clicks", &["900 a 1", "950 c 1"], &[]),
            // Both are at 1999.
            ("views", &["2000 z 0"], &[]),
            (
                "clicks",
                &["1900 a 5", "2000 z 0"],
                &[
                    "within a 3 Some(1)",
                    "over a Some(3) Some(1)",
                    "over b Some(4) None",
                    "over c None Some(1)",
                    "within b 4 None",
                ],
            ),
            ("views", &["5000 z 0"], &[]),
            (
                "clicks",
                &["5000 z 0"],
                &[
                    "within a 8 Some(5)",
                    "over a Some(8) Some(5)",
                    "within z 0 Some(0)",
                    "over z Some(0) Some(0)",
                    "cogroup a [3, 8] [1, 5]",
                    "cogroup b [4] []",
                    "cogroup c [] [1]",
                    "cogroup z [0] [0]",
                ],
            ),
        ],
    );
}

#[test]
fn process_behind_sessions() {
    run(
        || {
            stream_job! {
                job behind
                from kafka("in") | map(|line| timed(line)?) | event_time(|(at, _, _)| *at) lag 1ms | map(|(_, key, n)| (key, n))
                    | reduce_by_key(+) over session 1s late drop as sessions
                    | process {
                        sessions: u64 = 0,
                        on_record: |key, n, state, out| {
                            state.sessions += 1;
                            out.emit(format!("{key} {n} at {}", out.time()));
                            out.at(out.time() + 5_000);
                        },
                        on_timer: |key, at, state, out| out.emit(format!("{key} quiet at {at} after {}", state.sessions)),
                    } forever as quiet
                    | print
            }
        },
        &[
            ("in", &["0 a 1", "500 a 2", "3000 b 1"], &["a 3 at 1499"]),
            ("in", &["2000 a 4"], &[]),
            ("in", &["4500 c 0"], &["a 4 at 2999", "b 1 at 3999"]),
            (
                "in",
                &["6500 c 0"],
                &["c 0 at 5499", "a quiet at 6499 after 2"],
            ),
            (
                "in",
                &["20000 d 0"],
                &[
                    "c 0 at 7499",
                    "a quiet at 7999 after 2",
                    "b quiet at 8999 after 1",
                    "c quiet at 10499 after 2",
                    "c quiet at 12499 after 2",
                ],
            ),
        ],
    );
}

#[test]
fn state_behind_a_union() {
    run(
        || {
            stream_job! {
                job unions
                let ones = from kafka("one") | map(|line| timed(line)?) | event_time(|(at, _, _)| *at) lag 1ms | map(|(_, key, n)| (key, n));
                let others = from kafka("other") | map(|line| timed(line)?) | event_time(|(at, _, _)| *at) lag 1ms | map(|(_, key, n)| (key, n));
                let all = union(ones, others);
                all | scan(0u64, |sum, n| sum + n) forever as sums | map(|(key, n)| format!("scan {key} {n}")) | print;
                all | lag(1) forever as before | map(|(key, (n, before))| format!("lag {key} {n} {before:?}")) | print;
                all | reduce_by_key(+) over session 1s late drop as sessions | map(|(key, n)| format!("session {key} {n}")) | print;
                all | count_by_key running forever as counts | map(|(key, n)| format!("running {key} {n}")) | print;
                all | top(1) over tumbling 1s late drop as tops | map(|(key, n)| format!("top {key} {n}")) | print
            }
        },
        &[
            (
                "one",
                &["100 a 1"],
                &["scan a 1", "lag a 1 None", "running a 1"],
            ),
            (
                "other",
                &["200 a 2", "300 b 5"],
                &[
                    "scan a 3",
                    "lag a 2 Some(1)",
                    "running a 2",
                    "scan b 5",
                    "lag b 5 None",
                    "running b 1",
                ],
            ),
            (
                "one",
                &["9000 a 4"],
                &["scan a 7", "lag a 4 Some(2)", "running a 3"],
            ),
            (
                "other",
                &["9000 c 1"],
                &[
                    "scan c 1",
                    "lag c 1 None",
                    "running c 1",
                    "session a 3",
                    "session b 5",
                    "top b 5",
                ],
            ),
        ],
    );
}

#[test]
fn tables_of_aggregates() {
    run(
        || {
            stream_job! {
                job tables
                let views = from kafka("views") | map(|line| timed(line)?) | event_time(|(at, _, _)| *at) lag 1ms | map(|(_, key, n)| (key, n));
                let totals = views | reduce_by_key(+) running forever as totals | table forever as t1;
                let windows = views | reduce_by_key(+) over tumbling 1s late drop as windows | table forever as t2;
                let sessions = views | count_by_key over session 1s late drop as sessions | table forever as t3;
                let sums = views | scan(0u64, |sum, n| sum + n) forever as sums | table forever as t4;
                let lookups = from kafka("lookups") | map(|key| (key, ()));
                lookups | left_join(totals) | map(|(key, (_, n))| format!("running {key} {n:?}")) | print;
                lookups | left_join(windows) | map(|(key, (_, n))| format!("window {key} {n:?}")) | print;
                lookups | left_join(sessions) | map(|(key, (_, n))| format!("session {key} {n:?}")) | print;
                lookups | join(sums) | map(|(key, (_, n))| format!("scan {key} {n}")) | print
            }
        },
        &[
            (
                "lookups",
                &["a"],
                &["running a None", "window a None", "session a None"],
            ),
            ("views", &["100 a 1", "200 a 2"], &[]),
            (
                "lookups",
                &["a"],
                &[
                    "running a Some(3)",
                    "window a None",
                    "session a None",
                    "scan a 3",
                ],
            ),
            ("views", &["1500 a 4"], &[]),
            (
                "lookups",
                &["a"],
                &[
                    "running a Some(7)",
                    "window a Some(3)",
                    "session a Some(2)",
                    "scan a 7",
                ],
            ),
            ("views", &["9000 b 4"], &[]),
            (
                "lookups",
                &["a"],
                &[
                    "running a Some(7)",
                    "window a Some(4)",
                    "session a Some(1)",
                    "scan a 7",
                ],
            ),
        ],
    );
}

#[test]
fn table_of_intervals() {
    run(
        || {
            stream_job! {
                job tables
                let counts = from kafka("views") | map(|page| (page, ())) | count_by_key every 1s | table forever as counts;
                from kafka("lookups") | map(|key| (key, 1u64)) | join(counts) | map(|(key, (one, n))| (key.to_owned(), one + n))
                    | reduce_by_key(+) over tumbling 1s as sums | print
            }
        },
        &[
            ("views", &["a", "a"], &[]),
            ("advance", &[], &[]),
            ("lookups", &["a", "a", "b"], &[]),
            ("views", &["a"], &[]),
            ("advance", &[], &["(a,6)"]),
            ("lookups", &["a"], &[]),
            ("advance", &[], &["(a,2)"]),
        ],
    );
}

#[test]
fn parts_of_a_stream_have_states_of_their_own() {
    run(
        || {
            stream_job! {
                job parts
                let items = from kafka("in") | map(|line| timed(line)?) | event_time(|(at, _, _)| *at) lag 1ms | map(|(_, key, n)| (key, n));
                items
                    | tee { count_by_key over tumbling 1s late drop as counts | map(|(key, n)| format!("count {key} {n}")) | print; scan(0u64, |sum, n| sum + n) forever as sums | map(|(key, n)| format!("scan {key} {n}")) | print }
                    | split { small: |(_, n)| *n < 10, even: |(_, n)| n % 2 == 0, rest };
                small | reduce_by_key(+) over session 1s late drop as small | map(|(key, n)| format!("small {key} {n}")) | print;
                even | map(|(key, n)| (key.to_owned(), n)) | dedup(|(key, _)| key.clone()) forever as even | map(|(key, n)| format!("even {key} {n}")) | print;
                rest | lag(1) forever as rest | map(|(key, (n, before))| format!("rest {key} {n} {before:?}")) | print
            }
        },
        &[
            (
                "in",
                &["0 a 1", "100 a 12", "200 a 13", "300 b 14", "400 a 16"],
                &[
                    "scan a 1",
                    "scan a 13",
                    "scan a 26",
                    "scan b 14",
                    "scan a 42",
                    "even a 12",
                    "even b 14",
                    "rest a 13 None",
                ],
            ),
            (
                "in",
                &["5000 a 15"],
                &[
                    "count a 4",
                    "count b 1",
                    "scan a 57",
                    "small a 1",
                    "rest a 15 Some(13)",
                ],
            ),
        ],
    );
}

#[test]
fn refused_and_late_items_have_states_of_their_own() {
    run(
        || {
            stream_job! {
                job refused
                from kafka("in") | map(|line| timed(line)?) else to(bad)
                    | event_time(|(at, _, _)| *at) lag 1ms
                    | map(|(_, key, n)| (key, u8::try_from(n)?)) else to(large)
                    | reduce_by_key(+) over tumbling 1s late else to(late) as sums else to(overflows)
                    | map(|(key, n)| format!("{key} {n}")) | print;
                bad | map(|line| (line, ())) | count_by_key running forever as bad | map(|(line, n)| format!("bad {line} {n}")) | print;
                large | map(|(_, key, n)| (key.to_owned(), n)) | scan(0u64, |sum, n| sum + n) forever as large | map(|(key, n)| format!("large {key} {n}")) | print;
                late | count_by_key running forever as lates | map(|(key, n)| format!("late {key} {n}")) | print;
                overflows | lag(1) forever as overflows | map(|(key, (n, before))| format!("overflow {key} {n} {before:?}")) | print
            }
        },
        &[
            (
                "in",
                &["x", "0 a 200", "1 a 100", "2 b 300", "x", "3 a 90"],
                &[
                    "bad x 1",
                    "bad x 2",
                    "large b 300",
                    "overflow a 100 None",
                    "overflow a 90 Some(100)",
                ],
            ),
            ("in", &["5000 b 1", "3 b 300"], &["a 200", "large b 600"]),
            (
                "in",
                &["10 a 1", "20 a 1", "x"],
                &["late a 1", "late a 2", "bad x 3"],
            ),
        ],
    );
}

#[test]
fn dedup_behind_within_and_window_of_it() {
    run(
        || {
            stream_job! {
                job deduped
                let rights = from kafka("right") | map(|line| timed(line)?) | event_time(|(at, _, _)| *at) lag 1ms | map(|(_, key, n)| (key, n));
                from kafka("left") | map(|line| timed(line)?) | event_time(|(at, _, _)| *at) lag 1ms | map(|(_, key, n)| (key, n))
                    | join(rights) within -1s..+1s late drop as near
                    | map(|(key, (left, _))| (key.to_owned(), left))
                    | dedup(|pair| pair.clone()) ttl 1m as seen
                    | count_by_key over tumbling 10s late drop as counts
                    | map(|(key, n)| format!("{key} {n}"))
                    | print
            }
        },
        &[
            ("left", &["100 a 1", "200 a 2"], &[]),
            ("right", &["300 a 1", "400 a 2", "500 a 3"], &[]),
            ("left", &["600 a 1"], &[]),
            ("left", &["20000 b 1"], &[]),
            ("right", &["20000 c 1"], &["a 2"]),
        ],
    );
}

stream_job! {
    pub job with_parameters(least: u64, name: String)
    from kafka("in")
        | map(|line| timed(line)?)
        | event_time(|(at, _, _)| *at) lag 1ms
        | map(|(_, key, n)| (key, n))
        | filter(|(_, n)| *n >= least)
        | aggregate_by_key(least, |sum, n| sum + n, |a, b| a + b - least) over session 1s late drop as sums
        | scan(least, |sum, n| sum + n) forever as totals
        | process {
            n: u64 = least,
            on_record: |key, total, state, out| { state.n += 1; out.emit(format!("{name} {key} {total} {}", state.n)); },
        } forever as fields
        | print
}

#[test]
fn parameters_reach_stages_with_state() {
    run(
        || with_parameters(10, "job".to_owned()),
        &[
            ("in", &["0 a 9", "0 a 10", "500 a 20"], &[]),
            ("in", &["3000 a 30"], &["job a 50 11"]),
            ("in", &["9000 a 30"], &["job a 90 12"]),
        ],
    );
}

/// Windows of windows, of several kinds.
#[test]
fn windows_of_windows() {
    run(
        || {
            stream_job! {
                job nested
                let items = from kafka("in") | map(|line| timed(line)?) | event_time(|(at, _, _)| *at) lag 1ms | map(|(_, key, n)| (key, n));
                items | count_by_key over session 1s late drop as s1 | map(|(_, n)| n) | quantile(1.0) over tumbling 10s late drop as t1 | map(|n| format!("longest {n}")) | print;
                items | reduce_by_key(+) over tumbling 1s late drop as t2 | reduce_by_key(max) over session 3s late drop as s2 | map(|(key, n)| format!("peak {key} {n}")) | print;
                items | reduce_by_key(+) over hopping 2s by 1s late drop as h3 | top(1) over tumbling 1s late drop as t3 | map(|(key, n)| format!("top {key} {n}")) | print;
                items | keys | approx_distinct over session 2s late drop as s4 | sum over tumbling 10s late drop as t4 | map(|n| format!("distinct {n}")) | print;
                items | map(|(key, _)| key) | heavy_hitters(1) over sliding 1s late drop as l5 | reduce_by_key(max) over tumbling 10s late drop as t5 | map(|(key, n)| format!("heavy {key} {n}")) | print;
                items | reduce_by_key(+) over rows 2 as r6 | reduce_by_key(+) over tumbling 10s late drop as t6 | map(|(key, n)| format!("rows {key} {n}")) | print
            }
        },
        &[
            (
                "in",
                &["0 a 1", "500 a 2", "1200 a 4", "1300 b 9"],
                &["top a 3"],
            ),
            ("in", &["2500 b 1"], &["top b 9"]),
            (
                "in",
                &["30000 z 0"],
                &[
                    "top b 10",
                    "top b 1",
                    "longest 3",
                    "peak a 4",
                    "peak b 9",
                    "distinct 2",
                    "heavy a 2",
                    "heavy b 1",
                    "rows a 3",
                    "rows b 10",
                ],
            ),
        ],
    );
}

/// A view of a pair gives a copy of its value.
#[test]
fn owned_keys_with_several_readers() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            let pairs = from kafka("in") | map(|l| { let (at, k, n) = timed(l)?; (at, k, n) }) | event_time(|(at, _, _)| *at) lag 1ms | map(|(_, k, n)| (k.to_owned(), n));
            pairs | reduce_by_key(+) over tumbling 1s late drop as a | map(|(k, n)| format!("a {k} {n}")) | print;
            pairs | reduce_by_key(max) over session 1s late drop as b | map(|(k, n)| format!("b {k} {n}")) | print;
            pairs | reduce_by_key(|a, b| a * b) over sliding 1s late drop as c | map(|(k, n)| format!("c {k} {n}")) | print;
            pairs | group_by_key over rows 2 as d | map(|(k, n)| format!("d {k} {n:?}")) | print;
            pairs | top(1) over hopping 1s by 1s late drop as e | map(|(k, n)| format!("e {k} {n}")) | print;
            pairs | scan(0u64, |s, n| s + n) forever as f | map(|(k, n)| format!("f {k} {n}")) | print;
            pairs | lag(1) forever as g | map(|(k, (n, b))| format!("g {k} {n} {b:?}")) | print;
            pairs | reduce_by_key(+) running forever as h | map(|(k, n)| format!("h {k} {n}")) | print;
            pairs | values | sum over tumbling 1s late drop as i | map(|n| format!("i {n}")) | print;
            pairs | aggregate_by_key(0u64, |s, n| s + n, |a, b| a + b) over tumbling 1s late drop as j | map(|(k, n)| format!("j {k} {n}")) | print;
            pairs | join(pairs) within 0s..0s late drop as l | map(|(k, (a, b))| format!("l {k} {a} {b}")) | print;
            pairs | map_with_state(0u64, |k, n: Option<u64>, s| { *s += n.unwrap_or(0); format!("m {k} {s}") }) forever as m | print;
            pairs | process { n: u64 = 0, on_record: |k, n, s, out| { s.n += n; out.emit(format!("p {k} {}", s.n)); } } forever as p | print;
            pairs | agg_by_key { n: count, s: sum, t: sum(|n| n * 2) } over session 1s late drop as k | map(|(k, a)| format!("k {k} {} {} {}", a.n, a.s, a.t)) | print
        }.test().partitions(1).workers(workers);
        test.feed("in", ["0 x 2", "100 x 3"]);
        test.expect([
            "c x 2",
            "d x [2, 3]",
            "f x 2",
            "f x 5",
            "g x 2 None",
            "g x 3 Some(2)",
            "h x 2",
            "h x 5",
            "l x 2 2",
            "l x 3 3",
            "m x 2",
            "m x 5",
            "p x 2",
            "p x 5",
        ]);
        test.feed("in", ["9000 z 1"]);
        let mut rows = test.rows();
        rows.retain(|r| !r.contains(" z "));
        rows.sort();
        assert_eq!(
            rows,
            [
                "a x 5",
                "b x 3",
                "c x 6",
                "e x 3",
                "i 5",
                "j x 5",
                "k x 2 5 10"
            ]
        );
    }
}

#[test]
fn union_of_records_and_results() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job mixed
            let raw = from kafka("in") | map(|l| timed(l)?) | event_time(|(at, _, _)| *at) lag 1ms | map(|(_, k, n)| (k.to_owned(), n));
            let windows = raw | map(|(k, n)| (k.to_owned(), *n)) | reduce_by_key(+) over tumbling 1s late drop as w | map(|(k, n)| (k.to_owned(), n));
            let copies = raw | map(|(k, n)| (k.to_owned(), n));
            let all = union(windows, copies);
            all | map(|(k, n)| (k.to_owned(), *n)) | scan(0u64, |s, n| s + n) forever as s1 | map(|(k, n)| format!("scan {k} {n}")) | print;
            all | map(|(k, n)| (k.to_owned(), *n)) | reduce_by_key(+) over session 5s late drop as s2 | map(|(k, n)| format!("session {k} {n}")) | print;
            all | map(|(k, n)| (k.to_owned(), *n)) | count_by_key over rows 2 as s3 | map(|(k, n)| format!("rows {k} {n}")) | print;
            all | map(|(k, n)| (k.to_owned(), n)) | reduce_by_key(+) over tumbling 2s late drop as s4 | map(|(k, n)| format!("tumbling {k} {n}")) | print
        }.test().partitions(1).workers(workers).checkpoint(dir.path());
        test.feed("in", ["0 a 1", "500 a 2"]);
        test.expect(["scan a 1", "scan a 3", "rows a 2"]);
        test.restart().unwrap();
        test.feed("in", ["1500 a 4"]);
        test.expect(["scan a 6", "scan a 10", "rows a 2"]);
        test.feed("in", ["60000 b 1"]);
        test.expect(["scan a 14", "scan b 1", "session a 14", "tumbling a 14"]);
    }
}

#[test]
fn stages_of_the_clock_behind_each_other() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job chains
            let rights = from kafka("right") | map(|l| (l, 1u64));
            from kafka("left") | map(|l| (l, 1u64)) | join(rights) every 1s
                | map_values(|(a, b)| a + b)
                | tee { lag(1) forever as l | map(|(k, (n, b))| format!("lag {k} {n} {b:?}")) | print; reduce_by_key(+) over session 3s as s | map(|(k, n)| format!("session {k} {n}")) | print; count_by_key over rows 2 as r | map(|(k, n)| format!("rows {k} {n}")) | print }
                | reduce_by_key(+) over sliding 3s as g | map(|(k, n)| format!("sliding {k} {n}")) | print;
            from kafka("left") | map(|l| (l, ())) | count_by_key every 1s | process { n: u64 = 0, on_record: |_k, n, s, out| { s.n += n; out.after(Duration::from_secs(3)); }, on_timer: |k, _at, s, out| { out.emit(format!("timer {k} {}", s.n)); } } forever as p | print
        }.test().workers(workers).checkpoint(dir.path());
        test.feed("left", ["a", "a"]);
        test.feed("right", ["a"]);
        test.advance(SECOND);
        test.expect([
            "lag a 2 None",
            "lag a 2 Some(2)",
            "rows a 2",
            "sliding a 2",
            "sliding a 4",
        ]);
        test.restart().unwrap();
        test.feed("left", ["a"]);
        test.feed("right", ["a"]);
        test.advance(SECOND);
        test.expect(["lag a 2 Some(2)", "sliding a 6"]);
        test.restart().unwrap();
        test.advance(SECOND * 3);
        test.expect(["session a 6", "timer a 3", "timer a 3"]);
    }
}

#[test]
fn item_late_for_some() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            from kafka("in") | map(|l| l.parse::<i64>()?) | event_time(|at| *at) lag 1ms | map(|at| ("k", at))
                | group_by_key over hopping 3s by 1s late 500ms else to(late) as g | map(|(k, all)| format!("{k} {all:?}")) | print;
            late | map(|(_, at)| at) | count_by_value running forever as lates | map(|(at, n)| format!("late {at} {n}")) | print
        }.test().partitions(1).workers(workers);
        test.feed("in", ["100"]);
        test.feed("in", ["1502"]);
        test.expect(["k [100]"]);
        test.feed("in", ["900"]);
        test.feed("in", ["2502"]);
        test.expect(["k [100, 900, 1502]"]);
        test.feed("in", ["3502"]);
        test.expect(["k [100, 900, 1502, 2502]"]);
        test.feed("in", ["900"]);
        test.expect(["late 900 1"]);
    }
}

#[test]
fn for_each_batch_every_behind_all() {
    for workers in [1, 4] {
        let rows = Arc::new(Mutex::new(Vec::new()));
        let (a, b, c) = (rows.clone(), rows.clone(), rows.clone());
        let mut test = stream_job! {
            let items = from kafka("in") | map(|l| { let (at, n) = l.split_once(' ')?; (at.parse::<i64>()?, n.parse::<u64>()?) }) | event_time(|(at, _)| *at) lag 1ms | map(|(_, n)| ("k", n));
            items | scan(0u64, |s, n| s + n) forever as s | for_each_batch(move |all| a.lock().unwrap().push(format!("scan {all:?}"))) every 1s;
            items | reduce_by_key(+) over session 1s late drop as e | for_each_batch(move |all| b.lock().unwrap().push(format!("session {all:?}"))) every 1s;
            items | reduce_by_key(+) over tumbling 1s late drop as u | print every 1s;
            items | lag(1) forever as l | map(|(k, (n, _))| (k.to_owned(), n)) | reduce_by_key(+) every 1s | for_each_batch(move |all| c.lock().unwrap().push(format!("lag {all:?}")))
        }.test().partitions(1).workers(workers);
        test.feed("in", ["0 1", "10 2", "5000 3"]);
        test.advance(SECOND);
        let mut got = rows.lock().unwrap().clone();
        got.sort();
        assert_eq!(
            got,
            [
                r#"lag [("k", 6)]"#,
                r#"scan [("k", 1), ("k", 3), ("k", 6)]"#,
                r#"session [("k", 3)]"#
            ]
        );
        test.expect(["(k,3)"]);
    }
}

#[stream_test(crash = every)]
fn joins_and_windows_are_the_same_behind_a_crash_anywhere() {
    let mut test = stream_job! {
        job crash_between
        let rights = from kafka("right") | map(|l| { let (at, k) = l.split_once(' ')?; (at.parse::<i64>()?, k) }) | event_time(|(at, _)| *at) lag 1ms | map(|(at, k)| (k, at));
        let met = from kafka("left") | map(|l| { let (at, k) = l.split_once(' ')?; (at.parse::<i64>()?, k) }) | event_time(|(at, _)| *at) lag 1ms | map(|(at, k)| (k, at))
            | left_join(rights) within -100ms..+100ms late drop as near
            | map(|(k, (l, r))| (k.to_owned(), l + r.unwrap_or(0)));
        met | map(|(k, n)| (k.to_owned(), *n)) | reduce_by_key(+) over session 1s late drop as s | map(|(k, n)| format!("s {k} {n}")) | print;
        met | map(|(k, n)| (k.to_owned(), *n)) | reduce_by_key(+) over sliding 1s late drop as l | map(|(k, n)| format!("l {k} {n}")) | print;
        met | map(|(k, n)| (k.to_owned(), n)) | count_by_key over tumbling 1s late drop as u | heavy_hitters(2) over tumbling 2s late drop as h | map(|((k, m), n)| format!("h {k} {m} {n}")) | print
    }.test().partitions(1);
    test.feed("left", ["0 a", "500 a", "600 b"]);
    test.feed("right", ["50 a", "510 a", "900 b"]);
    test.advance(SECOND);
    test.feed("left", ["9000 z"]);
    test.feed("right", ["9000 z"]);
    test.advance(SECOND);
    test.expect([
        "s a 1060", "s b 600", "l a 50", "l a 1060", "l b 600", "h a 2 1", "h b 1 1",
    ]);
}

#[test]
fn many_partitions_any_cut() {
    let mut of_all: Vec<Vec<String>> = Vec::new();
    for (workers, seed) in [(1, None), (2, Some(1)), (4, Some(2)), (3, Some(3))] {
        let job = stream_job! {
            job cuts
            let items = from kafka("in") | map(|l| { let mut p = l.split(' '); (p.next()?.parse::<i64>()?, p.next()?, p.next()?.parse::<u64>()?) }) | event_time(|(at, _, _)| *at) lag 1h;
            let pairs = items | map(|(_, k, n)| (k, n));
            pairs | reduce_by_key(+) over session 40ms late drop as a | map(|(k, n)| format!("a {k} {n}")) | print;
            pairs | reduce_by_key(+) over session 40ms max 100ms late drop as b | map(|(k, n)| format!("b {k} {n}")) | print;
            pairs | agg_by_key { n: count, q: quantile(0.5, |n| n), d: approx_distinct } over sliding 100ms late drop as c | map(|(k, a)| format!("c {k} {} {} {}", a.n, a.q, a.d)) | print;
            pairs | top(2) over hopping 100ms by 20ms late drop as d | map(|(k, n)| format!("d {k} {n}")) | print;
            pairs | keys | heavy_hitters(1) over session 40ms late drop as e | map(|(k, n)| format!("e {k} {n}")) | print;
            pairs | values | quantile(0.9) over sliding 50ms late drop as f | map(|n| format!("f {n}")) | print;
            pairs | keys | distinct over cumulate 100ms by 50ms late drop as g | map(|k| format!("g {k}")) | print
        };
        let mut test = job.test().partitions(3).workers(workers);
        if let Some(seed) = seed {
            test = test.cut_randomly(seed);
        }
        let lines: Vec<String> = (0..300u64)
            .map(|n| format!("{} k{} {}", (n * 7919) % 2000, n * 31 % 5, n * 13 % 17))
            .collect();
        test.feed("in", &lines[..150]);
        test.share_again();
        test.feed("in", &lines[150..]);
        let mut rows: Vec<String> = test.finish().unwrap().lines().map(str::to_owned).collect();
        rows.sort();
        of_all.push(rows);
    }
    assert!(of_all[0].len() > 500);
    for other in &of_all[1..] {
        let d: Vec<_> = other.iter().filter(|r| !of_all[0].contains(r)).collect();
        assert!(
            of_all[0] == *other,
            "{d:?} {} {}",
            of_all[0].len(),
            other.len()
        );
    }
}

#[test]
fn end_of_the_input_closes_all() {
    let rows = Mutex::new(Vec::new());
    let kept = &rows;
    let items = vec![
        (0i64, "a".to_owned(), 1u64),
        (500, "a".to_owned(), 2),
        (3000, "b".to_owned(), 4),
    ];
    let job = stream_job! {
        let items = from iter(items) | event_time(|(at, _, _)| *at) lag 1ms | map(|(_, k, n)| (k.clone(), n));
        items | map(|(k, n)| (k.clone(), *n)) | reduce_by_key(+) over session 1s late drop as s | for_each(|(k, n)| kept.lock().unwrap().push(format!("s {k} {n}")));
        items | map(|(k, n)| (k.clone(), *n)) | reduce_by_key(+) over sliding 1s late drop as l | for_each(|(k, n)| kept.lock().unwrap().push(format!("l {k} {n}")));
        items | map(|(k, n)| (k.clone(), *n)) | count_by_key over tumbling 1s late drop as t | for_each(|(k, n)| kept.lock().unwrap().push(format!("t {k} {n}")));
        items | map(|(k, n)| (k.clone(), n)) | scan(0u64, |a, b| a + b) forever as c | for_each_batch(|all| for (k, n) in all { kept.lock().unwrap().push(format!("c {k} {n}")) })
    };
    job.run().unwrap();
    let mut rows = rows.lock().unwrap().clone();
    rows.sort();
    assert_eq!(
        rows,
        [
            "c a 1", "c a 3", "c b 4", "l a 1", "l a 3", "l b 4", "s a 3", "s b 4", "t a 2",
            "t b 1"
        ]
    );
}

#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, streamflow::Key,
)]
enum Kind {
    Small,
    Large(u32),
}

#[derive(Debug, Deserialize)]
struct Order<'o> {
    at: i64,
    user: &'o str,
    item: &'o str,
    price: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Bought {
    item: String,
    price: u64,
}

/// Keys and values of many types, borrowed from the records where they may be.
#[test]
fn keys_of_all_kinds() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            let orders = from kafka("in") as Json<Order<'_>> | event_time(|o| o.at) lag 1ms;
            orders | key_by(|o| (o.user.to_owned(), o.price % 2)) | map_values(|o| o.price) | reduce_by_key(+) over session 1s late drop as a | map(|((u, p), n)| format!("a {u} {p} {n}")) | print;
            orders | key_by(|o| if o.price > 5 { Kind::Large(1) } else { Kind::Small }) | map_values(|o| o.price) | group_by_key over tumbling 1s late drop as b | map(|(k, n)| format!("b {k:?} {n:?}")) | print;
            orders | map(|o| (o.user, Bought { item: o.item.to_owned(), price: o.price })) | reduce_by_key(|a, b| Bought { price: a.price + b.price, ..b }) over sliding 1s late drop as c | map(|(k, n)| format!("c {k} {} {}", n.item, n.price)) | print;
            orders | map(|o| (o.user, Bought { item: o.item.to_owned(), price: o.price })) | reduce_by_key(|a, b| Bought { price: a.price + b.price, ..b }) over rows 2 by 1 as d | map(|(k, n)| format!("d {k} {} {}", n.item, n.price)) | print;
            orders | key_by(|o| o.user) | agg_by_key { n: count, total: sum(|o| o.price), items: approx_distinct(|o| o.item) } over session 1s late drop as e | map(|(k, a)| format!("e {k} {} {} {}", a.n, a.total, a.items)) | print;
            orders | key_by(|o| o.user) | agg_by_key { n: count, total: sum(|o| o.price), items: approx_distinct(|o| o.item), p: quantile(0.5, |o| o.price) } running forever as f | map(|(k, a)| format!("f {k} {} {} {} {}", a.n, a.total, a.items, a.p)) | print;
            orders | map(|o| (o.user, o.item)) | distinct over session 1s late drop as g | map(|(u, i)| format!("g {u} {i}")) | print;
            orders | map(|o| (o.user, o.item)) | count_by_value over hopping 2s by 1s late drop as h | map(|((u, i), n)| format!("h {u} {i} {n}")) | print;
            orders | map(|o| (o.user, o.item)) | approx_distinct over session 1s late drop as i | map(|n| format!("i {n}")) | print;
            orders | map(|o| (o.user.to_owned(), o.item.to_owned())) | approx_distinct over sliding 1s late drop as j | map(|n| format!("j {n}")) | print;
            orders | map(|o| (o.user, o.item)) | heavy_hitters(1) over sliding 1s late drop as k | map(|((u, i), n)| format!("k {u} {i} {n}")) | print;
            orders | map(|o| o.item.to_owned()) | min over sliding 1s late drop as l | map(|i| format!("l {i}")) | print;
            orders | map(|o| o.item.to_owned()) | max over session 1s late drop as m | map(|i| format!("m {i}")) | print;
            orders | map(|o| (o.item, o.price as f64 / 2.0)) | top(1) over session 1s late drop as n | map(|(i, p)| format!("n {i} {p}")) | print
        }.test().partitions(1).workers(workers);
        let o = |at: i64, user: &str, item: &str, price: u64| {
            format!(r#"{{"at":{at},"user":"{user}","item":"{item}","price":{price}}}"#)
        };
        test.feed(
            "in",
            [o(0, "u", "x", 3), o(100, "u", "y", 5), o(200, "v", "x", 8)],
        );
        test.feed("in", [o(9000, "w", "w", 1)]);
        test.expect([
            "a u 1 8",
            "a v 0 8",
            "b Small [3, 5]",
            "b Large(1) [8]",
            "c u x 3",
            "c u y 8",
            "c v x 8",
            "d u x 3",
            "d u y 8",
            "d v x 8",
            "d w w 1",
            "e u 2 8 2",
            "e v 1 8 1",
            "f u 1 3 1 3",
            "f u 2 8 2 3",
            "f v 1 8 1 8",
            "f w 1 1 1 1",
            "g u x",
            "g u y",
            "g v x",
            "h u x 1",
            "h u y 1",
            "h v x 1",
            "h u x 1",
            "h u y 1",
            "h v x 1",
            "i 3",
            "j 1",
            "j 2",
            "j 3",
            "k u x 1",
            "k u x 1",
            "k u x 1",
            "l x",
            "l x",
            "l x",
            "m y",
            "n x 4",
        ]);
    }
}
