//! Spark's `WindowOperationsSuite`, `BasicOperationsSuite` and `MapWithStateSuite`, test by test: the
//! batches that are fed there, and the results that are asserted. What they say of RDDs, of their
//! clean-up and of checkpoint durations has no counterpart here.

use std::time::Duration;

use streamflow::stream_job;
use streamflow::testing::JobTest;

use crate::SECOND;

/// Feeds each batch, lets its interval end, and looks at the rows, which have no order.
fn intervals<I: AsRef<[u8]> + Clone, R: AsRef<str>>(
    test: &mut JobTest,
    batches: &[Vec<I>],
    rows: &[Vec<R>],
) {
    assert_eq!(batches.len(), rows.len());
    for (at, (batch, expected)) in batches.iter().zip(rows).enumerate() {
        test.feed("in", batch.clone());
        test.advance(SECOND);
        let mut found = test.rows();
        found.sort();
        let mut expected: Vec<&str> = expected.iter().map(AsRef::as_ref).collect();
        expected.sort_unstable();
        assert_eq!(found, expected, "interval {at}");
    }
}

/// `a b, c, -`: the words of each batch.
fn batches(words: &str) -> Vec<Vec<String>> {
    let batch = |words: &str| -> Vec<String> {
        let words = words.split_whitespace().filter(|word| *word != "-");
        words.map(str::to_owned).collect()
    };
    words.split(',').map(batch).collect()
}

/// `a1`: a key of one letter, and a number.
fn pair(text: &str) -> Option<(&str, i64)> {
    let (key, number) = text.split_at_checked(1)?;
    Some((key, number.parse().ok()?))
}

/// `updateStateByKey` and `mapWithState` are fed these words.
const WORDS: &str = "a, a b, a b c, a b, a, -";

/// A window of `size` that moves on by `slide`, of all items.
macro_rules! windows {
    ($($window:tt)*) => {
        stream_job! {
            from kafka("in")
                | map(|number| ((), number.to_owned()))
                | group_by_key over $($window)* as windows
                | map(|((), numbers)| numbers.join("+"))
                | print
        }
        .test()
        .partitions(1)
    };
}

/// `window`: "basic window", "tumbling window", "larger window", "non-overlapping window".
#[test]
fn window() {
    let numbers = batches("0, 1, 2, 3, 4, 5");
    for workers in [1, 4] {
        intervals(
            &mut windows!(hopping 2s by 1s).workers(workers),
            &numbers,
            &batches("0, 0+1, 1+2, 2+3, 3+4, 4+5"),
        );
        intervals(
            &mut windows!(tumbling 2s).workers(workers),
            &numbers,
            &batches("-, 0+1, -, 2+3, -, 4+5"),
        );
        intervals(
            &mut windows!(hopping 4s by 2s).workers(workers),
            &batches("0, 1, 2, 3, 4, 5, -, -"),
            &batches("-, 0+1, -, 0+1+2+3, -, 2+3+4+5, -, 4+5"),
        );
        intervals(
            &mut windows!(hopping 2s by 3s).workers(workers),
            &numbers,
            &batches("-, -, 1+2, -, -, 4+5"),
        );
    }
}

/// `reduceByKeyAndWindow`, and `reduceByKeyAndWindow` with an inverse: "basic reduction", "key already in
/// window and new value added into window", "new key added into window", "key removed from window",
/// "larger slide time". With an inverse Spark's keys stay, at 0; here they leave with their last value.
#[test]
fn reduce_by_key_and_window() {
    let streams = [
        ("a1 a3", "a4"),
        ("a1, a1", "a1, a2"),
        ("a1, a1 b1", "a1, a2 b1"),
        ("a1, a1, -, -", "a1, a2, a1, -"),
    ];
    for (input, rows) in streams {
        let mut test = stream_job! {
            from kafka("in") | map(|text| pair(text)?)
                | reduce_by_key(|a, b| a + b) over hopping 2s by 1s as sums
                | map(|(key, n)| format!("{key}{n}")) | print
        }
        .test();
        intervals(&mut test, &batches(input), &batches(rows));
        let mut test = stream_job! {
            from kafka("in") | map(|text| pair(text)?)
                | reduce_by_key(|a, b| a + b, inverse: |a, b| a - b) over hopping 2s by 1s as sums
                | map(|(key, n)| format!("{key}{n}")) | print
        }
        .test();
        intervals(&mut test, &batches(input), &batches(rows));
    }
    let mut test = stream_job! {
        from kafka("in") | map(|text| pair(text)?)
            | reduce_by_key(+, inverse: |a, b| a - b) over hopping 4s by 2s as sums
            | map(|(key, n)| format!("{key}{n}")) | print
    }
    .test();
    intervals(
        &mut test,
        &batches("a1, a2, a3, a4, a5, a6, -, -"),
        &batches("-, a3, -, a10, -, a18, -, a11"),
    );
}

/// `groupByKeyAndWindow`, and `reduceByKeyAndWindow` with an inverse and a filter: `bigInput`.
#[test]
fn big_windows_with_filtered_inverse() {
    let input = "a1, a1 b1, a1 b1 c1, a1 b1, a1, -, a1, a1 b1, a1 b1 c1, a1 b1, a1, -";
    let sums = "a1, a2 b1, a2 b2 c1, a2 b2 c1, a2 b1, a1, a1, a2 b1, a2 b2 c1, a2 b2 c1, a2 b1, a1";
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job sums
            from kafka("in") | map(|text| pair(text)?)
                | reduce_by_key(+, inverse: |a, b| a - b) over hopping 2s by 1s as sums
                | filter(|(_, n)| *n != 0)
                | map(|(key, n)| format!("{key}{n}")) | print
        }
        .test()
        .workers(workers)
        .checkpoint(dir.path());
        for (batch, rows) in batches(input).into_iter().zip(batches(sums)) {
            intervals(&mut test, &[batch], &[rows]);
            test.restart().unwrap();
        }
    }
}

/// `countByWindow` and `countByValueAndWindow`.
#[test]
fn count_by_window() {
    let mut test = stream_job! {
        from kafka("in") | count over hopping 2s by 1s as counts | print
    }
    .test();
    intervals(
        &mut test,
        &batches("1, 1, 1 2, 0, -, -"),
        &batches("1, 2, 3, 3, 1, 0"),
    );
    let mut test = stream_job! {
        from kafka("in") | count_by_value over hopping 2s by 1s as values
            | map(|(word, n)| format!("{word}{n}")) | print
    }
    .test();
    intervals(
        &mut test,
        &batches("a, b b, a b"),
        &batches("a1, a1 b2, a1 b3"),
    );
}

fn numbers(ranges: &[std::ops::RangeInclusive<i64>]) -> Vec<Vec<String>> {
    let texts = |range: &std::ops::RangeInclusive<i64>| range.clone().map(|n| n.to_string());
    ranges.iter().map(|range| texts(range).collect()).collect()
}

/// "map", "flatMap", "filter", "transform", "union", "StreamingContext.union".
#[test]
fn stateless_operations() {
    let input = numbers(&[1..=4, 5..=8, 9..=12]);
    let each = |f: &dyn Fn(i64) -> Vec<i64>| -> Vec<Vec<String>> {
        let batch = |batch: &Vec<String>| {
            let numbers = batch.iter().flat_map(|n| f(n.parse().expect("a number")));
            numbers.map(|n| n.to_string()).collect()
        };
        input.iter().map(batch).collect()
    };
    for workers in [1, 4] {
        let mut test = stream_job! { from kafka("in") | map(|n| n.parse::<i64>()?) | map(|n| n.to_string()) | print }
            .test()
            .workers(workers);
        intervals(&mut test, &input, &each(&|n| vec![n]));
        let mut test = stream_job! { from kafka("in") | map(|n| n.parse::<i64>()?) | flat_map(|n| [n, n * 2]) | print }
            .test()
            .workers(workers);
        intervals(&mut test, &input, &each(&|n| vec![n, n * 2]));
        let mut test = stream_job! { from kafka("in") | map(|n| n.parse::<i64>()?) | filter(|n| n % 2 == 0) | print }
            .test()
            .workers(workers);
        intervals(
            &mut test,
            &input,
            &each(&|n| [n].into_iter().filter(|n| n % 2 == 0).collect()),
        );
        let mut test = stream_job! { from kafka("in") | map_batch(|all| all.into_iter().map(str::to_owned).collect::<Vec<_>>()) | print }
            .test()
            .workers(workers);
        intervals(&mut test, &input, &each(&|n| vec![n]));
        let mut test = stream_job! {
            let numbers = from kafka("in") | map(|n| n.parse::<i64>()?);
            union(numbers, numbers | map(|n| n + 4), numbers | map(|n| n + 8)) | print
        }
        .test()
        .workers(workers);
        intervals(
            &mut test,
            &numbers(&[1..=4, 101..=104, 201..=204]),
            &numbers(&[1..=12, 101..=112, 201..=212]),
        );
    }
}

/// "repartition (more partitions)", "repartition (fewer partitions)": nothing is lost.
#[test]
fn repartition() {
    let input = numbers(&[1..=100, 101..=200, 201..=300]);
    for workers in [1, 4] {
        let mut test =
            stream_job! { from kafka("in") | repartition(5) | map(|n| n.to_owned()) | print }
                .test()
                .partitions(2)
                .workers(workers);
        intervals(&mut test, &input, &input);
        let mut test =
            stream_job! { from kafka("in") | repartition(2) | map(|n| n.to_owned()) | print }
                .test()
                .partitions(5)
                .workers(workers);
        intervals(&mut test, &input, &input);
    }
}

/// "reduce", "count", "countByValue", "groupByKey".
#[test]
fn results_of_batches() {
    for workers in [1, 4] {
        let mut test = stream_job! { from kafka("in") | map(|n| n.parse::<i64>()?) | reduce(|a, b| a + b) every 1s | print }
            .test()
            .workers(workers);
        intervals(
            &mut test,
            &numbers(&[1..=4, 5..=8, 9..=12]),
            &batches("10, 26, 42"),
        );
        let mut test = stream_job! { from kafka("in") | count every 1s | print }
            .test()
            .workers(workers);
        intervals(
            &mut test,
            &batches("-, 1, 1 2, 1 2 3, 1 2 3 4"),
            &batches("0, 1, 2, 3, 4"),
        );
        let mut test = stream_job! { from kafka("in") | count_by_value every 1s | map(|(n, times)| format!("{n}x{times}")) | print }
            .test()
            .workers(workers);
        intervals(
            &mut test,
            &batches("1, 1 1 1, 1 2, 1 1 2 2"),
            &batches("1x1, 1x3, 1x1 2x1, 2x2 1x2"),
        );
    }
}

/// "updateStateByKey - simple with initial value RDD", "with initial value RDD": what Spark is given
/// as a data set is one more stream here, which is read first.
#[test]
fn update_state_by_key_with_initial_values() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            job sums
            let initial = from iter([("a", 1i64), ("c", 2)]) | map(|(key, n)| (key.to_owned(), n));
            union(initial, from kafka("in") | map(|word| (word.to_owned(), 1i64)))
                | update_state(|values, state| Some(values.iter().sum::<i64>() + state.unwrap_or(0))) every 1s forever as sums
                | map(|(key, n)| format!("{key}{n}"))
                | print
        }
        .test()
        .workers(workers);
        intervals(
            &mut test,
            &batches(WORDS),
            &batches("a2 c2, a3 b1 c2, a4 b2 c3, a5 b3 c3, a6 b3 c3, a6 b3 c3"),
        );
    }
}

/// "updateStateByKey - testing time stamps as input": the time of each batch is added to the state of the
/// keys that are in it. A timer at the end of each interval is the batch.
#[test]
fn update_state_by_key_with_times() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job times
            let initial = from iter(["a", "c"]) | map(|key| (key.to_owned(), false));
            union(initial, from kafka("in") | map(|word| (word.to_owned(), true)))
                | process {
                    came: bool = false,
                    total: i64 = 0,
                    on_record: |_key, comes, state, out| {
                        state.came |= comes;
                        out.at(out.now() / 1_000 * 1_000 + 1_000);
                    },
                    on_timer: |key, at_ms, state, out| {
                        if state.came { state.total += at_ms % 86_400_000; state.came = false; }
                        out.emit(format!("{key}{}", state.total));
                        out.at(at_ms + 1_000);
                    },
                } forever as times
                | print
        }
        .test()
        .workers(workers)
        .checkpoint(dir.path());
        assert_eq!(test.now_ms() % 86_400_000, 0);
        intervals(
            &mut test,
            &batches(WORDS),
            &batches(
                "a1000 c0, a3000 b2000 c0, a6000 b5000 c3000, a10000 b9000 c3000, a15000 b9000 c3000, a15000 b9000 c3000",
            ),
        );
    }
}

/// "mapWithState - basic operations with advanced API", and "driver failure recovery", which looks at the
/// states after a restart in the middle.
#[test]
fn map_with_state_gives_the_key_twice() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job counts
            from kafka("in") | map(|word| (word, 1i64))
                | map_with_state(0i64, |word, one: Option<i64>, sum| { *sum += one.unwrap_or(0); word.repeat(2) }) forever as counts
                | print
        }
        .test()
        .workers(workers)
        .checkpoint(dir.path());
        intervals(
            &mut test,
            &batches("-, a, a b, a b c"),
            &batches("-, aa, aa bb, aa bb cc"),
        );
        test.restart().unwrap();
        assert_eq!(states(&mut test, "counts"), ["a3", "b2", "c1"]);
        intervals(&mut test, &batches("a b, a, -"), &batches("aa bb, aa, -"));
        assert_eq!(states(&mut test, "counts"), ["a5", "b3", "c1"]);
    }
}

fn states(test: &mut JobTest, name: &str) -> Vec<String> {
    let mut states: Vec<String> = test
        .state::<String, i64>(name)
        .into_iter()
        .map(|(key, n)| format!("{key}{n}"))
        .collect();
    states.sort();
    states
}

/// "mapWithState - initial states, with nothing returned as from mapping function".
#[test]
fn map_with_state_with_initial_states() {
    let snapshots = [
        "a5 b10 c-20 d0",
        "a6 b10 c-20 d0",
        "a7 b11 c-20 d0",
        "a8 b12 c-19 d0",
        "a9 b13 c-19 d0",
        "a10 b13 c-19 d0",
        "a10 b13 c-19 d0",
    ];
    let dir = tempfile::tempdir().unwrap();
    let mut test = stream_job! {
        job sums
        let initial = from iter([("a", 5i64), ("b", 10), ("c", -20), ("d", 0)]) | map(|(key, n)| (key.to_owned(), n));
        union(initial, from kafka("in") | map(|word| (word.to_owned(), 1i64)))
            | map_with_state(0i64, |_word, n: Option<i64>, sum| { *sum += n.unwrap_or(0); None::<i64> }) forever as sums
            | flatten
            | print
    }
    .test()
    .checkpoint(dir.path());
    for (batch, snapshot) in batches("-, a, a b, a b c, a b, a, -")
        .into_iter()
        .zip(snapshots)
    {
        intervals(&mut test, &[batch], &[Vec::<String>::new()]);
        assert_eq!(states(&mut test, "sums").join(" "), snapshot);
    }
}

/// "mapWithState - state removing", with the states that are left.
#[test]
fn map_with_state_that_is_removed_leaves_the_others() {
    let input = "-, a, a b, a b c, a b c, a b, a, -";
    let removed = "-, -, a, b, a c, b, a, -";
    let left = ["", "a", "b", "a c", "b", "a", "", ""];
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job seen
            from kafka("in") | map(|word| (word, ()))
                | process {
                    seen: bool = false,
                    on_record: |word, _one, state, out| {
                        if state.seen { out.emit(word.to_owned()); out.forget(); } else { state.seen = true; }
                    },
                } forever as seen
                | print
        }
        .test()
        .workers(workers)
        .checkpoint(dir.path());
        for ((batch, rows), left) in batches(input).into_iter().zip(batches(removed)).zip(left) {
            intervals(&mut test, &[batch], &[rows]);
            let mut keys: Vec<String> = test
                .state::<String, (bool,)>("seen")
                .into_iter()
                .map(|(key, _)| key)
                .collect();
            keys.sort();
            assert_eq!(keys.join(" "), left);
        }
    }
}

/// "mapWithState - state timing out": what nobody uses for three seconds is told of once, and gone.
#[test]
fn map_with_state_that_times_out() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job present
            from kafka("in") | map(|word| (word, ()))
                | map_with_state(1i64, |word, item: Option<()>, _one| item.is_none().then(|| word.to_owned())) ttl 3s as present
                | flatten
                | print
        }
        .test()
        .workers(workers)
        .checkpoint(dir.path());
        let mut gone = Vec::new();
        let mut input = batches("a b c, a b, a, -, -, a");
        input.extend(std::iter::repeat_n(vec!["a".to_owned()], 20));
        for (at, batch) in input.into_iter().enumerate() {
            test.feed("in", batch);
            test.advance(SECOND);
            gone.extend(test.rows());
            if at == 1 {
                assert_eq!(states(&mut test, "present"), ["a1", "b1", "c1"]);
            }
        }
        gone.sort();
        assert_eq!(gone, ["b", "c"]);
        assert_eq!(states(&mut test, "present"), ["a1"]);
        test.advance(Duration::from_secs(10));
        test.expect(["a"]);
    }
}

/// "transformWith", "join", "leftOuterJoin", "rightOuterJoin", "fullOuterJoin": all over the same two
/// inputs, with a restart in front of each batch.
#[test]
fn joins_of_batches() {
    let lefts = ["a b", "a _", "_", ""];
    let rights = ["a b", "b _", "", "_"];
    let rows: [&[&str]; 4] = [
        &[
            "join a 1 x",
            "join b 1 x",
            "left a 1 Some('x')",
            "left b 1 Some('x')",
            "right a Some(1) x",
            "right b Some(1) x",
            "full a Some(1) Some('x')",
            "full b Some(1) Some('x')",
        ],
        &[
            "join _ 1 x",
            "left _ 1 Some('x')",
            "left a 1 None",
            "right _ Some(1) x",
            "right b None x",
            "full _ Some(1) Some('x')",
            "full a Some(1) None",
            "full b None Some('x')",
        ],
        &["left _ 1 None", "full _ Some(1) None"],
        &["right _ None x", "full _ None Some('x')"],
    ];
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job joins
            let xs = from kafka("other") | map(|word| (word, 'x'));
            let ones = from kafka("in") | map(|word| (word, 1i64));
            ones | join(xs) every 1s as j | map(|(word, (one, x))| format!("join {word} {one} {x}")) | print;
            ones | left_join(xs) every 1s as l | map(|(word, (one, x))| format!("left {word} {one} {x:?}")) | print;
            ones | right_join(xs) every 1s as r | map(|(word, (one, x))| format!("right {word} {one:?} {x}")) | print;
            ones | full_join(xs) every 1s as f | map(|(word, (one, x))| format!("full {word} {one:?} {x:?}")) | print
        }
        .test()
        .workers(workers)
        .checkpoint(dir.path());
        for ((left, right), rows) in lefts.into_iter().zip(rights).zip(rows) {
            test.restart().unwrap();
            test.feed("in", left.split_whitespace());
            test.feed("other", right.split_whitespace());
            test.advance(SECOND);
            test.expect(rows);
        }
    }
}
