//! The own time of an item in front of it: `timestamp`.

use streamflow::stream_job;

/// `12 key`: an item, and its time in milliseconds.
fn timed(line: &str) -> Option<(i64, &str)> {
    let (ms, key) = line.split_once(' ')?;
    Some((ms.parse().ok()?, key))
}

#[test]
fn items_have_the_time_that_they_were_given() {
    for workers in [1, 3] {
        let mut test = stream_job! {
            from kafka("in") | map(|line| timed(line)?) | event_time(|(at, _)| at + 7) lag 1s
                | map(|(_, key)| key) | filter(|key| *key != "x")
                | timestamp | map(|(at, key)| format!("{key} at {at}")) | print
        }
        .test()
        .workers(workers);
        test.feed("in", ["5 a", "6 x", "3 b"]);
        test.expect(["a at 12", "b at 10"]);
    }
}

#[test]
fn it_is_a_key_like_any_other() {
    for workers in [1, 3] {
        let mut test = stream_job! {
            job keys
            from kafka("in") | map(|line| timed(line)?) | event_time(|(at, _)| *at) lag 1s
                | map(|(_, key)| key.to_owned())
                | timestamp | group_by_key over tumbling 10ms late drop as together
                | map(|(at, keys)| format!("{at} {}", keys.join(","))) | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        test.feed("in", ["5 a", "6 x", "5 b", "5000 end"]);
        test.expect(["5 a,b", "6 x"]);
    }
}

/// The last millisecond of a window is the time of its results, however they leave.
#[test]
fn results_have_the_time_of_their_windows() {
    for workers in [1, 3] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job windows
            let pairs = from kafka("in") | map(|line| timed(line)?) | event_time(|(at, _)| *at) lag 1ms | map(|(_, key)| (key, ()));
            pairs | count_by_key over tumbling 10ms late drop as tumbling | timestamp
                | map(|(at, (key, n))| format!("tumbling {}..{} {key} {n}", at - 9, at + 1)) | print;
            pairs | count_by_key over hopping 10ms by 5ms late drop as hopping | timestamp
                | map(|(at, (key, n))| format!("hopping {}..{} {key} {n}", at - 9, at + 1)) | print;
            pairs | count_by_key over session 4ms late drop as sessions | timestamp
                | map(|(at, (key, n))| format!("session ..{} {key} {n}", at + 1)) | print;
            pairs | count_by_key over sliding 4ms late drop as sliding | timestamp
                | map(|(at, (key, n))| format!("sliding {at} {key} {n}")) | print;
            pairs | count over tumbling 10ms late drop as all | timestamp
                | map(|(at, n)| format!("all ..{} {n}", at + 1)) | print
        }
        .test()
        .partitions(1)
        .workers(workers)
        .checkpoint(dir.path());
        test.feed("in", ["1 a", "3 a", "12 b"]);
        test.expect([
            "tumbling 0..10 a 2",
            "hopping -5..5 a 2",
            "hopping 0..10 a 2",
            "session ..7 a 2",
            "sliding 1 a 1",
            "sliding 3 a 2",
            "all ..10 2",
        ]);
        test.restart().unwrap();
        test.feed("in", ["100 b"]);
        test.expect([
            "tumbling 10..20 b 1",
            "hopping 5..15 b 1",
            "hopping 10..20 b 1",
            "session ..16 b 1",
            "sliding 12 b 1",
            "all ..20 1",
        ]);
    }
}

/// Kafka Streams' `Windowed` keys: a topic of changes needs them, as a key has several windows.
#[test]
fn changes_of_windows_go_to_a_topic_under_key_and_window() {
    for workers in [1, 3] {
        let mut test = stream_job! {
            job changes
            from kafka("in") | map(|line| timed(line)?) | event_time(|(at, _)| *at) lag 0s | map(|(_, key)| (key, ()))
                | count_by_key over hopping 10ms by 5ms late 90ms drop as counts emit changes
                | timestamp | map(|(at, (key, n))| (format!("[{key}@{}/{}]", at - 9, at + 1), n))
                | to kafka("counts", key: |(window, _)| window, value: |(_, n)| n)
        }
        .test()
        .partitions(1)
        .workers(workers);
        for at in [100, 0, 4, 5, 6] {
            test.feed("in", [format!("{at} k")]);
        }
        let text =
            |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned();
        let mut records: Vec<String> = test
            .records("counts")
            .iter()
            .map(|record| {
                format!(
                    "{} {}",
                    text(record.key.as_deref()),
                    text(record.value.as_deref())
                )
            })
            .collect();
        records.sort();
        assert_eq!(
            records,
            ["[k@100/110] 1", "[k@5/15] 1", "[k@5/15] 2", "[k@95/105] 1"]
        );
    }
}

#[test]
fn joined_items_have_the_time_of_the_later_one() {
    for workers in [1, 3] {
        let mut test = stream_job! {
            job pairs
            let rights = from kafka("right") | map(|line| timed(line)?) | event_time(|(at, _)| *at) lag 1ms | map(|(at, key)| (key, at));
            from kafka("left") | map(|line| timed(line)?) | event_time(|(at, _)| *at) lag 1ms | map(|(at, key)| (key, at))
                | left_join(rights) within -5ms..+5ms late drop as near
                | timestamp | map(|(at, (key, (left, right)))| format!("{at}: {key} {left} {right:?}")) | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        test.feed("left", ["10 k", "9 m"]);
        test.feed("right", ["13 k", "100 x"]);
        test.expect(["13: k 10 Some(13)"]);
        test.feed("left", ["100 y"]);
        test.expect(["9: m 9 None"]);
    }
}

/// Whatever an item has passed, it has the time that it was given; what is late has its own too. An update has the
/// last millisecond of what it tells.
#[test]
fn time_stays_with_an_item() {
    for workers in [1, 3] {
        let mut test = stream_job! {
            job ways
            let items = from kafka("in") | map(|line| timed(line)?) | event_time(|(at, _)| *at) lag 1ms;
            let pairs = items | map(|(at, key)| (key, at));
            let table = from kafka("table") | map(|line| timed(line)?) | event_time(|(at, _)| *at) lag 1ms
                | map(|(at, key)| (key, at)) | table forever as versions;
            pairs | count_by_key over tumbling 10ms late else to(late) as counts emit updates every 5ms
                | timestamp | map(|(at, (key, n))| format!("update {at} {key} {n}")) | print;
            late | timestamp | map(|(at, (key, _))| format!("late {at} {key}")) | print;
            pairs | count_by_key running forever as running | timestamp | map(|(at, (key, n))| format!("running {at} {key} {n}")) | print;
            pairs | scan(0i64, |sum, at| sum + at) forever as sums | timestamp | map(|(at, (key, sum))| format!("scan {at} {key} {sum}")) | print;
            pairs | map(|(key, at)| (key.to_owned(), at)) | dedup(|(key, _)| key.clone()) forever as keys | timestamp | map(|(at, (key, _))| format!("dedup {at} {key}")) | print;
            pairs | semi_join(table) | timestamp | map(|(at, (key, _))| format!("table {at} {key}")) | print;
            pairs | left_join(table) as_of as then | timestamp | map(|(at, (key, (_, version)))| format!("as of {at} {key} {version:?}")) | print;
            union(pairs, pairs) | filter(|(_, at)| at % 2 == 1) | repartition(2) | timestamp | map(|(at, (key, _))| format!("union {at} {key}")) | print;
            items | split { odd: |(at, _)| at % 2 == 1, rest };
            odd | timestamp | map(|(at, (_, key))| format!("odd {at} {key}")) | print;
            rest | timestamp | values | map(|(_, key)| format!("rest {key}")) | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        test.feed("table", ["1 a"]);
        test.feed("in", ["1 a", "4 b", "6 a"]);
        test.expect([
            "update 4 a 1",
            "update 4 b 1",
            "running 1 a 1",
            "running 4 b 1",
            "running 6 a 2",
            "scan 1 a 1",
            "scan 4 b 4",
            "scan 6 a 7",
            "dedup 1 a",
            "dedup 4 b",
            "table 1 a",
            "table 6 a",
            "union 1 a",
            "union 1 a",
            "odd 1 a",
            "rest b",
            "rest a",
        ]);
        test.feed("table", ["40 x"]);
        test.feed("in", ["30 c"]);
        test.rows();
        test.feed("in", ["2 a"]);
        test.expect([
            "late 2 a",
            "running 2 a 3",
            "scan 2 a 9",
            "table 2 a",
            "rest a",
            "as of 2 a Some(1)",
        ]);
    }
}
