//! `job.test()`: what a test can feed, look at, and do to a job.

use streamflow::testing::{JobTest, Point, TestRecord, millis, secs};
use streamflow::{stream_job, stream_test};

use crate::SECOND;

#[test]
fn records_are_fed_with_all_they_have() {
    let mut test = stream_job! {
        from kafka("in") as Record
            | map(|record| {
                let text = |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or(b"-")).into_owned();
                let headers = record.headers().count();
                (record.partition, text(record.key), text(record.value), record.timestamp_ms()?, headers)
            })
            | print
    }
    .test();
    let now_ms = test.now_ms();
    test.feed_records(
        "in",
        [
            TestRecord::new("v")
                .key("k")
                .timestamp(7)
                .partition(3)
                .header("h", "x"),
            TestRecord::new("w").partition(0),
            TestRecord::tombstone("gone").partition(0),
        ],
    );
    test.expect([
        "(3,k,v,7,1)".to_owned(),
        format!("(0,-,w,{now_ms},0)"),
        format!("(0,gone,-,{now_ms},0)"),
    ]);
}

#[test]
fn rows_are_expected_in_their_order() {
    let mut test = stream_job! { from kafka("in") | print every 1s }.test();
    test.feed_partition("in", 0, ["b", "a"]);
    test.advance(millis(1_000));
    test.expect_in_order(["b", "a"]);
}

#[test]
#[should_panic(expected = "was expected in this order")]
fn another_order_is_told() {
    let mut test = stream_job! { from kafka("in") | print every 1s }.test();
    test.feed_partition("in", 0, ["b", "a"]);
    test.advance(secs(1));
    test.expect_in_order(["a", "b"]);
}

#[test]
fn state_is_looked_into_by_its_name() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| { let (key, n) = line.split_once(',')?; (key, n.parse::<i64>()?) })
            | scan(|| 0i64, |sum, n| sum + n) ttl 1h as sums
            | print
    }
    .test()
    .workers(3);
    test.feed_partition("in", 0, ["b,1", "a,2", "b,3"]);
    test.expect(["(b,1)", "(a,2)", "(b,4)"]);
    let sums: Vec<(String, i64)> = test.state("sums");
    assert_eq!(sums, [("a".to_owned(), 2), ("b".to_owned(), 4)]);
}

#[test]
fn open_interval_is_looked_into() {
    let mut test = stream_job! {
        from kafka("in") | map(|line| (line, 1u64)) | reduce_by_key(+) every 1s as counts | print
    }
    .test()
    .workers(1);
    test.feed("in", ["a", "b", "a"]);
    assert_eq!(
        test.state::<String, u64>("counts"),
        [("a".to_owned(), 2), ("b".to_owned(), 1)]
    );
    test.advance(SECOND);
    assert_eq!(test.state::<String, u64>("counts"), []);
    test.expect(["(a,2)", "(b,1)"]);
}

#[test]
#[should_panic(expected = "no stage of the job keeps a state `sums`")]
fn state_of_another_name_is_told() {
    let mut test = stream_job! { from kafka("in") | count every 1s as counts | print }.test();
    let _: Vec<((), u64)> = test.state("sums");
}

#[test]
fn watermark_is_looked_at() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| line.parse::<i64>()?)
            | event_time(|at| *at) lag 5ms
            | count over tumbling 10ms late drop as counts
            | print
    }
    .test()
    .partitions(1);
    assert_eq!(test.watermark(), None);
    test.feed("in", ["7", "21"]);
    assert_eq!(test.watermark(), Some(16));
}

fn counting(seed: Option<u64>, workers: usize) -> JobTest {
    let test = stream_job! {
        from kafka("in")
            | map(|line| { let (key, n) = line.split_once(',')?; (key, n.parse::<i64>()?) })
            | scan(|| 0i64, |sum, n| sum.wrapping_mul(3) + n) ttl 1h as sums
            | print
    }
    .test()
    .partitions(3)
    .workers(workers);
    match seed {
        Some(seed) => test.cut_randomly(seed),
        None => test,
    }
}

#[test]
fn results_do_not_depend_on_how_input_is_cut() {
    let lines: Vec<(i32, String)> = (0..200)
        .map(|n| (n % 3, format!("k{},{n}", n % 7)))
        .collect();
    let mut whole = counting(None, 1);
    whole.feed_partitions("in", lines.clone());
    let mut expected = whole.rows();
    expected.sort();
    assert_eq!(expected.len(), 200);
    for seed in 0..4 {
        let mut cut = counting(Some(seed), 2);
        cut.feed_partitions("in", lines.clone());
        cut.expect(&expected);
    }
}

#[test]
fn batches_are_cut() {
    let mut test = stream_job! {
        from kafka("in") | map_batch(|lines: Vec<&str>| vec![lines.len()]) | print
    }
    .test()
    .partitions(1)
    .cut_randomly(1);
    test.feed("in", (0..100).map(|n| n.to_string()));
    let sizes = test.rows();
    let sizes: Vec<usize> = sizes.iter().map(|size| size.parse().unwrap()).collect();
    assert_eq!(sizes.iter().sum::<usize>(), 100);
    assert!(sizes.len() > 10, "{sizes:?}");
    assert!(sizes.iter().any(|size| *size != sizes[0]), "{sizes:?}");
}

/// What is kept is right behind a crash at each point: a checkpoint has state and offsets together.
#[test]
fn state_survives_a_crash_at_every_point() {
    for point in Point::ALL {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job crashing
            from kafka("in")
                | map(|line| (line.to_owned(), 1u64))
                | scan(|| 0u64, |sum, n| sum + n) forever as sums
                | to null
        }
        .test()
        .workers(2)
        .checkpoint(dir.path());
        test.feed("in", ["a", "b"]);
        test.advance(secs(2));
        test.crash_at(point);
        test.feed("in", ["a", "c"]);
        test.advance(secs(2));
        assert!(test.has_crashed(), "{point:?}");
        test.feed("in", ["a"]);
        test.restore();
        test.advance(secs(2));
        let sums: Vec<(String, u64)> = test.state("sums");
        let expected = [("a", 3), ("b", 1), ("c", 1)];
        let expected = expected.map(|(key, sum)| (key.to_owned(), sum));
        assert_eq!(sums, expected, "{point:?}");
    }
}

/// Without a checkpoint, what came since the last commit is read again.
#[test]
fn job_without_a_checkpoint_goes_on_from_what_it_has_committed() {
    let mut test = stream_job! {
        from kafka("in") | map(|line| (line, 1u64)) | reduce_by_key(+) every 1s | print
    }
    .test();
    test.feed("in", ["a"]);
    test.advance(SECOND);
    test.expect(["(a,1)"]);
    test.feed("in", ["b"]);
    test.crash_at(Point::AfterRound);
    test.advance(SECOND);
    assert!(test.has_crashed());
    test.restore();
    test.advance(SECOND);
    // It was out, and was not committed: at least once.
    test.expect(["(b,1)", "(b,1)"]);
}

#[stream_test]
fn test_of_a_job_is_a_test() {
    let mut test = stream_job! { from kafka("in") | print }.test();
    test.feed("in", ["a"]);
    test.expect(["a"]);
}

/// The results depend on the records alone, so they are the same behind a crash anywhere.
#[stream_test(crash = every)]
fn windows_are_the_same_behind_a_crash_anywhere() {
    let mut test = stream_job! {
        job crashing_windows
        from kafka("in")
            | map(|line| { let (at, word) = line.split_once(' ')?; (at.parse::<i64>()?, word.to_owned()) })
            | event_time(|(at, _)| *at) lag 1ms
            | map(|(_, word)| (word, 1u64))
            | reduce_by_key(+) over tumbling 10ms late drop as words
            | print
    }
    .test()
    .partitions(1);
    test.feed("in", ["1 a", "3 b", "8 a"]);
    test.advance(secs(1));
    test.feed("in", ["5 a", "12 a"]);
    test.advance(secs(1));
    test.expect(["(a,3)", "(b,1)"]);
    test.feed("in", ["33 c"]);
    test.restart().unwrap();
    test.expect(["(a,1)"]);
}

/// The book's first example, which has one interval.
#[stream_test(crash = every)]
fn interval_is_the_same_behind_a_crash_anywhere() {
    let mut test = stream_job! {
        job crashing_interval
        from kafka("in") | map(|line| (line, 1u64)) | reduce_by_key(+) every 1s | print
    }
    .test();
    test.feed("in", ["a", "b", "a"]);
    test.advance(secs(1));
    test.expect(["(a,2)", "(b,1)"]);
}

#[test]
#[should_panic(expected = "was expected")]
fn state_that_is_lost_in_a_crash_is_found_out() {
    streamflow::testing::crash_everywhere(|| {
        // What is counted outside of the job is in no checkpoint.
        let count = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
        let mut test = stream_job! {
            job forgetful
            from kafka("in")
                | map(|_| count.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
                | print
        }
        .test()
        .workers(1);
        test.feed("in", ["a"]);
        test.feed("in", ["b"]);
        test.expect(["0", "1"]);
    });
}

#[test]
#[should_panic(expected = "holds something else: keyed str -> i64")]
fn state_of_another_number_is_not_read_as_this_one() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| (line, line.parse::<i64>()?))
            | scan(0i64, |sum, n| sum + n) forever as sums
            | to null
    }
    .test();
    test.feed("in", ["-3", "300"]);
    let sums: Vec<(String, u64)> = test.state("sums");
    assert_eq!(sums.len(), 2);
}

#[test]
fn state_of_tables_and_processes_is_shown() {
    let mut test = stream_job! {
        let prices = from kafka("prices")
            | map(|line| { let (item, price) = line.split_once(',')?; (item, price.parse::<u64>()?) })
            | table forever as prices;
        from kafka("in")
            | map(|item| (item, ()))
            | join(prices)
            | process {
                n: u64 = 0,
                on_record: |item, _value, state, out| {
                    state.n += 1;
                    out.at(out.time() + 1_000);
                    out.at(out.time() + 2_000);
                    out.emit(item.to_owned());
                },
                on_timer: |_item, _at, _state, _out| {},
            } forever as idle
            | to null
    }
    .test();
    test.feed("prices", ["lamp,30", "desk,90"]);
    test.feed("in", ["lamp", "lamp"]);
    let prices: Vec<(String, u64)> = test.state("prices");
    assert_eq!(prices, [("desk".to_owned(), 90), ("lamp".to_owned(), 30)]);
    let seen: Vec<(String, (u64,))> = test.state("idle");
    assert_eq!(seen, [("lamp".to_owned(), (2,))]);
}

#[test]
#[should_panic(
    expected = "the job does not read `user_acces`: it reads `orders`, `user_access` and `clicks`; \
                did you mean `user_access`?"
)]
fn topic_that_is_misspelt_is_not_fed() {
    let mut test = stream_job! {
        let orders = from kafka("orders");
        let both = from kafka(["user_access", "clicks"]);
        union(orders, both) | print
    }
    .test();
    test.feed("user_acces", ["u1"]);
}

#[test]
#[should_panic(expected = "the job does not read `out`: it reads `in`")]
fn topic_that_is_only_written_is_not_fed() {
    let mut test = stream_job! { from kafka("in") | to kafka("out") }.test();
    test.feed_keyed("out", [("k", "v")]);
}

#[test]
#[should_panic(expected = "the job does not read `in`: it reads no topic of Kafka")]
fn job_without_topics_is_not_fed() {
    let mut test = stream_job! { from iter(["a"]) | print }.test();
    test.feed_partition("in", 0, ["b"]);
}

/// Only a run knows what an expression names, and what matches a pattern is for the test to find out.
#[test]
fn topics_that_only_a_run_knows_can_be_fed() {
    let name = format!("clicks-{}", 1);
    let mut test = stream_job! { from kafka(pattern "clicks-.*") | print }.test();
    test.feed(&name, ["a"]);
    test.feed("other", ["b"]);
    test.expect(["a"]);
}
