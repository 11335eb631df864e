//! Turns fields into the values that a type asks serde for.

use std::borrow::Cow;

use serde::Deserializer;
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{IntoDeserializer, Visitor};

use super::line::Line;
use super::problem::Problem;
use super::sequence::Fields;

const NO_NAMES: &str = "comma-separated values have no names to fill a map with \
                        (or a struct with `#[serde(flatten)]`)";

macro_rules! whole_numbers {
    ($($method:ident $visit:ident $number:ident;)*) => {$(
        #[inline]
        fn $method<V: Visitor<'b>>(self, visitor: V) -> Result<V::Value, Problem> {
            let field = self.take()?;
            match field.raw.parse::<$number>() {
                Ok(number) => visitor.$visit(number),
                Err(_) => Err(Problem::not_whole(field.raw, $number::MIN, $number::MAX)),
            }
        }
    )*};
}

macro_rules! read_from {
    ($($method:ident $visit:ident $type:ident $expected:literal;)*) => {$(
        #[inline]
        fn $method<V: Visitor<'b>>(self, visitor: V) -> Result<V::Value, Problem> {
            match self.take()?.text().parse::<$type>() {
                Ok(value) => visitor.$visit(value),
                Err(_) => Err(Problem::expected($expected)),
            }
        }
    )*};
}

impl<'b> Deserializer<'b> for &mut Line<'b> {
    type Error = Problem;

    whole_numbers! {
        deserialize_u8 visit_u8 u8;
        deserialize_u16 visit_u16 u16;
        deserialize_u32 visit_u32 u32;
        deserialize_u64 visit_u64 u64;
        deserialize_u128 visit_u128 u128;
        deserialize_i8 visit_i8 i8;
        deserialize_i16 visit_i16 i16;
        deserialize_i32 visit_i32 i32;
        deserialize_i64 visit_i64 i64;
        deserialize_i128 visit_i128 i128;
    }

    read_from! {
        deserialize_f32 visit_f32 f32 "a number";
        deserialize_f64 visit_f64 f64 "a number";
        deserialize_bool visit_bool bool "`true` or `false`";
        deserialize_char visit_char char "a single character";
    }

    #[inline]
    fn deserialize_str<V: Visitor<'b>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.take()?.text() {
            Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            Cow::Owned(text) => visitor
                .visit_string(text)
                .map_err(Problem::of_doubled_quotes),
        }
    }

    #[inline]
    fn deserialize_string<V: Visitor<'b>>(self, visitor: V) -> Result<V::Value, Problem> {
        self.deserialize_str(visitor)
    }

    #[inline]
    fn deserialize_identifier<V: Visitor<'b>>(self, visitor: V) -> Result<V::Value, Problem> {
        self.deserialize_str(visitor)
    }

    #[inline]
    fn deserialize_bytes<V: Visitor<'b>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.take()?.text() {
            Cow::Borrowed(text) => visitor.visit_borrowed_bytes(text.as_bytes()),
            Cow::Owned(text) => visitor
                .visit_byte_buf(text.into_bytes())
                .map_err(Problem::of_doubled_quotes),
        }
    }

    #[inline]
    fn deserialize_byte_buf<V: Visitor<'b>>(self, visitor: V) -> Result<V::Value, Problem> {
        self.deserialize_bytes(visitor)
    }

    /// The type takes anything (an untagged enum does): what reads as a number is one.
    fn deserialize_any<V: Visitor<'b>>(self, visitor: V) -> Result<V::Value, Problem> {
        if self.next_is_empty() {
            self.take()?;
            return visitor.visit_none();
        }
        let text = match self.take()?.text() {
            Cow::Borrowed(text) => text,
            Cow::Owned(text) => return visitor.visit_string(text),
        };
        // Rust reads `inf` and `nan` as numbers, which in a table are words.
        let is_numeric = text.starts_with(|c: char| c.is_ascii_digit() || c == '-');
        match text {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ if !is_numeric => visitor.visit_borrowed_str(text),
            _ => match (text.parse(), text.parse(), text.parse()) {
                (Ok(number), _, _) => visitor.visit_u64(number),
                (_, Ok(number), _) => visitor.visit_i64(number),
                (_, _, Ok(number)) => visitor.visit_f64(number),
                (Err(_), Err(_), Err(_)) => visitor.visit_borrowed_str(text),
            },
        }
    }

    #[inline]
    fn deserialize_option<V: Visitor<'b>>(self, visitor: V) -> Result<V::Value, Problem> {
        if self.next_is_empty() {
            self.take()?;
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_unit<V: Visitor<'b>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.take()?.raw {
            "" => visitor.visit_unit(),
            _ => Err(Problem::expected("an empty field")),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'b>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        self.deserialize_unit(visitor)
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'b>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        visitor.visit_newtype_struct(self)
    }

    #[inline]
    fn deserialize_seq<V: Visitor<'b>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_seq(Fields::all(self))
    }

    #[inline]
    fn deserialize_tuple<V: Visitor<'b>>(
        self,
        n_fields: usize,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        visitor.visit_seq(Fields::unnamed(self, n_fields))
    }

    #[inline]
    fn deserialize_tuple_struct<V: Visitor<'b>>(
        self,
        _name: &'static str,
        n_fields: usize,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        visitor.visit_seq(Fields::unnamed(self, n_fields))
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'b>>(
        self,
        _name: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        visitor.visit_seq(Fields::named(self, names))
    }

    fn deserialize_map<V: Visitor<'b>>(self, _visitor: V) -> Result<V::Value, Problem> {
        Err(Problem::unreadable(NO_NAMES))
    }

    fn deserialize_enum<V: Visitor<'b>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        let value = match self.take()?.text() {
            Cow::Borrowed(text) => visitor.visit_enum(BorrowedStrDeserializer::new(text)),
            Cow::Owned(text) => visitor.visit_enum(text.into_deserializer()),
        };
        value.map_err(Problem::of_variant)
    }

    fn deserialize_ignored_any<V: Visitor<'b>>(self, visitor: V) -> Result<V::Value, Problem> {
        self.take()?;
        visitor.visit_unit()
    }
}
