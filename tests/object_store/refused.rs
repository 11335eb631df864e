//! URLs that only a run knows, and places that take nothing.

use streamflow::{Code, Error, RunConfig, StopSignal, stream_job};

fn refused(url: &str) -> Error {
    let url = url.to_owned();
    stream_job! { from iter(["a"]) | to object_store(url) }
        .run()
        .unwrap_err()
}

#[test]
fn url_of_no_object_store_is_refused_with_its_stage() {
    for (url, expected) in [
        ("logs/a", "`logs/a` is no URL"),
        (
            "s4://logs",
            "no object store has URLs that begin with `s4://`",
        ),
        ("s3:///logs", "does not say which bucket"),
        ("s3://logs/a//b", "cannot write to `s3://logs/a//b`"),
    ] {
        let error = refused(url);
        assert_eq!(error.code(), Code::Config);
        let line = error.one_line();
        assert!(line.contains(expected), "{line}");
        assert!(line.contains("`object_store(url)` (line "), "{line}");
    }
}

#[test]
fn directory_that_cannot_be_written_is_found_out_at_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = refused(&format!("file://{}/out", file.display()));
    assert_eq!(error.code(), Code::OutputUnreachable);
    let line = error.one_line();
    assert!(
        line.contains("nothing since the last save is committed"),
        "{line}"
    );
}

#[test]
fn misspelt_setting_of_a_store_is_refused() {
    let job = stream_job! { from iter(["a"]) | to object_store("s3://bucket/dir") };
    let config = RunConfig {
        object_store: vec![("aws_regon".to_owned(), "eu-west-1".to_owned())],
        ..RunConfig::of(job.plan()).unwrap()
    };
    let error = job.run_with(config, StopSignal::new()).unwrap_err();
    assert_eq!(error.code(), Code::Config);
    let line = error.one_line();
    assert!(line.contains("'aws_regon'"), "{line}");
    assert!(
        line.contains("`[object_store]` in `streamflow.toml`"),
        "{line}"
    );
}

#[test]
fn suffix_with_a_slash_is_refused() {
    let error = stream_job! {
        from iter(["a"]) | to object_store("memory:///out", suffix: "a/b")
    }
    .run()
    .unwrap_err();
    assert!(
        error.to_string().contains("no name can end in `.a/b`"),
        "{error}"
    );
}
