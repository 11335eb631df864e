use std::fs::{self, OpenOptions};
use std::io::Write;

use tempfile::TempDir;

use super::*;
use crate::error::Code;
use crate::source::lines::opener::Opener;

type Seen = (String, i64, String);

struct Directory(TempDir);

impl Directory {
    fn new() -> Self {
        Directory(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn append(&self, name: &str, text: &str) {
        let mut file = OpenOptions::new()
            .append(true)
            .open(self.path(name))
            .unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    fn source(&self) -> FilesSource {
        FilesSource::new(self.path("*"))
    }
}

/// What a reader has until it finds nothing any more. New files take it one poll without records.
fn seen(reader: &mut FilesReader) -> Result<Vec<Seen>> {
    let mut seen = Vec::new();
    let mut idle = 0;
    while idle < 2 {
        match reader.poll(Duration::ZERO)? {
            Polled::Block(Block { items, .. }) => seen.extend(items.map(|(offset, record)| {
                let name = record.topic.rsplit('/').next().unwrap().to_owned();
                (
                    name,
                    offset,
                    String::from_utf8(record.value.unwrap().to_vec()).unwrap(),
                )
            })),
            Polled::Idle => idle += 1,
            Polled::Ended => break,
        }
    }
    Ok(seen)
}

fn of(all: &[(&str, i64, &str)]) -> Vec<Seen> {
    all.iter()
        .map(|(name, offset, text)| ((*name).to_owned(), *offset, (*text).to_owned()))
        .collect()
}

fn caught_up() -> Opener {
    let mut opener = Opener::new();
    opener.config.until = Until::CaughtUp;
    opener
}

fn latest() -> Opener {
    let mut opener = Opener::new();
    opener.config.from = From::Latest;
    opener
}

#[test]
fn lines_come_file_by_file_with_the_bytes_they_begin_at() {
    let directory = Directory::new();
    directory.write("b", "three\n");
    directory.write("a", "one\r\ntwo\n");
    let mut reader = Opener::new().open(&directory.source()).unwrap();
    assert_eq!(&*reader.partitions()[0].name.topic, directory.path("a"));
    assert_eq!(reader.partitions()[0].name.kind, PartitionKind::File);
    let expected = of(&[("a", 0, "one"), ("a", 5, "two"), ("b", 0, "three")]);
    assert_eq!(seen(&mut reader).unwrap(), expected);
}

#[test]
fn next_offset_is_behind_the_last_whole_line() {
    let directory = Directory::new();
    directory.write("a", "one\ntw");
    let mut reader = Opener::new().open(&directory.source()).unwrap();
    let Polled::Block(block) = reader.poll(Duration::ZERO).unwrap() else {
        panic!("no block")
    };
    assert_eq!((block.partition, block.next_offset), (0, 4));
}

#[test]
fn growing_file_is_read_on_when_a_line_is_whole() {
    let directory = Directory::new();
    directory.write("a", "one\ntw");
    let mut reader = Opener::new().open(&directory.source()).unwrap();
    assert_eq!(seen(&mut reader).unwrap(), of(&[("a", 0, "one")]));
    directory.append("a", "o");
    assert_eq!(seen(&mut reader).unwrap(), []);
    directory.append("a", "\nthree\n");
    assert_eq!(
        seen(&mut reader).unwrap(),
        of(&[("a", 4, "two"), ("a", 8, "three")])
    );
}

#[test]
fn new_file_is_found_within_a_second() {
    let directory = Directory::new();
    let opener = latest();
    let mut reader = opener.open(&directory.source()).unwrap();
    directory.write("a", "one\n");
    assert_eq!(seen(&mut reader).unwrap(), []);
    opener.clock.set(1_000);
    assert!(matches!(reader.poll(Duration::ZERO).unwrap(), Polled::Idle));
    assert_eq!(reader.partitions().len(), 1);
    assert_eq!(seen(&mut reader).unwrap(), of(&[("a", 0, "one")]));
}

#[test]
fn unfinished_files_and_directories_are_passed_over() {
    let directory = Directory::new();
    directory.write(".hidden", "x\n");
    directory.write("_temporary", "x\n");
    fs::create_dir(directory.path("folder")).unwrap();
    directory.write("a", "one\n");
    let mut reader = Opener::new().open(&directory.source()).unwrap();
    assert_eq!(seen(&mut reader).unwrap(), of(&[("a", 0, "one")]));
}

#[test]
fn every_file_has_one_owner() {
    let directory = Directory::new();
    for name in 0..20 {
        directory.write(&name.to_string(), "x\n");
    }
    let mut names = Vec::new();
    for worker in 0..3 {
        let opener = Opener {
            worker,
            workers: 3,
            ..Opener::new()
        };
        let share = seen(&mut opener.open(&directory.source()).unwrap()).unwrap();
        assert!(share.len() < 20);
        names.extend(share.into_iter().map(|(name, _, _)| name));
    }
    names.sort_by_key(|name| name.parse::<u32>().unwrap());
    assert_eq!(
        names,
        (0..20).map(|name| name.to_string()).collect::<Vec<_>>()
    );
}

#[test]
fn checkpointed_file_is_continued() {
    let directory = Directory::new();
    directory.write("a", "one\ntwo\n");
    directory.write("b", "new\n");
    let mut opener = latest();
    let known = Opener::new()
        .open(&directory.source())
        .unwrap()
        .partitions()[0]
        .name
        .clone();
    opener.checkpointed.push((known, 4));
    let mut reader = opener.open(&directory.source()).unwrap();
    assert_eq!(reader.partitions()[0].start_offset, 4);
    assert_eq!(
        seen(&mut reader).unwrap(),
        of(&[("a", 4, "two"), ("b", 0, "new")])
    );
}

#[test]
fn from_latest_begins_behind_the_last_whole_line() {
    let directory = Directory::new();
    directory.write("a", "one\ntw");
    let mut reader = latest().open(&directory.source()).unwrap();
    assert_eq!(reader.partitions()[0].start_offset, 4);
    assert_eq!(seen(&mut reader).unwrap(), []);
    directory.append("a", "o\n");
    assert_eq!(seen(&mut reader).unwrap(), of(&[("a", 4, "two")]));
}

#[test]
fn until_caught_up_ends_at_the_size_at_open_with_its_last_line() {
    let directory = Directory::new();
    directory.write("a", "one\ntw");
    let mut reader = caught_up().open(&directory.source()).unwrap();
    directory.append("a", "o\nthree\n");
    directory.write("b", "new\n");
    assert_eq!(
        seen(&mut reader).unwrap(),
        of(&[("a", 0, "one"), ("a", 4, "tw")])
    );
    assert!(matches!(
        reader.poll(Duration::ZERO).unwrap(),
        Polled::Ended
    ));
}

#[test]
fn nothing_to_catch_up_with_is_an_unknown_input() {
    let directory = Directory::new();
    let error = caught_up().open(&directory.source()).unwrap_err();
    assert_eq!(error.code(), Code::UnknownInput);
    let other = Opener {
        worker: 1,
        workers: 2,
        ..caught_up()
    };
    assert!(other.open(&directory.source()).is_ok());
}

#[test]
fn file_that_shrank_is_out_of_range() {
    let directory = Directory::new();
    directory.write("a", "one\ntwo\n");
    let mut reader = Opener::new().open(&directory.source()).unwrap();
    seen(&mut reader).unwrap();
    directory.write("a", "one\n");
    let error = seen(&mut reader).unwrap_err();
    assert_eq!(error.code(), Code::OffsetOutOfRange);
    assert!(error.to_string().contains("at byte 8"), "{error}");
}

#[test]
fn file_that_was_taken_away_is_left() {
    let directory = Directory::new();
    directory.write("a", "one\n");
    let mut reader = Opener::new().open(&directory.source()).unwrap();
    seen(&mut reader).unwrap();
    fs::remove_file(directory.path("a")).unwrap();
    assert_eq!(seen(&mut reader).unwrap(), []);
}

#[test]
fn bad_pattern_is_a_wrong_setting() {
    let error = Opener::new().open(&FilesSource::new("a***b")).unwrap_err();
    assert_eq!(error.code(), Code::Config);
}

#[test]
fn directory_is_answered_with_the_pattern_for_its_files() {
    let directory = Directory::new();
    let error = Opener::new()
        .open(&FilesSource::new(directory.path("")))
        .unwrap_err();
    assert_eq!(error.code(), Code::Config);
    assert!(error.to_string().contains(&directory.path("*")), "{error}");
}

#[test]
fn lines_longer_than_a_block_are_whole() {
    let directory = Directory::new();
    let long = "x".repeat(700_000);
    directory.write("a", &format!("one\n{long}\ntwo\n"));
    let mut reader = Opener::new().open(&directory.source()).unwrap();
    let expected = of(&[("a", 0, "one"), ("a", 4, &long), ("a", 700_005, "two")]);
    assert_eq!(seen(&mut reader).unwrap(), expected);
}

#[test]
fn line_without_an_end_in_sight_is_refused() {
    let directory = Directory::new();
    directory.write("a", "one\n");
    let file = OpenOptions::new()
        .write(true)
        .open(directory.path("a"))
        .unwrap();
    file.set_len(70 << 20).unwrap();
    let mut reader = Opener::new().open(&directory.source()).unwrap();
    assert!(matches!(
        reader.poll(Duration::ZERO).unwrap(),
        Polled::Block(_)
    ));
    let error = reader.poll(Duration::ZERO).unwrap_err();
    assert_eq!(error.code(), Code::UndecodableRecord);
    assert!(error.to_string().contains("at byte 4"), "{error}");
}
