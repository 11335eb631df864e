//! Windows by the wall clock: they move on by whole steps, and each record costs one step.

use std::time::Duration;

use streamflow::{Code, RunConfig, StopSignal, Topics, stream_job};

use crate::SECOND;

/// Spark's `reduceByKeyAndWindow`, `countByWindow`, `reduceByWindow`, `countByValueAndWindow` and
/// `groupByKeyAndWindow` over the same input, in one job.
#[test]
fn window_has_its_last_steps() {
    let mut test = stream_job! {
        job windowed
        let words = from kafka("in");
        words | map(|word| (word, 1u64)) | reduce_by_key(+) over hopping 3s by 1s as sums | map(|(k, n)| format!("sum {k} {n}")) | print;
        words | map(|word| (word, word.len())) | reduce_by_key(|a, b| if a > b { a } else { b }) over hopping 3s by 1s as longest | map(|(k, n)| format!("longest {k} {n}")) | print;
        words | count over hopping 3s by 1s as counts | map(|n| format!("count {n}")) | print;
        words | map(|word| word.to_owned()) | reduce(|a, b| if a > b { a } else { b }) over hopping 3s by 1s as last | map(|w| format!("last {w}")) | print;
        words | map(|word| word.len() as u64) | max over hopping 3s by 1s as widest | map(|n| format!("max {n}")) | print;
        words | map(|word| f64::from(u32::try_from(word.len())?)) | average over hopping 3s by 1s as mean | map(|n| format!("average {n}")) | print;
        words | count_by_value over hopping 3s by 1s as values | map(|(w, n)| format!("value {w} {n}")) | print;
        words | distinct over hopping 3s by 1s as different | map(|w| format!("distinct {w}")) | print;
        words | map(|word| (u32::try_from(word.len())?, word.to_owned())) | group_by_key over hopping 3s by 1s as groups
            | map(|(n, mut words)| { words.sort(); format!("group {n} {}", words.join("+")) }) | print;
    }
    .test();
    test.feed("in", ["a", "bb", "a"]);
    test.advance(SECOND);
    test.expect([
        "sum a 2",
        "sum bb 1",
        "longest a 1",
        "longest bb 2",
        "count 3",
        "last bb",
        "max 2",
        "average 1.3333333333333333",
        "value a 2",
        "value bb 1",
        "distinct a",
        "distinct bb",
        "group 1 a+a",
        "group 2 bb",
    ]);
    test.feed("in", ["a"]);
    test.advance(SECOND);
    test.expect([
        "sum a 3",
        "sum bb 1",
        "longest a 1",
        "longest bb 2",
        "count 4",
        "last bb",
        "max 2",
        "average 1.25",
        "value a 3",
        "value bb 1",
        "distinct a",
        "distinct bb",
        "group 1 a+a+a",
        "group 2 bb",
    ]);
    // The third step ends, and with the fourth one the first has left.
    test.advance(SECOND);
    test.rows();
    test.advance(SECOND);
    test.expect([
        "sum a 1",
        "longest a 1",
        "count 1",
        "last a",
        "max 1",
        "average 1",
        "value a 1",
        "distinct a",
        "group 1 a",
    ]);
    // A key leaves with its last step; a count of nothing is 0.
    test.advance(SECOND);
    test.expect(["count 0"]);
}

#[test]
fn tumbling_window_is_an_interval_with_a_name() {
    let mut test = stream_job! {
        from kafka("in") | map(|word| (word, 1u64)) | reduce_by_key(+) over tumbling 2s as sums | print
    }
    .test();
    test.feed("in", ["a"]);
    test.advance(SECOND);
    test.feed("in", ["a"]);
    test.advance(SECOND);
    test.expect(["(a,2)"]);
    test.advance(SECOND * 4);
    test.expect([] as [&str; 0]);
}

#[test]
fn cumulating_window_grows_until_it_begins_anew() {
    let mut test = stream_job! {
        job growing
        let words = from kafka("in");
        words | map(|word| (word, ())) | count_by_key over cumulate 3s by 1s as words | print;
        words | count over cumulate 3s by 1s as all | print
    }
    .test();
    let mut seen = Vec::new();
    // The clock of a test begins at a multiple of three seconds.
    for word in ["a", "a", "b", "a", "b"] {
        test.feed("in", [word]);
        test.advance(SECOND);
        let mut rows = test.rows();
        rows.sort();
        seen.push(rows.join(" "));
    }
    assert_eq!(
        seen,
        [
            "(a,1) 1",
            "(a,2) 2",
            "(a,2) (b,1) 3",
            "(a,1) 1",
            "(a,1) (b,1) 2"
        ]
    );
}

#[test]
fn windows_go_on_after_a_restart_with_another_number_of_workers() {
    let dir = tempfile::tempdir().unwrap();
    let topics = std::sync::Arc::new(Topics::creating(4).unbounded());
    let clock_steps = std::sync::Mutex::new(Vec::new());
    let kept = &clock_steps;
    let run = |workers: usize, lines: &[&str], last: bool| {
        let job = stream_job! {
            job scaled
            let lines = from kafka("in");
            lines | map(|line| (line, 1u64)) | reduce_by_key(+) over hopping 30d by 1d as keyed
                | for_each(|(key, n)| { kept.lock().unwrap().push(format!("{key} {n}")); });
            lines | count over hopping 30d by 1d as all
                | for_each(|n| { kept.lock().unwrap().push(format!("all {n}")); })
        };
        let records = lines
            .iter()
            .map(|line| streamflow::NewRecord::of_value(line.as_bytes()));
        topics.append("in", None, 0, records).unwrap();
        let config = RunConfig {
            checkpoint: Some(dir.path().to_owned()),
            parallelism: workers,
            until: if last {
                streamflow::Until::CaughtUp
            } else {
                streamflow::Until::Stopped
            },
            run_for: (!last).then_some(Duration::from_millis(200)),
            ..RunConfig::of(job.plan()).unwrap()
        };
        job.run_on(std::sync::Arc::clone(&topics), config, StopSignal::new())
            .unwrap();
    };
    run(3, &["a", "b", "c", "a"], false);
    run(1, &["a", "d"], false);
    assert_eq!(*clock_steps.lock().unwrap(), [] as [String; 0]);
    run(4, &["b"], true);
    let mut found = clock_steps.lock().unwrap().clone();
    found.sort();
    assert_eq!(found, ["a 3", "all 7", "b 2", "c 1", "d 1"]);
}

#[test]
fn closed_steps_go_on_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = stream_job! {
        job windowed
        let words = from kafka("in");
        words | map(|word| (word, 1u64)) | reduce_by_key(+) over hopping 3s by 1s as sums | print;
        words | map(|word| word.len()) | sum over hopping 3s by 1s as lengths | print
    }
    .test()
    .workers(3)
    .checkpoint(dir.path());
    test.feed("in", ["a", "b", "a"]);
    test.advance(SECOND);
    test.expect(["(a,2)", "(b,1)", "3"]);
    test.restart().unwrap();
    test.feed("in", ["b"]);
    test.restart().unwrap();
    test.advance(SECOND);
    test.expect(["(a,2)", "(b,2)", "4"]);
    test.advance(SECOND * 2);
    let rows = test.rows();
    assert_eq!(
        rows.iter().filter(|row| *row == "(b,1)").count(),
        1,
        "{rows:?}"
    );
}

#[test]
fn another_window_does_not_take_over_the_steps_of_the_first() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = stream_job! {
        job windowed
        from kafka("in") | map(|word| (word, 1u64)) | reduce_by_key(+) over hopping 3s by 1s as sums | print
    }
    .test()
    .checkpoint(dir.path());
    test.feed("in", ["a"]);
    let error = test
        .restart_as(stream_job! {
            job windowed
            from kafka("in") | map(|word| (word, 1u64)) | reduce_by_key(+) over hopping 4s by 2s as sums | print
        })
        .unwrap_err();
    assert_eq!(error.code(), Code::IncompatibleState);
    let text = error.one_line();
    assert!(
        text.contains("over hopping 3s by 1s") && text.contains("over hopping 4s by 2s"),
        "{text}"
    );
}

/// Spark's `reduceByKeyAndWindow` with an inverse. A key leaves with its last step, where Spark's keeps
/// it with what the inverse has left of it.
#[test]
fn inverse_changes_nothing_of_a_window() {
    let mut test = stream_job! {
        job inverted
        let words = from kafka("in") | map(|word| (word, 1u64));
        words | reduce_by_key(|a, b| a + b, inverse: |a, b| a - b) over hopping 2s by 1s as by_closure | print;
        words | reduce_by_key(+, inverse: u64::wrapping_sub) over hopping 2s by 1s as by_sign | print;
        words | values | reduce(+, inverse: |a, b| a - b) over hopping 2s by 1s as all | print;
        words | values | reduce(|a, b| a + b, inverse: |a, b| a - b) over tumbling 1s as each | print
    }
    .test();
    test.feed("in", ["a", "b", "a"]);
    test.advance(SECOND);
    test.expect(["(a,2)", "(b,1)", "(a,2)", "(b,1)", "3", "3"]);
    test.feed("in", ["a"]);
    test.advance(SECOND);
    test.expect(["(a,3)", "(b,1)", "(a,3)", "(b,1)", "4", "1"]);
    test.advance(SECOND);
    test.expect(["(a,1)", "(a,1)", "1"]);
    test.advance(SECOND);
    test.expect([] as [&str; 0]);
}
