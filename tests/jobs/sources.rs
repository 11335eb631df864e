//! Where records come from, besides topics.

use std::io::Write;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use streamflow::{RunConfig, StopSignal, Until, stream_job};

use crate::SECOND;

#[test]
fn iter_ends_with_its_last_item() {
    let mut test = stream_job! {
        from iter(vec![("a", 1u64), ("b", 2), ("a", 3)]) | reduce_by_key(+) every 1h | print
    }
    .test();
    test.expect(["(a,4)", "(b,2)"]);
    test.finish().unwrap();
}

#[test]
fn iter_borrows_what_outlives_the_job() {
    let lines = ["x".to_owned(), "yz".to_owned()];
    let total = &Mutex::new(0);
    stream_job! {
        from iter(lines.iter()) | for_each(|line| { *total.lock().unwrap() += line.len(); })
    }
    .run()
    .unwrap();
    assert_eq!(*total.lock().unwrap(), 3);
}

#[test]
fn generate_makes_items_at_its_rate() {
    let mut test = stream_job! { from generate(100/s, |n| n % 3) | count every 1s | print }.test();
    test.advance(SECOND);
    test.rows();
    test.advance(SECOND);
    test.expect(["100"]);
}

#[test]
fn files_are_read_line_by_line_and_watched() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a.csv"), "1\n2\n").unwrap();
    std::fs::write(dir.path().join("b.csv"), "3\r\n4").unwrap();
    std::fs::write(dir.path().join("c.txt"), "5\n").unwrap();
    let pattern = dir.path().join("*.csv").display().to_string();
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = Arc::clone(&seen);
    let job = stream_job! {
        from files(&pattern) | for_each(|line| { kept.lock().unwrap().push(line.to_owned()); })
    };
    let config = RunConfig {
        until: Until::CaughtUp,
        ..RunConfig::of(job.plan()).unwrap()
    };
    job.run_with(config, StopSignal::new()).unwrap();
    let mut seen = seen.lock().unwrap().clone();
    seen.sort();
    assert_eq!(seen, ["1", "2", "3", "4"]);
}

#[test]
fn socket_is_read_until_its_peer_closes_it() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let peer = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"one two\nthree\n").unwrap();
    });
    let words = &Mutex::new(0);
    stream_job! {
        from socket(&address)
            | flat_map(|line| line.split(' '))
            | for_each(|_| { *words.lock().unwrap() += 1; })
    }
    .run()
    .unwrap();
    peer.join().unwrap();
    assert_eq!(*words.lock().unwrap(), 3);
}

#[test]
fn run_ends_by_itself_when_its_time_is_over() {
    let job = stream_job! { from generate(10/s, |n| n) | to null };
    let config = RunConfig {
        run_for: Some(Duration::from_millis(50)),
        ..RunConfig::of(job.plan()).unwrap()
    };
    job.run_with(config, StopSignal::new()).unwrap();
}
