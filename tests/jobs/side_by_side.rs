//! `agg_by_key`: several aggregates of each key in one pass.

use streamflow::lock::{Locking, Mode};
use streamflow::{Code, stream_job};

use crate::SECOND;

#[derive(Debug, Clone, serde::Deserialize)]
struct Order<'o> {
    user: &'o str,
    price: u64,
    weight: f64,
    city: String,
}

#[test]
fn results_are_found_by_name_behind_the_stage() {
    let mut test = stream_job! {
        let orders = from kafka("in") as Csv<Order<'_>> | key_by(|order| order.user);
        orders
            | agg_by_key {
                n: count,
                total: sum(|order| order.price),
                weight: average(|order| order.weight),
                first: min(|order| order.city.clone()),
                dearest: max(|order| order.price),
            } every 1s
            | map(|(user, agg)| format!(
                "{user} {} {} {} {} {}", agg.n, agg.total, agg.weight, agg.first, agg.dearest
            ))
            | print;
        orders
            | map_values(|order| order.price)
            | agg_by_key { n: count, total: sum, most: max } every 1s
            | filter(|(_, agg)| agg.n > 1)
            | print
    }
    .test();
    test.feed(
        "in",
        [
            "u1,5,1.5,Rome",
            "u2,7,1,Oslo",
            "u1,6,2.5,Bonn",
            "u1,1,2,Rome",
        ],
    );
    test.advance(SECOND);
    test.expect(["u1 3 12 2 Bonn 6", "u2 1 7 1 Oslo 7", "(u1,Agg(3,12,6))"]);
}

#[test]
fn sum_that_does_not_fit_stops_the_job_and_leaves_no_part_of_the_record() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| ("k", line.parse::<u8>()?))
            | agg_by_key { n: count, total: sum } every 1s else skip
            | map(|(key, agg)| format!("{key} {agg:?}"))
            | print
    }
    .test()
    .workers(1)
    .partitions(1);
    test.feed("in", ["200", "100", "55"]);
    test.advance(SECOND);
    test.expect(["k Agg { n: 2, total: 255 }"]);
}

#[test]
fn record_that_a_closure_refuses_meets_the_policy() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| ("k", line))
            | agg_by_key { n: count, total: sum(|line| line.parse::<u64>()?) } every 1s else skip
            | map(|(_, agg)| (agg.n, agg.total))
            | print
    }
    .test();
    test.feed("in", ["1", "x", "2"]);
    test.advance(SECOND);
    test.expect(["(2,3)"]);
}

#[test]
fn literals_are_added_up_like_other_numbers() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| ("k", line.len()))
            | agg_by_key { long: sum(|n| i32::from(n > 1)), most: max(|n| n * 2) } every 1s
            | map(|(_, agg)| (agg.long + 1, agg.most))
            | print
    }
    .test();
    test.feed("in", ["a", "bb", "ccc"]);
    test.advance(SECOND);
    test.expect(["(3,6)"]);
}

#[test]
fn windows_have_the_aggregates_of_their_steps() {
    let mut test = stream_job! {
        job windowed
        from kafka("in")
            | map(|line| { let (user, price) = line.split_once(',')?; (user, price.parse::<i64>()?) })
            | agg_by_key { n: count, total: sum, least: min, most: max, mean: average } over hopping 2s by 1s as orders
            | map(|(user, agg)| format!("{user} {} {} {} {} {}", agg.n, agg.total, agg.least, agg.most, agg.mean))
            | print
    }
    .test();
    test.feed("in", ["a,1", "a,5", "b,2"]);
    test.advance(SECOND);
    test.expect(["a 2 6 1 5 3", "b 1 2 2 2 2"]);
    test.feed("in", ["a,9"]);
    test.advance(SECOND);
    test.expect(["a 3 15 1 9 5", "b 1 2 2 2 2"]);
    test.advance(SECOND);
    test.expect(["a 1 9 9 9 9"]);
}

#[test]
fn aggregates_go_on_after_a_restart_as_long_as_their_names_are_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = stream_job! {
        job kept
        from kafka("in") | map(|line| (line, line.len() as u64))
            | agg_by_key { n: count, total: sum } every 1s as lengths
            | map(|(word, agg)| (word, agg.n, agg.total)) | print
    }
    .test()
    .workers(3)
    .checkpoint(dir.path());
    test.feed("in", ["a", "bb", "bb"]);
    test.restart().unwrap();
    test.feed("in", ["bb"]);
    test.restart().unwrap();
    test.advance(SECOND);
    test.expect(["(a,1,1)", "(bb,3,6)"]);
    test.feed("in", ["a"]);
    let error = test
        .restart_as(stream_job! {
            job kept
            from kafka("in") | map(|line| (line, line.len() as u64))
                | agg_by_key { total: sum, n: count } every 1s as lengths
                | map(|(word, agg)| (word, agg.n, agg.total)) | print
        })
        .unwrap_err();
    assert_eq!(error.code(), Code::IncompatibleState);
}

#[test]
fn lock_holds_the_aggregates_by_their_names() {
    let directory = tempfile::tempdir().unwrap();
    let locking = Locking {
        file: directory.path().join("streamflow.lock"),
        mode: Mode::Write,
    };
    let job = stream_job! {
        job locked
        let lengths = from kafka("in") | map(|line| (line, u32::try_from(line.len())?));
        lengths
            | agg_by_key { n: count, total: sum, mean: average, shortest: min(|n: u32| n.to_le_bytes()[0]) } every 1s as lengths
            | map(|(_, agg)| agg.n) | print;
        lengths | top(3) every 1s as longest | print
    };
    job.lock(&locking).unwrap();
    let text = std::fs::read_to_string(&locking.file).unwrap();
    let section = "\
state lengths v1 every 1s: keyed str -> Agg { n: u64, total: u32, mean: Mean, shortest: u8 }
state longest v1 every 1s: single [(str, u32)]
";
    assert!(text.ends_with(section), "{text}");
}
