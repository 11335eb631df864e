//! Aggregates that go on, whose results leave as their items come.

use crate::SECOND;
use serde_json::Value;
use streamflow::{Code, stream_job};

#[test]
fn each_item_of_a_key_gives_its_new_count() {
    for workers in [1, 2, 4] {
        let mut test = stream_job! {
            from kafka("in") | map(|word| (word, ())) | count_by_key running ttl 1h as counts | print
        }
        .test()
        .workers(workers);
        test.feed("in", ["a", "b", "a"]);
        test.expect(["(a,1)", "(b,1)", "(a,2)"]);
        test.feed("in", ["a", "c"]);
        test.expect(["(a,3)", "(c,1)"]);
    }
}

#[test]
fn values_of_a_key_are_combined_in_their_order() {
    for workers in [1, 3] {
        let mut test = stream_job! {
            let pairs = from kafka("in")
                | map(|line| { let (key, n) = line.split_once(',')?; (key, n.parse::<i64>()?) });
            pairs | reduce_by_key(+) running forever as sums | map(|(k, n)| format!("{k} + {n}")) | print;
            pairs | reduce_by_key(max) running forever as most | map(|(k, n)| format!("{k} max {n}")) | print;
            pairs | reduce_by_key(|a, b| a * 10 + b) running forever as digits
                | map(|(k, n)| format!("{k} digits {n}")) | print;
            pairs | aggregate_by_key(String::new(), |mut text, n| { text.push_str(&n.to_string()); text }, |a, b| a + &b)
                running forever as texts
                | map(|(k, text)| format!("{k} text {text}")) | print;
            pairs | group_by_key running forever as groups | map(|(k, all)| format!("{k} all {all:?}")) | print;
            pairs | agg_by_key { n: count, total: sum, mean: average, least: min(|n| -n) } running forever as several
                | map(|(k, agg)| format!("{k} n={} total={} mean={} least={}", agg.n, agg.total, agg.mean, agg.least))
                | print
        }
        .test()
        .workers(workers);
        test.feed("in", ["a,3", "b,7", "a,5"]);
        test.expect([
            "a + 3",
            "b + 7",
            "a + 8",
            "a max 3",
            "b max 7",
            "a max 5",
            "a digits 3",
            "b digits 7",
            "a digits 35",
            "a text 3",
            "b text 7",
            "a text 35",
            "a all [3]",
            "b all [7]",
            "a all [3, 5]",
            "a n=1 total=3 mean=3 least=-3",
            "b n=1 total=7 mean=7 least=-7",
            "a n=2 total=8 mean=4 least=-5",
        ]);
    }
}

#[test]
fn items_without_keys_have_one_result() {
    for workers in [1, 3] {
        let mut test = stream_job! {
            let numbers = from kafka("in") | map(|line| line.parse::<i64>()?);
            numbers | count running forever as n | map(|n| format!("count {n}")) | print;
            numbers | sum running forever as total | map(|n| format!("sum {n}")) | print;
            numbers | average running forever as mean | map(|n| format!("average {n}")) | print;
            numbers | min running forever as least | map(|n| format!("min {n}")) | print;
            numbers | max running forever as most | map(|n| format!("max {n}")) | print;
            numbers | reduce(|a, b| a * 10 + b) running forever as digits | map(|n| format!("digits {n}")) | print;
            numbers | reduce(*) running forever as product | map(|n| format!("product {n}")) | print;
            numbers | count_by_value running forever as values | map(|(v, n)| format!("{v} x {n}")) | print;
            numbers | distinct running forever as seen | map(|n| format!("new {n}")) | print
        }
        .test()
        .workers(workers)
        .partitions(1);
        test.feed("in", ["4", "1", "4"]);
        test.expect([
            "count 1",
            "count 2",
            "count 3",
            "sum 4",
            "sum 5",
            "sum 9",
            "average 4",
            "average 2.5",
            "average 3",
            "min 4",
            "min 1",
            "min 1",
            "max 4",
            "max 4",
            "max 4",
            "digits 4",
            "digits 41",
            "digits 414",
            "product 4",
            "product 4",
            "product 16",
            "4 x 1",
            "1 x 1",
            "4 x 2",
            "new 4",
            "new 1",
        ]);
    }
}

#[test]
fn emit_changes_is_what_running_does() {
    let mut test = stream_job! {
        from kafka("in") | count_by_value running emit changes forever as counts | print
    }
    .test();
    test.feed("in", ["a", "a"]);
    test.expect(["(a,1)", "(a,2)"]);
}

#[test]
fn emit_updates_gives_the_latest_result_of_what_has_changed() {
    for workers in [1, 3] {
        let mut test = stream_job! {
            from kafka("in")
                | map(|line| { let (key, n) = line.split_once(',')?; (key, n.parse::<u64>()?) })
                | reduce_by_key(+) running emit updates every 10s forever as sums
                | map(|(key, n)| format!("{key} {n}"))
                | print
        }
        .test()
        .workers(workers);
        test.feed("in", ["a,1", "b,2", "a,3"]);
        test.advance(SECOND * 5);
        test.expect([""; 0]);
        test.advance(SECOND * 5);
        test.expect(["a 4", "b 2"]);
        test.feed("in", ["b,5"]);
        test.advance(SECOND * 10);
        test.expect(["b 7"]);
        test.advance(SECOND * 10);
        test.expect([""; 0]);
    }
}

#[test]
fn state_and_results_that_are_still_to_leave_survive_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let job = || {
        stream_job! {
            job sums
            let pairs = from kafka("in")
                | map(|line| { let (key, n) = line.split_once(',')?; (key, n.parse::<u64>()?) });
            pairs | reduce_by_key(+) running emit updates every 10s forever as sums
                | map(|(key, n)| format!("{key} updated {n}"))
                | print;
            pairs | reduce_by_key(+) running forever as all | print;
            pairs | values | sum running forever as total | print
        }
    };
    let mut test = job().test().workers(3).checkpoint(dir.path());
    test.feed("in", ["a,1", "b,2"]);
    test.rows();
    test.restart().unwrap();
    test.feed("in", ["c,4"]);
    test.advance(SECOND * 10);
    test.expect(["a updated 1", "b updated 2", "c updated 4", "(c,4)", "7"]);
    test.restart().unwrap();
    test.feed("in", ["a,5"]);
    test.advance(SECOND * 10);
    test.expect(["a updated 6", "(a,6)", "12"]);
}

#[test]
fn overflow_names_the_key_and_leaves_the_sum_as_it_was() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| { let (key, n) = line.split_once(',')?; (key, n.parse::<u8>()?) })
            | reduce_by_key(+) running forever as sums else skip
            | print
    }
    .test();
    test.feed("in", ["a,200", "a,100", "a,55"]);
    test.expect(["(a,200)", "(a,255)"]);
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| { let (key, n) = line.split_once(',')?; (key, n.parse::<u8>()?) })
            | reduce_by_key(+) running forever as sums
            | print
    }
    .test()
    .partitions(1);
    test.feed("in", ["a,200", "a,100"]);
    let error = test.finish().unwrap_err().one_line();
    assert!(error.contains("for the key `a`"), "{error}");
}

#[test]
fn changes_are_messages_that_take_the_place_of_earlier_ones() {
    let mut test = stream_job! {
        let words = from kafka("in");
        words | count_by_value running forever as counts
            | to kafka("out", key: |(word, _)| word, value: |(_, n)| n.to_string());
        words | count running forever as all | to kafka("all", key: |_| "total")
    }
    .test();
    test.feed("in", ["a", "a"]);
    let records = test.records("out");
    let last = records.last().unwrap();
    assert_eq!(last.value.as_deref(), Some(b"2".as_slice()));
    assert_eq!(last.key.as_deref(), Some(b"a".as_slice()));
    let records = test.records("all");
    let last = records.last().unwrap();
    assert_eq!(last.value.as_deref(), Some(b"2".as_slice()));
    assert_eq!(last.key.as_deref(), Some(b"total".as_slice()));
}

#[test]
fn explain_says_what_bounds_the_state() {
    let job = stream_job! {
        let words = from kafka("in") | event_time(|_| 0i64) lag 1s;
        words | count_by_value running cap 100 as some | print;
        words | count running emit updates every 10s ttl 1h as all | print
    };
    let text = job.explain();
    for bound in [
        "state `some`: something for each of the 100 keys that were used last, on one worker",
        "state `all`: something for each key, forgotten when nobody has used it for 1h of event time",
    ] {
        assert!(text.contains(bound), "{text}");
    }
    let json: Value = serde_json::from_str(&job.explanation().json()).unwrap();
    let state = |operator: &str| {
        let mut stages = json["stages"].as_array().unwrap().iter();
        &stages.find(|stage| stage["operator"] == operator).unwrap()["state"]
    };
    assert_eq!(state("count")["every_ms"], 10_000);
    assert_eq!(state("count_by_value")["name"], "some");
    assert_eq!(state("count_by_value")["every_ms"], Value::Null);
}

/// What an interval keeps has no time of its last use beside it.
#[test]
fn state_of_an_interval_is_not_taken_for_one_that_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = stream_job! {
        job counts
        from kafka("in") | count_by_value every 1h as counts | print
    }
    .test()
    .checkpoint(dir.path());
    test.feed("in", ["a"]);
    let error = test
        .restart_as(stream_job! {
            job counts
            from kafka("in") | count_by_value running forever as counts | print
        })
        .unwrap_err();
    assert_eq!(error.code(), Code::IncompatibleState);
}

/// Kafka's quick start: the words of three lines, counted by Kafka Streams.
#[test]
fn words_are_counted_as_by_the_demo_of_kafka_streams() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            from kafka("in")
                | flat_map(|line| line.to_lowercase().split(' ').map(str::to_owned).collect::<Vec<_>>())
                | count_by_value running forever as counts
                | print
        }
        .test()
        .workers(workers);
        test.feed("in", ["all streams lead to kafka"]);
        test.expect(["(all,1)", "(streams,1)", "(lead,1)", "(to,1)", "(kafka,1)"]);
        test.feed("in", ["hello kafka streams"]);
        test.expect(["(hello,1)", "(kafka,2)", "(streams,2)"]);
        test.feed("in", ["join kafka summit"]);
        test.expect(["(join,1)", "(kafka,3)", "(summit,1)"]);
    }
}

/// Flink's `AggregationFunctionTest`: rolling sums, least and greatest of `(i % 3, i)` for 0 to 8.
#[test]
fn rolling_aggregates_are_those_of_flink() {
    let mut test = stream_job! {
        let pairs = from kafka("in") | map(|line| { let i = line.parse::<u32>()?; (i % 3, i) });
        pairs | reduce_by_key(+) running forever as sums | map(|(key, i)| format!("sum {key} {i}")) | print;
        pairs | reduce_by_key(min) running forever as least | map(|(key, i)| format!("min {key} {i}")) | print;
        pairs | reduce_by_key(max) running forever as most | map(|(key, i)| format!("max {key} {i}")) | print
    }
    .test()
    .workers(2);
    test.feed("in", (0..9).map(|i| i.to_string()));
    let sums = [
        (0, 0),
        (1, 1),
        (2, 2),
        (0, 3),
        (1, 5),
        (2, 7),
        (0, 9),
        (1, 12),
        (2, 15),
    ];
    let rows = |word: &str, of: &[(u32, u32)]| -> Vec<String> {
        of.iter()
            .map(|(key, i)| format!("{word} {key} {i}"))
            .collect()
    };
    let least: Vec<(u32, u32)> = (0..9).map(|i| (i % 3, i % 3)).collect();
    let most: Vec<(u32, u32)> = (0..9).map(|i| (i % 3, i)).collect();
    test.expect([rows("sum", &sums), rows("min", &least), rows("max", &most)].concat());
}

/// Spark's `StreamingAggregationSuite`, "simple count, update mode".
#[test]
fn updates_are_those_of_sparks_output_mode() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = stream_job! {
        job update_mode
        from kafka("in") | count_by_value running emit updates every 1s forever as counts | print
    }
    .test()
    .checkpoint(dir.path());
    test.feed("in", ["3"]);
    test.advance(SECOND);
    test.expect(["(3,1)"]);
    test.restart().unwrap();
    test.feed("in", ["3", "2"]);
    test.advance(SECOND);
    test.expect(["(3,2)", "(2,1)"]);
    test.restart().unwrap();
    test.feed("in", ["3", "2", "1"]);
    test.advance(SECOND);
    test.expect(["(3,3)", "(2,2)", "(1,1)"]);
    test.feed("in", ["4", "4", "4", "4"]);
    test.advance(SECOND);
    test.expect(["(4,4)"]);
}
