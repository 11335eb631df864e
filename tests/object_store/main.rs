//! What leaves a job by `to object_store(…)`: in memory and in a directory on a virtual clock, and on
//! a real server that speaks S3.
//!
//! Without Java and Maven the tests of the server say that they are skipped, and why;
//! `STREAMFLOW_TEST_S3=required` makes that a failure.

#[cfg(test)]
mod parts;
#[cfg(test)]
mod refused;
#[cfg(test)]
mod s3;

use std::time::Duration;

use streamflow::testing::{JobTest, Object};

const SECOND: Duration = Duration::from_secs(1);

/// The lines of all objects, sorted.
fn lines(objects: &[Object]) -> Vec<String> {
    let texts = objects.iter().map(|object| text(&object.bytes));
    let mut lines: Vec<String> = texts
        .flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    lines.sort();
    lines
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("rows are text")
}

/// The lines of all objects that a job under test has put, sorted.
fn put(test: &mut JobTest) -> Vec<String> {
    lines(&test.objects(""))
}
