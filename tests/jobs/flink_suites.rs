//! The streams of Flink's own test suites, with the results that are asserted there.

use std::time::Duration;

use streamflow::testing::JobTest;
use streamflow::{Job, stream_job};

use crate::SECOND;

const NOTHING: [&str; 0] = [];

/// `12 key value`: an item, and its time in milliseconds.
pub(crate) fn timed(line: &str) -> Option<(i64, &str, i64)> {
    let mut parts = line.split(' ');
    let ms = parts.next()?.parse().ok()?;
    let key = parts.next()?;
    Some((ms, key, parts.next().map_or(Some(1), |n| n.parse().ok())?))
}

/// `WindowOperatorTest`: an item is one, and the key `w` moves the watermark to the time in front of it.
macro_rules! counts {
    ($($window:tt)*) => {
        stream_job! {
            job counts
            from kafka("in")
                | map(|line| timed(line)?)
                | event_time(|(at, ..)| *at) lag 1ms
                | map(|(_, key, n)| (key, n))
                | reduce_by_key(+) $($window)* as counts
                | filter(|(key, _)| *key != "w")
                | map(|(key, n)| format!("{key} {n}"))
                | print
        }
    };
}

/// Moves the watermark.
fn watermark(test: &mut JobTest, ms: i64) {
    test.feed("in", [format!("{} w", ms + 1)]);
}

const ITEMS: [&str; 8] = [
    "3999 key2",
    "3000 key2",
    "20 key1",
    "0 key1",
    "999 key1",
    "1998 key2",
    "1999 key2",
    "1000 key2",
];

fn job_of_sliding() -> Job<'static> {
    counts!(over hopping 3s by 1s late drop)
}

/// `testSlidingEventTimeWindowsReduce`, with the restart that is in it.
#[test]
fn sliding_event_time_windows() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = job_of_sliding()
            .test()
            .partitions(1)
            .workers(workers)
            .checkpoint(dir.path());
        test.feed("in", ["0 w"]);
        // In one batch, as the watermark does not move there.
        test.feed("in", ITEMS[2..].iter().chain(&["1000 w"]));
        test.expect(["key1 3"]);
        test.feed("in", &ITEMS[..2]);
        watermark(&mut test, 2_000);
        test.expect(["key1 3", "key2 3", "key1 3", "key2 3"]);
        test.restart().unwrap();
        watermark(&mut test, 4_000);
        test.expect(["key2 5"]);
        watermark(&mut test, 5_000);
        test.expect(["key2 2"]);
        watermark(&mut test, 6_000);
        test.expect(["key2 2"]);
        watermark(&mut test, 9_000);
        test.expect(NOTHING);
    }
}

/// `testTumblingEventTimeWindowsReduce`.
#[test]
fn tumbling_event_time_windows() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let job = || counts!(over tumbling 3s late drop);
        let mut test = job()
            .test()
            .partitions(1)
            .workers(workers)
            .checkpoint(dir.path());
        test.feed("in", ITEMS);
        test.expect(["key1 3", "key2 3"]);
        test.restart().unwrap();
        watermark(&mut test, 4_999);
        test.expect(NOTHING);
        watermark(&mut test, 6_000);
        test.expect(["key2 2"]);
        assert_eq!(test.late_records(), 0);
    }
}

/// `testSideOutputDueToLatenessTumbling`.
#[test]
fn late_items_of_tumbling_windows_go_elsewhere() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            job counts
            from kafka("in")
                | map(|line| timed(line)?)
                | event_time(|(at, ..)| *at) lag 1ms
                | key_by(|(_, key, _)| *key)
                | map_values(|(at, _, _)| at)
                | count_by_key over tumbling 2s late else to(late) as counts
                | filter(|(key, _)| *key != "w")
                | map(|(key, n)| format!("{key} {n}"))
                | print;
            late | map(|(key, at)| format!("late {key} {at}")) | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        test.feed("in", ["500 key2"]);
        watermark(&mut test, 1_500);
        // Not late: the window is open.
        test.feed("in", ["1300 key2"]);
        test.expect(NOTHING);
        watermark(&mut test, 2_300);
        test.expect(["key2 2"]);
        test.feed("in", ["1997 key2"]);
        test.expect(["late key2 1997"]);
        watermark(&mut test, 6_000);
        test.feed("in", ["1998 key2", "1001 key2"]);
        test.expect(["late key2 1998", "late key2 1001"]);
        watermark(&mut test, 7_000);
        test.expect(NOTHING);
        assert_eq!(test.late_records(), 3);
    }
}

/// `testSideOutputDueToLatenessSliding`: an item is late when all its windows are closed.
#[test]
fn late_items_of_sliding_windows() {
    for workers in [1, 4] {
        let mut test = job_of_sliding().test().partitions(1).workers(workers);
        test.feed("in", ["1000 key2"]);
        watermark(&mut test, 2_000);
        test.expect(["key2 1"]);
        test.feed("in", ["2000 key2"]);
        watermark(&mut test, 3_000);
        test.expect(["key2 2"]);
        test.feed("in", ["2001 key2"]);
        watermark(&mut test, 4_000);
        test.expect(["key2 3"]);
        test.feed("in", ["1001 key2"]);
        assert_eq!(test.late_records(), 1);
        watermark(&mut test, 5_000);
        test.expect(["key2 2"]);
        watermark(&mut test, 20_000);
        test.expect(NOTHING);
    }
}

/// `testProcessingTimeTumblingWindows` and `testProcessingTimeSlidingWindows`.
#[test]
fn processing_time_windows() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            let ones = from kafka("in") | map(|key| (key, 1i64));
            ones | reduce_by_key(+) over tumbling 3s as tumbling | map(|(key, n)| format!("tumbling {key} {n}")) | print;
            ones | reduce_by_key(+) over hopping 3s by 1s as sliding | map(|(key, n)| format!("sliding {key} {n}")) | print
        }
        .test()
        .workers(workers);
        let begin_ms = test.now_ms() - test.now_ms() % 3_000 + 3_000;
        let at = |test: &mut JobTest, ms: i64| {
            let by = begin_ms + ms - test.now_ms();
            test.advance(Duration::from_millis(by.try_into().unwrap()));
        };
        at(&mut test, 3);
        test.feed("in", ["key2"]);
        at(&mut test, 1_000);
        test.expect(["sliding key2 1"]);
        test.feed("in", ["key2", "key2"]);
        at(&mut test, 2_000);
        test.expect(["sliding key2 3"]);
        test.feed("in", ["key1", "key1"]);
        at(&mut test, 3_000);
        test.expect([
            "sliding key2 3",
            "sliding key1 2",
            "tumbling key2 3",
            "tumbling key1 2",
        ]);
        test.feed("in", ["key1", "key1", "key1"]);
        at(&mut test, 7_000);
        test.expect([
            "sliding key2 2",
            "sliding key1 5",
            "sliding key1 5",
            "sliding key1 3",
            "tumbling key1 3",
        ]);
        test.advance(SECOND * 10);
        test.expect(NOTHING);
    }
}

/// `CoGroupJoinITCase.testJoin` and `testSelfJoin`, less the letters' keys on the right.
#[test]
fn window_join() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            job joined
            let rights = from kafka("right") | map(|line| { let mut parts = line.split(' '); (parts.next()?.parse::<i64>()?, (parts.next()?, parts.next()?.to_owned())) })
                | event_time(|(at, _)| *at) lag 1ms | map(|(_, pair)| pair);
            let lefts = from kafka("left") | map(|line| { let mut parts = line.split(' '); (parts.next()?.parse::<i64>()?, (parts.next()?, parts.next()?.to_owned())) })
                | event_time(|(at, _)| *at) lag 1ms | map(|(_, (key, value))| (key, value));
            lefts | map_values(|value| value.to_owned()) | join(rights) over tumbling 3ms late drop as joined
                | map(|(key, (left, right))| format!("{key} {left}:{right}")) | print;
            let others = lefts | map_values(|value| value.to_owned());
            lefts | join(others) over tumbling 3ms late drop as itself
                | map(|(key, (left, right))| format!("self {key} {left}:{right}")) | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        test.feed(
            "left",
            [
                "0 a x", "1 a y", "2 a z", "3 b u", "5 b w", "6 a i", "7 a j", "8 a k",
            ],
        );
        test.feed(
            "right",
            ["0 a u", "1 a w", "3 b i", "5 b k", "6 a x", "8 a z"],
        );
        test.feed("left", ["20 z z"]);
        test.feed("right", ["20 z z"]);
        let pairs = |prefix: &str, key: &str, lefts: &[&str], rights: &[&str]| -> Vec<String> {
            let rows = lefts
                .iter()
                .flat_map(|left| rights.iter().map(move |right| format!("{left}:{right}")));
            rows.map(|row| format!("{prefix}{key} {row}")).collect()
        };
        test.expect(
            [
                pairs("", "a", &["x", "y", "z"], &["u", "w"]),
                pairs("", "b", &["u", "w"], &["i", "k"]),
                pairs("", "a", &["i", "j", "k"], &["x", "z"]),
                pairs("self ", "a", &["x", "y", "z"], &["x", "y", "z"]),
                pairs("self ", "b", &["u", "w"], &["u", "w"]),
                pairs("self ", "a", &["i", "j", "k"], &["i", "j", "k"]),
            ]
            .concat(),
        );
    }
}

/// Window Top-N of Flink's documentation: the three suppliers with the greatest prices of ten minutes.
#[test]
fn window_top_n() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            from kafka("bids")
                | map(|line| { let mut parts = line.split(' '); let (h, m) = parts.next()?.split_once(':')?; ((h.parse::<i64>()? * 60 + m.parse::<i64>()?) * 60_000, parts.next()?.to_owned(), parts.next()?.parse::<u64>()?) })
                | event_time(|(at, ..)| *at) lag 10m
                | map(|(_, supplier, cents)| (supplier, cents))
                | agg_by_key { price: sum, cnt: count } over tumbling 10m late drop as sums
                | map(|(supplier, agg)| ((supplier, agg.cnt), agg.price))
                | top(3) over tumbling 10m late drop as greatest
                | map(|((supplier, n), cents)| format!("{supplier} {cents} {n}"))
                | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        test.feed(
            "bids",
            [
                "08:05 supplier1 400",
                "08:06 supplier2 400",
                "08:07 supplier3 200",
                "08:08 supplier3 200",
                "08:09 supplier4 500",
                "08:11 supplier5 200",
                "08:13 supplier1 100",
                "08:15 supplier2 300",
                "08:17 supplier6 500",
            ],
        );
        test.feed("bids", ["08:50 end 000"]);
        let rows = test.rows();
        assert_eq!(
            rows,
            [
                "supplier4 500 1",
                "supplier1 400 1",
                "supplier2 400 1",
                "supplier6 500 1",
                "supplier2 300 1",
                "supplier5 200 1",
            ]
        );
    }
}

/// Nexmark's query 7 and query 8: the greatest bid of ten seconds, and who has come and sold in them.
#[test]
fn nexmark() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job nexmark
            let bids = from kafka("bids") | map(|line| timed(line)?) | event_time(|(at, ..)| *at) lag 1s | map(|(_, bidder, price)| (price, bidder.to_owned()));
            bids | map(|(price, bidder)| (price, bidder.to_owned())) | reduce(|a, b| if a.0 >= b.0 { a } else { b }) over tumbling 10s late drop as greatest
                | map(|(price, bidder)| format!("q7 {bidder} {price}")) | print;
            // Query 5: the hottest auctions of the last ten seconds, each five.
            bids | map(|(_, auction)| (auction, ())) | count_by_key over hopping 10s by 5s late drop as counts
                | top(1) over tumbling 5s late drop as hottest
                | map(|(auction, n)| format!("q5 {auction} {n}")) | print;
            let sellers = from kafka("auctions") | map(|line| timed(line)?) | event_time(|(at, ..)| *at) lag 1s | map(|(_, seller, _)| (seller, ()));
            from kafka("persons") | map(|line| timed(line)?) | event_time(|(at, ..)| *at) lag 1s | map(|(_, person, n)| (person, n))
                | semi_join(sellers) over tumbling 10s late drop as new
                | map(|(person, n)| format!("q8 {person} {n}")) | print
        }
        .test()
        .partitions(1)
        .workers(workers)
        .checkpoint(dir.path());
        test.feed(
            "bids",
            ["1000 x 5", "2000 y 9", "6000 x 7", "11000 x 1", "12000 y 3"],
        );
        test.restart().unwrap();
        test.feed("persons", ["1000 ann 1", "11000 bob 2"]);
        test.feed(
            "auctions",
            ["9000 ann", "9500 bob", "12000 ann", "13000 bob"],
        );
        test.expect(["q5 x 1", "q7 y 9", "q5 x 2", "q8 ann 1"]);
        test.restart().unwrap();
        test.feed("bids", ["30000 z 0"]);
        test.feed("persons", ["30000 z 0"]);
        test.feed("auctions", ["30000 z 0"]);
        test.expect(["q5 x 2", "q5 x 1", "q7 y 3", "q8 bob 2"]);
    }
}
