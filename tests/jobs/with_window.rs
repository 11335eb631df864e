//! The windows of results: `with_window`.

use std::time::Duration;

use streamflow::stream_job;

#[test]
fn result_of_a_key_gets_its_window_to_the_key() {
    let job = stream_job! {
        from kafka("in")
            | map(|page| (page, 1u64))
            | reduce_by_key(+) over tumbling 10s as views
            | with_window
            | print
    };
    let mut test = job.test();
    test.feed("in", ["/home", "/cart", "/home"]);
    test.advance(Duration::from_secs(10));
    test.expect([
        "((/home,Window(2026-01-01T00:00:00Z,2026-01-01T00:00:10Z)),2)",
        "((/cart,Window(2026-01-01T00:00:00Z,2026-01-01T00:00:10Z)),1)",
    ]);
}

#[test]
fn result_without_a_key_stands_behind_its_window() {
    let job = stream_job! {
        from kafka("in")
            | count every 10s
            | with_window
            | map(|(window, n)| format!("{window} {n}"))
            | print
    };
    let mut test = job.test();
    test.feed("in", ["a", "b"]);
    test.advance(Duration::from_secs(20));
    test.expect([
        "2026-01-01T00:00:00Z/2026-01-01T00:00:10Z 2",
        "2026-01-01T00:00:10Z/2026-01-01T00:00:20Z 0",
    ]);
}
