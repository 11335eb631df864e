//! What a checkpoint keeps, and what a job without one does.

use streamflow::{Code, RunConfig, StopSignal, Topics, stream_job};

use crate::SECOND;

#[test]
fn open_interval_goes_on_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = stream_job! {
        job access
        from kafka("in") | map(|line| (line, 1u64)) | reduce_by_key(+) every 1m | print
    }
    .test()
    .checkpoint(dir.path());
    test.feed("in", ["a", "b", "a"]);
    test.restart().unwrap();
    test.feed("in", ["b", "c"]);
    test.restart().unwrap();
    test.advance(SECOND * 60);
    test.expect(["(a,2)", "(b,2)", "(c,1)"]);
}

#[test]
fn state_without_keys_goes_on_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = stream_job! {
        job numbers
        let numbers = from kafka("in") | map(|line| line.parse::<i64>()?);
        numbers | count every 1m | map(|n| format!("count {n}")) | print;
        numbers | sum every 1m | map(|n| format!("sum {n}")) | print;
        numbers | average every 1m | map(|n| format!("average {n}")) | print;
        numbers | max every 1m | map(|n| format!("max {n}")) | print;
        numbers | reduce(|a, b| a * b) every 1m | map(|n| format!("product {n}")) | print
    }
    .test()
    .checkpoint(dir.path());
    test.feed("in", ["1", "2", "3"]);
    test.restart().unwrap();
    test.feed("in", ["4", "-10"]);
    test.advance(SECOND * 60);
    test.expect(["count 5", "sum 0", "average 0", "max 4", "product -240"]);
}

#[test]
fn state_is_shared_out_among_other_numbers_of_workers() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = stream_job! {
        job shared_out
        let numbers = from kafka("in") | map(|line| (line.parse::<u64>()? % 50, 1u64));
        numbers | reduce_by_key(+) every 1m | map(|(key, n)| format!("interval {key} {n}")) | print;
        numbers | reduce_by_key(+) over hopping 3m by 1m as last_minutes
            | map(|(key, n)| format!("window {key} {n}")) | print;
        numbers | scan(0u64, |sum, n| sum + n) forever as sums
            | filter(|(_, sum)| sum % 8 == 0) | map(|(key, n)| format!("sum {key} {n}")) | print
    }
    .test()
    .checkpoint(dir.path());
    let feed = |test: &mut streamflow::testing::JobTest, numbers: std::ops::Range<u32>| {
        test.feed("in", numbers.map(|n| n.to_string()));
    };
    let mut from = 0;
    for workers in [1, 4, 3, 7, 2] {
        test = test.workers(workers);
        test.restart().unwrap();
        feed(&mut test, from..from + 50);
        from += 50;
    }
    feed(&mut test, from..from + 150);
    test.advance(SECOND * 60);
    let mut expected: Vec<String> = Vec::new();
    for key in 0..50 {
        expected.push(format!("interval {key} 8"));
        expected.push(format!("window {key} 8"));
        expected.push(format!("sum {key} 8"));
    }
    test.expect(expected);
}

#[test]
fn rows_of_an_open_interval_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = stream_job! { job rows from kafka("in") | print every 1m }
        .test()
        .checkpoint(dir.path());
    test.feed_partition("in", 0, ["first"]);
    test.restart().unwrap();
    test.feed_partition("in", 0, ["second"]);
    test.advance(SECOND * 60);
    assert_eq!(test.rows(), ["first", "second"]);
}

#[test]
fn folded_state_goes_on_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = stream_job! {
        job folded
        from kafka("in")
            | map(|line| { let (key, value) = line.split_once('=')?; (key, value.to_owned()) })
            | aggregate_by_key(
                Vec::new(),
                |mut all, value| { all.push(value); all },
                |mut a, mut b| { a.append(&mut b); a },
            ) every 1m
            | map_values(|mut all| { all.sort(); all })
            | print
    }
    .test()
    .checkpoint(dir.path());
    test.feed("in", ["a=1", "b=2"]);
    test.restart().unwrap();
    test.feed("in", ["a=3"]);
    test.advance(SECOND * 60);
    test.expect(["(a,[1,3])", "(b,[2])"]);
}

#[test]
fn another_number_of_workers_takes_over_the_same_state() {
    let dir = tempfile::tempdir().unwrap();
    let topics = std::sync::Arc::new(Topics::creating(4).unbounded());
    let run = |workers: usize, until_stopped: bool, lines: &[&str]| {
        let counts = std::sync::Mutex::new(Vec::new());
        let kept = &counts;
        let job = stream_job! {
            job scaled
            from kafka("in")
                | map(|line| (line, 1u64))
                | reduce_by_key(+) every 1h
                | for_each(|(key, n)| { kept.lock().unwrap().push((key.to_owned(), n)); })
        };
        let records = lines
            .iter()
            .map(|line| streamflow::NewRecord::of_value(line.as_bytes()));
        topics.append("in", None, 0, records).unwrap();
        let stop = StopSignal::new();
        let config = RunConfig {
            checkpoint: Some(dir.path().to_owned()),
            parallelism: workers,
            until: if until_stopped {
                streamflow::Until::Stopped
            } else {
                streamflow::Until::CaughtUp
            },
            run_for: until_stopped.then_some(std::time::Duration::from_millis(200)),
            ..RunConfig::of(job.plan()).unwrap()
        };
        job.run_on(std::sync::Arc::clone(&topics), config, stop)
            .unwrap();
        let mut counts = counts.lock().unwrap().clone();
        counts.sort();
        counts
    };
    assert_eq!(run(3, true, &["a", "b", "c", "a"]), []);
    assert_eq!(run(1, true, &["a", "d"]), []);
    let all = run(4, false, &["b"]);
    let expected = [("a", 3), ("b", 2), ("c", 1), ("d", 1)].map(|(key, n)| (key.to_owned(), n));
    assert_eq!(all, expected);
}

#[test]
fn checkpoint_of_another_layout_is_refused_with_both_layouts() {
    let dir = tempfile::tempdir().unwrap();
    let mut before = stream_job! {
        job changed
        from kafka("in") | map(|line| (line, 1u64)) | reduce_by_key(+) every 1m as counts | print
    }
    .test()
    .checkpoint(dir.path());
    before.feed("in", ["a"]);
    before.finish().unwrap();
    let mut after = stream_job! {
        job changed
        from kafka("in") | map(|line| (line, 1.0)) | reduce_by_key(+) every 1m as counts | print
    }
    .test()
    .checkpoint(dir.path());
    after.feed("in", ["a"]);
    let error = after.finish().unwrap_err();
    assert_eq!(error.code(), Code::IncompatibleState);
    let text = error.one_line();
    assert!(
        text.contains("`counts` as `keyed str -> u64`") && text.contains("`keyed str -> f64`"),
        "{text}"
    );
}

#[test]
fn failed_record_is_met_again_and_what_came_before_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = stream_job! {
        job strict
        from kafka("in") | map(|line| line.parse::<u32>()?) | print
    }
    .test()
    .workers(1)
    .checkpoint(dir.path());
    test.feed_partition("in", 0, ["1", "x", "2"]);
    assert_eq!(test.rows(), ["1"]);
    let first = test.restart().unwrap_err().one_line();
    assert!(first.contains("`in`[0] at offset 1"), "{first}");
    assert!(test.rows().is_empty());
    let again = test.restart().unwrap_err().one_line();
    assert_eq!(first, again);
}

#[test]
fn stopped_job_without_checkpoints_goes_on_behind_what_it_has_committed() {
    let mut test = stream_job! { from kafka("in") | count every 1m | print }.test();
    test.feed("in", ["a", "b"]);
    test.restart().unwrap();
    test.expect(["2"]);
    test.feed("in", ["c"]);
    test.advance(SECOND * 60);
    test.expect(["1"]);
}

#[test]
fn state_that_no_stage_takes_is_not_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    let mut before = stream_job! {
        job renamed
        from kafka("in") | count every 1m as visits | print
    }
    .test()
    .checkpoint(dir.path());
    before.feed("in", ["a"]);
    before.finish().unwrap();
    let after = stream_job! {
        job renamed
        from kafka("in") | count every 1m as accesses | print
    };
    let config = RunConfig {
        checkpoint: Some(dir.path().to_owned()),
        ..RunConfig::of(after.plan()).unwrap()
    };
    let topics = std::sync::Arc::new(Topics::creating(4));
    let error = after.run_on(topics, config, StopSignal::new()).unwrap_err();
    assert_eq!(error.code(), Code::IncompatibleState);
    assert!(
        error.one_line().contains("`visits`"),
        "{}",
        error.one_line()
    );
}

#[test]
fn record_that_one_branch_refuses_counts_once_in_the_other_whatever_the_restarts() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = stream_job! {
        job torn
        let lines = from kafka("in");
        lines | count every 1m | print;
        lines | map(|line| line.parse::<u32>()?) | to null
    }
    .test()
    .workers(1)
    .checkpoint(dir.path());
    test.feed_partition("in", 0, ["1", "2"]);
    test.restart().unwrap();
    test.feed_partition("in", 0, ["x"]);
    for _ in 0..3 {
        test.restart().unwrap_err();
    }
    let counted = test.rows();
    assert!(counted.is_empty(), "{counted:?}");
    test.restart().unwrap_err();
}

#[test]
fn job_can_be_run_again_after_it_has_failed() {
    let fails = &std::sync::atomic::AtomicBool::new(true);
    let counts = &std::sync::Mutex::new(Vec::new());
    let job = stream_job! {
        from kafka("in")
            | count every 1h
            | inspect(|_| assert!(!fails.load(std::sync::atomic::Ordering::Relaxed), "the first run fails"))
            | tee { to kafka("out") }
            | for_each(|n| { counts.lock().unwrap().push(n); })
    };
    let topics = std::sync::Arc::new(Topics::creating(2).unbounded());
    let records = ["a", "b"].map(|line| streamflow::NewRecord::of_value(line.as_bytes()));
    topics.append("in", None, 0, records).unwrap();
    let run = || {
        let config = RunConfig {
            parallelism: 2,
            until: streamflow::Until::CaughtUp,
            ..RunConfig::of(job.plan()).unwrap()
        };
        job.run_on(std::sync::Arc::clone(&topics), config, StopSignal::new())
    };
    assert_eq!(run().unwrap_err().code(), Code::Panicked);
    fails.store(false, std::sync::atomic::Ordering::Relaxed);
    run().unwrap();
    assert_eq!(*counts.lock().unwrap(), [2]);
}
