//! The streams of Spark's own test suites, with the results that are asserted there.

use streamflow::testing::JobTest;
use streamflow::{Job, stream_job};

use crate::SECOND;

const NOTHING: [&str; 0] = [];

/// `a 3`: a word and a number.
fn pair(line: &str) -> Option<(&str, i64)> {
    let (word, number) = line.split_once(' ')?;
    Some((word, number.parse().ok()?))
}

/// Feeds each batch of Spark's, and looks at what its interval gives.
fn intervals(test: &mut JobTest, batches: &[(&[&str], &[&str])]) {
    for (at, (lines, rows)) in batches.iter().enumerate() {
        test.feed("in", *lines);
        test.advance(SECOND);
        let mut found = test.rows();
        found.sort();
        let mut rows: Vec<&str> = rows.to_vec();
        rows.sort_unstable();
        assert_eq!(found, rows, "interval {at}");
    }
}

/// `WindowOperationsSuite.bigInput`.
const BIG: [&[&str]; 12] = [
    &["a 1"],
    &["a 1", "b 1"],
    &["a 1", "b 1", "c 1"],
    &["a 1", "b 1"],
    &["a 1"],
    &[],
    &["a 1"],
    &["a 1", "b 1"],
    &["a 1", "b 1", "c 1"],
    &["a 1", "b 1"],
    &["a 1"],
    &[],
];

/// `WindowOperationsSuite`: "big test" of `reduceByKeyAndWindow`, with and without an inverse, and of
/// `groupByKeyAndWindow`. With an inverse Spark keeps keys that have come to 0; here they leave.
#[test]
fn big_windows() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            let pairs = from kafka("in") | map(|line| pair(line)?);
            pairs | reduce_by_key(+) over hopping 2s by 1s as sums | map(|(key, n)| format!("{key} {n}")) | print;
            pairs | reduce_by_key(+, inverse: |a, b| a - b) over hopping 2s by 1s as differences | map(|(key, n)| format!("inverse {key} {n}")) | print;
            pairs | group_by_key over hopping 2s by 1s as groups | map(|(key, all)| format!("group {key} {}", all.len())) | print
        }
        .test()
        .workers(workers);
        let sums: [&[&str]; 12] = [
            &["a 1"],
            &["a 2", "b 1"],
            &["a 2", "b 2", "c 1"],
            &["a 2", "b 2", "c 1"],
            &["a 2", "b 1"],
            &["a 1"],
            &["a 1"],
            &["a 2", "b 1"],
            &["a 2", "b 2", "c 1"],
            &["a 2", "b 2", "c 1"],
            &["a 2", "b 1"],
            &["a 1"],
        ];
        for (lines, rows) in BIG.into_iter().zip(sums) {
            test.feed("in", lines);
            test.advance(SECOND);
            test.expect(rows.iter().flat_map(|row| {
                [
                    (*row).to_owned(),
                    format!("inverse {row}"),
                    format!("group {row}"),
                ]
            }));
        }
    }
}

/// "key removed from window", "new key added into window", "new key added, another key removed", "larger
/// slide time".
#[test]
fn small_windows() {
    fn job() -> Job<'static> {
        stream_job! {
            from kafka("in") | map(|line| pair(line)?) | reduce_by_key(+) over hopping 2s by 1s as sums
                | map(|(key, n)| format!("{key} {n}")) | print
        }
    }
    intervals(&mut job().test(), &[(&["a 1", "a 3"], &["a 4"])]);
    intervals(
        &mut job().test(),
        &[(&["a 1"], &["a 1"]), (&["a 1"], &["a 2"])],
    );
    intervals(
        &mut job().test(),
        &[(&["a 1"], &["a 1"]), (&["a 1", "b 1"], &["a 2", "b 1"])],
    );
    intervals(
        &mut job().test(),
        &[(&["a 1"], &["a 1"]), (&[], &["a 1"]), (&[], &[])],
    );
    intervals(
        &mut job().test(),
        &[
            (&["a 1"], &["a 1"]),
            (&["b 1"], &["a 1", "b 1"]),
            (&[], &["b 1"]),
        ],
    );
    let mut test = stream_job! {
        from kafka("in") | map(|line| pair(line)?) | reduce_by_key(+) over hopping 4s by 2s as sums
            | map(|(key, n)| format!("{key} {n}")) | print
    }
    .test();
    // The clock of a test does not begin at the end of two seconds.
    if test.now_ms() % 2_000 != 0 {
        test.advance(SECOND);
    }
    intervals(
        &mut test,
        &[
            (&["a 1"], &[]),
            (&["a 2"], &["a 3"]),
            (&["a 3"], &[]),
            (&["a 4"], &["a 10"]),
            (&["a 5"], &[]),
            (&["a 6"], &["a 18"]),
            (&[], &[]),
            (&[], &["a 11"]),
        ],
    );
}

/// `window`: "basic window" and "tumbling window"; `countByWindow`, `countByValueAndWindow`.
#[test]
fn windows_of_items() {
    let mut test = stream_job! {
        let words = from kafka("in");
        words | map(|word| ((), word.to_owned())) | group_by_key over hopping 2s by 1s as windows
            | map(|((), words)| format!("window {}", words.join(","))) | print;
        words | count over hopping 2s by 1s as counts | map(|n| format!("count {n}")) | print;
        words | count_by_value over hopping 2s by 1s as values | map(|(word, n)| format!("value {word} {n}")) | print
    }
    .test()
    .partitions(1);
    intervals(
        &mut test,
        &[
            (&["a"], &["window a", "count 1", "value a 1"]),
            (
                &["b", "b"],
                &["window a,b,b", "count 3", "value a 1", "value b 2"],
            ),
            (
                &["a", "b"],
                &["window b,b,a,b", "count 4", "value a 1", "value b 3"],
            ),
            (&[], &["window a,b", "count 2", "value a 1", "value b 1"]),
            (&[], &["count 0"]),
        ],
    );
}

/// `BasicOperationsSuite`: `map`, `flatMap`, `filter`, `reduce`, `count`, `countByValue`, `glom`,
/// `mapPartitions`, `repartition`, `transform`.
#[test]
fn basic_operations_on_numbers() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            let numbers = from kafka("in") | map(|line| line.parse::<i64>()?);
            numbers | map(|n| n.to_string()) | map(|n| format!("map {n}")) | print;
            numbers | flat_map(|n| [n, n * 2]) | map(|n| format!("flat {n}")) | print;
            numbers | filter(|n| n % 2 == 0) | map(|n| format!("even {n}")) | print;
            numbers | reduce(+) every 1s | map(|n| format!("reduce {n}")) | print;
            numbers | count every 1s | map(|n| format!("count {n}")) | print;
            numbers | count_by_value every 1s | map(|(n, times)| format!("value {n} {times}")) | print;
            numbers | map_batch(|all| [all]) | map(|mut all| { all.sort_unstable(); format!("glom {all:?}") }) | print;
            numbers | map_batch(|all| { let sum: i64 = all.iter().sum(); [sum] }) | map(|n| format!("partition {n}")) | print;
            numbers | repartition(3) | map_batch(|all| [all.len()]) | map(|n| format!("repartition {n}")) | print
        }
        .test()
        .workers(workers)
        .partitions(1);
        test.feed("in", ["1", "2", "3", "4"]);
        test.advance(SECOND);
        test.expect([
            "map 1",
            "map 2",
            "map 3",
            "map 4",
            "flat 1",
            "flat 2",
            "flat 2",
            "flat 4",
            "flat 3",
            "flat 6",
            "flat 4",
            "flat 8",
            "even 2",
            "even 4",
            "reduce 10",
            "count 4",
            "value 1 1",
            "value 2 1",
            "value 3 1",
            "value 4 1",
            "glom [1, 2, 3, 4]",
            "partition 10",
            "repartition 4",
        ]);
        test.feed("in", ["1", "1", "2", "2"]);
        test.advance(SECOND);
        let rows = test.rows();
        for row in [
            "value 1 2",
            "value 2 2",
            "reduce 6",
            "count 4",
            "glom [1, 1, 2, 2]",
        ] {
            assert!(rows.iter().any(|other| other == row), "{row}: {rows:?}");
        }
        // An interval without records.
        test.advance(SECOND);
        test.expect(["count 0"]);
    }
}

/// `groupByKey`, `reduceByKey`, `mapValues`, `flatMapValues`, `union`, `combineByKey`.
#[test]
fn basic_operations_on_pairs() {
    let mut test = stream_job! {
        let ones = from kafka("in") | map(|word| (word, 1i64));
        let sums = ones | reduce_by_key(+) every 1s;
        sums | map(|(word, n)| format!("reduce {word}{n}")) | print;
        sums | map_values(|n| n + 10) | map(|(word, n)| format!("values {word}{n}")) | print;
        sums | flat_map_values(|n| [n, n + 10]) | map(|(word, n)| format!("flat {word}{n}")) | print;
        ones | group_by_key every 1s | map(|(word, all)| format!("group {word}{}", all.len())) | print;
        ones | aggregate_by_key(0i64, |sum, n| sum + n, |a, b| a + b) every 1s
            | map(|(word, n)| format!("combine {word}{n}")) | print;
        union(ones, ones, ones) | count_by_key every 1s | map(|(word, n)| format!("union {word}{n}")) | print
    }
    .test();
    intervals(
        &mut test,
        &[
            (
                &["a", "a", "b"],
                &[
                    "reduce a2",
                    "reduce b1",
                    "values a12",
                    "values b11",
                    "flat a2",
                    "flat a12",
                    "flat b1",
                    "flat b11",
                    "group a2",
                    "group b1",
                    "combine a2",
                    "combine b1",
                    "union a6",
                    "union b3",
                ],
            ),
            (
                &["", ""],
                &[
                    "reduce 2",
                    "values 12",
                    "flat 2",
                    "flat 12",
                    "group 2",
                    "combine 2",
                    "union 6",
                ],
            ),
            (&[], &[]),
        ],
    );
}

/// `transformWith` and `cogroup`.
#[test]
fn basic_cogroup() {
    let mut test = stream_job! {
        let others = from kafka("other") | map(|word| (word, "x".to_owned()));
        from kafka("in") | map(|word| (word, 1i64)) | cogroup(others) every 1s
            | map(|(word, (ones, others))| format!("{word} {ones:?} {}", others.join(""))) | print
    }
    .test();
    let batches: [(&[&str], &[&str], &[&str]); 4] = [
        (
            &["a", "a", "b"],
            &["a", "a", "b"],
            &["a [1, 1] xx", "b [1] x"],
        ),
        (&["a", ""], &["b", ""], &["a [1] ", "b [] x", " [1] x"]),
        (&[""], &[], &[" [1] "]),
        (&[], &[], &[]),
    ];
    for (lefts, rights, rows) in batches {
        test.feed("in", lefts);
        test.feed("other", rights);
        test.advance(SECOND);
        test.expect(rows);
    }
}

/// Words, the rows that are expected, and the states behind them.
type Batch<'b> = (&'b [&'b str], &'b [&'b str], &'b [(&'b str, i64)]);

/// `MapWithStateSuite`: "basic operations with simple API", "states as mapped data", with the snapshots
/// that Spark takes, and a restart in each batch.
#[test]
fn map_with_state() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = stream_job! {
        job sums
        from kafka("in") | map(|word| (word, 1i64))
            | map_with_state(0i64, |_word, one: Option<i64>, sum| { *sum += one.unwrap_or(0); *sum }) forever as sums
            | print
    }
    .test()
    .checkpoint(dir.path());
    let batches: [Batch<'_>; 7] = [
        (&[], &[], &[]),
        (&["a"], &["1"], &[("a", 1)]),
        (&["a", "b"], &["2", "1"], &[("a", 2), ("b", 1)]),
        (
            &["a", "b", "c"],
            &["3", "2", "1"],
            &[("a", 3), ("b", 2), ("c", 1)],
        ),
        (&["a", "b"], &["4", "3"], &[("a", 4), ("b", 3), ("c", 1)]),
        (&["a"], &["5"], &[("a", 5), ("b", 3), ("c", 1)]),
        (&[], &[], &[("a", 5), ("b", 3), ("c", 1)]),
    ];
    for (words, rows, states) in batches {
        test.feed("in", words);
        test.advance(SECOND);
        test.expect(rows);
        let found = test.state::<String, i64>("sums");
        let found: Vec<(&str, i64)> = found.iter().map(|(key, n)| (key.as_str(), *n)).collect();
        assert_eq!(found, states);
        test.restart().unwrap();
    }
}

/// "state removing": the first sight of a key makes its state, the second removes it.
#[test]
fn map_with_state_that_is_removed() {
    let mut test = stream_job! {
        from kafka("in") | map(|word| (word, ()))
            | process {
                seen: bool = false,
                on_record: |word, _one, state, out| {
                    if state.seen { out.emit(word.to_owned()); out.forget(); } else { state.seen = true; }
                },
            } forever as seen
            | print
    }
    .test();
    intervals(
        &mut test,
        &[
            (&[], &[]),
            (&["a"], &[]),
            (&["a", "b"], &["a"]),
            (&["a", "b", "c"], &["b"]),
            (&["a", "b", "c", "d"], &["a", "c"]),
            (&["a", "b", "c", "d", "e"], &["b", "d"]),
            (&["a", "b", "c"], &["a", "c"]),
            (&["a", "b"], &["b"]),
            (&["a"], &["a"]),
            (&[], &[]),
        ],
    );
}

/// Numbers that are their own times, in seconds.
fn windowed_counts() -> Job<'static> {
    stream_job! {
        job counts
        from kafka("in")
            | map(|line| line.parse::<i64>()?)
            | event_time(|second| second * 1_000) lag 10s
            | key_by(|second| second / 5 * 5)
            | count_by_key over tumbling 5s late drop as counts
            | map(|(window, n)| format!("{window} {n}"))
            | print
    }
}

/// `EventTimeWatermarkSuite`: "append mode", "recovery".
#[test]
fn watermark_closes_windows() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = windowed_counts()
            .test()
            .partitions(1)
            .workers(workers)
            .checkpoint(dir.path());
        test.feed("in", ["10", "11", "12", "13", "14", "15"]);
        test.expect(NOTHING);
        test.feed("in", ["25"]);
        test.expect(["10 5"]);
        test.restart().unwrap();
        // 10 is late.
        test.feed("in", ["10", "27", "30"]);
        test.expect(["15 1"]);
        assert_eq!(test.late_records(), 1);
        // The watermark is at 20.
        test.feed("in", ["17"]);
        test.expect(NOTHING);
        test.feed("in", ["40"]);
        // [25, 30) ends at the watermark.
        test.expect(["25 2"]);
        test.restart().unwrap();
        test.feed("in", ["45", "29"]);
        test.expect(["30 1"]);
    }
}

/// `StreamingDeduplicationSuite`: "deduplicate with aggregation - append mode".
#[test]
fn deduplicated_items_are_counted() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            from kafka("in")
                | map(|line| line.parse::<i64>()?)
                | event_time(|second| second * 1_000) lag 10s
                | dedup(|second| *second) ttl 1m as seen
                | key_by(|second| second / 5 * 5)
                | count_by_key over tumbling 5s late drop as counts
                | map(|(window, n)| format!("{window} {n}"))
                | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        test.feed("in", (0..5).flat_map(|_| (10..16).map(|n| n.to_string())));
        test.expect(NOTHING);
        test.feed("in", ["25"]);
        test.expect(["10 5"]);
        test.feed("in", ["10"]);
        test.expect(NOTHING);
        test.feed("in", ["40"]);
        test.expect(["15 1", "25 1"]);
    }
}

/// "deduplicate with some columns", "multiple deduplicates".
#[test]
fn deduplicated_by_parts() {
    let mut test = stream_job! {
        let pairs = from kafka("in") | map(|line| { let (word, n) = pair(line)?; (word.to_owned(), n) });
        pairs | map(|(word, n)| (word.to_owned(), n)) | dedup(|(word, _)| word.clone()) forever as words | map(|(word, n)| format!("some {word} {n}")) | print;
        pairs | dedup(|both| both.clone()) forever as all | dedup(|(word, _)| word.clone()) forever as again
            | map(|(word, n)| format!("twice {word} {n}")) | print
    }
    .test();
    test.feed("in", ["a 1"]);
    test.expect(["some a 1", "twice a 1"]);
    test.feed("in", ["a 2"]);
    test.expect(NOTHING);
    test.feed("in", ["b 1"]);
    test.expect(["some b 1", "twice b 1"]);
}

/// `FlatMapGroupsWithStateSuite`: "streaming", a running count that ends with -1 at the third.
#[test]
fn running_counts_that_end() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = stream_job! {
        job counts
        from kafka("in") | map(|word| (word, ()))
            | process {
                count: i64 = 0,
                on_record: |word, _one, state, out| {
                    state.count += 1;
                    if state.count == 3 { out.emit(format!("{word} -1")); out.forget(); } else { out.emit(format!("{word} {}", state.count)); }
                },
            } forever as counts
            | print
    }
    .test()
    .checkpoint(dir.path());
    test.feed("in", ["a"]);
    test.expect(["a 1"]);
    test.feed("in", ["a", "b"]);
    test.expect(["a 2", "b 1"]);
    test.restart().unwrap();
    test.feed("in", ["a", "b"]);
    test.expect(["a -1", "b 2"]);
    test.restart().unwrap();
    test.feed("in", ["a", "c"]);
    test.expect(["a 1", "c 1"]);
}

/// "streaming w/ event time timeout", record by record; there data older than the watermark is left out
/// in front of the function.
#[test]
fn greatest_times_that_time_out() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job times
            from kafka("in")
                | map(|line| pair(line)?)
                | event_time(|(_, second)| second * 1_000) lag 10s
                | process {
                    most: i64 = 0,
                    on_record: |word, second, state, out| {
                        if out.watermark() >= second * 1_000 { return; }
                        out.cancel((state.most + 5) * 1_000);
                        state.most = state.most.max(second);
                        out.at((state.most + 5) * 1_000);
                        out.emit(format!("{word} {}", state.most));
                    },
                    on_timer: |word, _at, _state, out| { out.emit(format!("{word} -1")); out.forget(); },
                } forever as times
                | print
        }
        .test()
        .partitions(1)
        .workers(workers)
        .checkpoint(dir.path());
        test.feed("in", ["a 11", "a 13", "a 15"]);
        test.expect(["a 11", "a 13", "a 15"]);
        test.feed("in", ["a 4"]);
        test.expect(NOTHING);
        test.restart().unwrap();
        test.feed("in", ["a 10"]);
        test.expect(["a 15"]);
        test.feed("in", ["b 31"]);
        test.expect(["b 31", "a -1"]);
        test.feed("in", ["a 30"]);
        test.expect(["a 30"]);
        test.feed("in", ["z 50"]);
        test.expect(["z 50", "a -1", "b -1"]);
    }
}

/// Numbers of both sides, with the times that they are, doubled on the left and tripled on the right.
macro_rules! joined_windows {
    ($($stage:tt)*) => {
        stream_job! {
            job joined
            let rights = from kafka("right")
                | map(|line| line.parse::<i64>()?)
                | event_time(|second| second * 1_000) lag 10s
                | map(|n| (n, n * 3));
            from kafka("left")
                | map(|line| line.parse::<i64>()?)
                | event_time(|second| second * 1_000) lag 10s
                | map(|n| (n, n * 2))
                | $($stage)*
                | map(|row| format!("{row:?}").replace("Some", "").replace(['(', ')', ','], "").replace("None", "null"))
                | print
        }
        .test()
        .partitions(1)
    };
}

fn one_to_seven(mut test: JobTest, rows: &[&str], workers: usize) {
    test = test.workers(workers);
    test.feed("left", (1..6).map(|n| n.to_string()));
    test.feed("right", (3..8).map(|n| n.to_string()));
    test.expect(NOTHING);
    test.feed("left", ["21"]);
    test.feed("right", ["22"]);
    // Pairs leave with their window here, and in Spark as they meet.
    test.expect(rows);
    // Late on the left, and on the right.
    test.feed("left", ["7"]);
    test.feed("right", ["2"]);
    test.expect(NOTHING);
    assert_eq!(test.late_records(), 2);
}

/// `StreamingJoinSuite`: "stream stream inner join on windows - with watermark", "left outer join",
/// "right outer join", "full outer join", "left semi join".
#[test]
fn streams_join_over_windows() {
    for workers in [1, 4] {
        one_to_seven(
            joined_windows!(join(rights) over tumbling 10s late drop as j),
            &["3 6 9", "4 8 12", "5 10 15"],
            workers,
        );
        one_to_seven(
            joined_windows!(left_join(rights) over tumbling 10s late drop as j),
            &["1 2 null", "2 4 null", "3 6 9", "4 8 12", "5 10 15"],
            workers,
        );
        one_to_seven(
            joined_windows!(right_join(rights) over tumbling 10s late drop as j),
            &["3 6 9", "4 8 12", "5 10 15", "6 null 18", "7 null 21"],
            workers,
        );
        one_to_seven(
            joined_windows!(full_join(rights) over tumbling 10s late drop as j),
            &[
                "1 2 null",
                "2 4 null",
                "3 6 9",
                "4 8 12",
                "5 10 15",
                "6 null 18",
                "7 null 21",
            ],
            workers,
        );
        one_to_seven(
            joined_windows!(semi_join(rights) over tumbling 10s late drop as j),
            &["3 6", "4 8", "5 10"],
            workers,
        );
        one_to_seven(
            joined_windows!(anti_join(rights) over tumbling 10s late drop as j),
            &["1 2", "2 4"],
            workers,
        );
    }
}

/// "windowed left outer join", "left outer early state exclusion": `leftTime` between `rightTime - 5s`
/// and `rightTime + 10s`, so a right item is between 10 s in front of the left one and 5 s behind it.
#[test]
fn streams_join_over_ranges() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job ranges
            let rights = from kafka("right") | map(|line| pair(line)?) | event_time(|(_, second)| second * 1_000) lag 10s;
            from kafka("left") | map(|line| pair(line)?) | event_time(|(_, second)| second * 1_000) lag 10s
                | left_join(rights) within -10s..+5s late drop as ranges
                | map(|(key, (left, right))| format!("{key} {left} {right:?}"))
                | print
        }
        .test()
        .partitions(1)
        .workers(workers)
        .checkpoint(dir.path());
        test.feed("left", ["1 5", "3 5"]);
        test.feed("right", ["1 10", "2 5"]);
        test.expect(["1 5 Some(10)"]);
        test.restart().unwrap();
        test.feed("left", ["1 20"]);
        test.feed("right", ["1 21"]);
        // 21 is near to 20, and so is 10. The watermark is at 10 s, the end of what 3 may meet.
        test.expect(["1 20 Some(21)", "1 20 Some(10)"]);
        test.feed("left", ["9 40"]);
        test.feed("right", ["9 60"]);
        test.expect(["3 5 None"]);
        test.feed("left", ["9 90"]);
        test.expect(["9 40 None"]);
    }
}
