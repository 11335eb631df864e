//! Stages with state behind each other: many readers, unions of records and results, the clock, crashes.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use streamflow::{stream_job, stream_test};

use crate::SECOND;
use crate::lines::timed_number as timed;

/// A view of a pair gives a copy of its value.
#[test]
fn owned_keys_with_several_readers() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            let pairs = from kafka("in") | map(|l| { let (at, k, n) = timed(l)?; (at, k, n) }) | event_time(|(at, _, _)| *at) lag 1ms | map(|(_, k, n)| (k.to_owned(), n));
            pairs | reduce_by_key(+) over tumbling 1s late drop as a | map(|(k, n)| format!("a {k} {n}")) | print;
            pairs | reduce_by_key(max) over session 1s late drop as b | map(|(k, n)| format!("b {k} {n}")) | print;
            pairs | reduce_by_key(|a, b| a * b) over sliding 1s late drop as c | map(|(k, n)| format!("c {k} {n}")) | print;
            pairs | group_by_key over rows 2 as d | map(|(k, n)| format!("d {k} {n:?}")) | print;
            pairs | top(1) over hopping 1s by 1s late drop as e | map(|(k, n)| format!("e {k} {n}")) | print;
            pairs | scan(0u64, |s, n| s + n) forever as f | map(|(k, n)| format!("f {k} {n}")) | print;
            pairs | lag(1) forever as g | map(|(k, (n, b))| format!("g {k} {n} {b:?}")) | print;
            pairs | reduce_by_key(+) running forever as h | map(|(k, n)| format!("h {k} {n}")) | print;
            pairs | values | sum over tumbling 1s late drop as i | map(|n| format!("i {n}")) | print;
            pairs | aggregate_by_key(0u64, |s, n| s + n, |a, b| a + b) over tumbling 1s late drop as j | map(|(k, n)| format!("j {k} {n}")) | print;
            pairs | join(pairs) within 0s..0s late drop as l | map(|(k, (a, b))| format!("l {k} {a} {b}")) | print;
            pairs | map_with_state(0u64, |k, n: Option<u64>, s| { *s += n.unwrap_or(0); format!("m {k} {s}") }) forever as m | print;
            pairs | process { n: u64 = 0, on_record: |k, n, s, out| { s.n += n; out.emit(format!("p {k} {}", s.n)); } } forever as p | print;
            pairs | agg_by_key { n: count, s: sum, t: sum(|n| n * 2) } over session 1s late drop as k | map(|(k, a)| format!("k {k} {} {} {}", a.n, a.s, a.t)) | print
        }.test().partitions(1).workers(workers);
        test.feed("in", ["0 x 2", "100 x 3"]);
        test.expect([
            "c x 2",
            "d x [2, 3]",
            "f x 2",
            "f x 5",
            "g x 2 None",
            "g x 3 Some(2)",
            "h x 2",
            "h x 5",
            "l x 2 2",
            "l x 3 3",
            "m x 2",
            "m x 5",
            "p x 2",
            "p x 5",
        ]);
        test.feed("in", ["9000 z 1"]);
        let mut rows = test.rows();
        rows.retain(|r| !r.contains(" z "));
        rows.sort();
        assert_eq!(
            rows,
            [
                "a x 5",
                "b x 3",
                "c x 6",
                "e x 3",
                "i 5",
                "j x 5",
                "k x 2 5 10"
            ]
        );
    }
}

#[test]
fn union_of_records_and_results() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job mixed
            let raw = from kafka("in") | map(|l| timed(l)?) | event_time(|(at, _, _)| *at) lag 1ms | map(|(_, k, n)| (k.to_owned(), n));
            let windows = raw | map(|(k, n)| (k.to_owned(), n)) | reduce_by_key(+) over tumbling 1s late drop as w | map(|(k, n)| (k.to_owned(), n));
            let copies = raw | map_values(|n| n);
            let all = union(windows, copies);
            all | scan(0u64, |s, n| s + n) forever as s1 | map(|(k, n)| format!("scan {k} {n}")) | print;
            all | reduce_by_key(+) over session 5s late drop as s2 | map(|(k, n)| format!("session {k} {n}")) | print;
            all | count_by_key over rows 2 as s3 | map(|(k, n)| format!("rows {k} {n}")) | print;
            all | reduce_by_key(+) over tumbling 2s late drop as s4 | map(|(k, n)| format!("tumbling {k} {n}")) | print
        }.test().partitions(1).workers(workers).checkpoint(dir.path());
        test.feed("in", ["0 a 1", "500 a 2"]);
        test.expect(["scan a 1", "scan a 3", "rows a 2"]);
        test.restart().unwrap();
        test.feed("in", ["1500 a 4"]);
        test.expect(["scan a 6", "scan a 10", "rows a 2"]);
        test.feed("in", ["60000 b 1"]);
        test.expect(["scan a 14", "scan b 1", "session a 14", "tumbling a 14"]);
    }
}

#[test]
fn stages_of_the_clock_behind_each_other() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job chains
            let rights = from kafka("right") | map(|l| (l, 1u64));
            from kafka("left") | map(|l| (l, 1u64)) | join(rights) every 1s
                | map_values(|(a, b)| a + b)
                | tee { lag(1) forever as l | map(|(k, (n, b))| format!("lag {k} {n} {b:?}")) | print; reduce_by_key(+) over session 3s as s | map(|(k, n)| format!("session {k} {n}")) | print; count_by_key over rows 2 as r | map(|(k, n)| format!("rows {k} {n}")) | print }
                | reduce_by_key(+) over sliding 3s as g | map(|(k, n)| format!("sliding {k} {n}")) | print;
            from kafka("left") | map(|l| (l, ())) | count_by_key every 1s | process { n: u64 = 0, on_record: |_k, n, s, out| { s.n += n; out.after(Duration::from_secs(3)); }, on_timer: |k, _at, s, out| { out.emit(format!("timer {k} {}", s.n)); } } forever as p | print
        }.test().workers(workers).checkpoint(dir.path());
        test.feed("left", ["a", "a"]);
        test.feed("right", ["a"]);
        test.advance(SECOND);
        test.expect([
            "lag a 2 None",
            "lag a 2 Some(2)",
            "rows a 2",
            "sliding a 2",
            "sliding a 4",
        ]);
        test.restart().unwrap();
        test.feed("left", ["a"]);
        test.feed("right", ["a"]);
        test.advance(SECOND);
        test.expect(["lag a 2 Some(2)", "sliding a 6"]);
        test.restart().unwrap();
        test.advance(SECOND * 3);
        test.expect(["session a 6", "timer a 3", "timer a 3"]);
    }
}

#[test]
fn item_late_for_some() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            from kafka("in") | map(|l| l.parse::<i64>()?) | event_time(|at| *at) lag 1ms | map(|at| ("k", at))
                | group_by_key over hopping 3s by 1s late 500ms else to(late) as g | map(|(k, all)| format!("{k} {all:?}")) | print;
            late | map(|(_, at)| at) | count_by_value running forever as lates | map(|(at, n)| format!("late {at} {n}")) | print
        }.test().partitions(1).workers(workers);
        test.feed("in", ["100"]);
        test.feed("in", ["1502"]);
        test.expect(["k [100]"]);
        test.feed("in", ["900"]);
        test.feed("in", ["2502"]);
        test.expect(["k [100, 900, 1502]"]);
        test.feed("in", ["3502"]);
        test.expect(["k [100, 900, 1502, 2502]"]);
        test.feed("in", ["900"]);
        test.expect(["late 900 1"]);
    }
}

#[test]
fn for_each_batch_every_behind_all() {
    for workers in [1, 4] {
        let rows = Arc::new(Mutex::new(Vec::new()));
        let (of_scan, of_session, of_lag) =
            (Arc::clone(&rows), Arc::clone(&rows), Arc::clone(&rows));
        let mut test = stream_job! {
            let items = from kafka("in") | map(|l| { let (at, n) = l.split_once(' ')?; (at.parse::<i64>()?, n.parse::<u64>()?) }) | event_time(|(at, _)| *at) lag 1ms | map(|(_, n)| ("k", n));
            items | scan(0u64, |s, n| s + n) forever as s | for_each_batch(move |all| of_scan.lock().unwrap().push(format!("scan {all:?}"))) every 1s;
            items | reduce_by_key(+) over session 1s late drop as e | for_each_batch(move |all| of_session.lock().unwrap().push(format!("session {all:?}"))) every 1s;
            items | reduce_by_key(+) over tumbling 1s late drop as u | print every 1s;
            items | lag(1) forever as l | map(|(k, (n, _))| (k.to_owned(), n)) | reduce_by_key(+) every 1s | for_each_batch(move |all| of_lag.lock().unwrap().push(format!("lag {all:?}")))
        }.test().partitions(1).workers(workers);
        test.feed("in", ["0 1", "10 2", "5000 3"]);
        test.advance(SECOND);
        let mut got = rows.lock().unwrap().clone();
        got.sort();
        assert_eq!(
            got,
            [
                r#"lag [("k", 6)]"#,
                r#"scan [("k", 1), ("k", 3), ("k", 6)]"#,
                r#"session [("k", 3)]"#
            ]
        );
        test.expect(["(k,3)"]);
    }
}

#[stream_test(crash = every)]
fn joins_and_windows_are_the_same_behind_a_crash_anywhere() {
    let mut test = stream_job! {
        job crash_between
        let rights = from kafka("right") | map(|l| { let (at, k) = l.split_once(' ')?; (at.parse::<i64>()?, k) }) | event_time(|(at, _)| *at) lag 1ms | map(|(at, k)| (k, at));
        let met = from kafka("left") | map(|l| { let (at, k) = l.split_once(' ')?; (at.parse::<i64>()?, k) }) | event_time(|(at, _)| *at) lag 1ms | map(|(at, k)| (k, at))
            | left_join(rights) within -100ms..+100ms late drop as near
            | map(|(k, (l, r))| (k.to_owned(), l + r.unwrap_or(0)));
        met | map(|(k, n)| (k.to_owned(), n)) | reduce_by_key(+) over session 1s late drop as s | map(|(k, n)| format!("s {k} {n}")) | print;
        met | map(|(k, n)| (k.to_owned(), n)) | reduce_by_key(+) over sliding 1s late drop as l | map(|(k, n)| format!("l {k} {n}")) | print;
        met | count_by_key over tumbling 1s late drop as u | heavy_hitters(2) over tumbling 2s late drop as h | map(|((k, m), n)| format!("h {k} {m} {n}")) | print
    }.test().partitions(1);
    test.feed("left", ["0 a", "500 a", "600 b"]);
    test.feed("right", ["50 a", "510 a", "900 b"]);
    test.advance(SECOND);
    test.feed("left", ["9000 z"]);
    test.feed("right", ["9000 z"]);
    test.advance(SECOND);
    test.expect([
        "s a 1060", "s b 600", "l a 50", "l a 1060", "l b 600", "h a 2 1", "h b 1 1",
    ]);
}

#[test]
fn many_partitions_any_cut() {
    let mut of_all: Vec<Vec<String>> = Vec::new();
    for (workers, seed) in [(1, None), (2, Some(1)), (4, Some(2)), (3, Some(3))] {
        let job = stream_job! {
            job cuts
            let items = from kafka("in") | map(|l| { let mut p = l.split(' '); (p.next()?.parse::<i64>()?, p.next()?, p.next()?.parse::<u64>()?) }) | event_time(|(at, _, _)| *at) lag 1h;
            let pairs = items | map(|(_, k, n)| (k, n));
            pairs | reduce_by_key(+) over session 40ms late drop as a | map(|(k, n)| format!("a {k} {n}")) | print;
            pairs | reduce_by_key(+) over session 40ms max 100ms late drop as b | map(|(k, n)| format!("b {k} {n}")) | print;
            pairs | agg_by_key { n: count, q: quantile(0.5, |n| n), d: approx_distinct } over sliding 100ms late drop as c | map(|(k, a)| format!("c {k} {} {} {}", a.n, a.q, a.d)) | print;
            pairs | top(2) over hopping 100ms by 20ms late drop as d | map(|(k, n)| format!("d {k} {n}")) | print;
            pairs | keys | heavy_hitters(1) over session 40ms late drop as e | map(|(k, n)| format!("e {k} {n}")) | print;
            pairs | values | quantile(0.9) over sliding 50ms late drop as f | map(|n| format!("f {n}")) | print;
            pairs | keys | distinct over cumulate 100ms by 50ms late drop as g | map(|k| format!("g {k}")) | print
        };
        let mut test = job.test().partitions(3).workers(workers);
        if let Some(seed) = seed {
            test = test.cut_randomly(seed);
        }
        let lines: Vec<String> = (0..300u64)
            .map(|n| format!("{} k{} {}", (n * 7919) % 2000, n * 31 % 5, n * 13 % 17))
            .collect();
        test.feed("in", &lines[..150]);
        test.share_again();
        test.feed("in", &lines[150..]);
        let mut rows: Vec<String> = test.finish().unwrap().lines().map(str::to_owned).collect();
        rows.sort();
        of_all.push(rows);
    }
    assert!(of_all[0].len() > 500);
    for other in &of_all[1..] {
        let d: Vec<_> = other.iter().filter(|r| !of_all[0].contains(r)).collect();
        assert!(
            of_all[0] == *other,
            "{d:?} {} {}",
            of_all[0].len(),
            other.len()
        );
    }
}

#[test]
fn end_of_the_input_closes_all() {
    let rows = Mutex::new(Vec::new());
    let kept = &rows;
    let items = vec![
        (0i64, "a".to_owned(), 1u64),
        (500, "a".to_owned(), 2),
        (3000, "b".to_owned(), 4),
    ];
    let job = stream_job! {
        let items = from iter(items) | event_time(|(at, _, _)| *at) lag 1ms | map(|(_, k, n)| (k.clone(), n));
        items | map(|(k, n)| (k.clone(), n)) | reduce_by_key(+) over session 1s late drop as s | for_each(|(k, n)| kept.lock().unwrap().push(format!("s {k} {n}")));
        items | map(|(k, n)| (k.clone(), n)) | reduce_by_key(+) over sliding 1s late drop as l | for_each(|(k, n)| kept.lock().unwrap().push(format!("l {k} {n}")));
        items | map(|(k, n)| (k.clone(), n)) | count_by_key over tumbling 1s late drop as t | for_each(|(k, n)| kept.lock().unwrap().push(format!("t {k} {n}")));
        items | map(|(k, n)| (k.clone(), n)) | scan(0u64, |a, b| a + b) forever as c | for_each_batch(|all| for (k, n) in all { kept.lock().unwrap().push(format!("c {k} {n}")) })
    };
    job.run().unwrap();
    let mut rows = rows.lock().unwrap().clone();
    rows.sort();
    assert_eq!(
        rows,
        [
            "c a 1", "c a 3", "c b 4", "l a 1", "l a 3", "l b 4", "s a 3", "s b 4", "t a 2",
            "t b 1"
        ]
    );
}

#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, streamflow::Key,
)]
enum Kind {
    Small,
    Large(u32),
}

#[derive(Debug, Deserialize)]
struct Order<'o> {
    at: i64,
    user: &'o str,
    item: &'o str,
    price: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Bought {
    item: String,
    price: u64,
}

/// Keys and values of many types, borrowed from the records where they may be.
#[test]
fn keys_of_all_kinds() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            let orders = from kafka("in") as Json<Order<'_>> | event_time(|o| o.at) lag 1ms;
            orders | key_by(|o| (o.user.to_owned(), o.price % 2)) | map_values(|o| o.price) | reduce_by_key(+) over session 1s late drop as a | map(|((u, p), n)| format!("a {u} {p} {n}")) | print;
            orders | key_by(|o| if o.price > 5 { Kind::Large(1) } else { Kind::Small }) | map_values(|o| o.price) | group_by_key over tumbling 1s late drop as b | map(|(k, n)| format!("b {k:?} {n:?}")) | print;
            orders | map(|o| (o.user, Bought { item: o.item.to_owned(), price: o.price })) | reduce_by_key(|a, b| Bought { price: a.price + b.price, ..b }) over sliding 1s late drop as c | map(|(k, n)| format!("c {k} {} {}", n.item, n.price)) | print;
            orders | map(|o| (o.user, Bought { item: o.item.to_owned(), price: o.price })) | reduce_by_key(|a, b| Bought { price: a.price + b.price, ..b }) over rows 2 by 1 as d | map(|(k, n)| format!("d {k} {} {}", n.item, n.price)) | print;
            orders | key_by(|o| o.user) | agg_by_key { n: count, total: sum(|o| o.price), items: approx_distinct(|o| o.item) } over session 1s late drop as e | map(|(k, a)| format!("e {k} {} {} {}", a.n, a.total, a.items)) | print;
            orders | key_by(|o| o.user) | agg_by_key { n: count, total: sum(|o| o.price), items: approx_distinct(|o| o.item), p: quantile(0.5, |o| o.price) } running forever as f | map(|(k, a)| format!("f {k} {} {} {} {}", a.n, a.total, a.items, a.p)) | print;
            orders | map(|o| (o.user, o.item)) | distinct over session 1s late drop as g | map(|(u, i)| format!("g {u} {i}")) | print;
            orders | map(|o| (o.user, o.item)) | count_by_value over hopping 2s by 1s late drop as h | map(|((u, i), n)| format!("h {u} {i} {n}")) | print;
            orders | map(|o| (o.user, o.item)) | approx_distinct over session 1s late drop as i | map(|n| format!("i {n}")) | print;
            orders | map(|o| (o.user.to_owned(), o.item.to_owned())) | approx_distinct over sliding 1s late drop as j | map(|n| format!("j {n}")) | print;
            orders | map(|o| (o.user, o.item)) | heavy_hitters(1) over sliding 1s late drop as k | map(|((u, i), n)| format!("k {u} {i} {n}")) | print;
            orders | map(|o| o.item.to_owned()) | min over sliding 1s late drop as l | map(|i| format!("l {i}")) | print;
            orders | map(|o| o.item.to_owned()) | max over session 1s late drop as m | map(|i| format!("m {i}")) | print;
            orders | map(|o| (o.item, f64::from(u32::try_from(o.price)?) / 2.0)) | top(1) over session 1s late drop as n | map(|(i, p)| format!("n {i} {p}")) | print
        }.test().partitions(1).workers(workers);
        let o = |at: i64, user: &str, item: &str, price: u64| {
            format!(r#"{{"at":{at},"user":"{user}","item":"{item}","price":{price}}}"#)
        };
        test.feed(
            "in",
            [o(0, "u", "x", 3), o(100, "u", "y", 5), o(200, "v", "x", 8)],
        );
        test.feed("in", [o(9000, "w", "w", 1)]);
        test.expect([
            "a u 1 8",
            "a v 0 8",
            "b Small [3, 5]",
            "b Large(1) [8]",
            "c u x 3",
            "c u y 8",
            "c v x 8",
            "d u x 3",
            "d u y 8",
            "d v x 8",
            "d w w 1",
            "e u 2 8 2",
            "e v 1 8 1",
            "f u 1 3 1 3",
            "f u 2 8 2 3",
            "f v 1 8 1 8",
            "f w 1 1 1 1",
            "g u x",
            "g u y",
            "g v x",
            "h u x 1",
            "h u y 1",
            "h v x 1",
            "h u x 1",
            "h u y 1",
            "h v x 1",
            "i 3",
            "j 1",
            "j 2",
            "j 3",
            "k u x 1",
            "k u x 1",
            "k u x 1",
            "l x",
            "l x",
            "l x",
            "m y",
            "n x 4",
        ]);
    }
}

#[test]
fn as_of_and_behind() {
    for workers in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut test = stream_job! {
            job as_of_behind
            let rates = from kafka("rates") | map(|l| timed(l)?) | event_time(|(at, _, _)| *at) lag 1ms | map(|(_, k, n)| (k, n)) | table forever as rates;
            let orders = from kafka("orders") | map(|l| timed(l)?) | event_time(|(at, _, _)| *at) lag 1ms | map(|(_, k, n)| (k, n));
            let paid = orders | join(rates) as_of as waits | map(|(k, (n, r))| (k.to_owned(), n * r));
            paid | reduce_by_key(+) over session 1s late drop as s | map(|(k, n)| format!("session {k} {n}")) | print;
            paid | reduce_by_key(+) over sliding 1s late drop as l | map(|(k, n)| format!("sliding {k} {n}")) | print;
            paid | scan(0u64, |a, b| a + b) forever as c | map(|(k, n)| format!("scan {k} {n}")) | print;
            paid | process { n: u64 = 0, on_record: |k, v, s, out| { s.n += v; out.at(out.time() + 1_000); let _ = k; }, on_timer: |k, at, s, out| { out.emit(format!("timer {k} {at} {}", s.n)); } } forever as p | print;
            paid | count_by_key running emit updates every 1s forever as u | map(|(k, n)| format!("updates {k} {n}")) | print
        }.test().partitions(1).workers(workers).checkpoint(dir.path());
        test.feed("rates", ["0 a 2", "1000 a 3"]);
        test.feed("orders", ["500 a 10", "1000 a 10", "1500 a 10"]);
        test.restart().unwrap();
        test.feed("rates", ["2000 a 4"]);
        test.restart().unwrap();
        let mut rows = test.rows();
        test.feed("orders", ["9000 b 1"]);
        test.feed("rates", ["9000 b 1"]);
        test.advance(SECOND);
        rows.extend(test.rows());
        rows.sort();
        assert_eq!(
            rows,
            [
                "scan a 20",
                "scan a 50",
                "scan a 80",
                "session a 80",
                "sliding a 20",
                "sliding a 50",
                "sliding a 60",
                "timer a 1500 80",
                "timer a 2000 80",
                "timer a 2500 80",
                "updates a 3"
            ],
            "{workers}"
        );
    }
}

#[test]
fn retimed_behind_session() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            from kafka("in") | map(|l| timed(l)?) | event_time(|(at, _, _)| *at) lag 1ms | map(|(at, k, n)| (k, (at, n)))
                | aggregate_by_key((0i64, 0u64), |(a, n), (at, m)| (a.max(at), n + m), |a, b| (a.0.max(b.0), a.1 + b.1)) over session 1s late drop as s
                | event_time(|(_, (at, _))| *at) lag 1ms
                | map(|(k, (_, n))| (k.to_owned(), n))
                | reduce_by_key(+) over tumbling 10s late drop as w | map(|(k, n)| format!("{k} {n}")) | print
        }.test().partitions(1).workers(workers);
        test.feed("in", ["0 a 1", "100 a 2", "200 b 4", "5000 a 8"]);
        test.feed("in", ["20000 a 16"]);
        test.feed("in", ["40000 a 16"]);
        test.expect(["a 11", "b 4"]);
    }
}

#[test]
fn idle_topics() {
    for workers in [1, 4] {
        let mut test = stream_job! {
        let rights = from kafka("right") | map(|l| timed(l)?) | event_time(|(at, _, _)| *at) lag 1ms idle 5s | map(|(_, k, n)| (k, n));
        let lefts = from kafka("left") | map(|l| timed(l)?) | event_time(|(at, _, _)| *at) lag 1ms idle 5s | map(|(_, k, n)| (k, n));
        lefts | left_join(rights) within -1s..+1s late drop as w | map(|(k, (l, r))| format!("within {k} {l} {r:?}")) | print;
        lefts | full_join(rights) over tumbling 1s late drop as o | map(|(k, (l, r))| format!("over {k} {l:?} {r:?}")) | print;
        union(lefts, rights) | reduce_by_key(+) over session 1s late drop as s | map(|(k, n)| format!("session {k} {n}")) | print
    }.test().workers(workers);
        test.feed_partition("left", 0, ["0 a 1"]);
        test.feed_partition("left", 0, ["9000 a 1"]);
        test.expect([] as [&str; 0]);
        test.advance(SECOND * 3);
        test.feed_partition("left", 0, ["9500 b 1"]);
        test.expect([] as [&str; 0]);
        test.advance(SECOND * 3);
        test.expect(["within a 1 None", "over a Some(1) None", "session a 1"]);
    }
}

#[test]
fn tables_of_records() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            let names = from kafka("names") as Record | map(|r| (std::str::from_utf8(r.key?)?.to_owned(), r.value.map(|v| String::from_utf8_lossy(v).into_owned()))) | table ttl 1h as names;
            from kafka("in") | map(|l| { let (_, k, n) = timed(l)?; (k, n) }) | left_join(names) | map(|(k, (n, name))| (name.unwrap_or_else(|| k.to_owned()), n)) | reduce_by_key(+) every 500s | top(1) every 500s | map(|(k, n)| format!("{k} {n}")) | print
        }.test().workers(workers);
        test.feed_keyed("names", [("a", "Ann"), ("b", "Bob")]);
        test.feed("in", ["0 a 1", "0 a 2", "0 b 1", "0 c 1"]);
        test.advance(SECOND * 500);
        test.expect(["Ann 3"]);
        test.advance(SECOND * 4500);
        test.feed("in", ["0 a 1"]);
        test.advance(SECOND * 500);
        test.expect(["a 1"]);
    }
}

#[test]
fn self_join_three_ways() {
    for workers in [1, 4] {
        let mut test = stream_job! {
            let items = from kafka("in") | map(|l| timed(l)?) | event_time(|(at, _, _)| *at) lag 1ms | map(|(_, k, n)| (k, n));
            items | join(items) within 0s..+100ms late drop as one | map(|(k, (a, b))| (k.to_owned(), a * 10 + b)) | join(items) within +1ms..+100ms late drop as two | map(|(k, (ab, c))| format!("{k} {ab} {c}")) | print;
            items | anti_join(items) within +1ms..+100ms late drop as alone | map(|(k, n)| format!("last {k} {n}")) | print
        }.test().partitions(1).workers(workers);
        test.feed("in", ["0 a 1", "50 a 2", "120 a 3"]);
        test.expect(["a 11 2", "a 12 3", "a 22 3"]);
        test.feed("in", ["9000 z 1"]);
        test.expect(["last a 3"]);
    }
}
