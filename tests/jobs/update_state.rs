//! `update_state`: a state for each key, brought up to date at the end of every interval.

use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use streamflow::{Code, Job, RunConfig, StopSignal, Topics, Until, stream_job};

use crate::SECOND;

fn totals() -> Job<'static> {
    stream_job! {
        job totals
        from kafka("in")
            | map(|word| (word, 1u64))
            | update_state(|values, state| Some(values.iter().sum::<u64>() + state.unwrap_or(0))) every 1s forever as totals
            | print
    }
}

/// The input and the results of Spark's own test of `updateStateByKey`.
#[test]
fn every_known_key_leaves_in_every_interval() {
    let mut test = totals().test().workers(3);
    let intervals: [(&[&str], &[&str]); 6] = [
        (&["a"], &["(a,1)"]),
        (&["a", "b"], &["(a,2)", "(b,1)"]),
        (&["a", "b", "c"], &["(a,3)", "(b,2)", "(c,1)"]),
        (&["a", "b"], &["(a,4)", "(b,3)", "(c,1)"]),
        (&["a"], &["(a,5)", "(b,3)", "(c,1)"]),
        (&[], &["(a,5)", "(b,3)", "(c,1)"]),
    ];
    for (words, rows) in intervals {
        test.feed("in", words);
        test.advance(SECOND);
        test.expect(rows);
    }
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Seen {
    count: u64,
    quiet_intervals: u32,
}

/// A key that had nothing in two intervals one after the other is given up, as in Spark's test of the
/// lives of its states.
#[test]
fn key_is_forgotten_when_the_function_gives_none() {
    let mut test = stream_job! {
        job lives
        from kafka("in")
            | map(|word| (word, 1u64))
            | update_state(|values, state: Option<Seen>| {
                let mut seen = state.unwrap_or_default();
                seen.count += values.len() as u64;
                seen.quiet_intervals = if values.is_empty() { seen.quiet_intervals + 1 } else { 0 };
                (seen.quiet_intervals < 2).then_some(seen)
            }) every 1s forever as seen
            | map_values(|seen| seen.count)
            | print
    }
    .test();
    let intervals: [(&[&str], &[&str]); 6] = [
        (&["a", "b"], &["(a,1)", "(b,1)"]),
        (&[], &["(a,1)", "(b,1)"]),
        (&["a", "c", "a"], &["(a,3)", "(c,1)"]),
        (&["c"], &["(a,3)", "(c,2)"]),
        (&[], &["(c,2)"]),
        (&[], &[]),
    ];
    for (words, rows) in intervals {
        test.feed("in", words);
        test.advance(SECOND);
        test.expect(rows);
    }
}

#[test]
fn function_gets_the_values_in_the_order_of_their_records() {
    for workers in [1, 2, 4] {
        let mut test = stream_job! {
            job ordered
            from kafka("in")
                | map(|line| ("k", line.to_owned()))
                | update_state(|values, state: Option<String>| Some(state.unwrap_or_default() + &values.concat()))
                    every 1s forever as texts
                | print
        }
        .test()
        .partitions(4)
        .workers(workers);
        test.feed("in", ["a", "b", "c", "d", "e", "f"]);
        test.advance(SECOND);
        test.expect(["(k,abcdef)"]);
        test.feed("in", ["g", "h"]);
        test.advance(SECOND);
        test.expect(["(k,abcdefgh)"]);
    }
}

#[test]
fn results_of_an_interval_are_brought_up_to_date_in_it() {
    fn add(values: Vec<u64>, total: Option<u64>) -> Option<u64> {
        let total = values.into_iter().sum::<u64>() + total.unwrap_or(0);
        (total > 0).then_some(total)
    }
    let mut test = stream_job! {
        job running
        from kafka("in") | map(|word| (word, 1u64)) | reduce_by_key(+) every 1s
            | update_state(add) every 1s forever as totals
            | filter(|(_, total)| *total > 1)
            | print
    }
    .test();
    test.feed("in", ["a", "b"]);
    test.advance(SECOND);
    test.expect([] as [&str; 0]);
    test.feed("in", ["a", "c", "c"]);
    test.advance(SECOND);
    test.expect(["(a,2)", "(c,2)"]);
}

#[test]
fn streams_of_a_union_share_their_states() {
    let least = 2;
    let mut test = stream_job! {
        job shared
        union(from kafka("app"), from kafka("web"))
            | map(|user| (user, ()))
            | update_state(move |visits, known: Option<usize>| {
                let all = visits.len() + known.unwrap_or(0);
                Some(all.max(least))
            }) every 1s forever as visits
            | print
    }
    .test();
    test.feed("app", ["ada", "bob", "ada"]);
    test.feed("web", ["ada"]);
    test.advance(SECOND);
    test.expect(["(ada,3)", "(bob,2)"]);
}

#[test]
fn states_and_open_values_go_on_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = totals().test().workers(3).checkpoint(dir.path());
    test.feed("in", ["a", "b", "a"]);
    test.advance(SECOND);
    test.expect(["(a,2)", "(b,1)"]);
    test.restart().unwrap();
    test.feed("in", ["b", "c"]);
    test.restart().unwrap();
    test.feed("in", ["c"]);
    test.advance(SECOND);
    test.expect(["(a,2)", "(b,2)", "(c,2)"]);
    test.restart().unwrap();
    test.advance(SECOND);
    test.expect(["(a,2)", "(b,2)", "(c,2)"]);
}

#[test]
fn states_go_on_with_another_number_of_workers() {
    let dir = tempfile::tempdir().unwrap();
    let topics = Arc::new(Topics::creating(4).unbounded());
    let rows = Mutex::new(Vec::new());
    let kept = &rows;
    let run = |workers: usize, words: &[&str], until: Until| {
        let job = stream_job! {
            job scaled
            from kafka("in") | map(|word| (word, 1u64))
                | update_state(|values, state| Some(values.len() as u64 + state.unwrap_or(0))) every 50ms forever as totals
                | for_each(|(key, total)| { kept.lock().unwrap().push((key.to_owned(), total)); })
        };
        let records = words
            .iter()
            .map(|word| streamflow::NewRecord::of_value(word.as_bytes()));
        topics.append("in", None, 0, records).unwrap();
        let config = RunConfig {
            checkpoint: Some(dir.path().to_owned()),
            parallelism: workers,
            run_for: (until == Until::Stopped).then_some(std::time::Duration::from_millis(300)),
            until,
            ..RunConfig::of(job.plan()).unwrap()
        };
        job.run_on(Arc::clone(&topics), config, StopSignal::new())
            .unwrap();
    };
    run(3, &["a", "b", "c", "a"], Until::Stopped);
    run(1, &["d", "a"], Until::Stopped);
    rows.lock().unwrap().clear();
    run(4, &["b"], Until::CaughtUp);
    // Every key is in the last interval once, and with all that was counted.
    let rows = rows.lock().unwrap();
    let mut last = rows[rows.len() - 4..].to_vec();
    last.sort();
    let expected = [("a", 3), ("b", 2), ("c", 1), ("d", 1)];
    assert_eq!(
        last,
        expected.map(|(key, total)| (key.to_owned(), total)),
        "{rows:?}"
    );
}

#[test]
fn job_without_a_checkpoint_reads_again_what_its_states_are_of() {
    let topics = Arc::new(Topics::creating(2).unbounded());
    let rows = Mutex::new(Vec::new());
    let kept = &rows;
    let run = |words: &[&str], until: Until| {
        let job = stream_job! {
            job forgetful
            from kafka("in") | map(|word| (word, 1u64))
                | update_state(|values, state| Some(values.len() as u64 + state.unwrap_or(0))) every 50ms forever as totals
                | for_each(|(key, total)| { kept.lock().unwrap().push((key.to_owned(), total)); })
        };
        let records = words
            .iter()
            .map(|word| streamflow::NewRecord::of_value(word.as_bytes()));
        topics.append("in", None, 0, records).unwrap();
        let config = RunConfig {
            parallelism: 2,
            run_for: (until == Until::Stopped).then_some(std::time::Duration::from_millis(300)),
            until,
            ..RunConfig::of(job.plan()).unwrap()
        };
        job.run_on(Arc::clone(&topics), config, StopSignal::new())
            .unwrap();
    };
    run(&["a", "a"], Until::Stopped);
    run(&["a"], Until::CaughtUp);
    let last = rows.lock().unwrap().last().cloned();
    assert_eq!(last, Some(("a".to_owned(), 3)));
}

#[test]
fn state_of_another_type_does_not_take_over_the_first() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = totals().test().checkpoint(dir.path());
    test.feed("in", ["a"]);
    let error = test
        .restart_as(stream_job! {
            job totals
            from kafka("in") | map(|word| (word, 1u64))
                | update_state(|values, state: Option<String>| state.or_else(|| Some(format!("{values:?}"))))
                    every 1s forever as totals
                | print
        })
        .unwrap_err();
    assert_eq!(error.code(), Code::IncompatibleState);
    let text = error.one_line();
    assert!(
        text.contains("keyed str -> ([u64], Option<u64>)") && text.contains("Option<str>"),
        "{text}"
    );
}

#[test]
fn update_tells_what_leaves_it_and_what_it_keeps() {
    let text = totals().explain();
    for part in [
        "→ (&str, u64)",
        "state `totals`: something for each key, until the function gives `None` for it",
        "`keyed str -> ([u64], Option<u64>)`",
        "↓ every 1s, by key: equal keys meet on one worker",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn what_an_update_keeps_can_be_locked() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("streamflow.lock");
    let locking = streamflow::lock::Locking {
        file: file.clone(),
        mode: streamflow::lock::Mode::Write,
    };
    totals().lock(&locking).unwrap();
    let written = std::fs::read_to_string(file).unwrap();
    assert!(
        written.contains("state totals v1 every 1s: keyed str -> ([u64], Option<u64>)"),
        "{written}"
    );
}
