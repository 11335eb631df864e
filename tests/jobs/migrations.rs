//! State of every kind goes on from what a former version of the job has kept.

use streamflow::{Code, Job, stream_job};

use crate::SECOND;

/// `12 key 5`: an item with its time in milliseconds, and a number.
fn timed(line: &str) -> Option<(i64, &str, u32)> {
    let mut parts = line.split(' ');
    let (ms, key, n) = (parts.next()?, parts.next()?, parts.next()?);
    Some((ms.parse().ok()?, key, n.parse().ok()?))
}

/// A job whose state `kept` has values of 32 bits, and the next one, which has 64.
macro_rules! jobs {
    ([$($stage:tt)*]) => {
        jobs!([$($stage)*], |(_, key, n)| (key, n), |(_, key, n)| (key, u64::from(n)), |old: u32| u64::from(old))
    };
    ([$($stage:tt)*], $before:expr, $after:expr, $migration:expr) => {(
        || stream_job! {
            job migrated
            from kafka("in") | map(|line| timed(line)?) | event_time(|(at, ..)| *at) lag 1ms
                | map($before) | $($stage)* | map(|row| format!("{row:?}")) | print
        },
        || stream_job! {
            job migrated
            state kept migrate v1 -> v2 ($migration);
            from kafka("in") | map(|line| timed(line)?) | event_time(|(at, ..)| *at) lag 1ms
                | map($after) | $($stage)* | map(|row| format!("{row:?}")) | print
        },
    )};
}

const EARLIER: [&str; 7] = [
    "1 a 1", "3 b 2", "6 a 3", "7 c 4", "12 b 5", "13 a 6", "13 c 7",
];
const LATER: [&str; 6] = ["13 a 8", "14 b 9", "17 a 1", "18 c 2", "25 b 3", "60 z 4"];

/// Rows of a job before it ends in the middle and behind that, in no order.
fn rows(
    before: Job<'static>,
    after: Job<'static>,
    workers: (usize, usize),
    lines: [&[&str]; 2],
) -> [Vec<String>; 2] {
    let dir = tempfile::tempdir().expect("a directory");
    let mut test = before
        .test()
        .partitions(1)
        .workers(workers.0)
        .checkpoint(dir.path());
    test.feed("in", lines[0]);
    let mut first = test.rows();
    let mut test = test.workers(workers.1);
    test.restart_as(after).expect("the next version goes on");
    test.feed("in", lines[1]);
    test.advance(SECOND);
    let mut second = test.rows();
    first.sort();
    second.sort();
    [first, second]
}

/// Holds a migrated run against one that had the new version from the beginning.
fn goes_on(
    name: &str,
    before: impl Fn() -> Job<'static>,
    after: impl Fn() -> Job<'static>,
    lines: [&[&str]; 2],
) {
    for workers in [(1, 1), (4, 2), (1, 3)] {
        let migrated = rows(before(), after(), workers, lines);
        let anew = rows(after(), after(), workers, lines);
        assert_eq!(migrated, anew, "{name} with {workers:?} workers");
        assert!(!anew[1].is_empty(), "{name}: {anew:?}");
    }
}

macro_rules! all_go_on {
    ($($name:literal: [$($stage:tt)*] $(, $before:expr, $after:expr, $migration:expr)?;)*) => {$({
        let (before, after) = jobs!([$($stage)*] $(, $before, $after, $migration)?);
        goes_on($name, before, after, [&EARLIER, &LATER]);
    })*};
}

#[test]
fn windows_go_on() {
    all_go_on! {
        "tumbling": [reduce_by_key(+) over tumbling 10ms late drop as kept];
        "hopping": [reduce_by_key(+) over hopping 10ms by 5ms late 3ms drop as kept];
        "hopping, by a closure": [reduce_by_key(|a, b| a ^ b) over hopping 10ms by 5ms late drop as kept];
        "cumulate": [reduce_by_key(max) over cumulate 20ms by 5ms late drop as kept];
        "of everything": [values | sum over tumbling 10ms late drop as kept];
        "of everything, overlapping": [values | max over hopping 10ms by 5ms late drop as kept];
        "of everything, by a closure": [values | reduce(|a, b| a + b) over hopping 10ms by 5ms late drop as kept];
        "groups": [group_by_key over hopping 10ms by 5ms late drop as kept | map_values(|mut all| { all.sort_unstable(); all })],
            |(_, key, n)| (key, n), |(_, key, n)| (key, u64::from(n)),
            |old: Vec<u32>| old.into_iter().map(u64::from).collect::<Vec<u64>>();
    }
}

#[test]
fn sessions_go_on() {
    all_go_on! {
        "sessions": [reduce_by_key(+) over session 5ms late 2ms drop as kept];
        "sessions, by a closure": [reduce_by_key(|a, b| a ^ b) over session 3ms max 8ms late drop as kept];
        "sessions of everything": [values | sum over session 5ms late drop as kept];
    }
}

#[test]
fn windows_that_end_with_items_go_on() {
    all_go_on! {
        "sliding": [reduce_by_key(+) over sliding 8ms late 2ms drop as kept];
        "sliding, by a closure": [reduce_by_key(|a, b| a | b) over sliding 8ms late drop as kept];
        "rows": [reduce_by_key(+) over rows 3 by 1 as kept];
        "rows of everything": [values | max over rows 4 by 2 as kept];
    }
}

#[test]
fn what_is_running_goes_on() {
    all_go_on! {
        "running": [reduce_by_key(+) running forever as kept];
        "running, by a closure": [reduce_by_key(|a, b| a ^ b) running ttl 1h as kept];
        "running with updates": [reduce_by_key(+) running emit updates every 1s forever as kept];
        "running sum": [values | sum running forever as kept];
        "changing windows": [reduce_by_key(+) over hopping 10ms by 5ms late drop as kept emit changes];
    }
}

#[test]
fn windows_by_the_clock_go_on() {
    macro_rules! by_the_clock {
        ($as_read:expr, $($change:tt)*) => {
            stream_job! {
                job migrated
                $($change)*
                from kafka("in") | map(|line| timed(line)?) | map($as_read)
                    | reduce_by_key(+) over hopping 3s by 1s as kept
                    | map(|row| format!("{row:?}")) | print
            }
        };
    }
    let mut all = Vec::new();
    for (before, workers) in [
        (by_the_clock!(|(_, key, n)| (key, n),), 1),
        (by_the_clock!(|(_, key, n)| (key, n),), 3),
        (by_the_clock!(|(_, key, n)| (key, u64::from(n)),), 2),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = before.test().workers(workers).checkpoint(dir.path());
        test.feed("in", EARLIER);
        test.advance(SECOND);
        let mut rows = test.rows();
        let mut test = test.workers(2);
        if workers == 2 {
            test.restart().unwrap();
        } else {
            test.restart_as(by_the_clock!(
                |(_, key, n)| (key, u64::from(n)),
                state kept migrate v1 -> v2 (|old: u32| u64::from(old));
            ))
            .unwrap();
        }
        test.feed("in", LATER);
        for _ in 0..3 {
            test.advance(SECOND);
            rows.extend(test.rows());
        }
        rows.sort();
        all.push(rows);
    }
    assert_eq!(all[0], all[2]);
    assert_eq!(all[1], all[2]);
}

#[test]
fn states_that_are_brought_up_to_date_go_on() {
    let before = stream_job! {
        job migrated
        from kafka("in") | map(|line| timed(line)?) | map(|(_, key, n)| (key, n))
            | update_state(|values: Vec<u32>, known: Option<u32>| Some(known.unwrap_or(0) + values.iter().sum::<u32>()))
                every 1s forever as kept
            | map(|row| format!("{row:?}")) | print
    };
    let after = stream_job! {
        job migrated
        state kept migrate v1 -> v2 (|old: u32| format!("{old}"));
        from kafka("in") | map(|line| timed(line)?) | map(|(_, key, n)| (key, n))
            | update_state(|values: Vec<u32>, known: Option<String>| {
                let values = values.iter().map(u32::to_string);
                Some(known.into_iter().chain(values).collect::<Vec<_>>().join("+"))
            }) every 1s forever as kept
            | map(|(key, sum)| format!("{key} {sum}")) | print
    };
    let dir = tempfile::tempdir().unwrap();
    let mut test = before.test().workers(3).checkpoint(dir.path());
    test.feed("in", ["1 a 1", "1 a 2", "1 b 5"]);
    test.advance(SECOND);
    test.expect([r#"("a", 3)"#, r#"("b", 5)"#]);
    // In the open interval.
    test.feed("in", ["2 a 4"]);
    test.restart_as(after).unwrap();
    test.advance(SECOND);
    test.expect(["a 3+4", "b 5"]);
}

#[test]
fn tables_go_on() {
    macro_rules! latest {
        ($as_read:expr, $($change:tt)*) => {
            stream_job! {
                job migrated
                $($change)*
                let prices = from kafka("prices") | map(|line| timed(line)?) | map($as_read) | table forever as kept;
                from kafka("in") | map(|line| timed(line)?) | map(|(_, key, n)| (key, n)) | join(prices)
                    | map(|row| format!("{row:?}")) | print
            }
        };
    }
    let dir = tempfile::tempdir().unwrap();
    let mut test = latest!(|(_, key, n)| (key, n),)
        .test()
        .workers(1)
        .checkpoint(dir.path());
    test.feed("prices", ["1 a 10", "1 b 20"]);
    test.feed("in", ["1 a 1"]);
    test.expect([r#"("a", (1, 10))"#]);
    let mut test = test.workers(3);
    test.restart_as(latest!(
        |(_, key, n)| (key, f64::from(n)),
        state kept migrate v1 -> v2 (|old: u32| f64::from(old) / 2.0);
    ))
    .unwrap();
    test.feed("in", ["1 a 1", "1 b 1"]);
    test.expect([r#"("a", (1, 5.0))"#, r#"("b", (1, 10.0))"#]);
}

#[test]
fn versions_of_a_table_and_items_that_wait_for_them_go_on() {
    macro_rules! versions {
        ($as_read:expr, $($change:tt)*) => {
            stream_job! {
                job migrated
                $($change)*
                let prices = from kafka("prices") | map(|line| timed(line)?) | event_time(|(at, ..)| *at) lag 1ms
                    | map($as_read) | table ttl 1h as prices;
                from kafka("in") | map(|line| timed(line)?) | event_time(|(at, ..)| *at) lag 1ms
                    | map($as_read) | join(prices) as_of as waiting
                    | map(|row| format!("{row:?}")) | print
            }
        };
    }
    let dir = tempfile::tempdir().unwrap();
    let mut test = versions!(|(_, key, n)| (key, n),)
        .test()
        .partitions(1)
        .workers(1)
        .checkpoint(dir.path());
    test.feed("prices", ["1 a 10", "10 a 20"]);
    test.feed("in", ["5 a 1", "12 a 2"]);
    test.expect([r#"("a", (1, 10))"#]);
    let mut test = test.workers(3);
    test.restart_as(versions!(
        |(_, key, n)| (key, n.to_string()),
        state prices migrate v1 -> v2 (|old: u32| format!("was {old}"));
        state waiting migrate v1 -> v2 (|old: u32| format!("waited {old}"));
    ))
    .unwrap();
    test.feed("prices", ["30 a 30"]);
    test.feed("in", ["30 a 3"]);
    test.expect([r#"("a", ("waited 2", "was 20"))"#]);
}

#[test]
fn a_chain_of_migrations_reads_windows_of_any_version() {
    let after = || {
        stream_job! {
            job migrated
            state kept migrate v1 -> v2 (|old: u32| u64::from(old));
            state kept migrate v2 -> v3 (|old: u64| i64::try_from(old).unwrap_or(i64::MAX));
            from kafka("in") | map(|line| timed(line)?) | event_time(|(at, ..)| *at) lag 1ms
                | map(|(_, key, n)| (key, i64::from(n)))
                | reduce_by_key(+) over session 5ms late drop as kept
                | map(|row| format!("{row:?}")) | print
        }
    };
    let (first, second) = jobs!([reduce_by_key(+) over session 5ms late drop as kept]);
    let lines = [EARLIER.as_slice(), LATER.as_slice()];
    let anew = rows(after(), after(), (2, 2), lines);
    assert_eq!(rows(first(), after(), (2, 2), lines), anew);
    assert_eq!(rows(second(), after(), (2, 2), lines), anew);
}

#[test]
fn a_window_that_nothing_migrates_is_refused_with_the_migration_to_write() {
    let (before, _) = jobs!([reduce_by_key(+) over session 5ms late drop as kept]);
    let after = stream_job! {
        job migrated
        from kafka("in") | map(|line| timed(line)?) | event_time(|(at, ..)| *at) lag 1ms
            | map(|(_, key, n)| (key, u64::from(n))) | reduce_by_key(+) over session 5ms late drop as kept
            | map(|row| format!("{row:?}")) | print
    };
    let dir = tempfile::tempdir().unwrap();
    let mut test = before().test().checkpoint(dir.path());
    test.feed("in", EARLIER);
    let error = test.restart_as(after).unwrap_err();
    assert_eq!(error.code(), Code::IncompatibleState);
    let text = error.one_line();
    for part in [
        "keyed str -> u32",
        "keyed str -> u64",
        "write `state kept migrate v1 -> v2 (|old: u32| …);` in the job",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn a_migration_that_panics_leaves_the_checkpoint_as_it_is() {
    let (before, _) = jobs!([reduce_by_key(+) over tumbling 10ms late drop as kept]);
    let dir = tempfile::tempdir().unwrap();
    let mut test = before().test().partitions(1).checkpoint(dir.path());
    test.feed("in", ["11 a 7"]);
    let panics = stream_job! {
        job migrated
        state kept migrate v1 -> v2 (|old: u32| u64::from(7 / (old - 7)));
        from kafka("in") | map(|line| timed(line)?) | event_time(|(at, ..)| *at) lag 1ms
            | map(|(_, key, n)| (key, u64::from(n))) | reduce_by_key(+) over tumbling 10ms late drop as kept
            | map(|row| format!("{row:?}")) | print
    };
    let error = test.restart_as(panics).unwrap_err();
    assert_eq!(error.code(), Code::Panicked);
    let text = error.one_line();
    assert!(
        text.contains("a migration of `kept` from v1 panicked"),
        "{text}"
    );
    test.restart_as(before()).unwrap();
    test.feed("in", ["30 b 1"]);
    test.expect([r#"("a", 7)"#]);
}
