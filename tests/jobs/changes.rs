//! What happens to kept state when the job that keeps it changes.

use serde::{Deserialize, Serialize};
use streamflow::testing::JobTest;
use streamflow::{Code, Job, stream_job};

use crate::SECOND;

/// A job that has been fed, in the middle of its interval.
fn fed(dir: &tempfile::TempDir, job: Job<'static>, lines: &[&str]) -> JobTest {
    // Several workers would each keep a share of a key, to be migrated by itself.
    let mut test = job.test().workers(1).checkpoint(dir.path());
    test.feed("in", lines);
    test
}

/// What is said when another version of the job does not go on.
#[track_caller]
fn refusal(test: &mut JobTest, job: Job<'static>) -> String {
    let error = test
        .restart_as(job)
        .expect_err("the checkpoint does not fit");
    assert_eq!(error.code(), Code::IncompatibleState, "{error}");
    error.one_line()
}

/// Two versions of a struct of the same name.
mod before {
    use super::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize)]
    pub(super) struct Totals {
        pub(super) clicks: u64,
        pub(super) pages: u64,
    }
}

mod after {
    use super::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize)]
    pub(super) struct Totals {
        pub(super) pages: u64,
        pub(super) clicks: u64,
    }
}

#[test]
fn struct_whose_fields_have_changed_places_is_refused_with_both_layouts() {
    let dir = tempfile::tempdir().unwrap();
    let first = stream_job! {
        job swapped
        from kafka("in")
            | map(|line| (line, before::Totals { clicks: 1, pages: 2 }))
            | reduce_by_key(|a, _| a) every 1m as totals
            | for_each(|(_, t)| { let _ = (t.clicks, t.pages); })
    };
    let mut test = fed(&dir, first, &["a"]);
    let second = stream_job! {
        job swapped
        from kafka("in")
            | map(|line| (line, after::Totals { clicks: 1, pages: 2 }))
            | reduce_by_key(|a, _| a) every 1m as totals
            | for_each(|(_, t)| { let _ = (t.clicks, t.pages); })
    };
    let text = refusal(&mut test, second);
    for part in [
        "`totals` as `keyed str -> Totals { clicks: u64, pages: u64 }`",
        "`keyed str -> Totals { pages: u64, clicks: u64 }`",
        "`state totals migrate v1 -> v2 (|old: Totals| …);`",
        "`drop state totals;`",
    ] {
        assert!(text.contains(part), "{text}");
    }
}

#[derive(Serialize, Deserialize)]
struct Skipping {
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<u8>,
    second: u8,
}

#[test]
fn state_that_cannot_be_read_again_is_refused_when_it_is_saved() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = stream_job! {
        job skipping
        from kafka("in")
            | map(|line| (line, Skipping { first: None, second: 1 }))
            | reduce_by_key(|a, _| a) every 1m
            | for_each(|(_, kept)| { let _ = (kept.first, kept.second); })
    }
    .test()
    .checkpoint(dir.path());
    test.feed("in", ["a"]);
    let error = test.finish().unwrap_err();
    assert_eq!(error.code(), Code::UnsaveableState);
    let text = error.one_line();
    assert!(
        text.contains("`reduce_by_key(|a, _| a) every 1m` (line")
            && text.contains("`keyed str -> Skipping { first: Option<u8>, second: u8 }`"),
        "{text}"
    );
}

#[test]
fn record_that_overflows_one_part_of_a_tuple_is_left_out_of_all_parts() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| ("k", (1u64, line.parse::<u8>()?)))
            | reduce_by_key(+) every 1s else skip
            | map(|(_, (n, sum))| format!("{n} {sum}"))
            | print
    }
    .test()
    .workers(1);
    test.feed_partition("in", 0, ["250", "10", "5"]);
    test.advance(SECOND);
    test.expect(["2 255"]);
}

#[test]
fn unnamed_twin_in_front_does_not_take_over_the_state_of_the_first_one() {
    let dir = tempfile::tempdir().unwrap();
    let two = stream_job! {
        job twins
        let lines = from kafka("in");
        lines | filter(|line| *line == "a") | count every 1m | print;
        lines | filter(|line| *line == "b") | count every 1m | print
    };
    let mut test = fed(&dir, two, &["a", "a", "b"]);
    let three = stream_job! {
        job twins
        let lines = from kafka("in");
        lines | filter(|line| *line == "c") | count every 1m | print;
        lines | filter(|line| *line == "a") | count every 1m | print;
        lines | filter(|line| *line == "b") | count every 1m | print
    };
    let text = refusal(&mut test, three);
    assert!(text.contains("behind other stages"), "{text}");
    let alike = stream_job! {
        job twins
        let lines = from kafka("in");
        lines | filter(|line| *line == "a") | count every 1m | print;
        lines | filter(|line| *line == "b") | count every 1m | print
    };
    test.restart_as(alike).unwrap();
    test.advance(SECOND * 60);
    test.expect(["1", "2"]);
}

#[derive(Serialize, Deserialize)]
struct Visits {
    visits: u64,
    spent: f64,
}

/// Counts as they were first kept: numbers.
fn counts_v1() -> Job<'static> {
    stream_job! {
        job migrated
        from kafka("in") | map(|line| (line, 1u32)) | reduce_by_key(+) every 1m as counts | print
    }
}

fn counts_v2() -> Job<'static> {
    stream_job! {
        job migrated
        state counts migrate v1 -> v2 (|old: u32| (u64::from(old), 0.5));
        from kafka("in")
            | map(|line| (line, (1u64, 0.5)))
            | reduce_by_key(+) every 1m as counts
            | map(|(key, (n, spent))| format!("{key} {n} {spent}"))
            | print
    }
}

fn counts_v3() -> Job<'static> {
    stream_job! {
        job migrated
        state counts migrate v1 -> v2 (|old: u32| (u64::from(old), 0.5));
        state counts migrate v2 -> v3 (|(visits, spent): (u64, f64)| Visits { visits, spent });
        from kafka("in")
            | map(|line| (line, Visits { visits: 1, spent: 0.5 }))
            | reduce_by_key(|a, b| Visits { visits: a.visits + b.visits, spent: a.spent + b.spent })
                every 1m as counts
            | map(|(key, kept)| format!("{key} {} {}", kept.visits, kept.spent))
            | print
    }
}

#[test]
fn migration_brings_every_value_to_the_next_version() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = fed(&dir, counts_v1(), &["a", "b", "a"]);
    test.restart_as(counts_v2()).unwrap();
    test.feed("in", ["a"]);
    test.advance(SECOND * 60);
    test.expect(["a 3 1", "b 1 0.5"]);
}

#[test]
fn chain_of_migrations_begins_at_any_version() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = fed(&dir, counts_v1(), &["a", "a"]);
    test.restart_as(counts_v3()).unwrap();
    test.feed("in", ["a"]);
    // What was migrated is saved as the present version, and not migrated again.
    test.restart_as(counts_v3()).unwrap();
    test.advance(SECOND * 60);
    test.expect(["a 3 1"]);

    let dir = tempfile::tempdir().unwrap();
    let mut test = fed(&dir, counts_v2(), &["a", "a"]);
    test.restart_as(counts_v3()).unwrap();
    test.advance(SECOND * 60);
    test.expect(["a 2 1"]);
}

#[test]
fn state_without_keys_is_migrated_too() {
    let dir = tempfile::tempdir().unwrap();
    let first = stream_job! {
        job single
        from kafka("in") | map(|line| line.len()) | reduce(max) every 1m as longest | print
    };
    let mut test = fed(&dir, first, &["a", "bcd"]);
    let second = stream_job! {
        job single
        state longest migrate v1 -> v2 (|old: usize| "x".repeat(old));
        from kafka("in")
            | map(|line| line.to_owned())
            | reduce(|a, b| if a.len() < b.len() { b } else { a }) every 1m as longest
            | print
    };
    test.restart_as(second).unwrap();
    test.feed("in", ["ab"]);
    test.advance(SECOND * 60);
    test.expect(["xxx"]);
}

#[test]
fn migration_of_another_type_is_refused_with_both_layouts() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = fed(&dir, counts_v1(), &["a"]);
    let second = stream_job! {
        job migrated
        state counts migrate v1 -> v2 (|old: u16| u64::from(old));
        from kafka("in") | map(|line| (line, 1u64)) | reduce_by_key(+) every 1m as counts | print
    };
    let text = refusal(&mut test, second);
    assert!(
        text.contains("`counts` in v1 as `keyed str -> u32`")
            && text.contains("`migrate v1 -> v2` takes `keyed str -> u16`"),
        "{text}"
    );
}

#[test]
fn version_that_nothing_migrates_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = fed(&dir, counts_v1(), &["a"]);
    let third = stream_job! {
        job migrated
        state counts migrate v2 -> v3 (|old: u32| u64::from(old));
        from kafka("in") | map(|line| (line, 1u64)) | reduce_by_key(+) every 1m as counts | print
    };
    let text = refusal(&mut test, third);
    assert!(
        text.contains("in v1, the job keeps v3, and nothing migrates v1")
            && text.contains("`state counts migrate v1 -> v2 (|old: …| …);`"),
        "{text}"
    );
}

#[test]
fn older_job_does_not_take_over_the_state_of_a_newer_one() {
    let dir = tempfile::tempdir().unwrap();
    let newer = stream_job! {
        job cents
        state sums migrate v1 -> v2 (|euros: u64| euros * 100);
        from kafka("in") | map(|line| (line, 100u64)) | reduce_by_key(+) every 1m as sums | print
    };
    let mut test = fed(&dir, newer, &["a"]);
    let older = stream_job! {
        job cents
        from kafka("in") | map(|line| (line, 1u64)) | reduce_by_key(+) every 1m as sums | print
    };
    let text = refusal(&mut test, older);
    assert!(
        text.contains("holds `sums` in v2, and the job knows it up to v1"),
        "{text}"
    );
}

#[test]
fn dropped_state_does_not_keep_a_job_from_going_on() {
    let dir = tempfile::tempdir().unwrap();
    let both = stream_job! {
        job dropping
        let lines = from kafka("in");
        lines | count every 1m as visits | print;
        lines | map(|line| line.len()) | sum every 1m as letters | map(|n| format!("{n} letters")) | print
    };
    let mut test = fed(&dir, both, &["ab", "c"]);
    let one = || {
        stream_job! {
            job dropping
            from kafka("in") | count every 1m as visits | print
        }
    };
    let text = refusal(&mut test, one());
    assert!(
        text.contains("the state `letters`") && text.contains("`drop state letters;`"),
        "{text}"
    );
    let dropping = stream_job! {
        job dropping
        drop state letters;
        from kafka("in") | count every 1m as visits | print
    };
    test.restart_as(dropping).unwrap();
    // The next checkpoint does not hold it any more.
    test.restart_as(one()).unwrap();
    test.advance(SECOND * 60);
    test.expect(["2"]);
}

#[test]
fn state_whose_key_has_changed_cannot_be_migrated() {
    let dir = tempfile::tempdir().unwrap();
    let mut test = fed(&dir, counts_v1(), &["a"]);
    let by_length = stream_job! {
        job migrated
        from kafka("in") | map(|line| (line.len(), 1u32)) | reduce_by_key(+) every 1m as counts | print
    };
    let text = refusal(&mut test, by_length);
    assert!(
        text.contains("`keyed u64 -> u32`") && text.contains("keys cannot be migrated"),
        "{text}"
    );
}
