//! Joins of a stream and a table as it was at each item's own time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use streamflow::{Job, NewRecord, RunConfig, StopSignal, Topics, Until, stream_job};

use crate::SECOND;

/// `time,key,value` is a version of the table at that second, and `time,key` deletes the key; items of
/// the stream are `time,key,value`.
fn joined() -> Job<'static> {
    stream_job! {
        job joined
        let table = from kafka("table")
            | map(|line| {
                let (at_s, rest) = line.split_once(',')?;
                let at_ms = at_s.parse::<u64>()? * 1_000;
                match rest.split_once(',') {
                    Some((key, value)) => (at_ms, key.to_owned(), Some(value.to_owned())),
                    None => (at_ms, rest.to_owned(), None),
                }
            })
            | event_time(|(at_ms, _, _)| *at_ms) lag 1s
            | map(|(_, key, value)| (key, value))
            | table forever as latest;
        let stream = from kafka("stream")
            | map(|line| {
                let (at_s, rest) = line.split_once(',')?;
                let (key, value) = rest.split_once(',')?;
                (at_s.parse::<u64>()? * 1_000, key.to_owned(), value.to_owned())
            })
            | event_time(|(at_ms, _, _)| *at_ms) lag 1s
            | map(|(_, key, value)| (key, value));
        stream | map(|(key, value)| (key.to_owned(), value.to_owned()))
            | join(table) as_of as joined
            | map(|(key, (value, found))| format!("join {key} {value}+{found}")) | print;
        stream | map(|(key, value)| (key.to_owned(), value.to_owned()))
            | left_join(table) as_of as left
            | map(|(key, (value, found))| format!("left {key} {value}+{}", found.unwrap_or_else(|| "null".to_owned())))
            | print;
        stream | map(|(key, value)| (key.to_owned(), value.to_owned()))
            | semi_join(table) as_of | map(|(key, value)| format!("semi {key} {value}")) | print;
        stream | anti_join(table) as_of | map(|(key, value)| format!("anti {key} {value}")) | print
    }
}

fn rows(all: &[String], of: &str) -> Vec<String> {
    let of_it = all.iter().filter_map(|row| row.strip_prefix(of));
    let mut rows: Vec<String> = of_it.map(|row| row.trim().to_owned()).collect();
    rows.sort();
    rows
}

/// Flink's `LegacyTemporalTimeJoinITCase.testEventTimeInnerJoin`: currencies and their rates, the rates
/// out of order.
#[test]
fn orders_meet_the_rate_of_their_own_time() {
    for workers in [1, 2, 4] {
        let mut test = joined().test().partitions(1).workers(workers);
        test.feed("stream", ["2,Euro,2", "3,Dollar,1", "4,Yen,50", "5,Euro,3"]);
        test.feed(
            "table",
            ["1,Dollar,102", "1,Euro,114", "1,Yen,1", "5,Euro,116"],
        );
        // The watermark of the table is at 4 s: what comes at 4 s is still waited for.
        assert_eq!(rows(&test.rows(), "join"), ["Dollar 1+102", "Euro 2+114"]);
        test.feed("table", ["7,Euro,119"]);
        assert_eq!(rows(&test.rows(), "join"), ["Euro 3+116", "Yen 50+1"]);
    }
}

#[test]
fn version_that_comes_behind_its_item_is_waited_for() {
    for workers in [1, 4] {
        let mut test = joined().test().partitions(1).workers(workers);
        test.feed("table", ["1,a,old"]);
        test.feed("stream", ["10,a,x", "9,a,w"]);
        test.feed("table", ["8,a,new", "12,a,later", "11,a,late"]);
        // The watermark is at 11 s.
        assert_eq!(rows(&test.rows(), "join"), ["a w+new", "a x+new"]);
        test.feed("stream", ["12,a,y", "11,a,z"]);
        assert!(rows(&test.rows(), "join").is_empty());
        test.feed("table", ["20,b,1"]);
        assert_eq!(rows(&test.rows(), "join"), ["a y+later", "a z+late"]);
    }
}

/// As in `KStreamKTableLeftJoinTest`, by the times of the records.
#[test]
fn deletion_holds_from_its_own_time_on() {
    for workers in [1, 2, 4] {
        let mut test = joined().test().partitions(1).workers(workers);
        test.feed("table", ["2,a,1", "6,a", "9,a,2", "3,b,3"]);
        test.feed(
            "stream",
            [
                "1,a,p", "2,a,q", "5,a,r", "6,a,s", "8,a,t", "9,a,u", "4,b,v", "4,c,w",
            ],
        );
        test.feed("table", ["30,z,0"]);
        let all = test.rows();
        assert_eq!(rows(&all, "join"), ["a q+1", "a r+1", "a u+2", "b v+3"]);
        assert_eq!(
            rows(&all, "left"),
            [
                "a p+null", "a q+1", "a r+1", "a s+null", "a t+null", "a u+2", "b v+3", "c w+null"
            ]
        );
        assert_eq!(rows(&all, "semi"), ["a q", "a r", "a u", "b v"]);
        assert_eq!(rows(&all, "anti"), ["a p", "a s", "a t", "c w"]);
    }
}

#[test]
fn items_leave_in_the_order_of_their_times() {
    for workers in [1, 2, 4] {
        let mut test = stream_job! {
            let table = from kafka("table")
                | map(|line| { let (at, value) = line.split_once(',')?; (at.parse::<u64>()?, value.to_owned()) })
                | event_time(|(at, _)| *at) lag 1ms
                | map(|(_, value)| ((), value))
                | table forever as latest;
            from kafka("stream")
                | map(|line| line.parse::<u64>()?)
                | event_time(|at| *at) lag 1s
                | map(|at| ((), at))
                | join(table) as_of
                | map(|((), (at, value))| (0u8, format!("{at}{value}")))
                | scan(String::new(), |all, one| format!("{all} {one}")) forever as all
                | values
                | print
        }
        .test()
        .workers(workers);
        test.feed_partition("table", 0, ["1,a"]);
        test.feed_partitions(
            "stream",
            [(0, "9"), (1, "3"), (2, "7"), (3, "5"), (0, "4"), (1, "9")],
        );
        test.advance(SECOND * 31);
        test.feed_partition("table", 0, ["5,b", "50,c"]);
        let last = test.rows().pop().unwrap();
        assert_eq!(last, " 3a 4a 5b 7b 9b 9b");
    }
}

/// What is kept goes back to the version that holds where both sides are complete.
#[test]
fn item_that_comes_late_meets_what_is_still_kept() {
    for workers in [1, 4] {
        let mut test = joined().test().partitions(1).workers(workers);
        test.feed("table", ["2,a,1", "5,a,2", "20,a,3"]);
        // The slower side counts: the stream may still ask for what was at 4 s.
        test.feed("stream", ["4,a,x"]);
        test.feed("stream", ["4,a,y"]);
        assert_eq!(rows(&test.rows(), "join"), ["a x+1", "a y+1"]);
        test.feed("stream", ["15,a,z"]);
        test.feed("stream", ["4,a,late", "13,a,w"]);
        let all = test.rows();
        assert_eq!(rows(&all, "join"), ["a w+2", "a z+2"]);
        assert_eq!(rows(&all, "left"), ["a late+null", "a w+2", "a z+2"]);
        assert_eq!(test.late_records(), 0);
        // A version for which nobody can ask any more is left out, and counted.
        test.feed("table", ["3,a,0"]);
        assert_eq!(test.late_records(), 1);
        test.feed("table", ["14,a,4"]);
        test.feed("stream", ["14,a,v"]);
        assert_eq!(rows(&test.rows(), "join"), ["a v+4"]);
    }
}

#[test]
fn table_that_is_silent_is_not_waited_for() {
    for workers in [1, 4] {
        let mut test = joined().test().partitions(1).workers(workers);
        test.feed("table", ["2,a,1"]);
        test.feed("stream", ["4,a,x", "10,a,y"]);
        assert!(test.rows().is_empty());
        test.advance(SECOND * 20);
        test.feed("stream", ["11,a,z"]);
        test.advance(SECOND * 11);
        // The table has been silent for 30 s: what the stream has up to its own watermark goes on.
        assert_eq!(rows(&test.rows(), "join"), ["a x+1"]);
        test.feed("stream", ["13,a,w"]);
        assert_eq!(rows(&test.rows(), "join"), ["a y+1", "a z+1"]);
    }
}

#[test]
fn what_waits_and_what_is_kept_goes_on_after_a_restart() {
    for workers in [1, 2, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = joined()
            .test()
            .partitions(1)
            .workers(workers)
            .checkpoint(dir.path());
        test.feed("table", (0..20).map(|n| format!("2,k{n},{n}")));
        test.feed("stream", (0..20).map(|n| format!("8,k{n},x")));
        test.restart().unwrap();
        assert!(test.rows().is_empty());
        test.feed("table", ["7,k3,new", "9,k4,later", "5,k5"]);
        test.restart().unwrap();
        test.feed("table", ["12,z,0"]);
        let found = rows(&test.rows(), "join");
        let mut expected: Vec<String> = (0..20)
            .filter(|n| *n != 5)
            .map(|n| match n {
                3 => "k3 x+new".to_owned(),
                n => format!("k{n} x+{n}"),
            })
            .collect();
        expected.sort();
        assert_eq!(found, expected);
    }
}

#[test]
fn windows_behind_wait_for_both_sides() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            let rates = from kafka("rates")
                | map(|line| { let (at, rate) = line.split_once(',')?; (at.parse::<u64>()? * 1_000, rate.parse::<u64>()?) })
                | event_time(|(at, _)| *at) lag 1s
                | map(|(_, rate)| ("EUR", rate))
                | table forever as rates;
            from kafka("orders")
                | map(|line| { let (at, sum) = line.split_once(',')?; (at.parse::<u64>()? * 1_000, sum.parse::<u64>()?) })
                | event_time(|(at, _)| *at) lag 1s
                | map(|(_, sum)| ("EUR", sum))
                | join(rates) as_of
                | map(|(currency, (sum, rate))| (currency.to_owned(), sum * rate))
                | reduce_by_key(+) over tumbling 10s late drop as totals
                | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        test.feed("rates", ["1,2"]);
        test.feed("orders", ["3,10", "8,20", "15,30", "40,1"]);
        assert!(test.rows().is_empty());
        test.feed("rates", ["7,3", "25,4"]);
        test.expect(["(EUR,80)", "(EUR,90)"]);
        assert_eq!(test.late_records(), 0);
    }
}

#[test]
fn join_without_as_of_meets_the_newest_version_of_such_a_table() {
    let mut test = stream_job! {
        let table = from kafka("table")
            | map(|line| { let (at, value) = line.split_once(',')?; (at.parse::<u64>()?, value.to_owned()) })
            | event_time(|(at, _)| *at) lag 1s
            | map(|(_, value)| ((), value))
            | table forever as latest;
        from kafka("now") | map(|item| ((), item)) | join(table) | values | print;
        from kafka("then") | map(|at| at.parse::<u64>()?) | event_time(|at| *at) lag 1s
            | map(|at| ((), at)) | join(table) as_of | values | print
    }
    .test()
    .partitions(1);
    test.feed("table", ["1000,a", "9000,c", "5000,b"]);
    test.feed("now", ["x"]);
    test.expect(["(x,c)"]);
    test.feed("then", ["6000"]);
    test.expect(["(6000,b)"]);
}

/// On the clock of production: rounds come by themselves when the table's time moves on.
#[test]
fn run_lets_items_go_on_and_is_taken_up_by_another_number_of_workers() {
    let dir = tempfile::tempdir().unwrap();
    let topics = Arc::new(Topics::creating(2).unbounded());
    let rows = Mutex::new(Vec::new());
    let kept = &rows;
    let run = |workers: usize, lines: &[(&str, &str)], wanted: usize, until: Until| {
        let stopping = StopSignal::new();
        let stop = stopping.clone();
        let job = stream_job! {
            job scaled
            let table = from kafka("table")
                | map(|line| { let (at, word) = line.split_once(',')?; (at.parse::<u64>()?, word.to_owned()) })
                | event_time(|(at, _)| *at) lag 1ms
                | map(|(at, word)| (word, at))
                | table forever as latest;
            from kafka("stream")
                | map(|line| { let (at, word) = line.split_once(',')?; (at.parse::<u64>()?, word.to_owned()) })
                | event_time(|(at, _)| *at) lag 1ms
                | map(|(at, word)| (word, at))
                | join(table) as_of as waiting
                | for_each(|(word, (at, found))| {
                    let mut rows = kept.lock().unwrap();
                    rows.push(format!("{word} {at} {found}"));
                    if rows.len() == wanted { stop.request(); }
                })
        };
        for (topic, line) in lines {
            for partition in 0..2 {
                let line = format!("{line}{partition}");
                let record = NewRecord::of_value(line.as_bytes());
                topics.append(topic, Some(partition), 0, [record]).unwrap();
            }
        }
        let config = RunConfig {
            checkpoint: Some(dir.path().to_owned()),
            parallelism: workers,
            until,
            // Only where it does not work.
            run_for: Some(Duration::from_secs(20)),
            ..RunConfig::of(job.plan()).unwrap()
        };
        job.run_on(Arc::clone(&topics), config, stopping).unwrap();
        let mut rows = std::mem::take(&mut *kept.lock().unwrap());
        rows.sort();
        rows
    };
    let lines = [
        ("table", "1,a"),
        ("stream", "5,a"),
        ("stream", "9,a"),
        ("table", "4,a"),
        ("table", "8,b"),
    ];
    let found = run(2, &lines, 2, Until::Stopped);
    assert_eq!(found, ["a0 5 4", "a1 5 4"]);
    let found = run(3, &[("table", "9,a"), ("table", "11,b")], 2, Until::Stopped);
    assert_eq!(found, ["a0 9 9", "a1 9 9"]);
    let found = run(1, &[("stream", "20,b")], usize::MAX, Until::CaughtUp);
    assert_eq!(found, ["b0 20 11", "b1 20 11"]);
}
