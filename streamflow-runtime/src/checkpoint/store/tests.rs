use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::checkpoint::{StateImage, StatePart};

fn checkpoint(job: &str, epoch: u64) -> Checkpoint {
    Checkpoint {
        job: job.into(),
        epoch,
        taken_at_ms: 1_795_496_400_000,
        positions: vec![],
        states: vec![StateImage {
            name: "counts".into(),
            layout: "keyed str -> u64".into(),
            parts: vec![StatePart {
                group: Some(9),
                bytes: vec![7; 10],
            }],
        }],
    }
}

fn listing(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn file(epoch: u64) -> String {
    format!("a-{epoch:020}.ck")
}

#[test]
fn newest_checkpoint_is_found_again_and_the_previous_one_kept() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = Store::open(directory.path(), "a").unwrap();
    assert_eq!(store.latest().unwrap(), None);
    for epoch in 1..=4 {
        store.write(&checkpoint("a", epoch)).unwrap();
    }
    assert_eq!(
        listing(directory.path()),
        [file(3), file(4), "a.lock".into()]
    );
    drop(store);
    let mut store = Store::open(directory.path(), "a").unwrap();
    assert_eq!(store.latest().unwrap(), Some(checkpoint("a", 4)));
}

#[test]
fn leftovers_of_a_crash_are_removed_only_behind_a_new_checkpoint() {
    let directory = tempfile::tempdir().unwrap();
    let leftover = directory.path().join(format!("a-{:020}.tmp", 9));
    fs::write(&leftover, "half").unwrap();
    let mut store = Store::open(directory.path(), "a").unwrap();
    assert_eq!(store.latest().unwrap(), None);
    assert!(leftover.exists());
    store.write(&checkpoint("a", 1)).unwrap();
    assert!(!leftover.exists());
}

#[test]
fn second_process_is_told_who_holds_the_directory() {
    let directory = tempfile::tempdir().unwrap();
    let _store = Store::open(directory.path(), "a").unwrap();
    let refused = Store::open(directory.path(), "a").unwrap_err();
    assert_eq!(refused.exit_code(), 73);
    let line = refused.one_line();
    assert!(line.contains("SF7301"), "{line}");
    assert!(
        line.contains(&format!("process {}", std::process::id())),
        "{line}"
    );
    assert!(
        line.contains(&directory.path().display().to_string()),
        "{line}"
    );
}

#[test]
fn jobs_share_a_directory_without_seeing_each_other() {
    let directory = tempfile::tempdir().unwrap();
    let mut a = Store::open(directory.path(), "a").unwrap();
    let mut b = Store::open(directory.path(), "a-1").unwrap();
    a.write(&checkpoint("a", 5)).unwrap();
    for epoch in 1..=3 {
        b.write(&checkpoint("a-1", epoch)).unwrap();
    }
    assert_eq!(a.latest().unwrap(), Some(checkpoint("a", 5)));
    assert_eq!(b.latest().unwrap(), Some(checkpoint("a-1", 3)));
}

#[test]
fn damaged_newest_file_is_never_passed_over() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = Store::open(directory.path(), "a").unwrap();
    store.write(&checkpoint("a", 1)).unwrap();
    store.write(&checkpoint("a", 2)).unwrap();
    let newest = directory.path().join(file(2));
    let mut bytes = fs::read(&newest).unwrap();
    bytes[40] ^= 1;
    fs::write(&newest, bytes).unwrap();

    let refused = store.latest().unwrap_err();
    assert_eq!(refused.exit_code(), 65);
    let line = refused.one_line();
    for part in [
        "SF6504",
        &newest.display().to_string(),
        "epoch 1",
        "2026-11-24T05:00:00Z",
        "mv ",
    ] {
        assert!(line.contains(part), "{part} is missing in {line}");
    }

    // What the message says to do works.
    fs::rename(&newest, newest.with_extension("ck.damaged")).unwrap();
    assert_eq!(store.latest().unwrap(), Some(checkpoint("a", 1)));
}

#[test]
fn damaged_only_file_says_how_to_begin_again() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join(file(1)), "").unwrap();
    let line = Store::open(directory.path(), "a")
        .unwrap()
        .latest()
        .unwrap_err()
        .one_line();
    assert!(line.contains("no older one"), "{line}");
    assert!(line.contains("--from earliest"), "{line}");
}

#[test]
fn file_under_the_name_of_another_epoch_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = Store::open(directory.path(), "a").unwrap();
    store.write(&checkpoint("a", 1)).unwrap();
    fs::copy(
        directory.path().join(file(1)),
        directory.path().join(file(8)),
    )
    .unwrap();
    let refused = store.latest().unwrap_err();
    assert_eq!(refused.code(), Code::CorruptCheckpoint);
    assert!(refused.one_line().contains("holds epoch 1"));
}

#[test]
fn link_in_place_of_a_checkpoint_is_not_followed() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = Store::open(directory.path(), "a").unwrap();
    store.write(&checkpoint("a", 1)).unwrap();
    let linked = directory.path().join(file(2));
    std::os::unix::fs::symlink(directory.path().join(file(1)), linked).unwrap();
    assert_eq!(store.latest().unwrap_err().code(), Code::CheckpointIo);
}

#[test]
fn epoch_that_exists_is_never_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = Store::open(directory.path(), "a").unwrap();
    store.write(&checkpoint("a", 3)).unwrap();
    drop(store);
    // Without asking for the latest first.
    let mut store = Store::open(directory.path(), "a").unwrap();
    assert_eq!(
        store.write(&checkpoint("a", 3)).unwrap_err().code(),
        Code::Bug
    );
    assert_eq!(
        store.write(&checkpoint("b", 9)).unwrap_err().code(),
        Code::Bug
    );
}

#[test]
fn file_in_place_of_the_directory_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ck");
    fs::write(&path, "").unwrap();
    let refused = Store::open(&path, "a").unwrap_err();
    assert_eq!(refused.exit_code(), 73);
    assert!(refused.one_line().contains("SF7302"));
}

#[test]
fn directory_and_files_are_private() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("deep/ck");
    let mut store = Store::open(&directory, "a").unwrap();
    store.write(&checkpoint("a", 1)).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&directory), 0o700);
    assert_eq!(mode(&directory.join(file(1))), 0o600);
    assert_eq!(mode(&directory.join("a.lock")), 0o600);
}
