//! What becomes of the state of each key when the job changes: migrations, and the lock.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use streamflow::lock::{Locking, Mode};
use streamflow::testing::JobTest;
use streamflow::{Job, stream_job};
use tempfile::TempDir;

use crate::SECOND;

/// A job that was fed and stopped, as its next version finds it.
fn fed(dir: &TempDir, job: Job<'static>, records: &[&str]) -> JobTest {
    let mut test = job.test().workers(3).checkpoint(dir.path());
    test.feed("in", records);
    test.rows();
    test
}

#[test]
fn state_of_a_scan_is_migrated() {
    let before = stream_job! {
        job totals
        from kafka("in") | map(|line| (line, 1u32)) | scan(0u32, |total, n| total + n) forever as totals | print
    };
    let between = stream_job! {
        job totals
        state totals migrate v1 -> v2 (|old: u32| u64::from(old));
        from kafka("in") | map(|line| (line, 1u64)) | scan(100u64, |total, n| total + n) forever as totals | print
    };
    let after = || {
        stream_job! {
            job totals
            state totals migrate v1 -> v2 (|old: u32| u64::from(old));
            state totals migrate v2 -> v3 (|old: u64| (old, 0.5));
            from kafka("in")
                | map(|line| (line, ()))
                | scan((0u64, 0.0), |(n, spent), ()| (n + 1, spent)) forever as totals
                | map(|(key, (n, spent))| format!("{key} {n} {spent}"))
                | print
        }
    };
    let dir = tempfile::tempdir().unwrap();
    let mut test = fed(&dir, before, &["a", "b", "a"]);
    test.restart_as(between).unwrap();
    test.feed("in", ["a", "c"]);
    test.expect(["(a,3)", "(c,101)"]);
    test.restart_as(after()).unwrap();
    test.feed("in", ["a", "b", "c", "d"]);
    test.expect(["a 4 0.5", "b 2 0.5", "c 102 0.5", "d 1 0"]);
    // What was migrated is saved as the present version.
    test.restart_as(after()).unwrap();
    test.feed("in", ["a"]);
    test.expect(["a 5 0.5"]);
}

/// A key is as old after the migration as it was in front of it.
#[test]
fn state_that_is_migrated_is_forgotten_at_its_time() {
    let before = stream_job! {
        job visits
        from kafka("in") | map(|line| (line, ()))
            | map_with_state(0u32, |key, value: Option<()>, n| { if value.is_some() { *n += 1; } format!("{key} {n}") }) ttl 10s as visits
            | print
    };
    let after = stream_job! {
        job visits
        state visits migrate v1 -> v2 (|old: u32| vec![old]);
        from kafka("in") | map(|line| (line, ()))
            | map_with_state(Vec::<u32>::new(), |key, value: Option<()>, all| match value {
                Some(()) => { all.push(0); format!("{key} {all:?}") }
                None => format!("{key} gone {all:?}"),
            }) ttl 10s as visits
            | print
    };
    let dir = tempfile::tempdir().unwrap();
    let mut test = fed(&dir, before, &["a", "a"]);
    test.advance(SECOND * 6);
    test.restart_as(after).unwrap();
    test.feed("in", ["b"]);
    test.expect(["b [0]"]);
    test.advance(SECOND * 5);
    test.expect(["a gone [2]"]);
}

/// The fields of a `process` as they were.
#[derive(Serialize, Deserialize)]
#[serde(rename = "State")]
struct VisitsV1 {
    count: u32,
}

#[test]
fn fields_of_a_process_are_migrated_and_timers_stay() {
    let before = stream_job! {
        job visits
        from kafka("in") | map(|line| (line, ())) | process {
            count: u32 = 0,
            on_record: |_key, _value, state, out| { state.count += 1; out.after(Duration::from_secs(5)); },
            on_timer: |key, _at, state, out| out.emit((key.to_owned(), state.count)),
        } forever as visits | print
    };
    let after = stream_job! {
        job visits
        state visits migrate v1 -> v2 (|old: VisitsV1| (u64::from(old.count), "before".to_owned()));
        from kafka("in") | map(|line| (line, ())) | process {
            count: u64 = 0,
            since: String = String::new(),
            on_record: |_key, _value, state, out| { state.count += 1; out.after(Duration::from_secs(5)); },
            on_timer: |key, _at, state, out| {
                out.emit(format!("{key} {} {}", state.count, state.since));
                out.forget();
            },
        } forever as visits | print
    };
    let dir = tempfile::tempdir().unwrap();
    let mut test = fed(&dir, before, &["a", "a", "b"]);
    test.advance(SECOND * 3);
    test.restart_as(after).unwrap();
    test.feed("in", ["c"]);
    test.advance(SECOND * 2);
    test.expect(["a 2 before", "b 1 before"]);
    test.advance(SECOND * 3);
    test.expect(["c 1 "]);
}

#[test]
fn timers_of_the_clock_are_no_timers_of_event_time() {
    let job = |is_event_time: bool| {
        if is_event_time {
            stream_job! {
                job visits
                from kafka("in") | map(|line| (line, 1i64)) | event_time(|(_, ms)| *ms) lag 1s | process {
                    count: u32 = 0,
                    on_record: |key, _value, state, out| { state.count += 1; out.emit((key.to_owned(), state.count)); },
                } forever as visits | print
            }
        } else {
            stream_job! {
                job visits
                from kafka("in") | map(|line| (line, 1i64)) | process {
                    count: u32 = 0,
                    on_record: |key, _value, state, out| { state.count += 1; out.emit((key.to_owned(), state.count)); },
                } forever as visits | print
            }
        }
    };
    let dir = tempfile::tempdir().unwrap();
    let mut test = fed(&dir, job(false), &["a"]);
    let error = test.restart_as(job(true)).unwrap_err().one_line();
    assert!(
        error.contains("`keyed str -> State { count: u32 } with timers`")
            && error.contains("`keyed str -> State { count: u32 } with timers of event time`"),
        "{error}"
    );
}

#[test]
fn state_of_each_key_can_be_locked() {
    let job = stream_job! {
        job locked_keys
        let pairs = from kafka("in") | map(|line| (line, 1u64));
        pairs | scan(0u64, |total, n| total + n) ttl 1h as totals | print;
        pairs | process {
            last: Option<String> = None,
            seen: BTreeMap<String, u64> = BTreeMap::new(),
            on_record: |key, n, state, out| {
                state.last = Some(key.to_owned());
                state.seen.insert(key.to_owned(), n);
                out.emit(n);
            },
        } forever as visits | print
    };
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("streamflow.lock");
    let locking = Locking {
        file: file.clone(),
        mode: Mode::Write,
    };
    job.lock(&locking).unwrap();
    let text = std::fs::read_to_string(file).unwrap();
    let section = "\
job locked_keys
state totals v1 item by item: keyed str -> u64
state visits v1 item by item: keyed str -> State { last: Option<str>, seen: {str: u64} }
";
    assert!(text.ends_with(section), "{text}");
}
