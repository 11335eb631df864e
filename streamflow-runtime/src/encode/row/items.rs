//! Writes what stands between brackets, with the commas between.

use serde::Serialize;
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};

use super::write;
use crate::encode::EncodeError;

/// What stands between brackets.
pub(in crate::encode) struct Items<'o> {
    pub(super) out: &'o mut Vec<u8>,
    /// No item has been written.
    pub(super) is_first: bool,
    /// The bracket that ends it.
    pub(super) close: u8,
}

impl Items<'_> {
    #[inline]
    pub(super) fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        if !self.is_first {
            self.out.push(b',');
        }
        self.is_first = false;
        write(value, self.out)
    }

    #[inline]
    #[expect(clippy::unnecessary_wraps, reason = "the return type of serde's `end`")]
    pub(super) fn closed(self) -> Result<(), EncodeError> {
        self.out.push(self.close);
        Ok(())
    }
}

macro_rules! unnamed_items {
    ($($of:ident $method:ident;)*) => {$(
        impl $of for Items<'_> {
            type Ok = ();
            type Error = EncodeError;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
                self.item(value)
            }

            #[inline]
            fn end(self) -> Result<(), EncodeError> {
                self.closed()
            }
        }
    )*};
}

unnamed_items! {
    SerializeSeq serialize_element;
    SerializeTuple serialize_element;
    SerializeTupleStruct serialize_field;
    SerializeTupleVariant serialize_field;
}

macro_rules! named_items {
    ($($of:ident)*) => {$(
        impl $of for Items<'_> {
            type Ok = ();
            type Error = EncodeError;

            #[inline]
            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                _name: &'static str,
                value: &T,
            ) -> Result<(), EncodeError> {
                self.item(value)
            }

            #[inline]
            fn end(self) -> Result<(), EncodeError> {
                self.closed()
            }
        }
    )*};
}

named_items!(SerializeStruct SerializeStructVariant);

impl SerializeMap for Items<'_> {
    type Ok = ();
    type Error = EncodeError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), EncodeError> {
        self.item(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        self.out.push(b':');
        write(value, self.out)
    }

    fn end(self) -> Result<(), EncodeError> {
        self.closed()
    }
}
