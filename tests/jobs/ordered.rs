//! Stages that keep something for each key and take the items of a key in their order.

use std::time::Duration;

use streamflow::{Code, stream_job};

use crate::SECOND;

const HOUR: Duration = Duration::from_secs(3_600);

#[test]
fn scan_gives_the_state_after_each_value() {
    for workers in [1, 2, 4] {
        let mut test = stream_job! {
            from kafka("in")
                | map(|line| { let (user, spent) = line.split_once(',')?; (user, spent.parse::<u64>()?) })
                | scan(0u64, |total, spent| total + spent) forever as totals
                | to kafka("out", key: |(user, _)| user, value: |(_, total)| total)
        }
        .test()
        .workers(workers);
        test.feed("in", ["a,1", "b,10", "a,2", "a,3", "b,20"]);
        test.feed("in", ["a,4"]);
        let mut of_a = Vec::new();
        let mut of_b = Vec::new();
        for record in test.records("out") {
            let total = String::from_utf8(record.value.unwrap()).unwrap();
            match record.key.unwrap().as_slice() {
                b"a" => of_a.push(total),
                _ => of_b.push(total),
            }
        }
        assert_eq!(of_a, ["1", "3", "6", "10"], "{workers} workers");
        assert_eq!(of_b, ["10", "30"], "{workers} workers");
    }
}

#[test]
fn dedup_leaves_out_what_has_been_seen_until_it_is_forgotten() {
    let mut test = stream_job! {
        from kafka("in") | dedup(|line| *line) ttl 1h as seen | print
    }
    .test();
    test.feed("in", ["a", "b", "a"]);
    test.expect(["a", "b"]);
    test.advance(HOUR / 2);
    test.feed("in", ["a", "c"]);
    test.expect(["c"]);
    // `a` was seen half an hour ago, `b` an hour and a half.
    test.advance(SECOND * 3_599);
    test.feed("in", ["a", "b"]);
    test.expect(["b"]);
}

#[test]
fn dedup_takes_a_key_of_the_item() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| { let (id, rest) = line.split_once(',')?; (id.to_owned(), rest.to_owned()) })
            | dedup(|(id, _)| id.as_str()) forever as seen
            | map(|(id, rest)| format!("{id}:{rest}"))
            | print
    }
    .test();
    test.feed("in", ["1,x", "2,y", "1,z"]);
    test.expect(["1:x", "2:y"]);
}

#[test]
fn lag_gives_the_value_that_came_so_many_in_front() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| { let (key, n) = line.split_once(',')?; (key, n.parse::<i64>()?) })
            | lag(2) ttl 1h as before
            | print
    }
    .test();
    test.feed("in", ["a,1", "a,2", "b,7", "a,3", "a,4"]);
    test.expect([
        "(a,(1,None))",
        "(a,(2,None))",
        "(b,(7,None))",
        "(a,(3,Some(1)))",
        "(a,(4,Some(2)))",
    ]);
}

/// Spark's `mapWithState`: what leaves is what the function gives, and a key that times out is told
/// once.
#[test]
fn map_with_state_is_told_once_of_a_key_that_times_out() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|word| (word, 1u64))
            | map_with_state(0u64, |word, one: Option<u64>, count| match one {
                Some(one) => { *count += one; format!("{word} {count}") }
                None => format!("{word} timed out at {count}"),
            }) ttl 10s as counts
            | print
    }
    .test();
    test.feed("in", ["a", "b", "a"]);
    test.expect(["a 1", "b 1", "a 2"]);
    test.advance(SECOND * 8);
    test.feed("in", ["b"]);
    test.expect(["b 2"]);
    test.advance(SECOND * 5);
    test.expect(["a timed out at 2"]);
    test.advance(SECOND * 60);
    test.expect(["b timed out at 2"]);
    test.feed("in", ["a"]);
    test.expect(["a 1"]);
}

#[test]
fn state_goes_on_after_a_restart_with_its_keys_at_other_workers() {
    let dir = tempfile::tempdir().unwrap();
    let job = || {
        stream_job! {
            job totals
            from kafka("in")
                | map(|line| { let (user, n) = line.split_once(',')?; (user, n.parse::<u64>()?) })
                | scan(0u64, |total, n| total + n) forever as totals
                | print
        }
    };
    let mut test = job().test().workers(3).checkpoint(dir.path());
    test.feed("in", (0..20).map(|n| format!("user{n},{n}")));
    test.restart().unwrap();
    test.rows();
    test.feed("in", (0..20).map(|n| format!("user{n},1")));
    test.expect((0..20).map(|n| format!("(user{n},{})", n + 1)));
}

#[test]
fn stages_behind_each_other_take_the_items_of_a_round_in_one() {
    for workers in [1, 3] {
        let mut test = stream_job! {
            let clicks = from kafka("in") | map(|line| { let (user, n) = line.split_once(',')?; (user.to_owned(), n.parse::<u64>()?) });
            clicks
                | dedup(|(user, n)| (user.as_str(), *n)) forever as seen
                | scan(0u64, |sum, n| sum + n) forever as sums
                | map(|(user, sum)| (sum % 2 == 0, user.to_owned()))
                | lag(1) forever as previous
                | map(|(even, (user, before))| format!("{even} {user} {before:?}"))
                | print
        }
        .test()
        .workers(workers)
        .partitions(1);
        test.feed("in", ["a,2", "a,2", "b,3", "a,4", "b,1"]);
        test.expect([
            "true a None",
            "false b None",
            "true a Some(\"a\")",
            "true b Some(\"a\")",
        ]);
    }
}

#[test]
fn ordered_stage_feeds_an_interval_and_stands_behind_one() {
    let mut test = stream_job! {
        let first = from kafka("in") | dedup(|line| *line) forever as seen;
        first | map(|word| (word.len(), 1u64)) | reduce_by_key(+) every 1s | print;
        from kafka("in")
            | map(|word| (word.len(), 1u64))
            | reduce_by_key(+) every 1s
            | scan(0u64, |total, n| total + n) forever as totals
            | map(|(length, total)| format!("{length}: {total}"))
            | print
    }
    .test();
    test.feed("in", ["a", "b", "a", "cc"]);
    test.advance(SECOND);
    test.expect(["(1,2)", "(2,1)", "1: 3", "2: 1"]);
    test.feed("in", ["a", "dd"]);
    test.advance(SECOND);
    test.expect(["(2,1)", "1: 4", "2: 2"]);
}

#[test]
fn record_that_fails_behind_such_a_stage_is_named() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| { let (user, n) = line.split_once(',')?; (user, n.to_owned()) })
            | lag(1) forever as before
            | map(|(user, (n, _))| (user.to_owned(), n.parse::<u64>()?))
            | print
    }
    .test()
    .partitions(1);
    test.feed("in", ["a,1", "a,x"]);
    let error = test.finish().unwrap_err();
    assert_eq!(error.code(), Code::FailedRecord);
    let text = error.one_line();
    assert!(text.contains("`in`[0] at offset 1"), "{text}");
}
