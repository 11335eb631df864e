//! The options of `from kafka(…)`: from where, how far, and how fast topics are read.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use streamflow::{Code, Job, NewRecord, RunConfig, StopSignal, Topics, stream_job};

/// Two partitions with the values 0 to 9 and 100 to 109, a second apart.
fn topics() -> Arc<Topics> {
    let topics = Arc::new(Topics::creating(2).unbounded());
    for partition in [0, 1] {
        for n in 0..10 {
            let value = (100 * partition + n).to_string();
            let record = NewRecord::of_value(value.as_bytes());
            let at_ms = 1_000 * i64::from(n);
            topics
                .append("in", Some(partition), at_ms, [record])
                .expect("the topic has the partition");
        }
    }
    topics
}

/// What a job has seen.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<u32>>>);

impl Seen {
    fn note(&self, line: &str) {
        let number = line.parse().expect("a number");
        self.0.lock().expect("nobody panicked").push(number);
    }

    fn taken(&self) -> Vec<u32> {
        let mut seen = std::mem::take(&mut *self.0.lock().expect("nobody panicked"));
        seen.sort_unstable();
        seen
    }
}

fn run(job: &Job<'_>, topics: &Arc<Topics>, change: impl FnOnce(&mut RunConfig)) -> Option<Code> {
    let mut config = RunConfig {
        parallelism: 2,
        ..RunConfig::of(job.plan()).expect("the defaults are fine")
    };
    change(&mut config);
    job.run_on(Arc::clone(topics), config, StopSignal::new())
        .err()
        .map(|error| error.code())
}

#[test]
fn ranges_of_offsets_are_read_and_nothing_else() {
    let seen = Seen::default();
    let noted = &seen;
    let job = || {
        stream_job! {
            from kafka("in", offsets: {0: 2..5, 1: ..=1}) | for_each(|line| noted.note(line))
        }
    };
    assert_eq!(run(&job(), &topics(), |_| {}), None);
    assert_eq!(seen.taken(), [2, 3, 4, 100, 101]);
    let job = stream_job! {
        from kafka("in", offsets: {1: 8..10}) | for_each(|line| noted.note(line))
    };
    assert_eq!(run(&job, &topics(), |_| {}), None);
    assert_eq!(seen.taken(), [108, 109]);
}

#[test]
fn range_that_begins_behind_the_log_is_refused() {
    let job = stream_job! { from kafka("in", offsets: {0: 11..20}) | to null };
    assert_eq!(run(&job, &topics(), |_| {}), Some(Code::OffsetOutOfRange));
}

#[test]
fn job_ends_where_its_topics_ended_when_it_started() {
    let seen = Seen::default();
    let noted = &seen;
    let job = stream_job! {
        from kafka("in", start: timestamp "1970-01-01T00:00:08Z", until: caught_up)
            | for_each(|line| noted.note(line))
    };
    assert_eq!(run(&job, &topics(), |_| {}), None);
    assert_eq!(seen.taken(), [8, 9, 108, 109]);
}

#[test]
fn start_is_for_what_nothing_is_remembered_of_and_the_command_line_goes_before_it() {
    let seen = Seen::default();
    let noted = &seen;
    let topics = topics();
    let job = || {
        stream_job! {
            from kafka("in", start: latest, until: caught_up) | for_each(|line| noted.note(line))
        }
    };
    assert_eq!(run(&job(), &topics, |_| {}), None);
    assert_eq!(seen.taken(), [0; 0]);
    // Where the first run has ended is remembered.
    topics
        .append("in", Some(0), 0, [NewRecord::of_value(b"7")])
        .unwrap();
    assert_eq!(run(&job(), &topics, |_| {}), None);
    assert_eq!(seen.taken(), [7]);
    let from = streamflow::From::Earliest;
    assert_eq!(run(&job(), &topics, |config| config.from = from), None);
    assert_eq!(seen.taken().len(), 21);
}

#[test]
fn range_goes_on_where_the_checkpoint_ends() {
    let dir = tempfile::tempdir().unwrap();
    let seen = Seen::default();
    let noted = &seen;
    let topics = Arc::new(Topics::creating(1).unbounded());
    let add = |values: &[&str]| {
        let records = values
            .iter()
            .map(|value| NewRecord::of_value(value.as_bytes()));
        topics.append("in", Some(0), 0, records).unwrap();
    };
    let job = || {
        stream_job! {
            job ranged
            from kafka("in", offsets: {0: 1..4}) | for_each(|line| noted.note(line))
        }
    };
    add(&["0", "1", "2"]);
    let short = |config: &mut RunConfig| {
        config.checkpoint = Some(dir.path().to_owned());
        config.run_for = Some(Duration::from_millis(300));
    };
    assert_eq!(run(&job(), &topics, short), None);
    assert_eq!(seen.taken(), [1, 2]);
    add(&["3", "4"]);
    let whole = |config: &mut RunConfig| config.checkpoint = Some(dir.path().to_owned());
    assert_eq!(run(&job(), &topics, whole), None);
    assert_eq!(seen.taken(), [3]);
}

#[test]
fn next_batch_waits_until_the_rate_allows_it() {
    let topics = Arc::new(Topics::creating(1).unbounded());
    let add = || {
        let records = (0..50).map(|_| NewRecord::of_value(b"1"));
        topics.append("in", Some(0), 0, records).unwrap();
    };
    add();
    add();
    let job = stream_job! {
        from kafka("in", max_rate: 1_000/s, until: caught_up) | count every 1h | to null
    };
    let began = Instant::now();
    assert_eq!(run(&job, &topics, |config| config.parallelism = 1), None);
    // One batch at once, and what it is worth in front of the next one or of the end.
    assert!(began.elapsed() >= Duration::from_millis(50));
}
