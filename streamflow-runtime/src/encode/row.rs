//! Writes an item as a row, in the words of Spark's Scala API: `(user,2)`, `Click(u1,/home)`.

mod items;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io::Write as _;

use serde::{Serialize, Serializer};

use self::items::Items;
use super::EncodeError;

/// Writes an item as a row.
///
/// Only the type's own `Serialize` can fail; what it wrote until then is left there.
#[inline]
pub(crate) fn shown<T: Serialize + ?Sized>(item: &T, out: &mut Vec<u8>) {
    // A row is for people to read: half of it says more than none.
    let _written = write(item, out);
}

/// Writes an item as a row, and says where the type's own `Serialize` failed.
#[inline]
pub(super) fn write<T: Serialize + ?Sized>(item: &T, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    item.serialize(Row { out })
}

/// A row that is being written.
pub(super) struct Row<'o> {
    out: &'o mut Vec<u8>,
}

impl<'o> Row<'o> {
    #[inline]
    fn text(self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// Writes what knows only how to display itself, without a `String` in between.
    #[inline]
    fn display(self, value: fmt::Arguments<'_>) {
        // Writing to a vector cannot fail; a `Display` that fails leaves what it wrote.
        let _written = self.out.write_fmt(value);
    }

    fn open(self, name: &str, brackets: Brackets) -> Items<'o> {
        self.out.extend_from_slice(name.as_bytes());
        let (open, close) = match brackets {
            Brackets::Round => (b'(', b')'),
            Brackets::Square => (b'[', b']'),
            Brackets::Curly => (b'{', b'}'),
        };
        self.out.push(open);
        Items {
            out: self.out,
            is_first: true,
            close,
        }
    }

    fn wrapped<T: Serialize + ?Sized>(self, name: &str, value: &T) -> Result<(), EncodeError> {
        let mut items = self.open(name, Brackets::Round);
        items.item(value)?;
        items.closed()
    }
}

#[derive(Clone, Copy)]
enum Brackets {
    Round,
    Square,
    Curly,
}

macro_rules! numbers {
    ($($method:ident $number:ident;)*) => {$(
        #[inline]
        fn $method(self, number: $number) -> Result<(), EncodeError> {
            self.text(itoa::Buffer::new().format(number));
            Ok(())
        }
    )*};
}

impl<'o> Serializer for Row<'o> {
    type Ok = ();
    type Error = EncodeError;
    type SerializeSeq = Items<'o>;
    type SerializeTuple = Items<'o>;
    type SerializeTupleStruct = Items<'o>;
    type SerializeTupleVariant = Items<'o>;
    type SerializeMap = Items<'o>;
    type SerializeStruct = Items<'o>;
    type SerializeStructVariant = Items<'o>;

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
        self.text(if value { "true" } else { "false" });
        Ok(())
    }

    fn serialize_f32(self, number: f32) -> Result<(), EncodeError> {
        self.display(format_args!("{number:?}"));
        Ok(())
    }

    fn serialize_f64(self, number: f64) -> Result<(), EncodeError> {
        self.display(format_args!("{number:?}"));
        Ok(())
    }

    fn serialize_char(self, char: char) -> Result<(), EncodeError> {
        self.text(char.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    #[inline]
    fn serialize_str(self, text: &str) -> Result<(), EncodeError> {
        self.text(text);
        Ok(())
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Result<(), EncodeError> {
        self.display(format_args!("{value}"));
        Ok(())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), EncodeError> {
        self.text(&String::from_utf8_lossy(bytes));
        Ok(())
    }

    fn serialize_none(self) -> Result<(), EncodeError> {
        self.text("None");
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), EncodeError> {
        self.wrapped("Some", value)
    }

    fn serialize_unit(self) -> Result<(), EncodeError> {
        self.text("()");
        Ok(())
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<(), EncodeError> {
        self.text(name);
        Ok(())
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<(), EncodeError> {
        self.text(variant);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        self.wrapped(name, value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), EncodeError> {
        self.wrapped(variant, value)
    }

    fn serialize_seq(self, _len: Option<usize>) -> Result<Items<'o>, EncodeError> {
        Ok(self.open("", Brackets::Square))
    }

    #[inline]
    fn serialize_tuple(self, _len: usize) -> Result<Items<'o>, EncodeError> {
        Ok(self.open("", Brackets::Round))
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        _len: usize,
    ) -> Result<Items<'o>, EncodeError> {
        Ok(self.open(name, Brackets::Round))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Items<'o>, EncodeError> {
        Ok(self.open(variant, Brackets::Round))
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<Items<'o>, EncodeError> {
        Ok(self.open("", Brackets::Curly))
    }

    fn serialize_struct(self, name: &'static str, _len: usize) -> Result<Items<'o>, EncodeError> {
        Ok(self.open(name, Brackets::Round))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Items<'o>, EncodeError> {
        Ok(self.open(variant, Brackets::Round))
    }
}
