//! Writes an item as a row of text, or as the bytes that it is.

use serde::Serialize;

use super::contract::whole_or_nothing;
use super::{Bytes, Encode, EncodeError, Text, row};

#[diagnostic::do_not_recommend]
impl<T: Serialize> Encode<T> for Text {
    #[inline]
    fn encode(item: &T, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        whole_or_nothing(out, |out| row::write(item, out))
    }
}

#[diagnostic::do_not_recommend]
impl<T: AsRef<[u8]>> Encode<T> for Bytes {
    #[inline]
    fn encode(item: &T, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend_from_slice(item.as_ref());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written<F: Encode<T>, T>(item: &T) -> String {
        let mut out = b"before ".to_vec();
        F::encode(item, &mut out).expect("written");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn text_is_written_as_it_is() {
        assert_eq!(written::<Text, _>(&"a \"b\",c"), "before a \"b\",c");
        assert_eq!(written::<Text, _>(&"a".to_owned()), "before a");
    }

    #[test]
    fn everything_else_is_written_as_a_row() {
        assert_eq!(written::<Text, _>(&("user1", 2_u64)), "before (user1,2)");
        assert_eq!(
            written::<Text, _>(&&("user1".to_owned(), 2_u64)),
            "before (user1,2)"
        );
    }

    #[test]
    fn bytes_are_written_as_they_are() {
        assert_eq!(written::<Bytes, _>(&&b"x"[..]), "before x");
        assert_eq!(written::<Bytes, _>(&"y"), "before y");
        assert_eq!(written::<Bytes, _>(&vec![b'z']), "before z");
    }
}
