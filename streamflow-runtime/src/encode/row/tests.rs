use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde::Serialize;

use super::*;

#[derive(Serialize)]
struct Click<'a> {
    user: &'a str,
    page: String,
}

#[derive(Serialize)]
struct UserId(u32);

#[derive(Serialize)]
struct Unit;

#[derive(Serialize)]
enum Shape {
    Dot,
    Circle(f64),
    Line(i8, i8),
    Rectangle { width: u8, height: u8 },
}

fn row<T: Serialize + ?Sized>(item: &T) -> String {
    let mut out = Vec::new();
    shown(item, &mut out);
    String::from_utf8(out).expect("text")
}

#[test]
fn text_stands_without_quotes() {
    assert_eq!(row("user \"1\""), "user \"1\"");
    assert_eq!(row(&'ä'), "ä");
}

#[test]
fn numbers_are_decimal_and_floats_show_that_they_are() {
    assert_eq!(row(&(-1_i8, u64::MAX, i128::MIN)), {
        format!("(-1,{},{})", u64::MAX, i128::MIN)
    });
    assert_eq!(row(&(2.0, 0.1_f32, f64::NAN, 1e300)), "(2.0,0.1,NaN,1e300)");
    assert_eq!(row(&true), "true");
}

#[test]
fn tuples_nest_also_behind_references() {
    assert_eq!(row(&("user1", 2_u64)), "(user1,2)");
    assert_eq!(row(&&(("a", 1), &("b".to_owned(), 'c'))), "((a,1),(b,c))");
}

#[test]
fn sequences_and_maps_have_brackets_of_their_own() {
    assert_eq!(row(&vec![1, 2]), "[1,2]");
    assert_eq!(row(&Vec::<u8>::new()), "[]");
    assert_eq!(row(&BTreeMap::from([("k", 1), ("k2", 2)])), "{k:1,k2:2}");
}

#[test]
fn options_and_unit_are_spelled_out() {
    assert_eq!(row(&(None::<u8>, Some("x"), ())), "(None,Some(x),())");
}

#[test]
fn structs_look_like_case_classes() {
    assert_eq!(
        row(&Click {
            user: "u1",
            page: "/home".into()
        }),
        "Click(u1,/home)"
    );
    assert_eq!(row(&UserId(7)), "UserId(7)");
    assert_eq!(row(&Unit), "Unit");
}

#[test]
fn variants_go_by_their_names() {
    let shapes = [
        Shape::Dot,
        Shape::Circle(1.5),
        Shape::Line(0, 1),
        Shape::Rectangle {
            width: 2,
            height: 3,
        },
    ];
    assert_eq!(row(&shapes), "(Dot,Circle(1.5),Line(0,1),Rectangle(2,3))");
}

#[test]
fn bytes_are_shown_as_text_as_far_as_they_are() {
    struct Raw(&'static [u8]);
    impl Serialize for Raw {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_bytes(self.0)
        }
    }
    assert_eq!(row(&Raw(b"a\xffb")), "a\u{fffd}b");
}

#[test]
fn value_that_only_displays_itself_stands_without_quotes() {
    assert_eq!(row(&Ipv4Addr::LOCALHOST), "127.0.0.1");
}

#[test]
fn failing_serialize_leaves_what_it_wrote() {
    struct Failing;
    impl Serialize for Failing {
        fn serialize<S: Serializer>(&self, _serializer: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("no"))
        }
    }
    assert_eq!(row(&("a", Failing)), "(a,");
    let error = write(&Failing, &mut Vec::new()).expect_err("it fails");
    assert_eq!(error.to_string(), "no");
}
