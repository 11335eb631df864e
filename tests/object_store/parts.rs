//! What an object holds, and when it is there.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use streamflow::stream_job;
use streamflow::testing::Point;

use crate::{SECOND, lines, put, text};

/// The files in a directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    fs::read_dir(directory)
        .expect("the directory of the URL")
        .map(|entry| entry.expect("an entry of it").path())
        .collect()
}

#[test]
fn objects_hold_a_row_a_line() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| (line, 1u64))
            | reduce_by_key(+) every 1s
            | to object_store("s3://bucket/counts")
    }
    .test();
    test.feed("in", ["a", "b", "a"]);
    test.advance(SECOND);
    let objects = test.objects("s3://bucket/counts/part-");
    assert_eq!(lines(&objects), ["(a,2)", "(b,1)"]);
    assert_eq!(objects.len(), 1, "{objects:?}");
    assert_eq!(Path::new(&objects[0].url).extension().unwrap(), "txt");
    assert_eq!(test.objects("s3://other"), []);
}

#[test]
fn object_is_there_when_progress_is_saved() {
    let mut test = stream_job! { from kafka("in") | to object_store("memory:///out") }.test();
    test.feed("in", ["a"]);
    assert_eq!(put(&mut test), [""; 0]);
    test.advance(SECOND);
    assert_eq!(put(&mut test), ["a"]);
    test.feed("in", ["b"]);
    test.advance(SECOND);
    assert_eq!(put(&mut test), ["a", "b"]);
    assert_eq!(test.objects("memory:///out").len(), 2);
}

#[test]
fn objects_take_a_suffix_a_format_and_an_interval() {
    #[derive(Serialize)]
    struct Count<'a> {
        user: &'a str,
        n: u64,
    }
    let bucket = "logs";
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| (line, 1u64))
            | reduce_by_key(+) every 1s
            | map(|(user, n)| Count { user, n })
            | to object_store(format!("gs://{bucket}/counts/"), suffix: "json") as Json every 1m
    }
    .test();
    test.feed("in", ["a"]);
    test.advance(59 * SECOND);
    test.feed("in", ["b"]);
    assert_eq!(put(&mut test), [""; 0]);
    test.advance(SECOND);
    let objects = test.objects("gs://logs/counts/part-");
    assert_eq!(objects.len(), 1, "{objects:?}");
    assert_eq!(Path::new(&objects[0].url).extension().unwrap(), "json");
    let rows = r#"{"user":"a","n":1}|{"user":"b","n":1}|"#.replace('|', "\n");
    assert_eq!(text(&objects[0].bytes), rows);
}

#[test]
fn save_waits_for_the_end_of_an_object() {
    let mut test = stream_job! {
        from kafka("in") | to object_store("memory:///out") every 1m
    }
    .test();
    test.feed("in", ["a"]);
    test.advance(30 * SECOND);
    test.feed("in", ["b"]);
    test.restore();
    assert_eq!(put(&mut test), [""; 0], "what a crash takes was not saved");
    test.advance(30 * SECOND);
    assert_eq!(put(&mut test), ["a", "b"]);
    assert_eq!(test.objects("").len(), 1);
    test.restore();
    test.advance(60 * SECOND);
    assert_eq!(put(&mut test), ["a", "b"], "what is put has been saved");
}

#[test]
fn objects_of_two_lengths_do_not_keep_a_job_from_saving() {
    let mut test = stream_job! {
        from kafka("in") | tee {
            to object_store("memory:///long") every 60s;
            to object_store("memory:///short") every 7s;
        }
    }
    .test();
    for n in 0..60 {
        test.feed("in", [format!("{n:02}")]);
        test.advance(SECOND);
    }
    test.restore();
    test.advance(60 * SECOND);
    let fed: Vec<String> = (0..60).map(|n| format!("{n:02}")).collect();
    assert_eq!(lines(&test.objects("memory:///long")), fed);
    assert_eq!(lines(&test.objects("memory:///short")), fed);
}

#[test]
fn partitions_that_move_cut_no_object_short() {
    let mut test = stream_job! {
        from kafka("in") | to object_store("memory:///out") every 1m
    }
    .test();
    for row in ["a", "b", "c"] {
        test.advance(SECOND);
        test.feed("in", [row]);
        test.share_again();
    }
    assert_eq!(put(&mut test), [""; 0]);
    test.advance(60 * SECOND);
    assert_eq!(put(&mut test), ["a", "b", "c"]);
    assert_eq!(test.objects("").len(), 1);
}

#[test]
fn crash_in_front_of_a_save_loses_no_row() {
    let mut test = stream_job! { from kafka("in") | to object_store("memory:///out") }.test();
    test.feed("in", ["a", "b"]);
    test.crash_at(Point::BeforeSave);
    test.advance(SECOND);
    assert!(test.has_crashed());
    test.restore();
    test.advance(SECOND);
    // At least once: what was put is not known to be, and is put again.
    assert_eq!(put(&mut test), ["a", "a", "b", "b"]);
}

#[test]
fn objects_roll_when_they_are_full() {
    for workers in [1, 2, 4] {
        let mut test = stream_job! {
            from kafka("in") | to object_store("memory:///out", roll: 1KiB) every 1h
        }
        .test()
        .workers(workers);
        let fed: Vec<String> = (0..40).map(|n| format!("{n:0>99}")).collect();
        test.feed("in", &fed);
        test.advance(Duration::from_secs(3_600));
        assert_eq!(put(&mut test), fed, "{workers} workers");
        let mut sizes: Vec<usize> = test.objects("").iter().map(|it| it.bytes.len()).collect();
        sizes.sort_unstable();
        // Eleven rows of 100 bytes are the first that fill 1024.
        assert_eq!(sizes, [700, 1_100, 1_100, 1_100], "{workers} workers");
    }
}

#[test]
fn objects_roll_when_they_are_old() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| (line, 1u64))
            | reduce_by_key(+) every 1s
            | to object_store("memory:///out", roll: 3s)
    }
    .test();
    for word in ["a", "b", "c"] {
        test.feed("in", [word]);
        test.advance(SECOND);
    }
    assert_eq!(put(&mut test), [""; 0]);
    test.feed("in", ["d"]);
    test.advance(SECOND);
    assert_eq!(put(&mut test), ["(a,1)", "(b,1)", "(c,1)", "(d,1)"]);
    assert_eq!(test.objects("").len(), 1);
}

#[test]
fn restart_puts_every_row_once() {
    let mut test = stream_job! {
        from kafka("in") | to object_store("memory:///out", roll: 1KiB) every 1h
    }
    .test();
    let fed: Vec<String> = (0..30).map(|n| format!("{n:0>99}")).collect();
    test.feed("in", &fed[..15]);
    test.advance(SECOND);
    test.restart().unwrap();
    test.feed("in", &fed[15..]);
    test.restart().unwrap();
    assert_eq!(put(&mut test), fed);
}

#[test]
fn file_url_names_a_directory_of_the_machine() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("a/b");
    let url = format!("file://{}", out.display());
    let mut test = stream_job! {
        from kafka("in") | to object_store(&url, suffix: "csv") every 1m
    }
    .test();
    test.feed("in", ["x,1", "y,2"]);
    test.advance(59 * SECOND);
    assert_eq!(files(&out), Vec::<PathBuf>::new());
    test.finish().unwrap();
    let files = files(&out);
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].extension().unwrap(), "csv");
    let rows = fs::read_to_string(&files[0]).unwrap();
    let mut rows: Vec<&str> = rows.lines().collect();
    rows.sort_unstable();
    assert_eq!(rows, ["x,1", "y,2"]);
}

/// Rows that are more than several of the pieces in which an object is sent.
fn many_rows() -> Vec<String> {
    (0..30_000).map(|n| format!("{n:0>999}")).collect()
}

#[test]
fn large_object_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("file://{}", dir.path().display());
    let fed = many_rows();
    stream_job! { from iter(many_rows()) | to object_store(url) every 1h }
        .run()
        .unwrap();
    let found = files(dir.path());
    assert!(found.len() <= 2, "{found:?}");
    let mut rows: Vec<String> = found
        .iter()
        .map(|file| fs::read_to_string(file).unwrap())
        .flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    rows.sort_unstable();
    assert!(rows == fed, "{} rows of {}", rows.len(), fed.len());
}

#[test]
fn job_that_fails_leaves_no_half_object() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("file://{}", dir.path().display());
    let error = stream_job! {
        from iter(many_rows())
            | try_map(|row: String| if row.ends_with("29999") { Err("refused") } else { Ok(row) })
            | to object_store(url) every 1h
    };
    let mut config = streamflow::RunConfig::of(error.plan()).unwrap();
    config.checkpoint = Some(dir.path().join("checkpoints"));
    let error = error
        .run_with(config, streamflow::StopSignal::new())
        .unwrap_err();
    assert_eq!(error.code(), streamflow::Code::FailedRecord);
    let names: Vec<PathBuf> = files(dir.path());
    assert!(
        names
            .iter()
            .all(|name| !name.to_string_lossy().contains('#')),
        "{names:?}"
    );
}
