//! On a real server that speaks S3, and checks who writes to it.

use std::path::Path;

use streamflow::plan::Plan;
use streamflow::{Code, RunConfig, StopSignal, stream_job};
use streamflow_test_support::s3::{self, Server};

/// How a job runs that writes to the server.
fn config(plan: &Plan, server: &Server) -> RunConfig {
    RunConfig {
        object_store: server.settings(),
        ..RunConfig::of(plan).unwrap()
    }
}

/// The rows of a bucket's objects below a directory, sorted, and how many objects they are in.
fn rows(server: &Server, bucket: &str, directory: &str) -> (Vec<String>, usize) {
    let objects = server.objects(bucket, directory);
    let mut rows: Vec<String> = objects
        .iter()
        .flat_map(|(_, bytes)| {
            let text = String::from_utf8(bytes.clone()).unwrap();
            text.lines().map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    rows.sort_unstable();
    (rows, objects.len())
}

#[test]
fn objects_are_put_on_s3() {
    let Some(server) = s3::server_or_skip("objects_are_put_on_s3") else {
        return;
    };
    server.create_bucket("small");
    let job = stream_job! {
        from iter(["a", "b", "a"])
            | map(|word| (word, 1u64))
            | reduce_by_key(+) every 1s
            | to object_store("s3://small/counts of/words", suffix: "csv") as Csv
    };
    job.run_with(config(job.plan(), server), StopSignal::new())
        .unwrap();
    let (rows, _) = rows(server, "small", "counts of/words");
    assert_eq!(rows, ["a,2", "b,1"]);
    for (name, _) in server.objects("small", "counts of/words") {
        assert!(name.starts_with("part-"), "{name}");
        assert_eq!(Path::new(&name).extension().unwrap(), "csv");
    }
}

#[test]
fn large_object_is_put_on_s3_in_pieces() {
    let Some(server) = s3::server_or_skip("large_object_is_put_on_s3_in_pieces") else {
        return;
    };
    server.create_bucket("large");
    let fed: Vec<String> = (0..40_000).map(|n| format!("{n:0>999}")).collect();
    let given = fed.clone();
    let job = stream_job! {
        from iter(given) | to object_store("s3://large/", roll: 30MB) every 1h
    };
    job.run_with(config(job.plan(), server), StopSignal::new())
        .unwrap();
    let (rows, n_objects) = rows(server, "large", "");
    assert!(rows == fed, "{} rows of {}", rows.len(), fed.len());
    // One that is full, one for the rest, and one more where the hour ends in between.
    assert!((2..=3).contains(&n_objects), "{n_objects} objects");
}

#[test]
fn job_that_panics_leaves_nothing_on_s3() {
    let Some(server) = s3::server_or_skip("job_that_panics_leaves_nothing_on_s3") else {
        return;
    };
    server.create_bucket("panics");
    let rows = (0..40_000).map(|n| format!("{n:0>999}"));
    let job = stream_job! {
        from iter(rows)
            | inspect(|row| assert!(!row.ends_with("39999"), "the last one"))
            | to object_store("s3://panics/") every 1h
    };
    let error = job
        .run_with(config(job.plan(), server), StopSignal::new())
        .unwrap_err();
    assert_eq!(error.code(), Code::Panicked);
    drop(job);
    assert_eq!(server.n_files("panics"), 0, "pieces are left");
}

#[test]
fn bucket_that_is_not_there_ends_the_job_at_its_start() {
    let Some(server) = s3::server_or_skip("bucket_that_is_not_there_ends_the_job_at_its_start")
    else {
        return;
    };
    let job = stream_job! { from iter(["a"]) | to object_store("s3://missing/dir") };
    let error = job
        .run_with(config(job.plan(), server), StopSignal::new())
        .unwrap_err();
    assert_eq!(error.code(), Code::UnknownOutput);
    let line = error.one_line();
    assert!(
        line.contains("cannot write to `s3://missing/dir`"),
        "{line}"
    );
    assert!(
        line.contains("`object_store(\"s3://missing/dir\")` (line "),
        "{line}"
    );
    assert!(line.contains("create the bucket"), "{line}");
}

#[test]
fn wrong_password_ends_the_job_and_is_not_shown() {
    let Some(server) = s3::server_or_skip("wrong_password_ends_the_job_and_is_not_shown") else {
        return;
    };
    server.create_bucket("closed");
    let job = stream_job! { from iter(["a"]) | to object_store("s3://closed") };
    let mut config = config(job.plan(), server);
    for (name, value) in &mut config.object_store {
        if name == "aws_secret_access_key" {
            "hunter2".clone_into(value);
        }
    }
    assert!(!format!("{config:?}").contains("hunter2"));
    let error = job.run_with(config, StopSignal::new()).unwrap_err();
    assert_eq!(error.code(), Code::NotAuthorized);
    let line = error.one_line();
    assert!(
        line.contains("see that this job may put objects there"),
        "{line}"
    );
    assert!(!line.contains("hunter2"), "{line}");
}
