//! `map_batch` and `for_each_batch` behind all that gives items in rounds.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use streamflow::{NewRecord, RunConfig, StopSignal, Topics, Until, stream_job};

use crate::lines::timed_number as timed;

#[test]
fn batch_behind_ordered_state_is_what_a_round_has_brought() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            let items = from kafka("in") | map(|line| { let (_, key, n) = timed(line)?; (key, n) });
            items | scan(0u64, |sum, n| sum + n) forever as sums
                | map_batch(|all| { let n: u64 = all.iter().map(|(_, sum)| sum).sum(); [format!("scan {} {n}", all.len())] })
                | print;
            items | keys | dedup(|key| *key) forever as seen
                | map_batch(|all| [format!("dedup {}", all.len())])
                | print;
            items | lag(1) forever as before
                | map_batch(|all| [format!("lag {}", all.iter().filter(|(_, (_, before))| before.is_some()).count())])
                | print;
            items | count_by_key running forever as counts
                | map_batch(|all| [format!("running {}", all.len())])
                | print;
            items | process { n: u64 = 0, on_record: |key, n, state, out| { state.n += n; out.emit((key.to_owned(), state.n)); } } forever as fields
                | map_batch(|all| [format!("process {}", all.len())])
                | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        test.feed("in", ["0 a 1", "0 b 2", "0 a 3"]);
        test.expect(["scan 3 7", "dedup 2", "lag 1", "running 3", "process 3"]);
        test.feed("in", ["0 a 1"]);
        test.expect(["scan 1 5", "lag 1", "running 1", "process 1"]);
    }
}

#[test]
fn batch_behind_windows_is_what_a_round_has_closed() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job windows
            let items = from kafka("in") | map(|line| timed(line)?) | event_time(|(at, _, _)| *at) lag 1ms | map(|(_, key, n)| (key, n));
            items | reduce_by_key(+) over tumbling 10s late drop as t
                | map_batch(|mut all| { all.sort_unstable(); [format!("tumbling {all:?}")] }) | print;
            items | reduce_by_key(+) over session 3s late drop as s
                | map_batch(|mut all| { all.sort_unstable(); [format!("session {all:?}")] }) | print;
            items | reduce_by_key(+) over sliding 3s late drop as l
                | map_batch(|mut all| { all.sort_unstable(); [format!("sliding {all:?}")] }) | print;
            items | reduce_by_key(+) over rows 2 as r
                | map_batch(|mut all| { all.sort_unstable(); [format!("rows {all:?}")] }) | print
        }
        .test()
        .partitions(1)
        .workers(workers)
        .checkpoint(dir.path());
        test.feed("in", ["1000 a 1", "2000 b 2", "3000 a 3"]);
        test.restart().unwrap();
        test.feed("in", ["10500 a 4", "10500 b 5", "10500 c 5"]);
        test.expect([
            r#"tumbling [("a", 4), ("b", 2)]"#,
            r#"session [("a", 4), ("b", 2)]"#,
            // The watermark has passed two items when the first records have come.
            r#"sliding [("a", 1), ("b", 2)]"#,
            r#"sliding [("a", 4)]"#,
            r#"rows [("a", 4)]"#,
            r#"rows [("b", 7)]"#,
        ]);
    }
}

#[test]
fn batch_behind_joins() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            let rights = from kafka("right") | map(|line| timed(line)?) | event_time(|(at, _, _)| *at) lag 1ms | map(|(_, key, n)| (key, n));
            let prices = from kafka("prices") | map(|line| { let (_, key, n) = timed(line)?; (key, n) }) | table forever as prices;
            let lefts = from kafka("left") | map(|line| timed(line)?) | event_time(|(at, _, _)| *at) lag 1ms | map(|(_, key, n)| (key, n));
            lefts | left_join(prices)
                | map_batch(|mut all| { all.sort_unstable(); [format!("table {all:?}")] }) | print;
            lefts | join(rights) within -1s..+1s late drop as near
                | map_batch(|mut all| { all.sort_unstable(); [format!("near {all:?}")] }) | print;
            lefts | join(rights) over tumbling 10s late drop as window
                | for_each_batch(|all| assert!(!all.is_empty()))
        }
        .test()
        .partitions(1)
        .workers(workers);
        test.feed("prices", ["0 a 7"]);
        test.feed("left", ["1000 a 1", "1000 b 2"]);
        test.expect([r#"table [("a", (1, Some(7))), ("b", (2, None))]"#]);
        test.feed("right", ["1500 a 3", "1000 b 4", "1000 b 5"]);
        test.expect([r#"near [("a", (1, 3)), ("b", (2, 4)), ("b", (2, 5))]"#]);
        test.feed("right", ["20000 z 3"]);
        test.feed("left", ["30000 z 3"]);
        test.expect([r#"table [("z", (3, None))]"#]);
    }
}

#[test]
fn batch_of_records_and_of_a_round() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            let items = from kafka("in") | map(|line| { let (_, key, n) = timed(line)?; (key, n) });
            let sums = items | scan(0u64, |sum, n| sum + n) forever as sums;
            union(items, sums) | map(|(_, n)| n)
                | map_batch(|mut all| { all.sort_unstable(); [format!("{all:?}")] }) | print;
            items | values | repartition(3) | map_batch(|all| [all.iter().sum::<u64>()]) | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        test.feed("in", ["0 a 1", "0 b 2", "0 a 3"]);
        test.expect(["[1, 1, 2, 2, 3, 4]", "6"]);
    }
}

#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Order {
    user: String,
    n: u64,
}

/// Items that are neither copied nor borrowed.
#[test]
fn owned_items_are_gathered() {
    for workers in [1, 4] {
        let orders = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&orders);
        let mut test = stream_job! {
            let lines = from kafka("in") | map(|line| { let (_, user, n) = timed(line)?; (user, n) });
            lines | map(|(user, n)| Order { user: user.to_owned(), n })
                | for_each_batch(move |all: Vec<Order>| kept.lock().unwrap().push(all.iter().map(|order| format!("{}{}", order.user, order.n)).collect::<Vec<_>>())) every 1s
        }
        .test()
        .partitions(1)
        .workers(workers);
        test.feed("in", ["0 a 1", "0 b 2", "0 a 3"]);
        test.advance(Duration::from_secs(1));
        assert_eq!(orders.lock().unwrap()[0], ["a1", "b2", "a3"]);
    }
}

#[test]
fn running_job_hands_batches_over() {
    let topics = Arc::new(Topics::creating(2).unbounded());
    let rows = Mutex::new(Vec::new());
    let kept = &rows;
    topics
        .append(
            "in",
            None,
            0,
            (0..100).map(|n| NewRecord::of_value(if n % 2 == 0 { b"a".as_slice() } else { b"b" })),
        )
        .unwrap();
    let job = stream_job! {
        job batches
        from kafka("in") | map(|word| (word, 1u64))
            | scan(0u64, |sum, n| sum + n) forever as totals
            | for_each_batch(|all| { kept.lock().unwrap().push(all.len()); })
    };
    let config = RunConfig {
        parallelism: 2,
        until: Until::CaughtUp,
        ..RunConfig::of(job.plan()).unwrap()
    };
    job.run_on(Arc::clone(&topics), config, StopSignal::new())
        .unwrap();
    let lens = rows.lock().unwrap();
    assert_eq!(lens.iter().sum::<usize>(), 100);
    assert!(lens.iter().all(|n| *n > 0));
}

/// What is kept for each key is lost with the run: the next one reads all again.
#[test]
fn job_without_a_checkpoint_commits_nothing_of_what_its_states_are_of() {
    let topics = Arc::new(Topics::creating(2).unbounded());
    let rows = Mutex::new(Vec::new());
    let kept = &rows;
    let run = |words: &[&str], until: Until| {
        let job = stream_job! {
            job forgetful
            from kafka("in") | map(|word| (word, 1u64))
                | scan(0u64, |sum, n| sum + n) forever as totals
                | for_each(|(key, total)| { kept.lock().unwrap().push((key.to_owned(), total)); })
        };
        let records = words
            .iter()
            .map(|word| NewRecord::of_value(word.as_bytes()));
        topics.append("in", None, 0, records).unwrap();
        let config = RunConfig {
            parallelism: 2,
            run_for: (until == Until::Stopped).then_some(Duration::from_millis(300)),
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
