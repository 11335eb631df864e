//! `map_batch` and `for_each_batch`: a function that gets many items at once.

use std::sync::{Arc, Mutex};

use streamflow::{Code, stream_job};

use crate::SECOND;

/// Spark's `mapPartitions` and `glom`.
#[test]
fn batch_has_the_items_of_one_partition() {
    let mut test = stream_job! {
        from kafka("in")
            | map_batch(|batch| {
                let n = batch.len();
                batch.into_iter().map(move |line| (line, n))
            })
            | map(|(line, n)| format!("{line} of {n}"))
            | print
    }
    .test()
    .partitions(2)
    .workers(1);
    test.feed_partition("in", 0, ["a", "b", "c"]);
    test.expect(["a of 3", "b of 3", "c of 3"]);
    test.feed_partition("in", 1, ["d"]);
    test.expect(["d of 1"]);
}

#[test]
fn batch_gives_any_number_of_items_and_keys_stay_borrowed() {
    let mut test = stream_job! {
        from kafka("in")
            | key_by(|line| line.len())
            | map_batch(|mut batch: Vec<_>| { batch.sort_unstable(); batch.dedup(); batch })
            | filter(|(length, _)| *length > 1)
            | count_by_key every 1s
            | print
    }
    .test()
    .partitions(1)
    .workers(1);
    test.feed("in", ["bb", "a", "bb", "cc"]);
    test.advance(SECOND);
    test.expect(["(2,2)"]);
}

#[test]
fn batch_behind_a_batch_and_behind_a_union() {
    let mut test = stream_job! {
        let all = union(from kafka("a"), from kafka("b"));
        all
            | map_batch(|batch| vec![batch.len()])
            | map_batch(|counts| vec![counts.into_iter().sum::<usize>()])
            | sum every 1s
            | print
    }
    .test();
    test.feed("a", ["1", "2", "3"]);
    test.feed("b", ["4"]);
    test.advance(SECOND);
    test.expect(["4"]);
}

/// Spark's `transform`: whatever can be done with all results of an interval.
#[test]
fn results_of_an_interval_come_in_one_batch() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|word| (word, 1u64))
            | reduce_by_key(+) every 1s
            | map_batch(|batch| {
                let mut words: Vec<(&str, u64)> = batch;
                words.sort_unstable();
                let words: Vec<String> = words.iter().map(|(word, n)| format!("{word}={n}")).collect();
                vec![format!("{}: {}", words.len(), words.join(" "))]
            })
            | print
    }
    .test()
    .workers(3);
    test.feed("in", ["b", "a", "c", "a"]);
    test.advance(SECOND);
    test.expect(["3: a=2 b=1 c=1"]);
    test.advance(SECOND);
    test.expect(["0: "]);
}

/// Spark's `foreachRDD`.
#[test]
fn function_is_called_once_for_each_interval_with_all_of_it() {
    let calls: Arc<Mutex<Vec<Vec<String>>>> = Arc::default();
    let counts: Arc<Mutex<Vec<usize>>> = Arc::default();
    let (called, counted) = (Arc::clone(&calls), Arc::clone(&counts));
    let mut test = stream_job! {
        let words = from kafka("in");
        words
            | for_each_batch(|batch| {
                called.lock().unwrap().push(batch.into_iter().map(str::to_owned).collect());
            }) every 1s;
        words
            | count_by_value every 1s
            | for_each_batch(|batch| counted.lock().unwrap().push(batch.len()))
    }
    .test()
    .workers(3);
    test.feed("in", ["a", "b", "c", "d", "e"]);
    test.advance(SECOND);
    test.advance(SECOND);
    test.feed("in", ["f", "f"]);
    test.advance(SECOND);
    // The items stand by partition and offset: the fifth one is the second of its partition.
    assert_eq!(
        *calls.lock().unwrap(),
        [vec!["a", "e", "b", "c", "d"], vec![], vec!["f", "f"]]
    );
    assert_eq!(*counts.lock().unwrap(), [5, 0, 1]);
}

#[test]
fn function_without_an_interval_gets_each_batch() {
    let lines: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&lines);
    let mut test = stream_job! {
        from kafka("in") | for_each_batch(|batch| {
            assert!(!batch.is_empty());
            seen.lock().unwrap().extend(batch.into_iter().map(str::to_owned));
        })
    }
    .test();
    test.feed("in", ["a", "b", "c"]);
    test.advance(SECOND);
    let mut lines = lines.lock().unwrap().clone();
    lines.sort();
    assert_eq!(lines, ["a", "b", "c"]);
}

#[test]
fn items_of_the_open_interval_are_in_the_checkpoint() {
    type Calls = Mutex<Vec<Vec<(String, usize)>>>;
    let dir = tempfile::tempdir().unwrap();
    let calls: Arc<Calls> = Arc::default();
    let called = Arc::clone(&calls);
    let mut test = stream_job! {
        job gathering
        from kafka("in")
            | map(|line| (line, line.len()))
            | for_each_batch(|batch| {
                let owned = batch.into_iter().map(|(line, n): (&str, usize)| (line.to_owned(), n));
                called.lock().unwrap().push(owned.collect());
            }) every 1s
    }
    .test()
    .workers(2)
    .checkpoint(dir.path());
    test.feed("in", ["a", "bb"]);
    test.restart().unwrap();
    test.feed("in", ["ccc"]);
    test.restart().unwrap();
    test.advance(SECOND);
    assert_eq!(
        *calls.lock().unwrap(),
        [[
            ("a".to_owned(), 1),
            ("bb".to_owned(), 2),
            ("ccc".to_owned(), 3)
        ]]
    );
}

#[test]
fn batch_that_is_refused_comes_again_from_its_first_record() {
    let mut test = stream_job! {
        from kafka("in") | map_batch(|batch| {
            batch.iter().map(|line| line.parse::<u64>()).collect::<Result<Vec<_>, _>>()?
        }) | print
    }
    .test()
    .workers(1);
    test.feed_partition("in", 2, ["1", "2", "x"]);
    let error = test.finish().unwrap_err();
    assert_eq!(error.code(), Code::FailedRecord);
    let text = error.one_line();
    assert!(text.contains("`in`[2] at offset 0"), "{text}");
}

#[test]
fn batch_in_front_of_a_refused_record_is_worked_on() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| line.parse::<u64>()?)
            | map_batch(|batch| batch)
            | sum every 1s
            | print
    }
    .test()
    .workers(1);
    test.feed_partition("in", 0, ["1", "2", "x"]);
    assert_eq!(test.rows(), ["3"]);
    let error = test.finish().unwrap_err();
    let text = error.one_line();
    assert!(text.contains("`in`[0] at offset 2"), "{text}");
}
