//! `top(n)`: the pairs with the greatest values, of all workers together.

use streamflow::{Code, stream_job};

use crate::SECOND;

#[test]
fn greatest_counts_of_the_interval_leave_in_their_order() {
    let mut test = stream_job! {
        from kafka("in") | map(|word| (word, ())) | count_by_key every 1s | top(2) every 1s | print
    }
    .test();
    test.feed("in", ["c", "a", "b", "c", "b", "b", "d", "c"]);
    test.advance(SECOND);
    // `b` and `c` have come three times each: equal values stand in the order of their keys.
    assert_eq!(test.rows(), ["(b,3)", "(c,3)"]);
    test.feed("in", ["a"]);
    test.advance(SECOND);
    assert_eq!(test.rows(), ["(a,1)"]);
    test.advance(SECOND);
    assert!(test.rows().is_empty());
}

#[test]
fn result_is_one_and_the_same_for_any_number_of_workers() {
    let lines: Vec<String> = (0..100)
        .map(|n| format!("user{},{}", n % 17, n * 7919 % 101))
        .collect();
    let rows = |workers: usize| {
        let mut test = stream_job! {
            from kafka("in")
                | map(|line| { let (user, price) = line.split_once(',')?; (user, price.parse::<u32>()?) })
                | top(5) every 1s
                | print
        }
        .test()
        .workers(workers);
        test.feed("in", &lines);
        test.advance(SECOND);
        test.rows()
    };
    let one = rows(1);
    assert_eq!(one, rows(4));
    let mut all: Vec<(u32, String)> = lines
        .iter()
        .map(|line| {
            let (user, price) = line.split_once(',').unwrap();
            (price.parse().unwrap(), user.to_owned())
        })
        .collect();
    all.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let all: Vec<String> = all
        .iter()
        .map(|(price, user)| format!("({user},{price})"))
        .collect();
    assert_eq!(one, all[..5]);
}

#[test]
fn pair_is_among_the_greatest_as_long_as_its_step_is_in_the_window() {
    let n = 2;
    let mut test = stream_job! {
        job ranked
        from kafka("in") | map(|word| (word, word.len())) | top(n) over hopping 2s by 1s as longest | print
    }
    .test();
    test.feed("in", ["a", "ccc", "bb"]);
    test.advance(SECOND);
    assert_eq!(test.rows(), ["(ccc,3)", "(bb,2)"]);
    test.feed("in", ["dd"]);
    test.advance(SECOND);
    assert_eq!(test.rows(), ["(ccc,3)", "(bb,2)"]);
    test.advance(SECOND);
    assert_eq!(test.rows(), ["(dd,2)"]);
    test.advance(SECOND);
    assert!(test.rows().is_empty());
}

#[test]
fn greatest_pairs_so_far_are_in_the_checkpoint() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = stream_job! {
        job ranked
        from kafka("in") | map(|word| (word, f64::from(u32::try_from(word.len())?) / 2.0)) | top(2) every 1s as longest
            | map(|(word, length)| format!("{word} {length:?}")) | print
    }
    .test()
    .workers(3)
    .checkpoint(dir.path());
    test.feed("in", ["dddd", "ccc", "a"]);
    test.restart().unwrap();
    test.feed("in", ["bb", "eeeee"]);
    test.restart().unwrap();
    test.advance(SECOND);
    assert_eq!(test.rows(), ["eeeee 2.5", "dddd 2.0"]);
    test.feed("in", ["a"]);
    let error = test
        .restart_as(stream_job! {
            job ranked
            from kafka("in") | map(|word| (word, word.len() as u64)) | top(2) every 1s as longest | print
        })
        .unwrap_err();
    assert_eq!(error.code(), Code::IncompatibleState);
}
