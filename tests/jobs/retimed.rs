//! `event_time` behind stages whose items come in rounds.

use streamflow::stream_job;
use streamflow::testing::{JobTest, secs};

use crate::SECOND;

/// Counts of each second, summed up over their own time.
fn behind_an_aggregate() -> JobTest {
    stream_job! {
        job retimed
        from kafka("in")
            | map(|line| { let (at, n) = line.split_once(',')?; (at.parse::<i64>()?, n.parse::<u64>()?) })
            | reduce_by_key(+) every 1s as sums
            | event_time(|(at, _)| *at) lag 5ms
            | map(|(at, n)| (at / 10, n))
            | reduce_by_key(+) over tumbling 10ms late drop as windows
            | print
    }
    .test()
}

#[test]
fn watermark_follows_the_items_of_each_round() {
    for workers in [1, 2, 4] {
        for seed in 0..3 {
            let mut test = behind_an_aggregate().workers(workers).cut_randomly(seed);
            test.feed("in", ["1,1", "3,1", "12,1", "1,1", "27,1"]);
            test.advance(SECOND);
            // Up to 27 - 5, and the items of the round itself are judged by what was before it.
            test.expect(["(0,3)", "(1,1)"]);
            assert_eq!(test.watermark(), Some(22));
            test.feed("in", ["28,5", "9,5"]);
            test.advance(SECOND);
            test.expect([] as [&str; 0]);
            assert_eq!(test.late_records(), 1);
            test.feed("in", ["100,1"]);
            test.advance(SECOND);
            test.expect(["(2,6)"]);
        }
    }
}

#[test]
fn times_of_rounds_go_on_after_a_restart() {
    for point in 0..2 {
        let dir = tempfile::tempdir().unwrap();
        let mut test = behind_an_aggregate().workers(2).checkpoint(dir.path());
        test.feed("in", ["1,1", "14,1"]);
        test.advance(SECOND);
        test.restart().unwrap();
        assert_eq!(test.watermark(), Some(9), "{point}");
        test.feed("in", ["5,2", "16,2"]);
        test.advance(SECOND);
        test.restart().unwrap();
        test.expect(["(0,3)"]);
        test.feed("in", ["3,9", "40,1"]);
        test.advance(secs(1));
        test.expect(["(1,3)"]);
        assert_eq!(test.late_records(), 1);
    }
}

#[test]
fn results_of_joins_have_a_time() {
    let mut test = stream_job! {
        let prices = from kafka("prices") | map(|line| { let (item, at) = line.split_once(',')?; (item, at.parse::<i64>()?) });
        from kafka("sales")
            | map(|line| (line, 1u64))
            | join(prices) every 1s
            | event_time(|(_, (_, at))| *at) lag 1ms
            | count over tumbling 10ms late drop as counts
            | print
    }
    .test();
    test.feed("prices", ["a,3", "b,8", "c,11"]);
    test.feed("sales", ["a", "b", "c", "a"]);
    test.advance(SECOND);
    test.expect(["3"]);
}

#[test]
fn batches_have_a_time() {
    let mut test = stream_job! {
        from kafka("in")
            | map_batch(|lines: Vec<&str>| lines.iter().filter_map(|line| line.parse::<i64>().ok()).collect::<Vec<_>>())
            | event_time(|at| *at) lag 1ms
            | count over tumbling 10ms late drop as counts
            | print
    }
    .test()
    .partitions(1);
    test.feed("in", ["1", "2", "x", "11"]);
    test.expect(["2"]);
}

#[test]
fn grouped_values_and_gathered_batches_have_a_time() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| { let (key, at) = line.split_once(',')?; (key, at.parse::<i64>()?) })
            | group_by_key every 1s
            | map_batch(|groups: Vec<(&str, Vec<i64>)>| groups.into_iter().map(|(key, times)| (key.to_owned(), times)).collect::<Vec<_>>())
            | event_time(|(_, times)| times.iter().copied().max()?) lag 1ms
            | map(|(_, times)| times.len() as u64)
            | sum over tumbling 10ms late drop as totals
            | print
    }
    .test();
    test.feed("in", ["a,1", "a,5", "b,9", "c,30"]);
    test.advance(SECOND);
    test.expect(["3"]);
}

#[test]
fn items_in_the_order_of_their_key_have_a_time() {
    let mut test = stream_job! {
        from kafka("in")
            | dedup(|line| line.to_owned()) ttl 1h as seen
            | map(|line| line.parse::<i64>()?)
            | event_time(|at| *at) lag 1ms
            | count over tumbling 10ms late drop as counts
            | print
    }
    .test();
    test.feed("in", ["1", "2", "1", "11"]);
    test.expect(["2"]);
}

#[test]
fn all_time_is_over_with_the_input() {
    let test = stream_job! {
        from iter([(1_i64, 2_u64), (15, 3), (2, 1), (100, 4)])
            | reduce_by_key(+) every 1s
            | event_time(|(at, _)| *at) lag 1ms
            | map(|(at, n)| (at / 10, n))
            | reduce_by_key(+) over tumbling 10ms late drop as windows
            | map(|(_, n)| n)
            | print
    }
    .test();
    let mut rows: Vec<String> = test.finish().unwrap().lines().map(str::to_owned).collect();
    rows.sort();
    assert_eq!(rows, ["3", "3", "4"]);
}

#[test]
fn windows_of_windows_have_a_time_of_their_own() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| line.parse::<i64>()?)
            | event_time(|at| *at) lag 1ms
            | max over tumbling 10ms late drop as latest
            | event_time(|at| *at) lag 1ms
            | count over tumbling 100ms late drop as windows
            | print
    }
    .test()
    .partitions(1);
    test.feed("in", ["1", "15", "95", "101", "115", "130"]);
    test.expect(["3"]);
}
