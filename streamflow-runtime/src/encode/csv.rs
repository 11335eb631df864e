//! Writes an item as a line of comma-separated values.

use std::fmt;
use std::io::Write as _;

use serde::Serialize;
use serde::ser::{
    Impossible, SerializeSeq, SerializeStruct, SerializeTuple, SerializeTupleStruct, Serializer,
};

use super::contract::whole_or_nothing;
use super::{Csv, Encode, EncodeError};

#[diagnostic::do_not_recommend]
impl<T: Serialize, U> Encode<T> for Csv<U> {
    #[inline]
    fn encode(item: &T, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        whole_or_nothing(out, |out| {
            item.serialize(&mut Line {
                out,
                is_first: true,
                is_some: false,
            })
        })
    }
}

/// A line that is being written.
struct Line<'o> {
    out: &'o mut Vec<u8>,
    /// No field has been written.
    is_first: bool,
    /// The next value stands in a `Some`: an empty text needs quotes to differ from `None`.
    is_some: bool,
}

impl Line<'_> {
    /// Writes a field that needs no quotes.
    #[inline]
    fn plain(&mut self, text: &[u8]) {
        if !self.is_first {
            self.out.push(b',');
        }
        self.is_first = false;
        self.is_some = false;
        self.out.extend_from_slice(text);
    }

    fn float(&mut self, number: fmt::Arguments<'_>) {
        self.plain(b"");
        // Writing to a vector cannot fail.
        let _written = self.out.write_fmt(number);
    }

    /// Writes a field with the quotes that it needs.
    #[inline]
    fn field(&mut self, text: &[u8]) {
        let needs_quotes = |byte| matches!(byte, b',' | b'"' | b'\n' | b'\r');
        if text.iter().copied().any(needs_quotes) || (self.is_some && text.is_empty()) {
            self.quoted(text);
        } else {
            self.plain(text);
        }
    }

    fn quoted(&mut self, text: &[u8]) {
        self.plain(b"\"");
        let mut rest = text;
        while let Some(quote) = memchr::memchr(b'"', rest) {
            let (before, behind) = rest.split_at(quote + 1);
            self.out.extend_from_slice(before);
            self.out.push(b'"');
            rest = behind;
        }
        self.out.extend_from_slice(rest);
        self.out.push(b'"');
    }
}

#[cold]
fn no_place_for(what: &str) -> EncodeError {
    EncodeError::new(format_args!(
        "comma-separated values have no place for {what}: write it `as Json`, or put `| map(…)` \
         in front of the sink"
    ))
}

macro_rules! numbers {
    ($($method:ident $number:ident;)*) => {$(
        #[inline]
        fn $method(self, number: $number) -> Result<(), EncodeError> {
            self.plain(itoa::Buffer::new().format(number).as_bytes());
            Ok(())
        }
    )*};
}

impl Serializer for &mut Line<'_> {
    type Ok = ();
    type Error = EncodeError;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeStruct = Self;
    type SerializeTupleVariant = Impossible<(), EncodeError>;
    type SerializeMap = Impossible<(), EncodeError>;
    type SerializeStructVariant = Impossible<(), EncodeError>;

    numbers! {
        serialize_i8 i8;
        serialize_i16 i16;
        serialize_i32 i32;
        serialize_i64 i64;
        serialize_i128 i128;
        serialize_u8 u8;
        serialize_u16 u16;
        serialize_u32 u32;
        serialize_u64 u64;
        serialize_u128 u128;
    }

    fn serialize_bool(self, value: bool) -> Result<(), EncodeError> {
        self.plain(if value { b"true" } else { b"false" });
        Ok(())
    }

    fn serialize_f32(self, number: f32) -> Result<(), EncodeError> {
        self.float(format_args!("{number:?}"));
        Ok(())
    }

    fn serialize_f64(self, number: f64) -> Result<(), EncodeError> {
        self.float(format_args!("{number:?}"));
        Ok(())
    }

    fn serialize_char(self, char: char) -> Result<(), EncodeError> {
        self.field(char.encode_utf8(&mut [0; 4]).as_bytes());
        Ok(())
    }

    #[inline]
    fn serialize_str(self, text: &str) -> Result<(), EncodeError> {
        self.field(text.as_bytes());
        Ok(())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), EncodeError> {
        self.field(bytes);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), EncodeError> {
        self.plain(b"");
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), EncodeError> {
        self.is_some = true;
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), EncodeError> {
        self.plain(b"");
        Ok(())
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), EncodeError> {
        self.plain(b"");
        Ok(())
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<(), EncodeError> {
        self.field(variant.as_bytes());
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _value: &T,
    ) -> Result<(), EncodeError> {
        Err(no_place_for("a variant with data"))
    }

    fn serialize_seq(self, _len: Option<usize>) -> Result<Self, EncodeError> {
        Ok(self)
    }

    fn serialize_tuple(self, _len: usize) -> Result<Self, EncodeError> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _name: &'static str, _len: usize) -> Result<Self, EncodeError> {
        Ok(self)
    }

    fn serialize_struct(self, _name: &'static str, _len: usize) -> Result<Self, EncodeError> {
        Ok(self)
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _len: usize,
    ) -> Result<Self::SerializeTupleVariant, EncodeError> {
        Err(no_place_for("a variant with data"))
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<Self::SerializeMap, EncodeError> {
        Err(no_place_for("a map"))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _len: usize,
    ) -> Result<Self::SerializeStructVariant, EncodeError> {
        Err(no_place_for("a variant with data"))
    }
}

macro_rules! fields_in_turn {
    ($($of:ident $method:ident;)*) => {$(
        impl $of for &mut Line<'_> {
            type Ok = ();
            type Error = EncodeError;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
                self.is_some = false;
                value.serialize(&mut **self)
            }

            fn end(self) -> Result<(), EncodeError> {
                Ok(())
            }
        }
    )*};
}

fields_in_turn! {
    SerializeSeq serialize_element;
    SerializeTuple serialize_element;
    SerializeTupleStruct serialize_field;
}

impl SerializeStruct for &mut Line<'_> {
    type Ok = ();
    type Error = EncodeError;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        self.is_some = false;
        value.serialize(&mut **self)
    }

    /// A field that is left out keeps its place, or those behind it would move.
    fn skip_field(&mut self, _name: &'static str) -> Result<(), EncodeError> {
        self.plain(b"");
        Ok(())
    }

    fn end(self) -> Result<(), EncodeError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
