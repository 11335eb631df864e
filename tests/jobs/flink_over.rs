//! `OVER` of Flink's SQL in its test suites: `OverAggregateITCase` and `DeduplicateITCase`.
//!
//! By rowtime, `RANGE` is `sliding`, open in front, so that `INTERVAL '1' SECOND PRECEDING` is `sliding 1001ms`; `ROWS`
//! is `rows N by 1` behind windows of a millisecond, whose results come in the order of their times.

use streamflow::stream_job;

use crate::SECOND;

/// `1500 1 15 Hello`: a time, two numbers and a text.
fn over_row(line: &str) -> Option<(i64, i64, i64, &str)> {
    let mut columns = line.splitn(4, ' ');
    Some((
        columns.next()?.parse().ok()?,
        columns.next()?.parse().ok()?,
        columns.next()?.parse().ok()?,
        columns.next()?,
    ))
}

const RANGE_DATA: [&str; 21] = [
    "1500 1 15 Hello",
    "1600 1 16 Hello",
    "1000 1 1 Hello",
    "2000 2 2 Hello",
    "2000 2 2 Hello",
    "2000 2 3 Hello",
    "3000 3 3 Hello",
    "4000 4 4 Hello",
    "5000 5 5 Hello",
    "6000 6 6 Hello",
    "6500 6 65 Hello",
    "9000 6 9 Hello",
    "9500 6 18 Hello",
    "9000 6 9 Hello",
    "10000 7 7 Hello World",
    "11000 7 17 Hello World",
    "11000 7 77 Hello World",
    "14000 7 18 Hello World",
    "15000 8 8 Hello World",
    "20000 20 20 Hello World",
    "90000 0 0 end",
];

/// `testRowTimeBoundedPartitionedRangeOver`, `testRowTimeBoundedNonPartitionedRangeOver`: those of the same moment see
/// each other. A result has what its window has come to, not the columns of its row.
#[test]
fn range_over() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            job ranges
            let rows = from kafka("in") | map(|line| over_row(line)?) | event_time(|(at, ..)| *at) lag 1s;
            rows | map(|(_, a, _, c)| (c, a)) | agg_by_key { n: count, sum: sum } over sliding 1001ms late drop as of_text
                | map(|(c, agg)| format!("{c},{},{}", agg.n, agg.sum)) | print;
            rows | map(|(_, a, _, _)| ((), a)) | agg_by_key { n: count, sum: sum } over sliding 1001ms late drop as of_all
                | map(|((), agg)| format!("all,{},{}", agg.n, agg.sum)) | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        for row in RANGE_DATA {
            test.feed("in", [row]);
        }
        assert_eq!(test.late_records(), 0);
        let of_text = [
            (1, 1),
            (2, 2),
            (3, 3),
            (6, 9),
            (6, 9),
            (6, 9),
            (4, 9),
            (2, 7),
            (2, 9),
            (2, 11),
            (2, 12),
            (2, 12),
            (2, 12),
            (3, 18),
        ];
        let of_world = [(3, 21), (1, 7), (3, 21), (1, 7), (2, 15), (1, 20)];
        let of_world_and_all = [(4, 25), (3, 21), (3, 21), (1, 7), (2, 15), (1, 20)];
        let shown = |text: &str, rows: &[(i64, i64)]| -> Vec<String> {
            rows.iter()
                .map(|(n, sum)| format!("{text},{n},{sum}"))
                .collect()
        };
        test.expect(
            [
                shown("Hello", &of_text),
                shown("Hello World", &of_world),
                shown("all", &of_text),
                shown("all", &of_world_and_all),
            ]
            .concat(),
        );
    }
}

/// `testRowTimeBoundedPartitionedRowsOver`: the last three rows, in the order
/// of their times; the last of them is the row itself.
#[test]
fn rows_over() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            job lasts
            from kafka("in") | map(|line| over_row(line)?) | event_time(|(at, ..)| *at) lag 2ms
                | map(|(_, a, _, c)| (c, a))
                | group_by_key over tumbling 1ms late drop as sorted | flat_map_values(|all| all)
                | group_by_key over rows 3 by 1 as lasts
                | filter(|(c, _)| *c != "end")
                | map(|(c, all)| format!("{c},{},{},{}", all.last().copied().unwrap_or(0), all.len(), all.iter().sum::<i64>())) | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        test.feed(
            "in",
            [
                "1 1 1 Hello",
                "2 2 2 Hello",
                "1 1 1 Hello",
                "2 2 2 Hello",
                "2 2 2 Hello",
                "1 1 1 Hello",
                "3 7 7 Hello World",
                "1 7 7 Hello World",
                "1 7 7 Hello World",
            ],
        );
        test.feed(
            "in",
            [
                "3 3 3 Hello",
                "4 4 4 Hello",
                "5 5 5 Hello",
                "6 6 6 Hello",
                "20 20 20 Hello World",
                "8 8 8 Hello World",
                "7 7 7 Hello World",
            ],
        );
        test.feed("in", ["90000 0 0 end"]);
        test.expect([
            "Hello,1,1,1",
            "Hello,1,2,2",
            "Hello,1,3,3",
            "Hello,2,3,4",
            "Hello,2,3,5",
            "Hello,2,3,6",
            "Hello,3,3,7",
            "Hello,4,3,9",
            "Hello,5,3,12",
            "Hello,6,3,15",
            "Hello World,7,1,7",
            "Hello World,7,2,14",
            "Hello World,7,3,21",
            "Hello World,7,3,21",
            "Hello World,8,3,22",
            "Hello World,20,3,35",
        ]);
    }
}

/// `testRowTimeBoundedNonPartitionedRowsOver`: of all rows, one of which is late.
#[test]
fn rows_over_everything() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            job lasts
            from kafka("in") | map(|line| over_row(line)?) | event_time(|(at, ..)| *at) lag 17ms
                | map(|(_, a, _, c)| ((), (c.to_owned(), a)))
                | group_by_key over tumbling 1ms late drop as sorted | flat_map_values(|all| all)
                | group_by_key over rows 3 by 1 as lasts
                | map(|((), all)| {
                    let (c, a) = all.last().cloned().unwrap_or_default();
                    format!("{c},{a},{},{}", all.len(), all.iter().map(|(_, a)| a).sum::<i64>())
                })
                | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        test.feed(
            "in",
            [
                "2 2 2 Hello",
                "2 2 2 Hello",
                "1 1 1 Hello",
                "1 1 1 Hello",
                "2 2 2 Hello",
                "1 1 1 Hello",
                "20 20 20 Hello World",
            ],
        );
        // The first is late: all up to 3 has come.
        test.feed(
            "in",
            [
                "2 2 2 Hello",
                "3 3 3 Hello",
                "4 4 4 Hello",
                "5 5 5 Hello",
                "6 6 6 Hello",
                "7 7 7 Hello World",
                "9 9 9 Hello World",
                "8 8 8 Hello World",
                "8 8 8 Hello World",
            ],
        );
        test.feed("in", ["38 0 0 end"]);
        test.expect([
            "Hello,1,1,1",
            "Hello,1,2,2",
            "Hello,1,3,3",
            "Hello,2,3,4",
            "Hello,2,3,5",
            "Hello,2,3,6",
            "Hello,3,3,7",
            "Hello,4,3,9",
            "Hello,5,3,12",
            "Hello,6,3,15",
            "Hello World,7,3,18",
            "Hello World,8,3,21",
            "Hello World,8,3,23",
            "Hello World,9,3,25",
            "Hello World,20,3,37",
        ]);
        assert_eq!(test.late_records(), 1);
    }
}

/// `testLagFunction`, `testRowTimeUnBoundedPartitionedRowsOver`, `testRowTimeUnBoundedPartitionedRangeOver`: what has come
/// up to each row, in the order of the times; those of the same moment see each other with `RANGE`.
#[test]
fn unbounded_over_and_lag() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            job unbounded
            let sorted = from kafka("in") | map(|line| over_row(line)?) | event_time(|(at, ..)| *at) lag 10ms
                | filter(|(.., c)| *c != "end")
                | map(|(_, a, b, _)| (a, b))
                | group_by_key over tumbling 1ms late drop as sorted;
            let rows = sorted | flat_map_values(|all| all.clone());
            rows | lag(2) forever as lags | map(|(a, (b, before))| format!("lag {a},{b},{}", before.unwrap_or(10_086))) | print;
            rows | scan((0i64, 0i64, i64::MIN), |(sum, n, most), b| (sum + b, n + 1, most.max(b))) forever as running_rows
                | map(|(a, (sum, n, most))| format!("rows {a},{sum},{n},{},{most}", sum / n)) | print;
            sorted | map_batch(|all| all)
                | map_with_state((0i64, 0usize), |a, all: Option<Vec<i64>>, state| {
                    let all = all.unwrap_or_default();
                    state.0 += all.iter().sum::<i64>();
                    state.1 += all.len();
                    all.iter().map(|b| format!("range {a},{b},{},{}", state.0, state.1)).collect::<Vec<_>>()
                }) forever as running_ranges
                | flatten | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        test.feed(
            "in",
            [
                "5 1 1 Hi",
                "0 2 1 Hello",
                "2 1 1 Hello",
                "2 1 2 Hello",
                "2 1 3 Hello",
                "3 2 2 Hello",
                "3 2 3 Hello",
            ],
        );
        test.feed("in", ["29 9 9 end"]);
        test.feed(
            "in",
            [
                "21 1 4 x", "22 1 5 x", "22 1 6 x", "22 1 7 x", "23 2 4 x", "23 2 5 x",
            ],
        );
        test.feed("in", ["900 9 9 end"]);
        let mut rows = test.rows();
        rows.sort();
        let mut expected = vec![
            "lag 1,1,10086",
            "lag 1,2,10086",
            "lag 1,3,1",
            "lag 1,1,2",
            "lag 1,4,3",
            "lag 1,5,1",
            "lag 1,6,4",
            "lag 1,7,5",
            "lag 2,1,10086",
            "lag 2,2,10086",
            "lag 2,3,1",
            "lag 2,4,2",
            "lag 2,5,3",
            "rows 1,1,1,1,1",
            "rows 1,3,2,1,2",
            "rows 1,6,3,2,3",
            "rows 1,7,4,1,3",
            "rows 1,11,5,2,4",
            "rows 1,16,6,2,5",
            "rows 1,22,7,3,6",
            "rows 1,29,8,3,7",
            "rows 2,1,1,1,1",
            "rows 2,3,2,1,2",
            "rows 2,6,3,2,3",
            "rows 2,10,4,2,4",
            "rows 2,15,5,3,5",
            "range 1,1,6,3",
            "range 1,2,6,3",
            "range 1,3,6,3",
            "range 1,1,7,4",
            "range 1,4,11,5",
            "range 1,5,29,8",
            "range 1,6,29,8",
            "range 1,7,29,8",
            "range 2,1,1,1",
            "range 2,2,6,3",
            "range 2,3,6,3",
            "range 2,4,15,5",
            "range 2,5,15,5",
        ];
        expected.sort_unstable();
        assert_eq!(rows, expected);
    }
}

/// `testProcTimeBoundedPartitionedRowsOver`, `testProcTimeBoundedNonPartitionedRowsOver`, `testRowNumberOnOver`: in the
/// order in which the rows come.
#[test]
fn rows_over_by_the_clock() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            job clock
            let rows = from kafka("in") | map(|line| { let (a, c) = line.split_once(' ')?; (a.parse::<i64>()?, c.parse::<i64>()?) });
            rows | agg_by_key { sum: sum, least: min } over rows 5 by 1 as fives | map(|(a, agg)| format!("{a},{},{}", agg.sum, agg.least)) | print;
            rows | count_by_key running forever as numbers | map(|(a, n)| format!("number {a},{n}")) | print;
            rows | map(|(a, c)| ((), (a, c))) | group_by_key over rows 11 by 1 as elevens
                | map(|((), all)| format!("all {},{},{},{}", all.last().map_or(0, |(a, _)| *a), all[0].1, all.iter().map(|(_, c)| c).sum::<i64>(), all.iter().map(|(_, c)| *c).min().unwrap_or(0)))
                | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        let keys = [1, 2, 2, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 5];
        test.feed(
            "in",
            keys.iter().enumerate().map(|(c, a)| format!("{a} {c}")),
        );
        test.expect([
            "1,0,0",
            "2,1,1",
            "2,3,1",
            "3,3,3",
            "3,7,3",
            "3,12,3",
            "4,6,6",
            "4,13,6",
            "4,21,6",
            "4,30,6",
            "5,10,10",
            "5,21,10",
            "5,33,10",
            "5,46,10",
            "5,60,10",
            "number 1,1",
            "number 2,1",
            "number 2,2",
            "number 3,1",
            "number 3,2",
            "number 3,3",
            "number 4,1",
            "number 4,2",
            "number 4,3",
            "number 4,4",
            "number 5,1",
            "number 5,2",
            "number 5,3",
            "number 5,4",
            "number 5,5",
            "all 1,0,0,0",
            "all 2,0,1,0",
            "all 2,0,3,0",
            "all 3,0,6,0",
            "all 3,0,10,0",
            "all 3,0,15,0",
            "all 4,0,21,0",
            "all 4,0,28,0",
            "all 4,0,36,0",
            "all 4,0,45,0",
            "all 5,0,55,0",
            "all 5,1,66,1",
            "all 5,2,77,2",
            "all 5,3,88,3",
            "all 5,4,99,4",
        ]);
    }
}

/// `DeduplicateITCase`: `testFirstRowOnProctime`, `testLastRowOnProctime`, `testFirstRowOnRowtime`, `testLastRowOnRowtime`.
#[test]
fn deduplication() {
    let rows = [
        "1 1 1 Hi",
        "2 1 2 Hello",
        "1 1 1 Hello",
        "4 2 3 I",
        "2 2 4 am",
        "3 2 4 fine",
    ];
    for workers in [1, 4] {
        let mut test = stream_job! {
            job deduplicated
            let rows = from kafka("in") | map(|line| over_row(line)?);
            rows | map(|(_, key, _, text)| (key, text.to_owned())) | dedup(|(key, _)| *key) forever as first | map(|(_, text)| format!("first {text}")) | print;
            rows | map(|(_, key, _, text)| (key, text.to_owned())) | reduce_by_key(|_, last| last) running emit updates every 1s forever as last
                | map(|(_, text)| format!("last {text}")) | print;
            let sorted = rows | event_time(|(at, ..)| *at) lag 10ms | map(|(_, key, _, text)| (key, text.to_owned()))
                | group_by_key over tumbling 1ms late drop as sorted | flat_map_values(|all| all);
            sorted | map_values(|text| text.to_owned()) | dedup(|(key, _)| *key) forever as earliest
                | map(|(_, text)| format!("earliest {text}")) | print;
            sorted | reduce_by_key(|_, last| last) running emit updates every 1s forever as latest
                | map(|(_, text)| format!("latest {text}")) | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        test.feed("in", rows);
        test.expect(["first Hi", "first I"]);
        test.feed("in", ["900 9 9 end"]);
        test.advance(SECOND);
        test.expect([
            "first end",
            "last Hello",
            "last fine",
            "last end",
            "earliest Hi",
            "earliest am",
            "latest Hello",
            "latest I",
        ]);
    }
}
