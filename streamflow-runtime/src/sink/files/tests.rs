use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::*;
use std::sync::Arc;

use crate::Code;
use crate::config::RunConfig;
use crate::connection::Connection;
use crate::plan::Plan;
use crate::round::{Fires, Round};
use crate::sink::parts::{HAND_OVER_BYTES, PartsOptions, PartsWriter, Roll};
use crate::sink::{Sink, Writer, Writes};
use crate::time::{Clock, ManualClock};
use crate::topics::Topics;

const PLAN: Plan = Plan::empty("test");

fn at(time_ms: i64) -> Round {
    Round {
        number: 1,
        time_ms,
        fires: Fires::Due,
        saves: false,
        weighs: false,
        last: false,
    }
}

fn last_at(time_ms: i64) -> Round {
    Round {
        last: true,
        ..at(time_ms)
    }
}

fn open_in(dir: &Path, every_ms: Option<u64>, now_ms: i64) -> Result<Arc<FilesSink>> {
    open_rolling(dir, every_ms, None, now_ms)
}

fn open_rolling(
    dir: &Path,
    every_ms: Option<u64>,
    roll: Option<Roll>,
    now_ms: i64,
) -> Result<Arc<FilesSink>> {
    let options = PartsOptions {
        suffix: "txt".to_owned(),
        every_ms,
        roll,
    };
    let sink = FilesSink::new(Directory::new(dir.to_owned()), options);
    open(&sink, now_ms)?;
    Ok(Arc::new(sink))
}

fn open(sink: &FilesSink, now_ms: i64) -> Result<()> {
    sink.open(&SinkOpening {
        plan: &PLAN,
        connection: &Connection::InProcess(Arc::new(Topics::new())),
        config: &RunConfig::of(&PLAN).unwrap(),
        clock: &Clock::Manual(Arc::new(ManualClock::at(now_ms))),
        captures_output: false,
    })
}

fn opened(every_ms: Option<u64>) -> (TempDir, Arc<FilesSink>, PartsWriter<Directory>) {
    let dir = tempfile::tempdir().unwrap();
    let sink = open_in(dir.path(), every_ms, 500).unwrap();
    let writer = sink.writer(0).unwrap();
    (dir, sink, writer)
}

fn add(writer: &mut PartsWriter<Directory>, row: &str) {
    let write = |text: &mut Vec<u8>| {
        text.extend_from_slice(row.as_bytes());
        Ok::<(), ()>(())
    };
    writer.row(write).unwrap();
}

fn publish(sink: &FilesSink, writer: &mut PartsWriter<Directory>, rows: &[&str], round: &Round) {
    for row in rows {
        add(writer, row);
    }
    writer.hand_over().unwrap();
    sink.publish(round).unwrap();
}

/// The files of a directory, with `*` for what is random in their names.
fn files(dir: &Path) -> Vec<(String, String)> {
    let mut files: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let random = name.split(['-', '.']).find(|word| {
                word.len() == 16 && word.chars().all(|digit| digit.is_ascii_hexdigit())
            });
            (
                name.replace(random.unwrap_or("?"), "*"),
                fs::read_to_string(path).unwrap(),
            )
        })
        .collect();
    files.sort();
    files
}

fn of(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect()
}

#[test]
fn file_appears_when_it_is_flushed() {
    let (dir, sink, mut writer) = opened(None);
    publish(&sink, &mut writer, &["a", "b"], &at(1_000));
    assert_eq!(
        files(dir.path()),
        of(&[(".part-1000-*.txt.inprogress", "a\nb\n")])
    );
    publish(&sink, &mut writer, &["c"], &at(2_000));
    sink.flush().unwrap();
    assert_eq!(files(dir.path()), of(&[("part-1000-*.txt", "a\nb\nc\n")]));
}

#[test]
fn file_appears_at_the_last_round() {
    let (dir, sink, mut writer) = opened(None);
    publish(&sink, &mut writer, &["a"], &last_at(1_000));
    assert_eq!(files(dir.path()), of(&[("part-1000-*.txt", "a\n")]));
}

#[test]
fn no_rows_make_no_file() {
    let (dir, sink, mut writer) = opened(None);
    publish(&sink, &mut writer, &[], &at(1_000));
    sink.flush().unwrap();
    publish(&sink, &mut writer, &[], &last_at(2_000));
    assert_eq!(files(dir.path()), []);
}

#[test]
fn row_that_cannot_be_written_leaves_nothing() {
    let (dir, sink, mut writer) = opened(None);
    add(&mut writer, "a");
    let half = writer.row(|text| {
        text.extend_from_slice(b"half");
        Err("refused")
    });
    assert_eq!(half, Err("refused"));
    publish(&sink, &mut writer, &["b"], &last_at(1_000));
    assert_eq!(files(dir.path()), of(&[("part-1000-*.txt", "a\nb\n")]));
}

#[test]
fn rows_of_all_workers_are_published_together() {
    let (dir, sink, mut writer) = opened(None);
    let mut other = sink.writer(1).unwrap();
    add(&mut writer, "a");
    add(&mut other, "b");
    writer.hand_over().unwrap();
    other.hand_over().unwrap();
    sink.publish(&last_at(1_000)).unwrap();
    assert_eq!(files(dir.path()), of(&[("part-1000-*.txt", "a\nb\n")]));
}

#[test]
fn file_of_an_interval_appears_at_its_end() {
    let (dir, sink, mut writer) = opened(Some(4_000));
    publish(&sink, &mut writer, &["a"], &at(5_000));
    sink.flush().unwrap();
    publish(&sink, &mut writer, &["b"], &at(7_999));
    let unfinished = of(&[(".part-4000-*.txt.inprogress", "a\nb\n")]);
    assert_eq!(files(dir.path()), unfinished);
    publish(&sink, &mut writer, &["c"], &at(8_000));
    assert_eq!(files(dir.path()), of(&[("part-4000-*.txt", "a\nb\nc\n")]));
}

#[test]
fn rows_of_a_round_belong_to_the_interval_it_closes() {
    let (dir, sink, mut writer) = opened(Some(1_000));
    publish(&sink, &mut writer, &["a"], &at(6_000));
    publish(&sink, &mut writer, &["b"], &at(7_000));
    let expected = of(&[("part-5000-*.txt", "a\n"), ("part-6000-*.txt", "b\n")]);
    assert_eq!(files(dir.path()), expected);
}

#[test]
fn writer_with_much_does_not_wait_for_the_round() {
    let (dir, sink, mut writer) = opened(Some(1_000));
    let long = "x".repeat(HAND_OVER_BYTES);
    add(&mut writer, "a");
    writer.after_batch().unwrap();
    assert_eq!(files(dir.path()), []);
    add(&mut writer, &long);
    writer.after_batch().unwrap();
    let text = format!("a\n{long}\n");
    assert_eq!(
        files(dir.path()),
        of(&[(".part-0-*.txt.inprogress", &text)])
    );
    publish(&sink, &mut writer, &[], &at(1_000));
    assert_eq!(files(dir.path()), of(&[("part-0-*.txt", &text)]));
}

#[test]
fn unfinished_file_of_an_earlier_run_is_cut_to_its_last_line_and_finished() {
    let dir = tempfile::tempdir().unwrap();
    let leave = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    leave(".part-1-000000000000000a.csv.inprogress", "a\nb\nhal");
    leave(".part-2-000000000000000b.txt.inprogress", "half");
    leave(".other.inprogress", "x");
    open_in(dir.path(), None, 0).unwrap();
    let expected = of(&[(".other.inprogress", "x"), ("part-1-*.csv", "a\nb\n")]);
    assert_eq!(files(dir.path()), expected);
}

#[test]
fn file_that_is_being_written_is_left_alone() {
    let (dir, sink, mut writer) = opened(Some(10_000));
    publish(&sink, &mut writer, &["a"], &at(1_000));
    open_in(dir.path(), None, 0).unwrap();
    assert_eq!(
        files(dir.path()),
        of(&[(".part-0-*.txt.inprogress", "a\n")])
    );
    drop(writer);
    drop(sink);
    open_in(dir.path(), None, 0).unwrap();
    assert_eq!(files(dir.path()), of(&[("part-0-*.txt", "a\n")]));
}

#[test]
fn directory_is_created_with_those_above_it() {
    let dir = tempfile::tempdir().unwrap();
    open_in(&dir.path().join("a/b"), None, 0).unwrap();
    assert!(dir.path().join("a/b").is_dir());
}

#[test]
fn directory_that_cannot_be_created_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let error = open_in(&file, None, 0).unwrap_err();
    assert_eq!(error.code(), Code::FileIo);
    assert!(
        error.to_string().contains(file.to_str().unwrap()),
        "{error}"
    );
}

#[test]
fn directory_that_has_gone_away_is_a_disk_error() {
    let (dir, sink, mut writer) = opened(None);
    dir.close().unwrap();
    add(&mut writer, "a");
    writer.hand_over().unwrap();
    let error = sink.publish(&at(1_000)).unwrap_err();
    assert_eq!(error.code(), Code::FileIo);
    assert!(
        error
            .to_string()
            .contains("nothing since the last save is committed"),
        "{error}"
    );
}

#[test]
fn run_after_a_failed_one_begins_without_its_rows() {
    let (dir, sink, mut writer) = opened(None);
    publish(&sink, &mut writer, &["saved"], &at(1_000));
    add(&mut writer, "lost");
    writer.hand_over().unwrap();
    open(&sink, 2_000).unwrap();
    sink.publish(&last_at(2_000)).unwrap();
    assert_eq!(files(dir.path()), of(&[("part-1000-*.txt", "saved\n")]));
}

fn rolling(every_ms: Option<u64>, roll: Roll) -> (TempDir, Arc<FilesSink>, PartsWriter<Directory>) {
    let dir = tempfile::tempdir().unwrap();
    let sink = open_rolling(dir.path(), every_ms, Some(roll), 500).unwrap();
    let writer = sink.writer(0).unwrap();
    (dir, sink, writer)
}

#[test]
fn file_is_done_with_the_row_that_fills_it() {
    let (dir, sink, mut writer) = rolling(None, Roll::Bytes(4));
    publish(&sink, &mut writer, &["a", "b", "cc", "d"], &at(1_000));
    let finished: Vec<String> = files(dir.path()).into_iter().map(|file| file.1).collect();
    let mut expected = ["a\nb\n", "cc\nd\n"].map(str::to_owned);
    assert_eq!(files(dir.path())[0].0, "part-1000-*.txt");
    expected.sort();
    assert_eq!(finished, expected);
    publish(&sink, &mut writer, &["e"], &at(2_000));
    sink.flush().unwrap();
    let open = (".part-2000-*.txt.inprogress".to_owned(), "e\n".to_owned());
    assert_eq!(files(dir.path())[0], open);
    publish(&sink, &mut writer, &["long"], &at(3_000));
    let filled = ("part-2000-*.txt".to_owned(), "e\nlong\n".to_owned());
    assert_eq!(files(dir.path())[2], filled);
}

#[test]
fn row_with_line_ends_stays_whole() {
    let (dir, sink, mut writer) = rolling(None, Roll::Bytes(2));
    let mut other = sink.writer(1).unwrap();
    add(&mut writer, "\"a\nb\nc\"");
    add(&mut other, "\"d\ne\"");
    writer.hand_over().unwrap();
    other.hand_over().unwrap();
    sink.publish(&at(1_000)).unwrap();
    let expected = of(&[
        ("part-1000-*.txt", "\"a\nb\nc\"\n"),
        ("part-1000-*.txt", "\"d\ne\"\n"),
    ]);
    assert_eq!(files(dir.path()), expected);
}

#[test]
fn file_is_done_a_while_after_its_first_row() {
    let (dir, sink, mut writer) = rolling(None, Roll::Ms(3_000));
    publish(&sink, &mut writer, &["a"], &at(1_500));
    publish(&sink, &mut writer, &["b"], &at(4_499));
    sink.flush().unwrap();
    let open = of(&[(".part-1500-*.txt.inprogress", "a\nb\n")]);
    assert_eq!(files(dir.path()), open);
    publish(&sink, &mut writer, &[], &at(4_500));
    assert_eq!(files(dir.path()), of(&[("part-1500-*.txt", "a\nb\n")]));
}

#[test]
fn interval_ends_a_file_that_is_not_full() {
    let (dir, sink, mut writer) = rolling(Some(1_000), Roll::Bytes(1 << 20));
    publish(&sink, &mut writer, &["a"], &at(6_000));
    assert_eq!(files(dir.path()), of(&[("part-5000-*.txt", "a\n")]));
}
