//! `sample`, `throttle` and `repartition`: items go on as they are, some of them, slower, or elsewhere.

use std::sync::Mutex;
use std::thread::{self, ThreadId};
use std::time::Duration;

use streamflow::{Code, Job, stream_job};

use crate::SECOND;

fn numbers(n: u32) -> impl Iterator<Item = String> {
    (0..n).map(|n| n.to_string())
}

fn sampled(workers: usize, job: Job<'static>) -> Vec<String> {
    let mut test = job.test().partitions(4).workers(workers);
    test.feed_partitions("in", (0..4_000).map(|n| (n % 4, n.to_string())));
    let mut rows = test.rows();
    rows.sort();
    rows
}

#[test]
fn sample_passes_a_share_on_and_the_same_one_for_any_number_of_workers() {
    let job = || stream_job! { from kafka("in") | sample(10%) | print };
    let one = sampled(1, job());
    assert!((340..460).contains(&one.len()), "{}", one.len());
    assert_eq!(one, sampled(4, job()));
}

#[test]
fn sample_of_nothing_and_of_all() {
    let mut test = stream_job! {
        from kafka("in") | sample(0%) | map(|line| format!("none {line}")) | print;
        from kafka("in") | sample(100%) | map(|line| format!("all {line}")) | print
    }
    .test();
    test.feed("in", numbers(50));
    test.expect((0..50).map(|n| format!("all {n}")));
}

#[test]
fn samples_behind_each_other_choose_independently_and_so_do_items_of_one_record() {
    let twice = sampled(
        1,
        stream_job! { from kafka("in") | sample(50%) | sample(50%) | print },
    );
    assert!((880..1_120).contains(&twice.len()), "{}", twice.len());
    let share = 0.5;
    let many = sampled(
        1,
        stream_job! {
            from kafka("in") | flat_map(|line| [(line, "a"), (line, "b")]) | sample(share) | print
        },
    );
    assert!((3_800..4_200).contains(&many.len()), "{}", many.len());
    let of_both = many.windows(2).filter(|two| {
        let number = |row: &String| row.split(',').next().map(str::to_owned);
        number(&two[0]) == number(&two[1])
    });
    let of_both = of_both.count();
    assert!((880..1_120).contains(&of_both), "{of_both}");
}

#[test]
fn restart_chooses_the_same_records() {
    let job = || stream_job! { from kafka("in") | sample(30%) | print };
    let mut whole = job().test().partitions(1);
    whole.feed("in", numbers(400));
    let wanted = whole.rows();
    let mut test = job().test().partitions(1);
    let mut found = Vec::new();
    for part in 0..4 {
        test.feed("in", (100 * part..100 * (part + 1)).map(|n| n.to_string()));
        test.restart().unwrap();
        found.extend(test.rows());
    }
    assert_eq!(found, wanted);
}

#[test]
fn sample_without_a_share_is_refused_when_the_job_starts() {
    let share = 10.0;
    let test = stream_job! { from kafka("in") | sample(share) | print }.test();
    assert_eq!(test.finish().unwrap_err().code(), Code::Config);
}

#[test]
fn throttle_lets_so_many_items_pass_a_second_and_loses_none() {
    for workers in [1, 3] {
        let mut test = stream_job! { from kafka("in") | throttle(2/s) | print }
            .test()
            .partitions(1)
            .workers(workers);
        test.feed("in", numbers(5));
        test.expect(["0", "1"]);
        test.advance(SECOND);
        test.expect(["2", "3"]);
        test.advance(Duration::from_millis(500));
        test.expect(["4"]);
        test.advance(SECOND * 10);
        test.feed("in", ["5", "6", "7"]);
        test.expect(["5", "6"]);
        test.advance(SECOND);
        test.expect(["7"]);
    }
}

#[test]
fn throttle_counts_the_items_that_reach_it() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| line.parse::<u64>()?)
            | filter(|n| n % 2 == 0)
            | throttle(3/s)
            | print
    }
    .test()
    .partitions(1);
    test.feed("in", numbers(13));
    test.expect(["0", "2", "4"]);
    test.advance(SECOND);
    test.expect(["6", "8", "10"]);
    test.advance(SECOND);
    test.expect(["12"]);
}

#[test]
fn record_of_many_items_holds_up_those_behind_it() {
    let mut test = stream_job! {
        from kafka("in") | flat_map(|line| [line; 10]) | throttle(5/s) | count every 1s | print
    }
    .test()
    .partitions(1)
    .workers(1);
    test.feed("in", ["a", "b", "c"]);
    // Five records may be read, and they are worth thirty items: six seconds.
    test.advance(SECOND);
    test.expect(["30"]);
    test.feed("in", ["d"]);
    test.advance(SECOND * 4);
    test.expect(["0"; 4]);
    test.advance(SECOND * 2);
    test.expect(["0", "10"]);
}

#[test]
fn workers_share_the_rate_and_a_restart_loses_nothing() {
    let rate = 100;
    let mut test = stream_job! { from kafka("in") | throttle(rate) | print }
        .test()
        .partitions(4)
        .workers(4);
    test.feed_partitions("in", (0..500).map(|n| (n % 4, n.to_string())));
    let mut found = test.rows();
    assert_eq!(found.len(), 100);
    test.advance(SECOND);
    found.extend(test.rows());
    assert_eq!(found.len(), 200);
    test.restart().unwrap();
    for _ in 0..3 {
        test.advance(SECOND);
        found.extend(test.rows());
    }
    let mut found: Vec<u32> = found.iter().map(|row| row.parse().unwrap()).collect();
    found.sort_unstable();
    assert_eq!(found, (0..500).collect::<Vec<u32>>());
}

#[test]
fn iterators_are_held_back_too() {
    let mut test = stream_job! { from iter(0..25u64) | throttle(10/s) | print }.test();
    let mut rows = test.rows().len();
    assert_eq!(rows, 10);
    test.advance(SECOND);
    rows += test.rows().len();
    assert_eq!(rows, 20);
    test.advance(SECOND);
    assert_eq!(rows + test.rows().len(), 25);
}

#[test]
fn rate_of_zero_is_refused_when_the_job_starts() {
    let rate = 0;
    let test = stream_job! { from kafka("in") | throttle(rate) | print }.test();
    let error = test.finish().unwrap_err();
    assert_eq!(error.code(), Code::Config);
}

#[test]
fn repartition_shares_the_work_of_one_partition_out() {
    static THREADS: Mutex<Vec<ThreadId>> = Mutex::new(Vec::new());
    fn note() {
        THREADS.lock().unwrap().push(thread::current().id());
    }
    let mut test = stream_job! {
        from kafka("in")
            | repartition(8)
            | inspect(|_| note())
            | map(|line| (line, line.len()))
            | print
    }
    .test()
    .partitions(1)
    .workers(3);
    test.feed("in", numbers(30));
    test.expect((0..30).map(|n| format!("({n},{})", n.to_string().len())));
    let threads = THREADS.lock().unwrap().clone();
    for thread in &threads {
        let own = threads.iter().filter(|other| *other == thread).count();
        assert_eq!(own, 10, "in turn");
    }
}

#[test]
fn aggregates_behind_a_repartition_have_everything() {
    for workers in [1, 2, 4] {
        let mut test = stream_job! {
            let shared = from kafka("in") | key_by(|line| &line[..1]) | repartition(2);
            shared | count_by_key every 1s | print;
            shared | map(|(key, line)| (key.to_owned(), line.len() as u64)) | repartition(4)
                | scan(0u64, |sum, n| sum + n) forever as sums | print
        }
        .test()
        .partitions(2)
        .workers(workers);
        test.feed_partitions("in", [(0, "a1"), (1, "b22"), (0, "a333")]);
        test.expect(["(a,2)", "(a,6)", "(b,3)"]);
        test.advance(SECOND);
        test.expect(["(a,2)", "(b,1)"]);
    }
}

#[test]
fn windows_of_event_time_go_on_behind_a_repartition() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            from kafka("in")
                | map(|line| line.parse::<u64>()?)
                | event_time(|at| *at) lag 1s
                | repartition(4)
                | count over tumbling 10s late drop as counts
                | print
        }
        .test()
        .partitions(1)
        .workers(workers);
        test.feed("in", ["1000", "9000", "5000", "12000", "31000"]);
        test.expect(["3", "1"]);
        assert_eq!(test.late_records(), 0);
    }
}

#[test]
fn restart_behind_a_repartition_loses_and_doubles_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = stream_job! {
        job shared
        from kafka("in") | repartition(3) | count_by_value every 10s as counts | print
    }
    .test()
    .workers(3)
    .checkpoint(dir.path());
    for _ in 0..3 {
        test.feed("in", ["a", "b", "a"]);
        test.restart().unwrap();
    }
    test.advance(SECOND * 10);
    test.expect(["(a,6)", "(b,3)"]);
}

#[test]
fn nobody_to_share_with_is_refused_when_the_job_starts() {
    let n = 0;
    let test = stream_job! { from kafka("in") | repartition(n) | print }.test();
    assert_eq!(test.finish().unwrap_err().code(), Code::Config);
}

#[test]
fn explanation_shows_where_items_change_workers() {
    let job = stream_job! { from kafka("in") | repartition(2) | map(|line| line.len()) | print };
    let text = job.explain();
    assert!(
        text.contains("↓ in rounds, to the workers in turn"),
        "{text}"
    );
    assert!(text.contains("── loop 1"), "{text}");
}
