use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::*;
use crate::decode::Decode;
use crate::record::Record;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Click {
    user: String,
    note: Option<String>,
    at: (i64, f64),
    kind: Kind,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Kind {
    #[serde(rename = "click, double")]
    Double,
}

fn line<T: Serialize>(item: &T) -> Result<String, String> {
    let mut out = b">".to_vec();
    let outcome = <Csv>::encode(item, &mut out).map_err(|error| error.to_string());
    let text = String::from_utf8(out).expect("text");
    outcome.map(|()| text)
}

#[test]
fn nested_tuples_are_one_line() {
    assert_eq!(
        line(&("a", (1, 2.0), [true, false])),
        Ok(">a,1,2.0,true,false".into())
    );
    assert_eq!(line(&&("a", 'b')), Ok(">a,b".into()));
    assert_eq!(line(&"a"), Ok(">a".into()));
}

#[test]
fn fields_are_quoted_where_they_have_to_be() {
    assert_eq!(
        line(&("a,b", "say \"hi\"", "c\nd", "e f")),
        Ok(">\"a,b\",\"say \"\"hi\"\"\",\"c\nd\",e f".into())
    );
}

#[test]
fn none_is_empty_and_an_empty_text_in_some_is_quoted() {
    assert_eq!(
        line(&(None::<&str>, Some(""), "", Some(1))),
        Ok(">,\"\",,1".into())
    );
}

#[test]
fn some_of_a_tuple_does_not_quote_the_empty_texts_in_it() {
    assert_eq!(line(&Some(("a", ""))), Ok(">a,".into()));
}

#[test]
fn skipped_field_keeps_its_place() {
    #[derive(Serialize)]
    struct Pair {
        #[serde(skip_serializing_if = "Option::is_none")]
        first: Option<u8>,
        second: u8,
    }
    assert_eq!(
        line(&Pair {
            first: None,
            second: 2
        }),
        Ok(">,2".into())
    );
}

#[test]
fn maps_and_variants_with_data_are_refused() {
    let map = BTreeMap::from([("a", 1)]);
    let message = line(&("x", map)).expect_err("a map");
    assert!(
        message.starts_with("comma-separated values have no place for a map"),
        "{message}"
    );
    let message = line(&Ok::<u8, u8>(1)).expect_err("a variant with data");
    assert!(message.contains("a variant with data"), "{message}");
}

#[test]
fn failed_line_leaves_nothing_behind() {
    let mut out = b"before".to_vec();
    <Csv>::encode(&("x", BTreeMap::from([("a", 1)])), &mut out).expect_err("a map");
    assert_eq!(out, b"before");
}

#[test]
fn what_is_written_can_be_read() {
    let click = Click {
        user: "a \"b\", c".into(),
        note: Some(String::new()),
        at: (-3, 0.1),
        kind: Kind::Double,
    };
    let mut out = Vec::new();
    <Csv>::encode(&click, &mut out).expect("written");
    let read = Csv::<Click>::decode(Record::of_value("t", 0, &out)).expect("read");
    assert_eq!(read, click);
}
