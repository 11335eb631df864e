//! Sources and sinks of a user's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use streamflow::custom::{
    self, CustomReader, CustomSink, CustomSource, CustomWriter, Progress, WriteItem,
};
use streamflow::{Code, stream_job};

use crate::SECOND;

/// `n` numbers in each of so many partitions, three at a time.
struct Numbers {
    partitions: usize,
    n: i64,
    ends_with: Progress,
}

struct Counting {
    next: i64,
    n: i64,
    ends_with: Progress,
}

impl CustomSource for Numbers {
    type Reader = Counting;

    fn partitions(&self) -> custom::Result<Vec<String>> {
        Ok((0..self.partitions).map(|n| format!("part {n}")).collect())
    }

    fn open(&self, partition: &str, offset: i64) -> custom::Result<Counting> {
        partition.strip_prefix("part ").ok_or("no such partition")?;
        Ok(Counting {
            next: offset,
            n: self.n,
            ends_with: self.ends_with,
        })
    }
}

impl CustomReader for Counting {
    type Item = i64;

    fn poll(&mut self, wait: Duration, items: &mut Vec<(i64, i64)>) -> custom::Result<Progress> {
        let end = self.n.min(self.next + 3);
        items.extend((self.next..end).map(|n| (n, n)));
        self.next = end;
        if self.next < self.n {
            return Ok(Progress::More);
        }
        if items.is_empty() {
            std::thread::sleep(wait.min(Duration::from_millis(1)));
        }
        Ok(self.ends_with)
    }
}

/// Sends what it is given when it is flushed.
struct Told(Sender<Vec<i64>>, Arc<AtomicBool>);

struct Telling(Vec<i64>, Sender<Vec<i64>>, Arc<AtomicBool>);

impl CustomSink for Told {
    type Writer = Telling;

    fn open(&self, _worker: usize) -> custom::Result<Telling> {
        Ok(Telling(Vec::new(), self.0.clone(), Arc::clone(&self.1)))
    }
}

impl CustomWriter for Telling {
    fn flush(&mut self) -> custom::Result<()> {
        if self.2.load(Ordering::Relaxed) {
            return Err("the other side is away".into());
        }
        Ok(self.1.send(std::mem::take(&mut self.0))?)
    }
}

impl WriteItem<i64> for Telling {
    fn write(&mut self, n: i64) -> custom::Result<()> {
        self.0.push(n);
        Ok(())
    }
}

#[test]
fn all_partitions_of_a_source_are_read() {
    for workers in [1, 3] {
        let (tx, rx) = channel();
        let fails = Arc::new(AtomicBool::new(false));
        let source = Numbers {
            partitions: 4,
            n: 10,
            ends_with: Progress::Ended,
        };
        let mut test =
            stream_job! { from custom(source) | map(|n| n * 2) | to custom(Told(tx, fails)) }
                .test()
                .workers(workers);
        test.advance(SECOND);
        test.finish().unwrap();
        let mut seen: Vec<i64> = rx.try_iter().flatten().collect();
        seen.sort_unstable();
        let all: Vec<i64> = (0..10).flat_map(|n| [n * 2; 4]).collect();
        assert_eq!(seen, all, "{workers} workers");
    }
}

#[test]
fn a_source_goes_on_behind_the_checkpoint() {
    let dir = tempfile::tempdir().unwrap();
    // Checkpoints know a source by how it is written.
    let job = |n| {
        let numbers = Numbers {
            partitions: 2,
            n,
            ends_with: Progress::CaughtUp,
        };
        stream_job! { job numbers from custom(numbers) | count every 1s | print }
    };
    let mut test = job(4).test().checkpoint(dir.path());
    test.advance(SECOND);
    test.expect(["8"]);
    test.restart_as(job(5)).unwrap();
    test.advance(SECOND);
    test.expect(["2"]);
}

#[test]
fn a_sink_that_fails_ends_the_job_in_front_of_the_checkpoint() {
    let dir = tempfile::tempdir().unwrap();
    let (tx, rx) = channel();
    let fails = Arc::new(AtomicBool::new(true));
    let job = |tx: &Sender<Vec<i64>>| {
        let source = Numbers {
            partitions: 1,
            n: 3,
            ends_with: Progress::CaughtUp,
        };
        let sink = Told(tx.clone(), Arc::clone(&fails));
        stream_job! { job told from custom(source) | to custom(sink) }
    };
    let mut test = job(&tx).test().checkpoint(dir.path());
    test.advance(SECOND);
    let error = test.finish().unwrap_err();
    assert_eq!(error.code(), Code::OutputUnreachable);
    let text = error.one_line();
    assert!(text.contains("the other side is away"), "{text}");
    fails.store(false, Ordering::Relaxed);
    let mut test = job(&tx).test().checkpoint(dir.path());
    test.advance(SECOND);
    test.finish().unwrap();
    assert_eq!(rx.try_iter().flatten().collect::<Vec<_>>(), [0, 1, 2]);
}

#[test]
fn a_source_that_fails_says_where() {
    struct Broken;
    struct Breaking;

    impl CustomSource for Broken {
        type Reader = Breaking;

        fn partitions(&self) -> custom::Result<Vec<String>> {
            Ok(vec!["shelf".to_owned()])
        }

        fn open(&self, _partition: &str, _offset: i64) -> custom::Result<Breaking> {
            Ok(Breaking)
        }
    }

    impl CustomReader for Breaking {
        type Item = u64;

        fn poll(
            &mut self,
            _wait: Duration,
            _items: &mut Vec<(i64, u64)>,
        ) -> custom::Result<Progress> {
            Err("nobody is there".into())
        }
    }

    let error = stream_job! { from custom(Broken) | print }
        .run()
        .unwrap_err();
    assert_eq!(error.code(), Code::InputUnreachable);
    let text = error.one_line();
    assert!(text.contains("`shelf` at item 0"), "{text}");
    assert!(text.contains("nobody is there"), "{text}");
}
