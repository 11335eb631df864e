//! What happens to kept state when the job that keeps it changes.

use serde::{Deserialize, Serialize};
use streamflow::testing::JobTest;
use streamflow::{Code, Job, stream_job};

use crate::SECOND;

/// A job that has been fed, in the middle of its interval.
fn fed(dir: &tempfile::TempDir, job: Job<'static>, lines: &[&str]) -> JobTest {
    let mut test = job.test().checkpoint(dir.path());
    test.feed("in", lines);
    test
}

/// What is said when another version of the job does not go on.
#[track_caller]
fn refusal(test: &mut JobTest, job: Job<'static>) -> String {
    let error = test.restart_as(job).unwrap_err();
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
