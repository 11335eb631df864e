use std::borrow::Cow;
use std::collections::HashMap;

use serde::Deserialize;

use crate::decode::{Csv, Decode};
use crate::record::Record;

#[derive(Debug, PartialEq, Deserialize)]
struct Click<'b> {
    user: &'b str,
    page: u64,
    ms: Option<f64>,
}

#[derive(Debug, PartialEq, Deserialize)]
enum Kind {
    Click,
    #[serde(rename = "key press")]
    KeyPress,
}

#[derive(Debug, PartialEq, Deserialize)]
struct UserId(u32);

fn read<'b, T: Deserialize<'b>>(line: &'b str) -> Result<T, String> {
    Csv::<T>::decode(Record::of_value("t", 0, line.as_bytes())).map_err(|error| error.to_string())
}

fn refused<'b, T: Deserialize<'b> + std::fmt::Debug>(line: &'b str) -> String {
    read::<T>(line).expect_err("the line is wrong")
}

#[test]
fn struct_takes_its_fields_by_position() {
    assert_eq!(
        read("u1,7,2.5"),
        Ok(Click {
            user: "u1",
            page: 7,
            ms: Some(2.5)
        })
    );
    assert_eq!(
        read("u1,7,"),
        Ok(Click {
            user: "u1",
            page: 7,
            ms: None
        })
    );
}

#[test]
fn text_is_borrowed_from_the_record_also_within_quotes() {
    let line = r#"u1,"/a,b""#;
    let (user, page): (&str, &str) = read(line).expect("two fields");
    assert_eq!((user, page), ("u1", "/a,b"));
    assert!(line.as_bytes().as_ptr_range().contains(&page.as_ptr()));
}

#[test]
fn tuples_nest_and_take_fields_in_turn() {
    assert_eq!(read("a,1,b"), Ok((("a", 1_u8), 'b')));
    let nested: (Click<'_>, bool) = read("u,1,,true").expect("a click and a flag");
    assert_eq!(
        nested,
        (
            Click {
                user: "u",
                page: 1,
                ms: None
            },
            true
        )
    );
}

#[test]
fn vec_takes_all_fields_that_are_left() {
    assert_eq!(read("a,b,c"), Ok(vec!["a", "b", "c"]));
    assert_eq!(read("a,1,2"), Ok(("a", vec![1, 2])));
    assert_eq!(read("a"), Ok(("a", Vec::<u8>::new())));
    assert_eq!(read("a,b"), Ok(vec![vec!["a", "b"]]));
}

#[test]
fn single_value_takes_the_only_field() {
    assert_eq!(read("-5"), Ok(-5_i64));
    assert_eq!(read("12"), Ok(UserId(12)));
    assert_eq!(read(""), Ok(""));
    assert_eq!(read(""), Ok(None::<u8>));
}

#[test]
fn variants_are_read_by_name() {
    assert_eq!(read("Click,key press"), Ok((Kind::Click, Kind::KeyPress)));
    assert_eq!(
        refused::<Kind>("click"),
        "field 1: expected one of `Click`, `key press`, found `click`"
    );
}

#[test]
fn variant_with_data_is_refused() {
    #[derive(Debug, Deserialize)]
    enum Shape {
        #[expect(dead_code, reason = "never read")]
        Circle(u8),
    }
    assert_eq!(
        refused::<Shape>("Circle"),
        "comma-separated values have no place for a variant with data"
    );
}

#[test]
fn line_ending_is_ignored() {
    assert_eq!(read("a,b\r\n"), Ok(("a", "b")));
    assert_eq!(read("a,b\n"), Ok(("a", "b")));
    assert_eq!(read("a,\"b\"\r"), Ok(("a", "b")));
}

#[test]
fn quoted_empty_text_is_not_none() {
    assert_eq!(read(r#"a,"""#), Ok(("a", Some(""))));
    assert_eq!(read("a,"), Ok(("a", None::<&str>)));
}

#[test]
fn doubled_quotes_need_owned_text() {
    let line = r#"a,"say ""hi"", now""#;
    assert_eq!(read(line), Ok(("a", r#"say "hi", now"#.to_owned())));
    let (_, text): (&str, Cow<'_, str>) = read(line).expect("a Cow takes it");
    assert_eq!(text, r#"say "hi", now"#);
    assert_eq!(
        refused::<(&str, &str)>(line),
        "field 2: doubled quotes cannot be borrowed, use `String` or `Cow<str>`, \
         in `say \"\"hi\"\", now`"
    );
}

#[test]
fn quoted_field_may_span_lines() {
    assert_eq!(read("a,\"b\nc\"\n"), Ok(("a", "b\nc")));
}

#[test]
fn broken_quotes_are_errors() {
    assert_eq!(
        refused::<(&str, &str)>("a,\"b"),
        "field 2: the quote is never closed, in `\"b`"
    );
    assert_eq!(
        refused::<(&str, &str)>("\"a\"x,b"),
        "field 1: text stands behind the closing quote, in `\"a\"x,b`"
    );
}

#[test]
fn quote_inside_an_unquoted_field_is_text() {
    assert_eq!(read("5\" disk,2"), Ok(("5\" disk", 2)));
}

#[test]
fn error_names_number_name_and_text_of_the_field() {
    assert_eq!(
        refused::<Click<'_>>("u1,abc,"),
        "field 2 `page`: expected a whole number, found `abc`"
    );
    assert_eq!(
        refused::<Click<'_>>("u1,1,x\u{1b}[31m"),
        "field 3 `ms`: expected a number, found `x\\u{1b}[31m`"
    );
    assert_eq!(
        refused::<(&str, bool)>("a,"),
        "field 2: expected `true` or `false`, found an empty field"
    );
    assert_eq!(
        refused::<char>("ab"),
        "field 1: expected a single character, found `ab`"
    );
}

#[test]
fn name_does_not_outlive_its_struct() {
    assert_eq!(
        refused::<(Click<'_>, u8)>("u,1,,x"),
        "field 4: expected a whole number, found `x`"
    );
}

#[test]
fn whole_number_that_does_not_fit_says_the_range() {
    assert_eq!(
        refused::<u8>("300"),
        "field 1: expected a whole number from 0 to 255, found `300`"
    );
    assert_eq!(
        refused::<u8>("-1"),
        "field 1: expected a whole number from 0 to 255, found `-1`"
    );
}

#[test]
fn long_text_is_cut() {
    let line = "x".repeat(100);
    assert_eq!(
        refused::<u8>(&line),
        format!(
            "field 1: expected a whole number, found `{}…`",
            "x".repeat(60)
        )
    );
}

#[test]
fn too_few_fields_say_how_many_the_type_takes() {
    assert_eq!(
        refused::<Click<'_>>("u1,7"),
        "the line has 2 fields, and `Click` takes 3"
    );
    assert_eq!(
        refused::<(&str, u64)>("u1"),
        "the line has 1 field, and `(&str, u64)` takes 2"
    );
    assert_eq!(
        refused::<((&str, u8), u8)>("u"),
        "the line has 1 field, and `((&str, u8), u8)` takes more"
    );
    assert_eq!(
        refused::<(Click<'_>, String)>("u,1,"),
        "the line has 3 fields, and `(Click, String)` takes more"
    );
}

#[test]
fn too_many_fields_say_how_many_the_type_takes() {
    assert_eq!(
        refused::<Click<'_>>("u1,7,,\"a,b\",x"),
        "the line has 5 fields, and `Click` takes 3"
    );
    assert_eq!(
        refused::<u64>("1,2"),
        "the line has 2 fields, and `u64` takes 1"
    );
}

#[test]
fn missing_field_with_a_default_is_its_default() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Line<'b> {
        user: &'b str,
        #[serde(default)]
        n: u8,
    }
    assert_eq!(read("u"), Ok(Line { user: "u", n: 0 }));
}

#[test]
fn untagged_enum_sees_numbers_and_words() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(untagged)]
    enum Cell<'b> {
        Number(f64),
        Word(&'b str),
    }
    let row: Vec<Cell<'_>> = read("1,-2.5,nan").expect("a row");
    assert_eq!(
        row,
        [Cell::Number(1.0), Cell::Number(-2.5), Cell::Word("nan")]
    );
}

#[test]
fn map_is_refused() {
    assert!(
        refused::<HashMap<String, String>>("a,b")
            .starts_with("comma-separated values have no names to fill a map with")
    );
}

#[test]
fn message_of_the_types_own_check_comes_with_the_field() {
    fn even<'de, D: serde::Deserializer<'de>>(source: D) -> Result<u8, D::Error> {
        match u8::deserialize(source)? {
            number if number % 2 == 0 => Ok(number),
            _ => Err(serde::de::Error::custom("must be even")),
        }
    }
    #[derive(Debug, Deserialize)]
    struct Pair {
        #[serde(deserialize_with = "even")]
        #[expect(dead_code, reason = "never read")]
        feet: u8,
    }
    assert_eq!(refused::<Pair>("3"), "field 1 `feet`: must be even, in `3`");
}

#[test]
fn value_that_is_not_text_says_at_which_byte() {
    let record = Record::of_value("t", 0, b"a,\xff");
    let error = Csv::<(&str, &str)>::decode(record).expect_err("not text");
    assert_eq!(
        error.to_string(),
        "the value is not UTF-8 text: byte 2 is 0xff"
    );
}
