//! Items that a stage refuses, or that come too late, go on in a stream of their own.

use serde::{Deserialize, Serialize};
use streamflow::stream_job;
use streamflow::testing::JobTest;

use crate::SECOND;

#[test]
fn refused_items_go_on_under_their_name() {
    let mut test = stream_job! {
        from kafka("in")
            | try_map(|line| line.parse::<u32>()) else to(words)
            | map(|n| format!("number {n}"))
            | print;
        words | map(|word| format!("word {word}")) | print
    }
    .test();
    test.feed("in", ["1", "x", "2", "y"]);
    test.expect(["number 1", "number 2", "word x", "word y"]);
}

#[test]
fn owned_items_go_on_as_they_reached_the_stage() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| (line.len(), line.to_owned()))
            | map(|(_, line)| { let n: u8 = line.parse()?; (line, n) }) else to(bad)
            | print;
        bad | map(|(length, line)| format!("{line} of {length}")) | print
    }
    .test();
    test.feed("in", ["7", "seven"]);
    test.expect(["(7,7)", "seven of 5"]);
}

#[test]
fn pairs_of_a_keyed_stream_stay_keyed() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| { let (key, n) = line.split_once(',')?; (key, n) }) else skip
            | map_values(|n| n.parse::<u64>()?) else to(bad)
            | reduce_by_key(+) every 1s
            | print;
        bad | count_by_key every 1s | map(|(key, n)| format!("{key}: {n} bad")) | print
    }
    .test()
    .workers(3);
    test.feed("in", ["a,1", "a,x", "b,y", "a,2", "a,z"]);
    test.advance(SECOND);
    test.expect(["(a,3)", "a: 2 bad", "b: 1 bad"]);
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Order {
    id: u32,
}

#[test]
fn undecodable_records_go_on_as_records() {
    let mut test = stream_job! {
        from kafka("in") as Json<Order> else to(bad) | map(|order| order.id) | print;
        bad | map(|record| (record.offset, record.value.map_or(0, <[u8]>::len))) | print
    }
    .test();
    test.feed_partition("in", 0, [r#"{"id":7}"#, "broken"]);
    test.expect(["7", "(1,6)"]);
}

#[test]
fn refused_items_behind_an_aggregate_go_on_too() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| (line, 1u64))
            | reduce_by_key(+) every 1s
            | filter(|(_, n)| { let even = n.checked_rem(2)?; let _ = u8::try_from(*n).ok().filter(|n| *n < 3)?; even == 0 }) else to(many)
            | map(|(word, n)| format!("{word} {n}"))
            | print;
        many | map(|(word, n)| format!("many {word}: {n}")) | print
    }
    .test();
    test.feed("in", ["a", "b", "a", "c", "c", "c"]);
    test.advance(SECOND);
    test.expect(["a 2", "many c: 3"]);
}

#[test]
fn value_that_overflows_goes_on_and_leaves_the_sum_alone() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| { let (key, n) = line.split_once(',')?; (key, n.parse::<u8>()?) }) else skip
            | reduce_by_key(+) every 1s else to(over)
            | print;
        over | map(|(key, n)| format!("{key} over by {n}")) | print
    }
    .test();
    test.feed_partition("in", 0, ["a,200", "a,100", "a,55"]);
    test.advance(SECOND);
    test.expect(["(a,255)", "a over by 100"]);
}

#[test]
fn every_fallible_part_of_a_stage_sends_there() {
    let mut test = stream_job! {
        from kafka("in")
            | to kafka("out", key: |line| line.split_once(',')?.0, value: |line| line.split_once(';')?.1) else to(bad);
        bad | print
    }
    .test();
    test.feed_partition("in", 0, ["a,1;v", "a,1", "a;v"]);
    test.expect(["a,1", "a;v"]);
    assert_eq!(test.read("out"), ["v"]);
}

fn late(workers: usize) -> JobTest {
    stream_job! {
        from kafka("in")
            | map(|line| { let (at, word) = line.split_once(' ')?; (at.parse::<i64>()?, word) })
            | event_time(|(at, _)| *at) lag 1ms
            | map(|(_, word)| word)
            | count_by_value over tumbling 10ms late 5ms else to(late) as words
            | map(|(word, n)| format!("{word} {n}"))
            | print;
        late | map(|word| format!("late {word}")) | print
    }
    .test()
    .partitions(1)
    .workers(workers)
}

#[test]
fn late_records_go_on_under_their_name() {
    for workers in [1, 2, 4] {
        let mut test = late(workers);
        test.feed("in", ["1 a", "12 a"]);
        test.feed("in", ["2 in-time", "16 b"]);
        test.feed("in", ["3 too-late"]);
        test.expect(["a 1", "in-time 1", "late too-late"]);
        assert_eq!(test.late_records(), 1);
    }
}

#[test]
fn late_records_go_to_the_dead_letters() {
    let mut test = stream_job! {
        job hours
        from kafka("in")
            | map(|line| line.parse::<i64>()?) else dead_letter("bad")
            | event_time(|at| *at) lag 1ms
            | count over tumbling 10ms late else dead_letter("late") as counts
            | print
    }
    .test()
    .partitions(1);
    test.feed("in", ["1", "x", "11"]);
    test.feed("in", ["2"]);
    test.expect(["1"]);
    assert_eq!(test.read("bad"), ["x"]);
    let letters = test.dead_letters("late");
    assert_eq!(letters.len(), 1, "{letters:?}");
    assert_eq!(
        (letters[0].text(), letters[0].offset),
        ("2".to_owned(), Some(3))
    );
    assert_eq!(letters[0].error, "too late: all its windows were closed");
    let next_year = (test.now_ms() + 365 * 86_400_000).to_string();
    test.feed("in", [&next_year]);
    let letters = test.dead_letters("late");
    let letter = letters
        .iter()
        .find(|letter| letter.text() == next_year)
        .unwrap();
    assert_eq!(letter.error, "its time is too far in front of the clock");
    assert_eq!(test.late_records(), 2);
}

#[test]
fn late_records_get_another_chance_in_wider_windows() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| line.parse::<i64>()?)
            | event_time(|at| *at) lag 1ms
            | count over tumbling 10ms late else to(late) as narrow
            | print;
        late | count over tumbling 100ms late 1s drop as wide | map(|n| format!("late {n}")) | print
    }
    .test()
    .partitions(1);
    test.feed("in", ["1", "11"]);
    test.feed("in", ["2", "3"]);
    test.feed("in", ["2000"]);
    test.expect(["1", "1", "late 2"]);
}

#[test]
fn a_stream_that_a_stage_refuses_survives_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = stream_job! {
        job kept
        from kafka("in")
            | map(|line| line.parse::<u8>()?) else to(bad)
            | count every 1m
            | print;
        bad | count_by_value every 1m | print
    }
    .test()
    .checkpoint(dir.path());
    test.feed("in", ["1", "x", "x"]);
    test.restart().unwrap();
    test.feed("in", ["2", "x"]);
    test.advance(SECOND * 60);
    test.expect(["2", "(x,3)"]);
}

#[test]
fn late_records_and_refused_values_have_a_policy_each() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| { let (at, n) = line.split_once(' ')?; (at.parse::<i64>()?, n.parse::<u8>()?) })
            | event_time(|(at, _)| *at) lag 1ms
            | map(|(_, n)| n)
            | sum over tumbling 10ms late else to(late) as sums else to(over)
            | map(|n| format!("sum {n}"))
            | print;
        late | map(|n| format!("late {n}")) | print;
        over | map(|n| format!("over {n}")) | print
    }
    .test()
    .partitions(1);
    test.feed("in", ["1 200", "2 100", "3 5", "11 1"]);
    test.feed("in", ["4 7"]);
    test.expect(["sum 205", "over 100", "late 7"]);
}
