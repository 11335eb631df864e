//! Channels of the program, as sources and as sinks; headers of messages.

use std::sync::mpsc;
use std::thread;

use streamflow::{Code, stream_job};

use crate::SECOND;

#[test]
fn what_comes_through_a_channel_is_read_until_all_senders_are_gone() {
    let (tx, rx) = mpsc::channel();
    let (out, results) = mpsc::channel();
    let writer = thread::spawn(move || {
        for n in 0..5_000u64 {
            tx.send((n % 3, n)).unwrap();
        }
    });
    stream_job! {
        job sums { parallelism: 3 }
        from channel(rx) | reduce_by_key(+) every 1h | to channel(out)
    }
    .run()
    .unwrap();
    writer.join().unwrap();
    let mut sums: Vec<(u64, u64)> = results.iter().collect();
    sums.sort_unstable();
    let of = |key: u64| (0..5_000u64).filter(|n| n % 3 == key).sum();
    assert_eq!(sums, [(0, of(0)), (1, of(1)), (2, of(2))]);
}

#[test]
fn a_test_reads_and_writes_channels_of_the_program() {
    let (tx, rx) = mpsc::sync_channel::<String>(10);
    let (out, results) = mpsc::sync_channel(100);
    let mut test = stream_job! {
        from channel(rx) | map(|line| (line.len(), 1u64)) | reduce_by_key(+) every 1s | to channel(out)
    }
    .test();
    tx.send("ab".to_owned()).unwrap();
    tx.send("cd".to_owned()).unwrap();
    test.advance(SECOND);
    assert_eq!(results.try_iter().collect::<Vec<_>>(), [(2, 2)]);
    drop(tx);
    test.finish().unwrap();
    assert!(results.recv().is_err());
}

#[test]
fn a_job_whose_receiver_is_gone_ends() {
    let (out, results) = mpsc::channel::<u64>();
    drop(results);
    let job = stream_job! { from iter([1u64, 2]) | to channel(out) };
    let error = job.run().unwrap_err();
    assert_eq!(error.code(), Code::OutputUnreachable);
    assert!(
        error
            .to_string()
            .contains("the receiver of `to channel` is gone"),
        "{error}"
    );
}

#[test]
fn messages_have_headers() {
    let mut test = stream_job! {
        let lines = from kafka("in") | map(|line| line.split_once(' ')?);
        lines | to kafka("out", key: |(user, _)| user, value: |(_, page)| page,
            headers: |(user, page)| [("user", user.as_bytes()), ("page", page.as_bytes())]);
        lines | to kafka("sometimes", headers: |(user, _)| (*user == "ada").then(|| ("trace", user.to_string())))
    }
    .test()
    .partitions(1);
    test.feed("in", ["ada /home", "bob /cart", "ada /buy"]);
    let headers_of = |record: &streamflow::TopicRecord| {
        let headers = record.headers.iter();
        let text = |value: &Option<Vec<u8>>| {
            String::from_utf8_lossy(value.as_deref().unwrap_or_default()).into_owned()
        };
        headers
            .map(|(name, value)| format!("{name}={}", text(value)))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let sent: Vec<String> = test.records("out").iter().map(headers_of).collect();
    assert_eq!(
        sent,
        [
            "user=ada page=/home",
            "user=bob page=/cart",
            "user=ada page=/buy"
        ]
    );
    let sent: Vec<String> = test.records("sometimes").iter().map(headers_of).collect();
    assert_eq!(sent, ["trace=ada", "", "trace=ada"]);
}
