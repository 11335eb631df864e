//! Tables and streams in the test suites of Kafka Streams: `StreamTableJoinIntegrationTest`,
//! `KStreamKTableJoinTest`, `TableTableJoinIntegrationTest`, `KTableAggregateTest`,
//! `KStreamKTableJoinWithGraceTest`, `CogroupedKStreamImplTest` and `KStreamCogroupIntegrationTest`.
//!
//! A table gives nothing by itself here. What a join or an aggregate of tables gives there is what a running
//! aggregate, or `process`, makes of their changes.

use streamflow::stream_job;
use streamflow::testing::JobTest;

const NOTHING: [&str; 0] = [];

/// `key value`, of which the value `null` is none.
fn nullable(line: &str) -> Option<(&str, Option<String>)> {
    let (key, value) = line.split_once(' ')?;
    Some((key, (value != "null").then(|| value.to_owned())))
}

/// The records of `AbstractJoinIntegrationTest`: one key, and nulls on both sides.
const INTEGRATION: [&str; 15] = [
    "l null", "r null", "l A", "r a", "l B", "r b", "l null", "r null", "l C", "r c", "r null",
    "l null", "r null", "r d", "l D",
];

fn integration(test: &mut JobTest, rows: [&str; 15]) {
    for (record, rows) in INTEGRATION.iter().zip(rows) {
        let (side, value) = record.split_once(' ').expect("a side");
        test.feed(side, [format!("k {value}")]);
        test.expect(rows.split_whitespace());
    }
}

/// `StreamTableJoinIntegrationTest.testInner`, `testLeft`: null values of the stream join nothing, those of the
/// table delete.
#[test]
fn stream_and_table() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job inner
            let right = from kafka("r") | map(|line| { let (key, value) = nullable(line)?; (key, value) }) | table forever as right;
            from kafka("l") | map(|line| { let (key, value) = nullable(line)?; (key, value) })
                | filter_map(|(key, value)| Some((key, value?)))
                | join(right) | map(|(_, (left, right))| format!("{left}-{right}")) | print
        }
        .test()
        .workers(workers)
        .checkpoint(dir.path());
        integration(
            &mut test,
            [
                "", "", "", "", "B-a", "", "", "", "", "", "", "", "", "", "D-d",
            ],
        );
        let mut test = stream_job! {
            let right = from kafka("r") | map(|line| { let (key, value) = nullable(line)?; (key, value) }) | table forever as right;
            from kafka("l") | map(|line| { let (key, value) = nullable(line)?; (key, value) })
                | filter_map(|(key, value)| Some((key, value?)))
                | left_join(right)
                | map(|(_, (left, right))| format!("{left}-{}", right.as_deref().unwrap_or("null"))) | print
        }
        .test()
        .workers(workers);
        integration(
            &mut test,
            [
                "", "", "A-null", "", "B-a", "", "", "", "C-null", "", "", "", "", "", "D-d",
            ],
        );
    }
}

/// `KStreamKTableJoinTest`: `shouldNotJoinWhenTableEmpty`, `shouldTriggerJoinOnStreamRecords…`,
/// `shouldClearTableEntryOnNullValueUpdates`.
#[test]
fn stream_looks_into_a_table() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job looks
            let table = from kafka("table") | map(|line| { let (key, value) = nullable(line)?; (key, value) }) | table forever as table;
            from kafka("stream") | map(|line| { let (key, value) = nullable(line)?; (key, value?) })
                | join(table) | map(|(key, (left, right))| format!("{key} {left}+{right}")) | print
        }
        .test()
        .workers(workers)
        .checkpoint(dir.path());
        let feed = |test: &mut JobTest, topic: &str, prefix: &str, n: usize| {
            test.feed(topic, (0..n).map(|key| format!("{key} {prefix}{key}")));
        };
        feed(&mut test, "stream", "X", 2);
        test.expect(NOTHING);
        feed(&mut test, "table", "Y", 2);
        test.expect(NOTHING);
        feed(&mut test, "stream", "X", 4);
        test.expect(["0 X0+Y0", "1 X1+Y1"]);
        feed(&mut test, "table", "YY", 4);
        test.expect(NOTHING);
        test.restart().unwrap();
        feed(&mut test, "stream", "X", 4);
        test.expect(["0 X0+YY0", "1 X1+YY1", "2 X2+YY2", "3 X3+YY3"]);
        test.feed("table", ["0 null", "1 null"]);
        test.expect(NOTHING);
        feed(&mut test, "stream", "XX", 4);
        test.expect(["2 XX2+YY2", "3 XX3+YY3"]);
    }
}

/// `KStreamKTableJoinWithGraceTest`: a stream waits for a grace, in the order of its times, and meets the
/// version of the table that was there at its own time.
#[test]
fn stream_meets_the_version_of_its_time() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            job grace
            let table = from kafka("table") | map(|line| { let (at, row) = line.split_once(' ')?; (at.parse::<i64>()?, row) })
                | event_time(|(at, _)| *at) lag 2ms
                | map(|(_, row)| { let (key, value) = nullable(row)?; (key, value) }) | table forever as table;
            from kafka("stream") | map(|line| { let (at, row) = line.split_once(' ')?; (at.parse::<i64>()?, row) })
                | event_time(|(at, _)| *at) lag 2ms
                | map(|(_, row)| { let (key, value) = nullable(row)?; (key, value?) })
                | left_join(table) as_of as waiting
                | map(|(key, (left, right))| format!("{key} {left}+{}", right.as_deref().unwrap_or("null"))) | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        test.feed("table", ["0 0 Y0", "0 1 Y1"]);
        test.feed("stream", ["1 0 X0", "0 1 X1"]);
        test.expect(NOTHING);
        test.feed("table", ["3 0 YY0", "5 1 null"]);
        test.feed("stream", ["5 1 XX1", "4 0 XX0"]);
        test.expect(["0 X0+Y0", "1 X1+Y1"]);
        test.feed("table", ["20 9 end"]);
        test.feed("stream", ["20 9 end"]);
        test.expect(["0 XX0+YY0", "1 XX1+null"]);
    }
}

/// Both tables as changes of one key: the last value of each side, and what the join gives of them. A row
/// that was there and is none any more is told as `null`.
macro_rules! tables {
    (|$left:ident, $right:ident| $row:expr) => {
        stream_job! {
            job tables
            let rights = from kafka("r") | map(|line| { let (key, value) = nullable(line)?; (key, (false, value)) });
            union(from kafka("l") | map(|line| { let (key, value) = nullable(line)?; (key, (true, value)) }), rights)
                | process {
                    left: Option<String> = None,
                    right: Option<String> = None,
                    is_there: bool = false,
                    on_record: |_key, change, state, out| {
                        let (is_left, value) = change;
                        let before = if is_left {
                            std::mem::replace(&mut state.left, value)
                        } else {
                            std::mem::replace(&mut state.right, value)
                        };
                        let now = if is_left { &state.left } else { &state.right };
                        let changes = before.is_some() || now.is_some();
                        let row: Option<String> = {
                            let ($left, $right) = (state.left.as_deref(), state.right.as_deref());
                            $row
                        };
                        if changes && (row.is_some() || state.is_there) {
                            state.is_there = row.is_some();
                            out.emit(row.unwrap_or_else(|| "null".to_owned()));
                        }
                    },
                } forever as joined
                | print
        }
        .test()
    };
}

/// `TableTableJoinIntegrationTest`: `testInner`, `testLeft`, `testOuter`.
#[test]
fn table_and_table() {
    let shown = |side: Option<&str>| side.unwrap_or("null").to_owned();
    for workers in [1, 4] {
        let mut test = tables!(|left, right| left
            .zip(right)
            .map(|(left, right)| format!("{left}-{right}")))
        .workers(workers);
        integration(
            &mut test,
            [
                "", "", "", "A-a", "B-a", "B-b", "null", "", "", "C-c", "null", "", "", "", "D-d",
            ],
        );
        let mut test = tables!(|left, right| left.map(|left| format!("{left}-{}", shown(right))))
            .workers(workers);
        integration(
            &mut test,
            [
                "", "", "A-null", "A-a", "B-a", "B-b", "null", "", "C-null", "C-c", "C-null",
                "null", "", "", "D-d",
            ],
        );
        let mut test = tables!(
            |left, right| (left.is_some() || right.is_some()).then(|| format!(
                "{}-{}",
                shown(left),
                shown(right)
            ))
        )
        .workers(workers);
        integration(
            &mut test,
            [
                "", "", "A-null", "A-a", "B-a", "B-b", "null-b", "null", "C-null", "C-c", "C-null",
                "null", "", "null-d", "D-d",
            ],
        );
    }
}

/// `KTableAggregateTest.testCount`: a table is counted by its values, and a row that changes leaves one group
/// for another: what it was is taken out, by `lag`.
#[test]
fn table_that_is_counted_by_its_values() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            from kafka("in") | map(|line| { let (key, color) = line.split_once(' ')?; (key, color.to_owned()) })
                | lag(1) forever as before
                | flat_map(|(_, (now, before))| [Some((now, 1i64)), before.map(|before| (before, -1))])
                | flatten
                | reduce_by_key(+) running forever as counts
                | map(|(color, n)| format!("{color} {n}")) | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        for (record, rows) in [
            ("A green", ["green 1", ""]),
            ("B green", ["green 2", ""]),
            ("A blue", ["blue 1", "green 1"]),
            ("C yellow", ["yellow 1", ""]),
            ("D green", ["green 2", ""]),
        ] {
            test.feed("in", [record]);
            test.expect(rows.iter().filter(|row| !row.is_empty()));
        }
    }
}

/// `KTableAggregateTest.testAggRepartition`: a table is grouped by its values, and a row that changes or is deleted is
/// taken out of its group by a remover.
#[test]
fn table_that_is_aggregated_with_an_adder_and_a_remover() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job groups
            from kafka("in") | map(|line| nullable(line)?)
                | lag(1) forever as before
                | flat_map(|(_, (now, before))| [before.flatten().map(|old| (old, "-")), now.map(|new| (new, "+"))])
                | flatten
                | map(|(group, sign)| { let change = format!("{sign}{group}"); (group, change) })
                | aggregate_by_key("0".to_owned(), |all, change| all + &change, |a, b| a + &b[1..]) running forever as groups
                | map(|(group, all)| format!("{group}:{all}")) | print
        }
        .test()
        .partitions(1)
        .workers(workers)
        .checkpoint(dir.path());
        let steps: [(&str, &[&str]); 6] = [
            ("A 1", &["1:0+1"]),
            ("A null", &["1:0+1-1"]),
            ("A 1", &["1:0+1-1+1"]),
            ("B 2", &["2:0+2"]),
            ("B 4", &["2:0+2-2", "4:0+4"]),
            ("B 7", &["4:0+4-4", "7:0+7"]),
        ];
        for (record, rows) in steps {
            test.feed("in", [record]);
            test.expect(rows);
            test.restart().unwrap();
        }
    }
}

/// `CogroupedKStreamImplTest.testCogroupTwoStreams…`: one aggregate of several streams, each with an adder of
/// its own: `shouldCogroupAndAggregateTwoKStreamsWithDistinctKeys`, `…WithSharedKeys`.
#[test]
fn cogrouped_streams() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            let ones = from kafka("one") | map(|line| { let (key, value) = line.split_once(' ')?; (key, (true, value.to_owned())) });
            union(ones, from kafka("two") | map(|line| { let (key, value) = line.split_once(' ')?; (key, (false, value.to_owned())) }))
                | aggregate_by_key(
                    (String::new(), 0i64),
                    |(text, sum), (is_text, value)| if is_text { (text + &value, sum) } else { (text, sum + value.parse::<i64>().unwrap_or(0)) },
                    |(a, m), (b, n)| (a + &b, m + n),
                ) running forever as all
                | map(|(key, (text, sum))| format!("{key} {text} {sum}")) | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        for (topic, record, row) in [
            ("one", "k1 A", "k1 A 0"),
            ("one", "k2 A", "k2 A 0"),
            ("one", "k1 A", "k1 AA 0"),
            ("two", "k2 2", "k2 A 2"),
            ("one", "k2 A", "k2 AA 2"),
            ("two", "k1 2", "k1 AA 2"),
            ("two", "k2 2", "k2 AA 4"),
            ("two", "k3 2", "k3  2"),
        ] {
            test.feed(topic, [record]);
            test.expect([row]);
        }
    }
}
