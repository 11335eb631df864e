//! Joins of a stream and a table: each item meets the latest value of its key.

use std::sync::Arc;

use streamflow::testing::{JobTest, TestRecord};
use streamflow::{Job, NewRecord, RunConfig, StopSignal, Topics, Until, stream_job};

use crate::SECOND;

/// `key,value` is a value of the table, and `key` deletes it.
fn joined() -> Job<'static> {
    stream_job! {
        job joined
        let table = from kafka("table")
            | map(|line| match line.split_once(',') {
                Some((key, value)) => (key, Some(value.to_owned())),
                None => (line, None),
            })
            | table forever as latest;
        let stream = from kafka("stream")
            | map(|line| { let (key, value) = line.split_once(',')?; (key, value) });
        stream | join(table)
            | map(|(key, (value, found))| format!("join {key} {value}+{found}"))
            | print;
        stream | left_join(table)
            | map(|(key, (value, found))| match found {
                Some(found) => format!("left {key} {value}+{found}"),
                None => format!("left {key} {value}+null"),
            })
            | print;
        stream | semi_join(table) | map(|(key, value)| format!("semi {key} {value}")) | print;
        stream | anti_join(table) | map(|(key, value)| format!("anti {key} {value}")) | print
    }
}

/// The rows of one of the joins.
fn rows(test: &mut JobTest, of: &str) -> Vec<String> {
    let mut rows: Vec<String> = test
        .rows()
        .iter()
        .filter_map(|row| Some(row.strip_prefix(of)?.trim().to_owned()))
        .collect();
    rows.sort();
    rows
}

fn stream(prefix: char, keys: std::ops::Range<u8>) -> Vec<String> {
    keys.map(|key| format!("{key},{prefix}{key}")).collect()
}

/// `KStreamKTableJoinTest.shouldNotJoinWithEmptyTableOnStreamUpdates`,
/// `shouldNotJoinOnTableUpdates`, `shouldJoinRegardlessIfMatchFoundOnStreamUpdates`,
/// `shouldClearTableEntryOnNullValueUpdates`, for an inner join.
#[test]
fn inner_join_is_that_of_kafka_streams() {
    for workers in [1, 2, 4] {
        let mut test = joined().test().workers(workers);
        let none: [&str; 0] = [];
        // Nothing is in the table.
        test.feed("stream", stream('X', 0..2));
        assert_eq!(rows(&mut test, "join"), none);
        // Changes of the table alone give nothing.
        test.feed("table", stream('Y', 0..2));
        assert_eq!(rows(&mut test, "join"), none);
        // All four items, of which two meet something.
        test.feed("stream", stream('X', 0..4));
        assert_eq!(rows(&mut test, "join"), ["0 X0+Y0", "1 X1+Y1"]);
        // The other two get values.
        test.feed("table", stream('Y', 0..4));
        assert_eq!(rows(&mut test, "join"), none);
        test.feed("stream", stream('X', 0..4));
        assert_eq!(
            rows(&mut test, "join"),
            ["0 X0+Y0", "1 X1+Y1", "2 X2+Y2", "3 X3+Y3"]
        );
        // Two are deleted.
        test.feed("table", ["0", "1"]);
        assert_eq!(rows(&mut test, "join"), none);
        test.feed("stream", stream('Z', 0..4));
        assert_eq!(rows(&mut test, "join"), ["2 Z2+Y2", "3 Z3+Y3"]);
        // A value takes the place of the one before.
        test.feed("table", stream('U', 2..3));
        test.feed("stream", stream('Z', 2..3));
        assert_eq!(rows(&mut test, "join"), ["2 Z2+U2"]);
    }
}

/// `KStreamKTableLeftJoinTest`: the same, where items that meet nothing leave too.
#[test]
fn left_join_is_that_of_kafka_streams() {
    for workers in [1, 2, 4] {
        let mut test = joined().test().workers(workers);
        test.feed("stream", stream('X', 0..2));
        assert_eq!(rows(&mut test, "left"), ["0 X0+null", "1 X1+null"]);
        test.feed("table", stream('Y', 0..2));
        assert!(rows(&mut test, "left").is_empty());
        test.feed("stream", stream('X', 0..4));
        assert_eq!(
            rows(&mut test, "left"),
            ["0 X0+Y0", "1 X1+Y1", "2 X2+null", "3 X3+null"]
        );
        test.feed("table", ["0", "1"]);
        assert!(rows(&mut test, "left").is_empty());
        test.feed("stream", stream('Z', 0..4));
        assert_eq!(
            rows(&mut test, "left"),
            ["0 Z0+null", "1 Z1+null", "2 Z2+null", "3 Z3+null"]
        );
    }
}

#[test]
fn semi_and_anti_join_only_ask_whether_there_is_a_value() {
    for workers in [1, 2, 4] {
        let mut test = joined().test().workers(workers);
        test.feed("table", ["a,1", "b,2", "b,3"]);
        test.feed("stream", ["a,x", "b,y", "c,z", "a,w"]);
        let mut all = test.rows();
        all.retain(|row| row.starts_with("semi") || row.starts_with("anti"));
        all.sort();
        assert_eq!(all, ["anti c z", "semi a w", "semi a x", "semi b y"]);
        test.feed("table", ["b"]);
        test.feed("stream", ["b,y"]);
        assert_eq!(rows(&mut test, "anti"), ["b y"]);
    }
}

#[test]
fn table_of_plain_values_has_no_deletions() {
    let mut test = stream_job! {
        let prices = from kafka("prices")
            | map(|line| { let (item, price) = line.split_once(',')?; (item, price.parse::<u64>()?) })
            | table forever as prices;
        from kafka("orders")
            | map(|line| { let (item, n) = line.split_once(',')?; (item, n.parse::<u64>()?) })
            | join(prices)
            | map(|(item, (n, price))| (item, n * price))
            | print
    }
    .test();
    test.feed("prices", ["lamp,30", "desk,200"]);
    test.feed("orders", ["lamp,2", "sofa,1"]);
    test.feed("prices", ["lamp,35"]);
    test.feed("orders", ["lamp,2", "desk,1"]);
    test.expect(["(lamp,60)", "(lamp,70)", "(desk,200)"]);
}

/// What a table's topic has is read before anything else, at every start.
#[test]
fn stream_is_read_when_the_table_has_been_read_to_its_end() {
    for workers in [1, 2, 4] {
        let mut test = joined().test().workers(workers);
        test.feed("stream", ["a,x", "b,y", "c,z"]);
        assert!(rows(&mut test, "join").is_empty());
        test.feed("table", (0..2_000).map(|n| format!("k{n},{n}")));
        test.feed("table", ["a,1", "b,2", "a,3"]);
        assert!(rows(&mut test, "join").is_empty());
        // Nothing is kept, and so all is read again.
        test.restart().unwrap();
        assert_eq!(rows(&mut test, "join"), ["a x+3", "b y+2"]);
        test.feed("table", ["a"]);
        test.feed("stream", ["a,x", "b,y"]);
        assert_eq!(rows(&mut test, "join"), ["b y+2"]);
    }
}

/// Topics with so many keys; the first one in the stream is the last one in the table.
fn topics_with(keys: usize) -> Arc<Topics> {
    let topics = Topics::creating(4).unbounded();
    let append = |topic: &str, key: usize| {
        let partition = (0..4).nth(key % 4);
        let key = key.to_string();
        let record = NewRecord::of_value(key.as_bytes());
        let appended = topics.append(topic, partition, 0, [record]);
        appended.expect("a topic without a limit");
    };
    (0..keys).for_each(|key| append("stream", key));
    (0..keys).rev().for_each(|key| append("table", key));
    Arc::new(topics)
}

/// On the clock of production, where a round does not wait for all that is there.
#[test]
fn run_begins_with_the_whole_table() {
    const KEYS: usize = 30_000;
    for workers in [1, 3] {
        let topics = topics_with(KEYS);
        let job = stream_job! {
            let stream = from kafka("stream") | map(|key| (key, ()));
            let known = from kafka("table") | map(|key| (key, ())) | table forever as known;
            stream | anti_join(known) | keys | to kafka("strangers");
            stream | semi_join(known) | keys | to kafka("known")
        };
        let config = RunConfig {
            parallelism: workers,
            until: Until::CaughtUp,
            ..RunConfig::of(job.plan()).unwrap()
        };
        job.run_on(Arc::clone(&topics), config, StopSignal::new())
            .unwrap();
        assert_eq!(topics.records("strangers").len(), 0, "{workers} workers");
        assert_eq!(topics.records("known").len(), KEYS, "{workers} workers");
    }
}

/// The same where the topics go on, and so no source ends.
#[test]
fn run_on_endless_topics_begins_with_the_whole_table() {
    const KEYS: usize = 30_000;
    let topics = topics_with(KEYS);
    let stop = StopSignal::new();
    let stopping = stop.clone();
    let job = stream_job! {
        let known = from kafka("table") | map(|key| (key, ())) | table forever as known;
        from kafka("stream")
            | map(|key| (key, ()))
            | left_join(known)
            | map(|(key, ((), found))| (key.parse::<usize>()?, found.is_some()))
            | inspect(|(key, _)| if *key == KEYS - 1 { stopping.request() })
            | filter(|(_, is_found)| !is_found)
            | keys
            | to kafka("strangers")
    };
    let config = RunConfig {
        parallelism: 2,
        ..RunConfig::of(job.plan()).unwrap()
    };
    job.run_on(Arc::clone(&topics), config, stop).unwrap();
    assert_eq!(topics.records("strangers").len(), 0);
}

#[test]
fn run_without_checkpoints_reads_the_table_again() {
    let topics = topics_with(5);
    for n_known in [5, 6] {
        let job = stream_job! {
            job again
            let known = from kafka("table") | map(|key| (key, ())) | table forever as known;
            from kafka("stream") | map(|key| (key, ())) | semi_join(known) | keys | to kafka("known")
        };
        let config = RunConfig {
            until: Until::CaughtUp,
            parallelism: 2,
            ..RunConfig::of(job.plan()).unwrap()
        };
        let before = topics.records("known").len();
        job.run_on(Arc::clone(&topics), config, StopSignal::new())
            .unwrap();
        assert_eq!(topics.records("known").len() - before, n_known);
        let again = NewRecord::of_value(b"0");
        topics.append("stream", None, 0, [again]).unwrap();
    }
}

#[test]
fn table_goes_on_with_another_number_of_workers() {
    let dir = tempfile::tempdir().unwrap();
    let topics = topics_with(100);
    for (workers, n_known) in [(3, 100), (1, 3), (4, 3)] {
        let job = stream_job! {
            job scaled
            let known = from kafka("table") | map(|key| (key, ())) | table forever as known;
            from kafka("stream") | map(|key| (key, ())) | semi_join(known) | keys | to kafka("known")
        };
        let config = RunConfig {
            checkpoint: Some(dir.path().to_owned()),
            until: Until::CaughtUp,
            parallelism: workers,
            ..RunConfig::of(job.plan()).unwrap()
        };
        let before = topics.records("known").len();
        job.run_on(Arc::clone(&topics), config, StopSignal::new())
            .unwrap();
        let found = topics.records("known").len() - before;
        assert_eq!(found, n_known, "{workers} workers");
        for key in ["0", "42", "99", "nobody"] {
            let record = NewRecord::of_value(key.as_bytes());
            topics.append("stream", None, 0, [record]).unwrap();
        }
    }
}

/// Items go through the round of their join with their own times.
#[test]
fn windows_behind_a_join_go_by_the_time_of_the_stream() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            let regions = from kafka("regions")
                | map(|line| { let (user, region) = line.split_once(',')?; (user, region.to_owned()) })
                | table forever as regions;
            from kafka("sold")
                | map(|line| { let (user, at) = line.split_once(',')?; (user, at.parse::<u64>()? * 1_000) })
                | event_time(|(_, at)| *at) lag 1s
                | join(regions)
                | map(|(_, (_, region))| (region, ()))
                | count_by_key over tumbling 10s late drop as counts
                | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        test.feed("regions", ["ada,north", "bob,south"]);
        test.feed("sold", ["ada,3", "bob,12", "ada,9", "eve,8"]);
        test.expect(["(north,2)"]);
        test.feed("sold", ["ada,15", "ada,4", "bob,22"]);
        test.expect(["(north,1)", "(south,1)"]);
        assert_eq!(test.late_records(), 1);
    }
}

#[test]
fn table_of_a_source_that_ends_is_read_to_its_end_first() {
    for workers in [1, 2, 4] {
        let mut test = stream_job! {
            let squares = from iter((0..10_000u64).map(|n| (n, n * n))) | table forever as squares;
            from iter([(3u64, 'a'), (9_999, 'b'), (10_000, 'c')])
                | left_join(squares)
                | print
        }
        .test()
        .workers(workers);
        test.advance(SECOND);
        test.expect([
            "(3,(a,Some(9)))",
            "(9999,(b,Some(99980001)))",
            "(10000,(c,None))",
        ]);
    }
}

/// The records of a round are put into the table first, and then meet it.
#[test]
fn source_that_feeds_both_sides_meets_itself() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            let visits = from kafka("visits") | map(|page| (page, 1u64));
            let totals = visits | scan(0u64, |total, one| total + one) forever as totals
                | table forever as latest;
            visits | join(totals) | print
        }
        .test()
        .workers(workers);
        test.feed("visits", ["/a", "/b", "/a"]);
        test.expect(["(/a,(1,2))", "(/a,(1,2))", "(/b,(1,1))"]);
        test.feed("visits", ["/a"]);
        test.expect(["(/a,(1,3))"]);
    }
}

#[test]
fn table_goes_on_after_a_restart_with_its_keys_at_other_workers() {
    for workers in [1, 2, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = joined().test().workers(workers).checkpoint(dir.path());
        test.feed("table", (0..200).map(|n| format!("k{n},{n}")));
        test.feed("table", (0..200).step_by(2).map(|n| format!("k{n}")));
        test.restart().unwrap();
        test.feed("stream", (0..200).map(|n| format!("k{n},x")));
        let mut expected: Vec<_> = (1..200).step_by(2).map(|n| format!("k{n} x+{n}")).collect();
        expected.sort();
        assert_eq!(rows(&mut test, "join"), expected, "{workers} workers");
        test.feed("table", ["k1,new", "k3"]);
        test.restart().unwrap();
        test.restart().unwrap();
        test.feed("stream", ["k1,y", "k3,y", "k5,y"]);
        assert_eq!(rows(&mut test, "join"), ["k1 y+new", "k5 y+5"]);
    }
}

#[test]
fn table_forgets_a_key_that_gets_no_new_value() {
    let mut test = stream_job! {
        let seen = from kafka("table") | map(|key| (key, ())) | table ttl 10s as seen;
        from kafka("stream") | map(|key| (key, ())) | semi_join(seen) | keys | print
    }
    .test();
    test.feed("table", ["a", "b"]);
    test.advance(SECOND * 8);
    test.feed("table", ["b"]);
    // To look a key up does not keep it.
    test.feed("stream", ["a", "b"]);
    test.expect(["a", "b"]);
    test.advance(SECOND * 2);
    test.feed("stream", ["a", "b"]);
    test.expect(["b"]);
    test.advance(SECOND * 8);
    test.feed("stream", ["a", "b"]);
    test.expect::<&str>([]);
}

#[test]
fn null_value_of_a_record_deletes_its_key() {
    let mut test = stream_job! {
        let names = from kafka("names") as Record
            | map(|record| {
                let name = record.value.map(<[u8]>::to_vec);
                (record.key?.to_vec(), name)
            })
            | table forever as names;
        from kafka("visits")
            | map(|user| (user.as_bytes().to_vec(), ()))
            | join(names)
            | map(|(_, ((), name))| String::from_utf8_lossy(&name).into_owned())
            | print
    }
    .test();
    test.feed_keyed("names", [("1", "ada"), ("2", "bob")]);
    test.feed("visits", ["1", "2"]);
    test.expect(["ada", "bob"]);
    test.feed_records("names", [TestRecord::tombstone("1")]);
    test.feed("visits", ["1", "2"]);
    test.expect(["bob"]);
}

#[test]
fn what_a_table_looks_up_goes_on_into_lanes_windows_and_other_joins() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            let regions = from kafka("regions")
                | map(|line| { let (user, region) = line.split_once(',')?; (user, region.to_owned()) })
                | table forever as regions;
            let taxes = from kafka("taxes")
                | map(|line| { let (region, tax) = line.split_once(',')?; (region, tax.parse::<u64>()?) })
                | table forever as taxes;
            from kafka("sold")
                | map(|line| { let (user, sum) = line.split_once(',')?; (user, sum.parse::<u64>()?) })
                | join(regions)
                | map(|(_, (sum, region))| (region, sum))
                | join(taxes)
                | map_values(|(sum, tax)| sum * tax)
                | scan(0u64, |total, tax| total + tax) forever as totals
                | map(|(region, total)| (region.to_owned(), total))
                | group_by_key every 1s
                | print
        }
        .test()
        .workers(workers);
        test.feed("taxes", ["north,2", "south,3"]);
        test.feed("regions", ["ada,north", "bob,south", "eve,north"]);
        test.feed("sold", ["ada,10", "bob,20", "eve,30", "ann,40"]);
        test.feed("sold", ["ada,5"]);
        test.advance(SECOND);
        test.expect(["(north,[20,80,90])", "(south,[60])"]);
    }
}

#[test]
fn table_of_results_has_those_of_the_last_interval() {
    let mut test = stream_job! {
        let counts = from kafka("in") | map(|word| (word, ())) | count_by_key every 1s
            | table forever as counts;
        from kafka("asked") | map(|word| (word, ())) | left_join(counts) | print
    }
    .test();
    test.feed("in", ["a", "a", "b"]);
    test.feed("asked", ["a"]);
    test.expect(["(a,((),None))"]);
    test.advance(SECOND);
    test.feed("in", ["a"]);
    test.feed("asked", ["a", "b", "c"]);
    test.expect(["(a,((),Some(2)))", "(b,((),Some(1)))", "(c,((),None))"]);
    test.advance(SECOND);
    test.feed("asked", ["a", "b"]);
    test.expect(["(a,((),Some(1)))", "(b,((),Some(1)))"]);
}

#[test]
fn explain_shows_what_a_table_keeps_and_what_waits_for_it() {
    let job = stream_job! {
        let rates = from kafka("rates")
            | map(|line| { let (at, rate) = line.split_once(',')?; (at.parse::<u64>()?, rate.parse::<u64>()?) })
            | event_time(|(at, _)| *at) lag 1s
            | map(|(_, rate)| ("EUR", rate))
            | table ttl 1d as rates;
        let known = from kafka("known") | map(|user| (user, ())) | table forever as known;
        from kafka("orders")
            | map(|line| line.parse::<u64>()?)
            | event_time(|at| *at) lag 1s
            | map(|at| ("EUR", at))
            | left_join(rates) as_of as orders
            | semi_join(known)
            | print
    };
    let text = job.explanation().text();
    for line in [
        "state `rates`: the versions of each key that items can still ask for, forgotten when it has \
         had no new one for 1d",
        "kept as `keyed str -> [(i64, Option<u64>)] item by item`",
        "state `known`: the latest value of each key, kept until it is deleted",
        "kept as `keyed str -> () item by item`",
        "state `orders`: the items that wait until the watermark of the table is past them",
        "kept as `keyed str -> u64`",
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
}
