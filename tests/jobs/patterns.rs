//! `from kafka(pattern "…")`: all topics whose whole names match.

use std::sync::Arc;

use streamflow::{Code, NewRecord, RunConfig, Samples, StopSignal, Topics, stream_job};

use crate::SECOND;

#[test]
fn topics_whose_whole_names_match_are_read() {
    for workers in [1, 3] {
        let mut test = stream_job! {
            from kafka(pattern "clicks-.*") as Record
                | map(|record| (record.topic, String::from_utf8_lossy(record.value?).into_owned()))
                | map(|(topic, value)| format!("{topic} {value}"))
                | print
        }
        .test()
        .workers(workers);
        test.feed("clicks-eu", ["a", "b"]);
        test.feed("old-clicks-eu", ["no"]);
        // Created when the job runs already.
        test.feed("clicks-us", ["c"]);
        test.feed("clicks-eu", ["d"]);
        test.expect(["clicks-eu a", "clicks-eu b", "clicks-us c", "clicks-eu d"]);
    }
}

#[test]
fn restart_goes_on_where_each_topic_was_left_and_finds_new_ones() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = stream_job! {
        job patterns
        from kafka(pattern "t[0-9]") | count_by_value every 10s as counts | print
    }
    .test()
    .workers(2)
    .checkpoint(dir.path());
    test.feed("t1", ["a", "b"]);
    test.feed("t2", ["a"]);
    test.restart().unwrap();
    test.feed("t1", ["b"]);
    test.feed("t3", ["c"]);
    test.feed("tx", ["no"]);
    test.restart().unwrap();
    test.advance(SECOND * 10);
    test.expect(["(a,2)", "(b,2)", "(c,1)"]);
}

#[test]
fn pattern_in_a_variable_and_options_beside_it() {
    let wanted = String::from("x|y");
    let mut test = stream_job! {
        from kafka(pattern: &wanted, start: earliest) | print;
        from kafka("x") | map(|line| format!("by name {line}")) | print
    }
    .test();
    test.feed("y", ["1"]);
    test.feed("xy", ["no"]);
    test.feed("x", ["2"]);
    test.expect(["1", "2", "by name 2"]);
}

#[test]
fn run_that_catches_up_reads_the_topics_that_are_there() {
    let topics = Arc::new(Topics::creating(2));
    for topic in ["a1", "a2", "b1"] {
        topics
            .append(topic, None, 0, [NewRecord::of_value(topic.as_bytes())])
            .unwrap();
    }
    let job = stream_job! { from kafka(pattern "a.", until: caught_up) | to kafka("out") };
    let config = RunConfig {
        parallelism: 2,
        ..RunConfig::of(job.plan()).unwrap()
    };
    job.run_on(Arc::clone(&topics), config, StopSignal::new())
        .unwrap();
    let mut found: Vec<_> = topics
        .records("out")
        .into_iter()
        .filter_map(|record| record.value)
        .collect();
    found.sort();
    assert_eq!(found, [b"a1", b"a2"]);
}

#[test]
fn what_is_no_pattern_is_refused_when_the_job_starts() {
    let wanted = "clicks-(";
    let test = stream_job! { from kafka(pattern: wanted) | print }.test();
    assert_eq!(test.finish().unwrap_err().code(), Code::Config);
}

#[test]
fn nothing_to_match_and_nobody_to_create_it_is_refused() {
    let job = stream_job! { from kafka(pattern "clicks-.*") | print }
        .samples(Samples::new("orders", |n| n.to_string()));
    let config = RunConfig::of(job.plan()).unwrap();
    let error = job.run_with(config, StopSignal::new()).unwrap_err();
    assert_eq!(error.code(), Code::UnknownInput);
}
