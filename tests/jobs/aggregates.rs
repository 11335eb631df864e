//! Operators that keep state until their interval ends.

use std::borrow::Cow;

use streamflow::stream_job;

use crate::SECOND;

#[test]
fn reduce_by_key_adds_per_key_and_begins_anew_every_interval() {
    let mut test = stream_job! {
        from kafka("in") | map(|line| (line, 1u64)) | reduce_by_key(+) every 1s | print
    }
    .test();
    test.feed("in", ["a", "b", "a"]);
    test.expect([""; 0]);
    test.advance(SECOND);
    test.expect(["(a,2)", "(b,1)"]);
    test.feed("in", ["b"]);
    test.advance(SECOND);
    test.expect(["(b,1)"]);
}

#[test]
fn reduce_by_key_takes_a_closure() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| { let (key, value) = line.split_once(':')?; (key, value.to_owned()) })
            | reduce_by_key(|a, b| if a.len() >= b.len() { a } else { b }) every 1s
            | print
    }
    .test();
    test.feed("in", ["k:aa", "k:bbb", "l:c"]);
    test.advance(SECOND);
    test.expect(["(k,bbb)", "(l,c)"]);
}

#[test]
fn reduce_by_key_knows_the_usual_signs() {
    let mut test = stream_job! {
        let pairs = from kafka("in") | map(|line| ("k", line.parse::<u32>()?));
        pairs | reduce_by_key(*) every 1s | map(|(_, v)| format!("* {v}")) | print;
        pairs | reduce_by_key(min) every 1s | map(|(_, v)| format!("min {v}")) | print;
        pairs | reduce_by_key(max) every 1s | map(|(_, v)| format!("max {v}")) | print;
        pairs | reduce_by_key(&) every 1s | map(|(_, v)| format!("& {v}")) | print;
        pairs | reduce_by_key(|) every 1s | map(|(_, v)| format!("| {v}")) | print;
        pairs | reduce_by_key(^) every 1s | map(|(_, v)| format!("^ {v}")) | print
    }
    .test();
    test.feed("in", ["6", "3", "5"]);
    test.advance(SECOND);
    test.expect(["* 90", "min 3", "max 6", "& 0", "| 7", "^ 0"]);
}

#[test]
fn overflow_wraps_or_stops_at_the_limit_where_that_is_asked_for() {
    let mut test = stream_job! {
        let pairs = from kafka("in") | map(|line| ("k", line.parse::<u8>()?));
        pairs | reduce_by_key(wrapping +) every 1s | print;
        pairs | reduce_by_key(saturating +) every 1s | print
    }
    .test();
    test.feed("in", ["200", "100"]);
    test.advance(SECOND);
    test.expect(["(k,44)", "(k,255)"]);
}

#[test]
fn count_by_key_counts_whatever_the_values_are() {
    let mut test = stream_job! {
        from kafka("in") | key_by(|line| line.len()) | count_by_key every 1s | print
    }
    .test();
    test.feed("in", ["a", "b", "cc"]);
    test.advance(SECOND);
    test.expect(["(1,2)", "(2,1)"]);
}

#[test]
fn aggregate_by_key_folds_and_merges() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| { let (key, value) = line.split_once('=')?; (key, value.parse::<f64>()?) })
            | aggregate_by_key(
                (0u32, 0.0),
                |(n, sum), value| (n + 1, sum + value),
                |(n, a), (m, b)| (n + m, a + b),
            ) every 1s
            | map_values(|(n, sum)| sum / f64::from(n))
            | print
    }
    .test();
    test.feed("in", ["a=1", "a=2", "b=5", "a=6"]);
    test.advance(SECOND);
    test.expect(["(a,3.0)", "(b,5.0)"]);
}

#[test]
fn count_gives_zero_for_an_empty_interval() {
    let mut test = stream_job! { from kafka("in") | count every 1s | print }.test();
    test.feed("in", ["a", "b", "c"]);
    test.advance(SECOND);
    test.expect(["3"]);
    test.advance(SECOND);
    test.expect(["0"]);
}

#[test]
fn aggregates_of_all_items_give_one_result_for_all_workers() {
    let mut test = stream_job! {
        let numbers = from kafka("in") | map(|line| line.parse::<i64>()?);
        numbers | sum every 1s | map(|n| format!("sum {n}")) | print;
        numbers | min every 1s | map(|n| format!("min {n}")) | print;
        numbers | max every 1s | map(|n| format!("max {n}")) | print;
        numbers | average every 1s | map(|n| format!("average {n}")) | print;
        numbers | reduce(*) every 1s | map(|n| format!("product {n}")) | print;
        numbers | reduce(|a, b| if a > b { a } else { b }) every 1s | map(|n| format!("closure {n}")) | print
    }
    .test()
    .partitions(4)
    .workers(3);
    test.feed("in", ["1", "2", "3", "-6"]);
    test.advance(SECOND);
    test.expect([
        "sum 0",
        "min -6",
        "max 3",
        "average 0",
        "product -36",
        "closure 3",
    ]);
}

#[test]
fn aggregates_without_items_give_nothing() {
    let mut test = stream_job! {
        from kafka("in") | map(|line| line.parse::<i64>()?) | sum every 1s | print
    }
    .test();
    test.advance(SECOND);
    test.expect([""; 0]);
}

#[test]
fn results_of_one_aggregate_feed_another() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| (line, 1u64))
            | reduce_by_key(+) every 1s
            | map(|(_, n)| (n, 1u64))
            | reduce_by_key(+) every 2s
            | print
    }
    .test();
    test.feed("in", ["a", "a", "b"]);
    test.advance(SECOND);
    test.feed("in", ["c"]);
    test.advance(SECOND);
    test.expect(["(1,2)", "(2,1)"]);
}

#[test]
fn any_number_of_workers_gives_the_same_results() {
    for workers in [1, 2, 3, 5] {
        let mut test = stream_job! {
            from kafka("in") | map(|line| (line, 1u64)) | reduce_by_key(+) every 1s | print
        }
        .test()
        .partitions(4)
        .workers(workers);
        let lines: Vec<String> = (0..1_000).map(|n| format!("user{}", n % 7)).collect();
        test.feed("in", &lines);
        test.advance(SECOND);
        let expected: Vec<String> = (0..7)
            .map(|user| format!("(user{user},{})", 142 + u32::from(user < 6)))
            .collect();
        test.expect(expected);
    }
}

#[test]
fn group_by_key_gathers_the_values_of_each_key() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| { let (user, page) = line.split_once(',')?; (user, page.to_owned()) })
            | group_by_key every 1s
            | map(|(user, pages)| format!("{user}: {}", pages.join(" ")))
            | print
    }
    .test();
    test.feed("in", ["u1,a", "u2,b", "u1,c"]);
    test.advance(SECOND);
    test.expect(["u1: a c", "u2: b"]);
}

#[test]
fn count_by_value_counts_equal_items() {
    let mut test = stream_job! {
        from kafka("in") | flat_map(|line| line.split(' ')) | count_by_value every 1s | print
    }
    .test();
    test.feed("in", ["a b a", "a"]);
    test.advance(SECOND);
    test.expect(["(a,3)", "(b,1)"]);
    test.feed("in", ["b"]);
    test.advance(SECOND);
    test.expect(["(b,1)"]);
}

#[test]
fn distinct_passes_each_item_of_an_interval_once() {
    let mut test = stream_job! {
        from kafka("in") | distinct every 1s | map(str::len) | print
    }
    .test();
    test.feed("in", ["a", "bcd", "a", "a"]);
    test.advance(SECOND);
    test.expect(["1", "3"]);
}

#[test]
fn new_aggregates_agree_on_several_workers() {
    let mut test = stream_job! {
        let words = from kafka("in");
        words | count_by_value every 1s | filter(|(_, n)| *n == 2) | keys | print;
        words | key_by(|word| word.len()) | map_values(str::to_owned) | group_by_key every 1s
            | map_values(|words| words.len()) | print;
        words | distinct every 1s | count every 1s | print
    }
    .test()
    .partitions(4)
    .workers(3);
    for n in 10..30 {
        test.feed("in", [format!("w{n}"), format!("w{n}")]);
    }
    test.advance(SECOND);
    test.advance(SECOND);
    let printed = test.rows();
    let of_two: Vec<_> = printed.iter().filter(|row| row.starts_with('w')).collect();
    assert_eq!(of_two.len(), 20, "{printed:?}");
    assert!(printed.contains(&"(3,40)".to_owned()), "{printed:?}");
    assert!(printed.contains(&"20".to_owned()), "{printed:?}");
}

#[test]
fn what_is_owned_of_borrowed_items_can_be_kept() {
    #[derive(serde::Deserialize)]
    struct Visit<'b> {
        user: &'b str,
        page: &'b str,
        ms: u64,
    }
    let mut test = stream_job! {
        from kafka("in") as Json<Visit<'_>>
            | key_by(|visit| visit.user)
            | map_values(|visit| (visit.ms, visit.page.to_owned()))
            | reduce_by_key(max) every 1s
            | print
    }
    .test();
    test.feed(
        "in",
        [
            r#"{"user":"u1","page":"a","ms":1}"#,
            r#"{"user":"u1","page":"b","ms":2}"#,
        ],
    );
    test.advance(SECOND);
    test.expect(["(u1,(2,b))"]);
}

#[test]
fn items_with_a_lifetime_that_is_named_can_be_kept() {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Visit<'b> {
        // Without `borrow`, serde makes this text owned.
        user: Cow<'b, str>,
        ms: u64,
    }
    let mut test = stream_job! {
        from kafka("in") as Json<Visit<'static>>
            | key_by(|visit| visit.user.len())
            | reduce_by_key(|a, b| if a.ms > b.ms { a } else { b }) every 1s
            | map(|(_, visit)| visit.user)
            | print
    }
    .test();
    test.feed("in", [r#"{"user":"u1","ms":1}"#, r#"{"user":"u2","ms":2}"#]);
    test.advance(SECOND);
    test.expect(["u2"]);
}

#[test]
fn sum_adds_tuples_of_numbers_part_by_part() {
    let mut test = stream_job! {
        from kafka("in") as Csv<(u64, f64)> | sum every 1s | print
    }
    .test();
    test.feed("in", ["1,0.5", "2,1.25"]);
    test.advance(SECOND);
    test.expect(["(3,1.75)"]);
}
