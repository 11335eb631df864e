//! What `lock` writes for a job. That the compiler reads it as it was meant is shown by the case
//! `job_that_fits` in `tests/ui`, which has the same job and the same lock.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use streamflow::lock::{Locking, Mode};
use streamflow::{Code, Job, stream_job};

#[derive(
    Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, streamflow::Key, streamflow::State,
)]
enum Event {
    Click,
    Buy(u32),
    Ask { word: String },
}

#[derive(Debug, Clone, Serialize, Deserialize, streamflow::State)]
struct Totals {
    #[serde(rename = "visits")]
    count: u64,
    spent: Option<f64>,
    last: (Page, [u8; 4]),
    words: BTreeMap<String, Vec<i8>>,
    #[state(by_name)]
    longest: std::num::NonZero<u8>,
}

#[derive(Debug, Clone, Serialize, Deserialize, streamflow::State)]
struct Page(Box<str>);

fn totals() -> Totals {
    Totals {
        count: 1,
        spent: None,
        last: (Page("/".into()), [0; 4]),
        words: BTreeMap::new(),
        longest: std::num::NonZero::<u8>::MIN,
    }
}

fn locked() -> Job<'static> {
    stream_job! {
        job locked
        let lines = from kafka("in");
        lines | map(|line| (line, totals())) | reduce_by_key(|a, _| a) every 90s as totals | print;
        lines
            | map(|line| match line.len() {
                0 => Event::Click,
                1 => Event::Buy(1),
                _ => Event::Ask { word: line.to_owned() },
            })
            | key_by(|event| event.clone())
            | count_by_key every 1s as events
            | print;
        lines | map(|line| line.len()) | average every 1s as lengths | print;
        lines | map(|line| ((line, 'c'), (1u8, 0.5))) | reduce_by_key(+) every 1s as sums | print;
        lines | map(|line| line.to_owned()) | reduce(|a, _| a) every 1h as first_lines | print;
        state sums migrate v1 -> v2 (|old: u8| (old, 0.5));
        drop state former
    }
}

/// What the file says once the job is locked in it.
fn written(job: &Job<'_>, before: &str) -> String {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("streamflow.lock");
    std::fs::write(&file, before).expect("the file can be written");
    let locking = Locking {
        file: file.clone(),
        mode: Mode::Write,
    };
    job.lock(&locking).expect("the job can be locked");
    std::fs::read_to_string(file).expect("the file can be read")
}

#[test]
fn lock_holds_every_named_state_with_its_version_and_layout() {
    let section = "\
job locked
state events v1 every 1s: keyed enum Event { Click, Buy(u32), Ask { word: str } } -> u64
state first_lines v1 every 1h: single str
state lengths v1 every 1s: single Mean
state sums v2 every 1s: keyed (str, char) -> (u8, f64)
state totals v1 every 1m30s: keyed str -> Totals { visits: u64, spent: Option<f64>, \
last: (Page(str), [u8; 4]), words: {str: [i8]}, longest: type NonZero }
";
    let text = written(&locked(), "");
    assert!(text.ends_with(section), "{text}");
    // The compiler is shown the same lock.
    let shown = include_str!("../ui/cases/lock/streamflow.lock");
    assert!(shown.contains(section), "{section}");
}

#[test]
fn lock_of_another_job_and_of_dropped_state() {
    let before = "job another\nstate a v1 every 1s: single u8\njob locked\nstate former v1 every 1s: single u8\n";
    let text = written(&locked(), before);
    assert!(text.contains("job another\nstate a v1"), "{text}");
    assert!(!text.contains("former"), "{text}");
}

#[test]
fn state_that_cannot_be_locked_says_why() {
    #[derive(Debug, Serialize, Deserialize)]
    struct Plain {
        visits: u64,
    }
    let refusal = |job: Job<'static>| {
        let locking = Locking {
            file: "no/such/directory/streamflow.lock".into(),
            mode: Mode::Write,
        };
        let error = job.lock(&locking).unwrap_err();
        assert_eq!(error.code(), Code::Config);
        error.one_line()
    };
    let text = refusal(stream_job! {
        job plain
        from kafka("in")
            | map(|line| (line, Plain { visits: 1 }))
            | reduce_by_key(|a, b| Plain { visits: a.visits + b.visits }) every 1s as plain
            | print
    });
    assert!(
        text.contains("`plain` cannot be locked: it is `keyed str -> Plain { visits: u64 }`")
            && text.contains("`#[derive(streamflow::State)]`"),
        "{text}"
    );
    let text = refusal(stream_job! { from kafka("in") | count every 1s as counts | print });
    assert!(text.contains("its job has no name"), "{text}");
    let text = refusal(stream_job! { job unnamed from kafka("in") | count every 1s | print });
    assert!(text.contains("no named state to lock"), "{text}");
}

#[test]
fn lock_holds_what_tables_keep_and_what_waits_for_them() {
    let job = stream_job! {
        job values_of_a_table
        let timed = from kafka("a") | event_time(|line| line.len() as u64) lag 5s;
        let prices = timed | map(|line| (line, 1u64)) | table forever as prices;
        timed | map(|line| (line, 1u64)) | join(prices) as_of as orders | print;
        let latest = from kafka("b") | map(|line| (line, 1u64)) | table forever as latest;
        from kafka("c") | map(|line| (line, 1u64)) | scan(0u32, |n, _| n + 1) ttl 1h as seen | join(latest) | print
    };
    let section = "\
job values_of_a_table
state latest v1 item by item: keyed str -> u64
state orders v1 item by item: keyed str -> u64
state prices v1 item by item: keyed str -> [(i64, Option<u64>)]
state seen v1 item by item: keyed str -> u32
";
    let text = written(&job, "");
    assert!(text.ends_with(section), "{text}");
    // The compiler is shown the same lock.
    let shown = include_str!("../ui/cases/lock/streamflow.lock");
    assert!(shown.contains(section), "{section}");
}
