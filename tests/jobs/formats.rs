//! How records are read and results are written.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use streamflow::{Decode, DecodeError, Record, stream_job};

use crate::SECOND;

#[derive(Deserialize, Serialize)]
struct Click<'b> {
    user: &'b str,
    page: Cow<'b, str>,
    ms: Option<u32>,
}

#[test]
fn csv_is_read_into_structs_that_borrow_from_the_record() {
    let mut test = stream_job! {
        from kafka("in") as Csv<Click<'_>>
            | map(|click| (click.user, click.page.len()))
            | reduce_by_key(+) every 1s
            | print
    }
    .test();
    test.feed("in", ["u1,/home,12", "u1,\"/a,b\",", "u2,/x,7"]);
    test.advance(SECOND);
    test.expect(["(u1,9)", "(u2,2)"]);
}

#[test]
fn csv_is_read_into_tuples() {
    let mut test = stream_job! {
        from kafka("in") as Csv<(&str, f64)> | map(|(name, price)| format!("{name}={price}")) | print
    }
    .test();
    test.feed("in", ["tea,2.5"]);
    test.expect(["tea=2.5"]);
}

#[test]
fn json_is_read_into_structs_that_borrow_from_the_record() {
    let mut test = stream_job! {
        from kafka("in") as Json<Click<'_>> | map(|click| (click.user, 1u64)) | reduce_by_key(+) every 1s | print
    }
    .test();
    test.feed(
        "in",
        [
            r#"{"user":"u1","page":"/home"}"#,
            r#"{"user":"u1","page":"/x","ms":3}"#,
        ],
    );
    test.advance(SECOND);
    test.expect(["(u1,2)"]);
}

#[test]
fn field_that_does_not_fit_is_named() {
    let mut test =
        stream_job! { from kafka("in") as Csv<Click<'_>> | map(|click| click.ms) | print }.test();
    test.feed_partition("in", 0, ["u1,/home,soon"]);
    let text = test.finish().unwrap_err().one_line();
    assert!(text.contains("field 3") && text.contains("soon"), "{text}");
}

#[test]
fn bytes_come_as_they_are() {
    let mut test =
        stream_job! { from kafka("in") as Bytes | map(|bytes| bytes.len()) | print }.test();
    test.feed("in", [b"\xff\x00\x01".as_slice()]);
    test.expect(["3"]);
}

#[test]
fn record_shows_key_partition_and_offset() {
    let mut test = stream_job! {
        from kafka("in") as Record
            | map(|record| (record.key.map(<[u8]>::len), record.offset, record.timestamp_ms().is_some()))
            | print
    }
    .test();
    test.feed_keyed("in", [("key", "value")]);
    test.expect(["(Some(3),0,true)"]);
}

/// A format of the user's own: `key=value`.
struct Setting;

impl<'b> Decode<'b> for Setting {
    type Item = (&'b str, &'b str);

    fn decode(record: Record<'b>) -> Result<Self::Item, DecodeError> {
        let text =
            std::str::from_utf8(record.value.unwrap_or_default()).map_err(DecodeError::new)?;
        text.split_once('=').ok_or_else(|| "no `=`".into())
    }
}

#[test]
fn format_of_the_users_own_is_read() {
    let mut test = stream_job! { from kafka("in") as Setting | print }.test();
    test.feed("in", ["a=1"]);
    test.expect(["(a,1)"]);
    test.feed_partition("in", 0, ["a"]);
    let text = test.finish().unwrap_err().one_line();
    assert!(text.contains("no `=`"), "{text}");
}
