use super::*;
use crate::history::Version;

fn counts(version: u32, layout: &str) -> Locked {
    Locked {
        name: "counts".into(),
        version,
        trigger: file::every(1_000),
        layout: layout.into(),
    }
}

fn locking(directory: &tempfile::TempDir, mode: Mode) -> Locking {
    let file = directory.path().join("streamflow.lock");
    Locking { file, mode }
}

const DROPPING: History = History {
    versions: &[Version {
        state: "counts",
        version: 2,
    }],
    dropped: &["pages"],
};

#[test]
fn first_lock_makes_the_file_and_the_next_one_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let write = locking(&directory, Mode::Write);
    let state = || vec![counts(1, "single u64")];
    let told = lock("clicks", &History::NONE, state(), &write).unwrap();
    assert!(
        told.ends_with("job clicks\n+ state counts v1 every 1s: single u64\n"),
        "{told}"
    );
    let before = fs::read_to_string(&write.file).unwrap();
    let told = lock("clicks", &History::NONE, state(), &write).unwrap();
    assert!(told.ends_with("is up to date\n"), "{told}");
    let check = locking(&directory, Mode::Check);
    lock("clicks", &History::NONE, state(), &check).unwrap();
    assert_eq!(fs::read_to_string(&write.file).unwrap(), before);
}

#[test]
fn check_fails_and_writes_nothing_where_the_file_would_change() {
    let directory = tempfile::tempdir().unwrap();
    let check = locking(&directory, Mode::Check);
    let states = vec![counts(1, "single u64")];
    let error = lock("clicks", &History::NONE, states, &check).unwrap_err();
    assert_eq!(error.exit_code(), 78);
    assert!(
        error.one_line().contains("+ state counts v1"),
        "{}",
        error.one_line()
    );
    assert!(!check.file.exists());
}

#[test]
fn state_that_checkpoints_may_hold_is_not_forgotten() {
    let directory = tempfile::tempdir().unwrap();
    let write = locking(&directory, Mode::Write);
    let text = "job clicks\nstate counts v1 every 1s: single u32\nstate pages v1 every 1s: rows\n";
    fs::write(&write.file, text).unwrap();
    let refused = |states, history| {
        let error = lock("clicks", history, states, &write).unwrap_err();
        assert_eq!(error.code(), Code::OutdatedLock);
        error.one_line()
    };
    let line = refused(vec![counts(1, "single u64")], &History::NONE);
    assert!(
        line.contains("`counts` v1 is locked as `single u32`, and is now `single u64`"),
        "{line}"
    );
    let line = refused(vec![counts(2, "single u64")], &History::NONE);
    assert!(line.contains("`pages` is locked"), "{line}");
    lock("clicks", &DROPPING, vec![counts(2, "single u64")], &write).unwrap();
    let written = fs::read_to_string(&write.file).unwrap();
    assert!(
        written.ends_with("job clicks\nstate counts v2 every 1s: single u64\n"),
        "{written}"
    );
}

#[test]
fn file_stands_beside_the_manifest_that_cargo_names() {
    let mut environment = Environment::default();
    assert_eq!(default_file(&environment), Path::new("streamflow.lock"));
    environment
        .variables
        .insert("CARGO_MANIFEST_DIR".into(), "/crate".into());
    assert_eq!(
        default_file(&environment),
        Path::new("/crate/streamflow.lock")
    );
}
