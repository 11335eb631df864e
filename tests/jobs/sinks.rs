//! Where results go.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use streamflow::stream_job;

use crate::SECOND;

/// The lines of all finished files in a directory, sorted.
fn lines(directory: &Path) -> Vec<String> {
    let mut lines: Vec<String> = parts(directory)
        .iter()
        .map(|path| fs::read_to_string(path).expect("a finished file"))
        .flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    lines.sort();
    lines
}

/// The finished files in a directory.
fn parts(directory: &Path) -> Vec<PathBuf> {
    fs::read_dir(directory)
        .expect("the directory of the sink")
        .map(|entry| entry.expect("an entry of it").path())
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("part-"))
        })
        .collect()
}

#[test]
fn files_hold_a_row_a_line() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("counts");
    let mut test = stream_job! {
        from kafka("in") | map(|line| (line, 1u64)) | reduce_by_key(+) every 1s | to files(&out)
    }
    .test();
    test.feed("in", ["a", "b", "a"]);
    test.advance(SECOND);
    test.finish().unwrap();
    assert_eq!(lines(&out), ["(a,2)", "(b,1)"]);
}

#[test]
fn files_take_a_suffix_a_format_and_an_interval() {
    #[derive(Serialize)]
    struct Count<'a> {
        user: &'a str,
        n: u64,
    }
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().to_owned();
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| (line, 1u64))
            | reduce_by_key(+) every 1s
            | map(|(user, n)| Count { user, n })
            | to files(&out, suffix: "json") as Json every 1m
    }
    .test();
    test.feed("in", ["a"]);
    test.advance(SECOND);
    test.finish().unwrap();
    assert_eq!(lines(dir.path()), [r#"{"user":"a","n":1}"#]);
    let parts = parts(dir.path());
    assert_eq!(parts.len(), 1);
    assert_eq!(parts[0].extension().unwrap(), "json");
}

/// How many bytes each finished file of a directory has, sorted.
fn sizes(directory: &Path) -> Vec<u64> {
    let mut sizes: Vec<u64> = parts(directory)
        .iter()
        .map(|path| fs::metadata(path).expect("a finished file").len())
        .collect();
    sizes.sort_unstable();
    sizes
}

#[test]
fn files_roll_when_they_are_full() {
    for workers in [1, 2, 4] {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("rolled");
        let mut test = stream_job! {
            from kafka("in") | to files(&out, roll: 1KiB) every 1h
        }
        .test()
        .workers(workers);
        let fed: Vec<String> = (0..40).map(|n| format!("{n:0>99}")).collect();
        test.feed("in", &fed);
        test.finish().unwrap();
        assert_eq!(lines(&out), fed, "{workers} workers");
        // Eleven rows of 100 bytes are the first that fill 1024.
        assert_eq!(sizes(&out), [700, 1_100, 1_100, 1_100], "{workers} workers");
    }
}

#[test]
fn files_roll_when_they_are_old() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().to_owned();
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| (line, 1u64))
            | reduce_by_key(+) every 1s
            | to files(&out, roll: 3s)
    }
    .test();
    for word in ["a", "b", "c"] {
        test.feed("in", [word]);
        test.advance(SECOND);
    }
    assert_eq!(lines(dir.path()), [""; 0]);
    test.feed("in", ["d"]);
    test.advance(SECOND);
    assert_eq!(lines(dir.path()), ["(a,1)", "(b,1)", "(c,1)", "(d,1)"]);
    assert_eq!(parts(dir.path()).len(), 1);
}

#[test]
fn files_that_roll_lose_nothing_at_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("rolled");
    let mut test = stream_job! { from kafka("in") | to files(&out, roll: 1KiB) }.test();
    let fed: Vec<String> = (0..30).map(|n| format!("{n:0>99}")).collect();
    test.feed("in", &fed[..15]);
    test.advance(SECOND);
    test.restart().unwrap();
    test.feed("in", &fed[15..]);
    test.finish().unwrap();
    assert_eq!(lines(&out), fed);
}

#[test]
fn messages_carry_keys_and_values() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| (line, 1u64))
            | reduce_by_key(+) every 1s
            | to kafka("out", key: |(user, _)| user, value: |(_, n)| n)
    }
    .test();
    test.feed("in", ["a", "b", "a"]);
    test.advance(SECOND);
    let mut sent: Vec<(String, String)> = test
        .records("out")
        .into_iter()
        .map(|record| {
            let text = |bytes: Option<Vec<u8>>| String::from_utf8(bytes.unwrap()).unwrap();
            (text(record.key), text(record.value))
        })
        .collect();
    sent.sort();
    assert_eq!(sent, [("a".into(), "2".into()), ("b".into(), "1".into())]);
}

#[test]
fn messages_take_a_format() {
    let mut test = stream_job! {
        from kafka("in") | map(|line| (line, line.len())) | to kafka("out") as Csv
    }
    .test();
    test.feed("in", ["a b"]);
    let sent = test.records("out");
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].key, None);
    assert_eq!(sent[0].value.as_deref(), Some(b"a b,3".as_slice()));
}

#[test]
fn null_takes_everything() {
    let mut test = stream_job! { from kafka("in") | to null }.test();
    test.feed("in", ["a"]);
    test.expect([""; 0]);
    test.finish().unwrap();
}

#[cfg(not(feature = "object-store"))]
#[test]
fn object_store_names_the_feature_that_it_needs() {
    let error = stream_job! { from iter(["a"]) | to object_store("s3://bucket/dir") }
        .run()
        .unwrap_err();
    assert_eq!(error.code(), streamflow::Code::Config);
    let line = error.one_line();
    assert!(
        line.ends_with("build it with the feature `object-store` of `streamflow`"),
        "{line}"
    );
    assert!(
        line.contains("`object_store(\"s3://bucket/dir\")` (line "),
        "{line}"
    );
}

#[test]
fn items_without_serialize_are_printed_by_debug() {
    #[derive(Debug)]
    struct Plain {
        _n: usize,
    }
    let mut test = stream_job! {
        from kafka("in") | map(|line| Plain { _n: line.len() }) | print
    }
    .test();
    test.feed("in", ["abc"]);
    test.expect(["Plain { _n: 3 }"]);
}
