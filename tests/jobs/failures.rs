//! What fails, stops: with the topic, the partition, the offset and the stage, and nothing lost.

use std::fs;
use std::sync::{Mutex, mpsc};
use std::thread;

use streamflow::{Code, RunConfig, StopSignal, Until, stream_job};

use crate::SECOND;

#[test]
fn refused_record_ends_the_job_with_its_place_and_its_stage() {
    let mut test = stream_job! {
        from kafka("in") | map(|line| { let (user, _) = line.split_once(',')?; user }) | print
    }
    .test();
    test.feed_partition("in", 3, ["u1,a", "none"]);
    let error = test.finish().unwrap_err();
    assert_eq!(error.code(), Code::FailedRecord);
    let text = error.one_line();
    assert!(text.contains("`in`[3] at offset 1"), "{text}");
    assert!(
        text.contains("got `None`") && text.contains("else skip"),
        "{text}"
    );
}

#[test]
fn job_that_is_running_is_not_run_a_second_time_at_once() {
    let (begin, begun) = mpsc::channel();
    let (end, ended) = mpsc::channel();
    let ended = Mutex::new(ended);
    let dir = tempfile::tempdir().unwrap();
    let line = dir.path().join("line").display().to_string();
    fs::write(&line, "a\n").unwrap();
    let job = stream_job! {
        job twice
        from files(&line) | for_each(|_| {
            begin.send(()).unwrap();
            ended.lock().unwrap().recv().unwrap();
        })
    };
    let run = || {
        let config = RunConfig {
            until: Until::CaughtUp,
            ..RunConfig::of(job.plan()).unwrap()
        };
        job.run_with(config, StopSignal::new())
    };
    thread::scope(|scope| {
        let running = scope.spawn(run);
        begun.recv().unwrap();
        let error = run().unwrap_err();
        end.send(()).unwrap();
        running.join().unwrap().unwrap();
        assert_eq!(error.code(), Code::Config);
        let text = error.one_line();
        assert!(text.contains("`twice` is running already"), "{text}");
    });
    // One after the other is fine.
    end.send(()).unwrap();
    run().unwrap();
}

#[test]
fn everything_in_front_of_the_refused_record_is_out() {
    let mut test = stream_job! {
        from kafka("in") | map(|line| (line, line.parse::<u32>()?)) | reduce_by_key(+) every 1s | print
    }
    .test()
    .workers(1);
    test.feed_partition("in", 0, ["1", "2", "x", "3"]);
    assert_eq!(test.rows(), ["(1,1)", "(2,2)"]);
    let error = test.finish().unwrap_err();
    assert!(
        error.one_line().contains("invalid digit found in string"),
        "{}",
        error.one_line()
    );
}

#[test]
fn record_that_is_no_text_cannot_be_decoded() {
    let mut test = stream_job! { from kafka("in") | print }.test();
    test.feed_partition("in", 1, [b"fine".as_slice(), b"\xff\xfe"]);
    let error = test.finish().unwrap_err();
    assert_eq!(error.code(), Code::UndecodableRecord);
    assert!(
        error.one_line().contains("`in`[1] at offset 1"),
        "{}",
        error.one_line()
    );
}

#[test]
fn record_that_cannot_be_decoded_is_left_out_where_the_source_says_so() {
    let mut test = stream_job! { from kafka("in") else skip | print }.test();
    test.feed("in", [b"a".as_slice(), b"\xff", b"b"]);
    test.expect(["a", "b"]);
}

#[test]
fn policy_of_the_header_holds_for_every_stage() {
    let mut test = stream_job! {
        job lenient { on_error: skip }
        from kafka("in") | map(|line| line.parse::<u32>()?) | print
    }
    .test();
    test.feed("in", [b"1".as_slice(), b"\xff", b"x", b"2"]);
    test.expect(["1", "2"]);
}

#[test]
fn overflow_names_the_type_and_the_key() {
    let mut test = stream_job! {
        from kafka("in") | map(|line| ("k", line.parse::<u8>()?)) | reduce_by_key(+) every 1s | print
    }
    .test()
    .workers(1);
    test.feed_partition("in", 0, ["200", "100"]);
    let error = test.finish().unwrap_err();
    let text = error.one_line();
    assert!(
        text.contains("`+` overflows `u8`") && text.contains("at offset 1"),
        "{text}"
    );
}

#[test]
fn overflow_between_workers_is_found_too() {
    let mut test = stream_job! {
        from kafka("in") | map(|line| ("k", line.parse::<u8>()?)) | reduce_by_key(+) every 1s | print
    }
    .test()
    .workers(2)
    .partitions(2);
    test.feed_partition("in", 0, ["200"]);
    test.feed_partition("in", 1, ["100"]);
    test.advance(SECOND);
    let error = test.finish().unwrap_err();
    let text = error.one_line();
    assert!(
        text.contains("`+` overflows `u8` for the key `k`"),
        "{text}"
    );
}

#[test]
fn panic_in_a_closure_names_the_record_and_commits_nothing() {
    let mut test = stream_job! {
        from kafka("in") | map(|line| { assert!(line != "boom", "no booms here"); line }) | print
    }
    .test()
    .workers(1);
    test.feed_partition("in", 2, ["a", "boom"]);
    let error = test.finish().unwrap_err();
    assert_eq!(error.code(), Code::Panicked);
    let text = error.one_line();
    assert!(
        text.contains("no booms here") && text.contains("`in`[2] at offset 1"),
        "{text}"
    );
}

#[test]
fn tombstone_is_not_taken_for_an_empty_text() {
    let mut test = stream_job! {
        from kafka("in") as Record | map(|record| record.value.is_none()) | print
    }
    .test();
    test.feed("in", ["x"]);
    test.expect(["false"]);
}

#[test]
fn closure_can_refuse_a_record_by_a_failure_of_its_own() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| {
                if line.is_empty() {
                    None?;
                }
                if line.len() > 3 {
                    Err("too long")?;
                }
                line.len()
            }) else skip
            | print
    }
    .test();
    test.feed("in", ["", "abc", "abcd"]);
    test.expect(["3"]);
}

/// In a batch it is that of its own record, in a round that of many.
#[test]
fn overflow_in_a_closure_names_the_aggregate() {
    let job = || {
        stream_job! {
            from kafka("in")
                | map(|line| ("k", line.parse::<u8>()?))
                | reduce_by_key(|a, b| a + b) over hopping 2s by 1s as sums
                | for_each(|_| ())
        }
    };
    let mut test = job().test().workers(1).partitions(1);
    test.feed("in", ["200", "100"]);
    let text = test.finish().unwrap_err().one_line();
    assert!(
        text.contains("stage `reduce_by_key(|a, b| a + b) over hopping 2s by 1s as sums` panicked")
            && text.contains("attempt to add with overflow: `in`[0] at offset 1: ")
            && text.contains("`reduce_by_key(+)`"),
        "{text}"
    );
    let mut test = job().test().workers(1).partitions(1);
    test.feed("in", ["200"]);
    test.advance(SECOND);
    test.feed("in", ["100"]);
    test.advance(SECOND);
    let text = test.finish().unwrap_err().one_line();
    assert!(
        text.contains("attempt to add with overflow: nothing since"),
        "{text}"
    );
}

#[test]
fn overflow_in_a_window_names_the_stage_and_the_key() {
    // In the batch of its record.
    let mut session = stream_job! {
        from kafka("in")
            | map(|line| ("k", line.parse::<u8>()?))
            | reduce_by_key(+) over session 3s as sums
            | print
    }
    .test()
    .workers(1)
    .partitions(1);
    session.feed("in", ["200", "100"]);
    let text = session.finish().unwrap_err().one_line();
    assert!(
        text.contains("`reduce_by_key(+) over session 3s as sums` (line ")
            && text.contains("`+` overflows `u8` for the key `k`: `in`[0] at offset 1"),
        "{text}"
    );
    // Behind an interval nothing waits, and its place is known at once.
    let mut refused = stream_job! {
        from kafka("in")
            | map(|line| ("k", line.parse::<u8>()?))
            | reduce_by_key(+) every 1s else to(too_much)
            | print;
        too_much | print
    }
    .test()
    .workers(1)
    .partitions(1);
    refused.feed("in", ["200", "100"]);
    refused.expect(["(k,100)"]);
    // Of the steps of a window.
    let mut hopping = stream_job! {
        from kafka("in")
            | map(|line| ("k", line.parse::<u8>()?))
            | reduce_by_key(+) over hopping 2s by 1s as sums
            | print
    }
    .test()
    .workers(1)
    .partitions(1);
    hopping.feed("in", ["200"]);
    hopping.advance(SECOND);
    hopping.feed("in", ["100"]);
    hopping.advance(SECOND);
    let text = hopping.finish().unwrap_err().one_line();
    assert!(
        text.contains("`reduce_by_key(+) over hopping 2s by 1s as sums` (line ")
            && text
                .contains("cannot bring together what it has: `+` overflows `u8` for the key `k`"),
        "{text}"
    );
}
