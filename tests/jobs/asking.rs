//! Stages that wait for answers: `map_async` and `lookup`.

use std::collections::BTreeMap;
use std::future;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use streamflow::{stream_job, stream_test};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Barrier;

use crate::SECOND;

/// As long as a test may take that waits for something that never comes.
const SHORT: Duration = Duration::from_millis(1);

async fn length(text: &str) -> usize {
    tokio::time::sleep(SHORT).await;
    text.len()
}

/// What a service knows.
#[derive(Debug, Default)]
struct Service {
    users: BTreeMap<String, u64>,
    asked: Mutex<Vec<String>>,
}

impl Service {
    fn of<const N: usize>(users: [(&str, u64); N]) -> Self {
        Service {
            users: users.map(|(user, age)| (user.to_owned(), age)).into(),
            asked: Mutex::default(),
        }
    }

    async fn age(&self, user: &str) -> Option<u64> {
        tokio::time::sleep(SHORT).await;
        self.asked.lock().expect("no panic").push(user.to_owned());
        self.users.get(user).copied()
    }

    async fn age_or_error(&self, user: &str) -> Result<u64, String> {
        let age = self.age(user).await;
        age.ok_or_else(|| format!("nobody is called {user}"))
    }

    /// Who has been asked for since the last time, in no order.
    fn asked(&self) -> Vec<String> {
        let mut asked = std::mem::take(&mut *self.asked.lock().expect("no panic"));
        asked.sort();
        asked
    }
}

#[test]
fn answer_takes_the_place_of_the_item() {
    let mut test = stream_job! {
        from kafka("in") | map_async(|line| length(line)) | print;
    }
    .test()
    .partitions(1);
    test.feed("in", ["a", "bb", "ccc"]);
    test.expect_in_order(["1", "2", "3"]);
}

#[test]
fn function_may_have_a_name() {
    let mut test = stream_job! {
        from kafka("in") | map_async(length) | print;
    }
    .test();
    test.feed("in", ["a", "bb"]);
    test.expect(["1", "2"]);
}

#[test]
fn closure_waits_and_only_looks_at_what_is_around_it() {
    let service = Service::of([("ann", 30), ("bob", 40)]);
    let mut test = stream_job! {
        from kafka("in")
            | map_async(async |user| {
                let age = service.age(user).await?;
                let more = async { 1 }.await;
                format!("{user} {}", age + more)
            }) else skip
            | print;
    }
    .test();
    test.feed("in", ["ann", "bob", "eve"]);
    test.expect(["ann 31", "bob 41"]);
}

#[test]
fn async_blocks_and_async_closures_are_alike() {
    let service = Service::of([("ann", 30)]);
    let mut test = stream_job! {
        let users = from kafka("in");
        users | map_async(|user| async move { service.age(user).await.unwrap_or(0) }) | print;
        users | map_async(|user| {
            let user = user.to_uppercase();
            async move { user.len() }
        }) | print;
        users | map_async(async |user| -> usize { if user.is_empty() { return 0; } user.len() }) | print
    }
    .test()
    .partitions(1);
    test.feed("in", ["ann", "eve"]);
    test.expect(["30", "0", "3", "3", "3", "3"]);
}

#[test]
fn results_and_options_meet_the_policy() {
    let service = Service::of([("ann", 30)]);
    let mut test = stream_job! {
        job answers
        let users = from kafka("in");
        users | map_async(|user| service.age(user)) else default(1) | map(|n| format!("option {n}")) | print;
        users | map_async(|user| service.age_or_error(user)) else skip | map(|n| format!("result {n}")) | print;
        users | map_async(async |user| service.age_or_error(user).await) else default(2)
            | map(|n| format!("async {n}")) | print;
        users | map_async(async |user| Ok(service.age_or_error(user).await? + 1)) else default(3)
            | map(|n| format!("ok {n}")) | print;
        users | map_async(async |user| { if user == "ann" { Err("not her") } else { Ok(user.len()) } })
            else skip | map(|n| format!("branches {n}")) | print;
        users | map_async(|user| { let (_, rest) = user.split_once('n')?; length(rest) }) else skip
            | map(|n| format!("in front {n}")) | print
    }
    .test()
    .partitions(1);
    test.feed("in", ["ann", "eve"]);
    test.expect([
        "option 30",
        "option 1",
        "result 30",
        "async 30",
        "async 2",
        "ok 31",
        "ok 3",
        "branches 3",
        "in front 1",
    ]);
}

#[test]
fn futures_may_use_sockets() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // A service that answers each line with its length.
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut line = String::new();
            stream.read_line(&mut line).unwrap();
            let answer = format!("{}\n", line.trim_end().len());
            stream.get_mut().write_all(answer.as_bytes()).unwrap();
        }
    });
    let mut test = stream_job! {
        from kafka("in")
            | map_async(async |line| {
                let mut stream = TcpStream::connect(address).await?;
                stream.write_all(format!("{line}\n").as_bytes()).await?;
                let mut answer = String::new();
                stream.read_to_string(&mut answer).await?;
                answer.trim_end().parse::<usize>()?
            }) concurrency 4 timeout 10s
            | print;
    }
    .test()
    .partitions(1);
    test.feed("in", ["a", "bb", "ccc", "dddd", "eeeee", "ffffff"]);
    test.expect_in_order(["1", "2", "3", "4", "5", "6"]);
}

#[test]
fn many_are_waited_for_at_a_time() {
    // Nobody goes on before all have come.
    let all = Barrier::new(50);
    let mut test = stream_job! {
        from kafka("in") | map_async(async |line| { all.wait().await; line.len() }) concurrency 50 | sum every 1s | print;
    }
    .test()
    .partitions(1);
    test.feed("in", vec!["ab"; 50]);
    test.advance(SECOND);
    test.expect(["100"]);
}

#[test]
fn no_more_than_that_are_waited_for() {
    let (now, most) = (AtomicU64::new(0), AtomicU64::new(0));
    let mut test = stream_job! {
        from kafka("in")
            | map_async(async |_| {
                most.fetch_max(now.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
                tokio::time::sleep(SHORT).await;
                now.fetch_sub(1, Ordering::Relaxed);
                most.load(Ordering::Relaxed)
            }) concurrency 3
            | max every 1s | print;
    }
    .test()
    .partitions(1);
    test.feed("in", vec!["a"; 40]);
    test.advance(SECOND);
    test.expect(["3"]);
}

#[test]
fn items_go_on_in_their_order_or_in_that_of_the_answers() {
    let mut test = stream_job! {
        job orders
        let waits = from kafka("in") | map(|line| line.parse::<u64>()?);
        waits | map_async(async |ms| { tokio::time::sleep(Duration::from_millis(ms)).await; ms }) ordered
            | map(|ms| format!("ordered {ms}")) | print;
        waits | map_async(async |ms| { tokio::time::sleep(Duration::from_millis(ms)).await; ms }) unordered
            | map(|ms| format!("unordered {ms}")) | print
    }
    .test()
    .partitions(1);
    test.feed("in", ["400", "1"]);
    test.expect_in_order(["ordered 400", "ordered 1", "unordered 1", "unordered 400"]);
}

#[test]
fn answer_that_does_not_come_in_time_meets_the_policy() {
    let mut test = stream_job! {
        from kafka("in")
            | map_async(async |line| {
                if line == "b" { future::pending::<()>().await; }
                line.to_owned()
            }) timeout 20ms else to(slow)
            | print;
        slow | map(|line| format!("{line} is slow")) | print
    }
    .test()
    .partitions(1);
    test.feed("in", ["a", "b", "c"]);
    test.expect(["a", "b is slow", "c"]);
}

#[test]
fn missing_answer_ends_the_job_with_its_place_and_its_stage() {
    let mut test = stream_job! {
        from kafka("in")
            | map_async(async |line| { if line == "b" { future::pending::<()>().await; } line.len() }) timeout 20ms
            | print;
    }
    .test();
    test.feed_partition("in", 2, ["a", "b"]);
    let error = test.finish().unwrap_err().one_line();
    assert!(error.contains("no answer within 20ms"), "{error}");
    assert!(error.contains("`in`[2] at offset 1"), "{error}");
    assert!(
        error.contains("map_async") && error.contains("else skip"),
        "{error}"
    );
}

#[test]
fn panic_in_a_future_names_the_item() {
    let mut test = stream_job! {
        from kafka("in") | map_async(async |line| { assert!(length(line).await < 2, "too long"); 1 }) | print;
    }
    .test();
    test.feed_partition("in", 1, ["a", "bb"]);
    let error = test.finish().unwrap_err().one_line();
    assert!(error.contains("too long"), "{error}");
    assert!(error.contains("`in`[1] at offset 1"), "{error}");
}

#[test]
fn question_is_asked_again() {
    let calls = AtomicU64::new(0);
    let mut test = stream_job! {
        from kafka("in")
            | map_async(async |line| {
                let call = calls.fetch_add(1, Ordering::Relaxed);
                if call < 2 { return Err(format!("call {call}")); }
                Ok((line, call))
            }) else retry 3 backoff 1s..10s
            | print;
    }
    .test();
    test.feed("in", ["a"]);
    test.expect(["(a,2)"]);
}

#[test]
fn items_without_an_answer_are_dead_letters() {
    let asked = Arc::new(Service::of([("ann", 30)]));
    let service = Arc::clone(&asked);
    let mut test = stream_job! {
        from kafka("in")
            | map_async(|user| service.age_or_error(user)) else retry 1 backoff 1s..1s dead_letter("bad")
            | print;
    }
    .test()
    .partitions(1);
    test.feed("in", ["ann", "eve"]);
    test.expect(["30"]);
    let letters = test.dead_letters("bad");
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].error, "nobody is called eve");
    assert_eq!(asked.asked(), ["ann", "eve", "eve"]);
}

#[test]
fn items_keep_their_time_and_meet_windows() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| { let (second, page) = line.split_once(' ')?; (second.parse::<i64>()?, page) })
            | event_time(|(second, _)| second * 1_000) lag 1ms
            | map_async(async |(_, page)| (page.to_owned(), length(page).await as u64))
            | reduce_by_key(+) over tumbling 10s late drop as lengths
            | print
    }
    .test()
    .partitions(1);
    test.feed("in", ["1 /a", "2 /bc", "9 /a", "12 /a", "21 /a"]);
    test.expect(["(/a,4)", "(/bc,3)", "(/a,2)"]);
}

#[test]
fn answers_can_give_the_time() {
    let mut test = stream_job! {
        from kafka("in")
            | map_async(async |line| { tokio::time::sleep(SHORT).await; line.parse::<i64>()? })
            | event_time(|second| *second * 1_000) lag 1ms
            | count over tumbling 10s late drop as n
            | print
    }
    .test()
    .partitions(1);
    test.feed("in", ["1", "2", "12", "25"]);
    test.expect(["2", "1"]);
}

#[test]
fn results_of_intervals_are_asked_about() {
    let service = Service::of([("ann", 30)]);
    let mut test = stream_job! {
        from kafka("in")
            | map(|user| (user, 1u64))
            | reduce_by_key(+) every 1s
            | map_async(async |(user, n)| {
                let age = service.age(user).await.unwrap_or(0);
                format!("{user} {age} {n}")
            })
            | print
    }
    .test();
    test.feed("in", ["ann", "eve", "ann"]);
    test.advance(SECOND);
    test.expect(["ann 30 2", "eve 0 1"]);
}

#[test]
fn answer_stands_beside_the_value_of_its_key() {
    let service = Service::of([("ann", 30), ("bob", 40)]);
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| line.split_once(',')?)
            | lookup(|user| service.age(user)) else skip
            | map(|(user, (page, age))| format!("{user} {page} {age}"))
            | print
    }
    .test()
    .partitions(1);
    test.feed("in", ["ann,/a", "eve,/b", "bob,/c"]);
    test.expect(["ann /a 30", "bob /c 40"]);
}

#[test]
fn key_is_asked_for_once_and_remembered_until_its_time_is_over() {
    let asked = Arc::new(Service::of([("ann", 30), ("bob", 40)]));
    let service = Arc::clone(&asked);
    let mut test = stream_job! {
        from kafka("in")
            | key_by(|user| *user)
            | lookup(|user| service.age(user)) cache 100 ttl 5s else default(0)
            | map(|(_, (_, age))| age)
            | print
    }
    .test()
    .partitions(1);
    test.feed("in", ["ann", "bob", "ann", "eve"]);
    test.expect(["30", "40", "30", "0"]);
    assert_eq!(asked.asked(), ["ann", "bob", "eve"]);
    test.feed("in", ["ann", "eve"]);
    test.expect(["30", "0"]);
    assert_eq!(
        asked.asked(),
        [] as [&str; 0],
        "that nobody is eve is remembered too"
    );
    test.advance(5 * SECOND);
    test.feed("in", ["ann"]);
    test.expect(["30"]);
    assert_eq!(asked.asked(), ["ann"]);
}

#[test]
fn what_is_found_is_told_in_every_shape() {
    let mut test = stream_job! {
        job shapes
        let users = from kafka("in") | key_by(|user| *user);
        users | lookup(async |user| { if user == "ann" { Some(1) } else { None } }) else default(0)
            | map(|(user, (_, n))| format!("option {user} {n}")) | print;
        users | lookup(async |user| Ok(length(user).await + user.parse::<usize>().unwrap_or(1))) else skip
            | map(|(user, (_, n))| format!("ok {user} {n}")) | print;
        users | lookup(async |user| { if user == "ann" { Ok(Some(2)) } else { Err("nobody") } }) else default(0)
            | map(|(user, (_, n))| format!("both {user} {n}")) | print;
        users | lookup(async |user| { length(user).await }) | map(|(user, (_, n))| format!("value {user} {n}")) | print
    }
    .test()
    .partitions(1);
    test.feed("in", ["ann", "ed"]);
    test.expect([
        "option ann 1",
        "option ed 0",
        "ok ann 4",
        "ok ed 3",
        "both ann 2",
        "both ed 0",
        "value ann 3",
        "value ed 2",
    ]);
}

#[test]
fn errors_are_not_remembered() {
    let calls = AtomicU64::new(0);
    let mut test = stream_job! {
        from kafka("in")
            | key_by(|line| line.len())
            | lookup(async |_| {
                match calls.fetch_add(1, Ordering::Relaxed) {
                    0 => Err("away"),
                    call => Ok(Some(call)),
                }
            }) cache 100 else skip
            | values
            | print
    }
    .test()
    .partitions(1);
    test.feed("in", ["a", "b"]);
    test.expect([] as [&str; 0]);
    test.feed("in", ["c", "d"]);
    test.expect(["(c,1)", "(d,1)"]);
}

#[test]
fn keys_without_an_answer_go_elsewhere() {
    let service = Service::of([("ann", 30)]);
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| line.split_once(',')?)
            | lookup(|user| service.age(user)) else to(strangers)
            | map(|(user, (page, age))| format!("{user} {page} {age}"))
            | print;
        strangers | map(|(user, page)| format!("who is {user} at {page}?")) | print
    }
    .test()
    .partitions(1);
    test.feed("in", ["ann,/a", "eve,/b"]);
    test.expect(["ann /a 30", "who is eve at /b?"]);
}

#[stream_test(crash = every)]
fn no_item_is_lost_where_the_job_is_killed() {
    let mut test = stream_job! {
        job asking
        let lines = from kafka("in");
        lines | map_async(|line| length(line)) | map(|n| (n, 1u64)) | reduce_by_key(+) running forever as lengths
            | print;
        lines | key_by(|line| line.len()) | lookup(async |n| length("ab").await + n) cache 10 | values | print
    }
    .test()
    .workers(2);
    test.feed("in", ["a", "bb", "a"]);
    test.expect(["(1,1)", "(2,1)", "(1,2)", "(a,3)", "(bb,4)", "(a,3)"]);
}
