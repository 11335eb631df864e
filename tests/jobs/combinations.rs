//! Stages with state behind each other, in ways that no other test has them.

use streamflow::{Job, stream_job};

use crate::SECOND;
use crate::lines::timed_number as timed;

/// Runs a job at several numbers of workers, with a restart behind each step.
fn run(job: impl Fn() -> Job<'static>, steps: &[(&str, &[&str], &[&str])]) {
    for workers in [1, 4, 2] {
        let dir = tempfile::tempdir().expect("a directory");
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
                met | map(|(key, n)| (key.to_owned(), n)) | reduce_by_key(+) over session 1s late drop as sessions | map(|(key, n)| format!("session {key} {n}")) | print;
                met | map(|(key, n)| (key.to_owned(), n)) | reduce_by_key(+) over tumbling 1s late drop as windows | map(|(key, n)| format!("tumbling {key} {n}")) | print;
                met | map(|(key, n)| (key.to_owned(), n)) | reduce_by_key(+) over sliding 1s late drop as slides | map(|(key, n)| format!("sliding {key} {n}")) | print;
                met | map(|(key, n)| (key.to_owned(), n)) | reduce_by_key(+) over rows 2 as rows | map(|(key, n)| format!("rows {key} {n}")) | print;
                met | map(|(key, n)| (key.to_owned(), n)) | scan(0, |sum, n| sum + n) forever as sums | map(|(key, n)| format!("scan {key} {n}")) | print;
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
                lookups | left_join(totals) | map(|(key, ((), n))| format!("running {key} {n:?}")) | print;
                lookups | left_join(windows) | map(|(key, ((), n))| format!("window {key} {n:?}")) | print;
                lookups | left_join(sessions) | map(|(key, ((), n))| format!("session {key} {n:?}")) | print;
                lookups | join(sums) | map(|(key, ((), n))| format!("scan {key} {n}")) | print
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
