//! `else retry`: a function that refuses an item is tried again before its policy has its turn.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use streamflow::{RunConfig, StopSignal, stream_job};

/// Fails so often, and then gives the number of the call.
fn flaky(calls: &AtomicU32, failures: u32) -> Result<u32, String> {
    let call = calls.fetch_add(1, Ordering::Relaxed);
    if call < failures {
        Err(format!("call {call} failed"))
    } else {
        Ok(call)
    }
}

#[test]
fn function_is_tried_until_it_gives_a_value() {
    let calls = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&calls);
    let mut test = stream_job! {
        from kafka("in")
            | try_map(|line| flaky(&counted, 2).map(|call| (line, call))) else retry 3 backoff 1s..10s
            | print
    }
    .test();
    test.feed("in", ["a"]);
    test.expect(["(a,2)"]);
    assert_eq!(calls.load(Ordering::Relaxed), 3);
}

#[test]
fn policy_has_its_turn_at_last() {
    let calls = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&calls);
    let mut test = stream_job! {
        from kafka("in")
            | map(|line: &str| { let line = line.to_owned(); let call = flaky(&counted, 100)?; (line, call) })
                else retry 3 backoff 1s..10s dead_letter("bad")
            | print
    }
    .test();
    test.feed("in", ["a"]);
    test.expect([] as [&str; 0]);
    assert_eq!(calls.load(Ordering::Relaxed), 4);
    let letters = test.dead_letters("bad");
    assert_eq!(letters[0].error, "call 3 failed");
}

#[test]
fn none_is_tried_again_too_and_owned_items_are_there_each_time() {
    let calls = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&calls);
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| vec![line.to_owned()])
            | try_map(|lines| flaky(&counted, 1).ok().map(|_| lines)) else retry 2 backoff 1s..1s skip
            | flatten
            | filter(|line| flaky(&counted, 4)? > line.len().try_into()?) else retry 9 backoff 1s..1s skip
            | print
    }
    .test();
    test.feed("in", ["abc"]);
    test.expect(["abc"]);
    assert_eq!(calls.load(Ordering::Relaxed), 5);
}

#[test]
fn batch_is_tried_again_as_a_whole() {
    let calls = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&calls);
    let mut test = stream_job! {
        from kafka("in")
            | map_batch(|lines: Vec<&str>| { flaky(&counted, 2)?; vec![lines.len()] }) else retry 3 backoff 1s..1s
            | print
    }
    .test()
    .partitions(1);
    test.feed("in", ["a", "b"]);
    let rows = test.rows();
    let sum: usize = rows.iter().map(|row| row.parse::<usize>().unwrap()).sum();
    assert_eq!(sum, 2);
}

#[test]
fn item_that_is_refused_for_good_goes_on_by_its_name() {
    let mut test = stream_job! {
        from kafka("in")
            | try_map(|line| line.parse::<u8>()) else retry 2 backoff 1s..1s to(bad)
            | print;
        bad | map(|line| format!("bad {line}")) | print
    }
    .test();
    test.feed("in", ["1", "x"]);
    test.expect(["1", "bad x"]);
}

#[test]
fn waits_grow() {
    let calls = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&calls);
    let job = stream_job! {
        from iter(["a"])
            | try_map(|_| flaky(&counted, 3)) else retry 3 backoff 20ms..40ms
            | to null
    };
    let began = Instant::now();
    let config = RunConfig::of(job.plan()).unwrap();
    job.run_with(config, StopSignal::new()).unwrap();
    assert!(began.elapsed().as_millis() >= 20 + 40 + 40);
    assert_eq!(calls.load(Ordering::Relaxed), 4);
}
