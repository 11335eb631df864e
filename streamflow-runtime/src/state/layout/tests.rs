use std::collections::{BTreeMap, HashMap, HashSet};
use std::num::NonZeroU32;
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::of;

#[derive(Deserialize)]
struct Totals {
    _visits: u64,
    #[serde(rename = "spent")]
    _money: f64,
}

#[derive(Deserialize)]
struct Celsius(#[expect(dead_code, reason = "only the layout is of interest")] f32);

#[derive(Deserialize)]
struct Nothing;

#[derive(Deserialize)]
enum Event {
    Click,
    Buy(#[expect(dead_code, reason = "only the layout is of interest")] f64),
    Move(
        #[expect(dead_code, reason = "only the layout is of interest")] u8,
        #[expect(dead_code, reason = "only the layout is of interest")] Option<Side>,
    ),
    Ask {
        _word: String,
    },
}

#[derive(Deserialize)]
enum Side {
    Left,
    Right(#[expect(dead_code, reason = "only the layout is of interest")] Celsius),
}

#[derive(Deserialize)]
struct Generic<T> {
    _of: T,
    _and: bool,
}

#[derive(Deserialize)]
struct Tree {
    _below: Vec<Tree>,
    _left: Option<Box<Tree>>,
    _leaf: u8,
}

#[derive(Deserialize)]
enum Term {
    #[serde(rename = "sum")]
    Sum(
        #[expect(dead_code, reason = "only the layout is of interest")] Box<Term>,
        #[expect(dead_code, reason = "only the layout is of interest")] Box<Term>,
    ),
    Number(#[expect(dead_code, reason = "only the layout is of interest")] i32),
}

/// Is inside itself without a name in between.
#[derive(Deserialize)]
#[serde(transparent)]
struct Nested(#[expect(dead_code, reason = "only the layout is of interest")] Vec<Nested>);

/// Panics at every made-up value.
#[derive(Deserialize)]
#[serde(from = "String")]
struct Anxious;

impl From<String> for Anxious {
    fn from(text: String) -> Self {
        panic!("no idea what `{text}` is");
    }
}

/// Accepts no made-up value.
struct Proud;

impl<'de> Deserialize<'de> for Proud {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        (text == "proud")
            .then_some(Proud)
            .ok_or_else(|| serde::de::Error::custom("not proud"))
    }
}

/// Asks for nothing that a checkpoint can give.
struct Strange;

impl<'de> Deserialize<'de> for Strange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(serde::de::IgnoredAny)?;
        Ok(Strange)
    }
}

#[derive(Deserialize)]
struct Picky {
    _before: u8,
    _proud: Proud,
    _behind: u16,
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Day;

impl TryFrom<String> for Day {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.starts_with("1970-01-01").then_some(Day).ok_or(text)
    }
}

#[test]
fn layout_is_in_the_words_of_the_user() {
    assert_eq!(of::<u64>(), "u64");
    assert_eq!(of::<Box<str>>(), "str");
    assert_eq!(of::<(String, (i8, char))>(), "(str, (i8, char))");
    assert_eq!(of::<Option<Vec<f32>>>(), "Option<[f32]>");
    assert_eq!(of::<Box<[u8]>>(), "[u8]");
    assert_eq!(of::<HashMap<String, HashSet<u8>>>(), "{str: [u8]}");
    assert_eq!(of::<BTreeMap<(u8, u8), bool>>(), "{(u8, u8): bool}");
    assert_eq!(of::<[u16; 2]>(), "(u16, u16)");
}

#[test]
fn struct_is_told_by_the_names_and_types_of_its_fields() {
    assert_eq!(of::<Totals>(), "Totals { _visits: u64, spent: f64 }");
    assert_eq!(of::<Celsius>(), "Celsius(f32)");
    assert_eq!(of::<Nothing>(), "Nothing");
    assert_eq!(of::<Duration>(), "Duration { secs: u64, nanos: u32 }");
    assert_eq!(
        of::<Generic<Generic<u8>>>(),
        "Generic { _of: Generic { _of: u8, _and: bool }, _and: bool }"
    );
}

#[test]
fn enum_is_told_by_all_its_variants() {
    assert_eq!(
        of::<(Event, u8)>(),
        "(enum Event { Click, Buy(f64), \
         Move(u8, Option<enum Side { Left, Right(Celsius(f32)) }>), Ask { _word: str } }, u8)"
    );
}

#[test]
fn type_inside_itself_goes_by_its_name() {
    assert_eq!(
        of::<Tree>(),
        "Tree { _below: [Tree], _left: Option<Tree>, _leaf: u8 }"
    );
    assert_eq!(of::<Nested>(), "[Vec<Nested>]");
    assert_eq!(of::<Term>(), "enum Term { sum(Term, _), Number(i32) }");
}

#[test]
fn type_that_refuses_a_value_is_given_another() {
    assert_eq!(of::<(NonZeroU32, u8)>(), "(u32, u8)");
    assert_eq!(of::<(Day, u8)>(), "(str, u8)");
}

#[test]
fn type_that_refuses_every_value_leaves_open_what_stands_behind_it() {
    assert_eq!(
        of::<Picky>(),
        "Picky { _before: u8, _proud: str, _behind: _ }"
    );
    assert_eq!(of::<(Strange, u8)>(), "(Strange, _)");
    assert_eq!(of::<Option<Strange>>(), "Option<Strange>");
    assert_eq!(of::<Strange>(), "Strange");
}

#[test]
fn type_that_panics_at_a_made_up_value_ends_the_tour() {
    assert_eq!(of::<(u8, Anxious, u8)>(), "(u8, str, _)");
}
