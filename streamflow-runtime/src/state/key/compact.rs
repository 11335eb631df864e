//! Strings and bytes as kept keys: short ones stand in the table itself, so that a look-up follows
//! no pointer and compares two words.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{KeptKey, Key};

/// A kept string or kept bytes. In a checkpoint it is the same as a `Box<T>`.
pub struct Compact<T: ?Sized>(Form<T>);

enum Form<T: ?Sized> {
    /// At most [`SHORT`] bytes.
    Short([u8; 16]),
    Long(Box<T>),
}

/// The longest key that stands in the table itself, in bytes.
const SHORT: usize = 15;

/// The bytes of a short key, then zeros, then their number: as two words.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Words {
    first: u64,
    last: u64,
}

impl Words {
    /// The words of a short slice; `None` for a longer one.
    ///
    /// Whole words are read, which overlap where need be: copying a number of bytes that is known
    /// only when it runs would be a call.
    #[inline]
    fn of(bytes: &[u8]) -> Option<Self> {
        let len = bytes.len();
        let (first, last) = match len {
            0 => (0, 0),
            1..=3 => {
                let middle = u64::from(bytes[len / 2]) << (8 * (len / 2));
                let end = u64::from(bytes[len - 1]) << (8 * (len - 1));
                (u64::from(bytes[0]) | middle | end, 0)
            }
            4..=7 => {
                let end = four(&bytes[len - 4..]) << (8 * (len - 4));
                (four(bytes) | end, 0)
            }
            8 => (eight(bytes), 0),
            9..=SHORT => (eight(bytes), eight(&bytes[len - 8..]) >> (8 * (16 - len))),
            _ => return None,
        };
        Some(Words {
            first,
            last: last | (len as u64) << 56,
        })
    }

    #[inline]
    fn kept(bytes: &[u8; 16]) -> Self {
        Words {
            first: eight(&bytes[..8]),
            last: eight(&bytes[8..]),
        }
    }

    fn keep(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.first.to_le_bytes());
        bytes[8..].copy_from_slice(&self.last.to_le_bytes());
        bytes
    }
}

#[inline]
fn four(bytes: &[u8]) -> u64 {
    bytes
        .first_chunk()
        .map_or(0, |chunk| u64::from(u32::from_le_bytes(*chunk)))
}

#[inline]
fn eight(bytes: &[u8]) -> u64 {
    bytes
        .first_chunk()
        .map_or(0, |chunk| u64::from_le_bytes(*chunk))
}

/// The bytes of a short key.
fn held(kept: &[u8; 16]) -> &[u8] {
    kept.get(..usize::from(kept[15])).unwrap_or_default()
}

/// Feeds bytes to a hasher, as a key does whatever its form.
#[inline]
fn hash_into<H: Hasher>(bytes: &[u8], hasher: &mut H) {
    match Words::of(bytes) {
        Some(words) => {
            hasher.write_u64(words.first);
            hasher.write_u64(words.last);
        }
        None => bytes.hash(hasher),
    }
}

/// Whether a key as it comes is a kept one.
#[inline]
fn is<T: ?Sized + Whole>(bytes: &[u8], kept: &Compact<T>) -> bool {
    match (&kept.0, Words::of(bytes)) {
        (Form::Short(kept), Some(words)) => words == Words::kept(kept),
        (Form::Long(kept), None) => *bytes == *kept.in_bytes(),
        (Form::Short(_), None) | (Form::Long(_), Some(_)) => false,
    }
}

/// What is kept compactly: `str` and `[u8]`.
pub trait Whole {
    /// Its bytes.
    fn in_bytes(&self) -> &[u8];
    /// What these bytes are, if they are the bytes of such a value.
    fn of(bytes: &[u8]) -> &Self;
}

impl Whole for str {
    #[inline]
    fn in_bytes(&self) -> &[u8] {
        self.as_bytes()
    }

    #[inline]
    fn of(bytes: &[u8]) -> &str {
        // They were a `str` when they were kept.
        std::str::from_utf8(bytes).unwrap_or_default()
    }
}

impl Whole for [u8] {
    #[inline]
    fn in_bytes(&self) -> &[u8] {
        self
    }

    #[inline]
    fn of(bytes: &[u8]) -> &[u8] {
        bytes
    }
}

impl<T: ?Sized + Whole> Compact<T> {
    /// The value itself.
    #[inline]
    pub fn get(&self) -> &T {
        match &self.0 {
            Form::Short(kept) => T::of(held(kept)),
            Form::Long(kept) => kept,
        }
    }
}

impl<T: ?Sized + Whole + fmt::Debug> fmt::Debug for Compact<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

impl<T: ?Sized + Whole> PartialEq for Compact<T> {
    fn eq(&self, other: &Self) -> bool {
        self.get().in_bytes() == other.get().in_bytes()
    }
}

impl<T: ?Sized + Whole> Eq for Compact<T> {}

impl<T: ?Sized + Whole> PartialOrd for Compact<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// As the bytes are ordered, which is the order of texts too.
impl<T: ?Sized + Whole> Ord for Compact<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.get().in_bytes().cmp(other.get().in_bytes())
    }
}

impl<T: ?Sized + Whole> Clone for Compact<T>
where
    Box<T>: Clone,
{
    fn clone(&self) -> Self {
        Compact(match &self.0 {
            Form::Short(kept) => Form::Short(*kept),
            Form::Long(kept) => Form::Long(kept.clone()),
        })
    }
}

impl<T: ?Sized + Whole + Serialize> Serialize for Compact<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.get().serialize(serializer)
    }
}

impl<'de, T: ?Sized + Whole> Deserialize<'de> for Compact<T>
where
    Box<T>: Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let whole: Box<T> = Deserialize::deserialize(deserializer)?;
        Ok(Compact(match Words::of(whole.in_bytes()) {
            Some(words) => Form::Short(words.keep()),
            None => Form::Long(whole),
        }))
    }
}

/// Strings and bytes, borrowed and owned: all are looked up as what they hold.
macro_rules! compact_keys {
    ($($key:ty => $whole:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl Key for $key {
            type Kept = Compact<$whole>;

            #[inline]
            fn hash_into<H: Hasher>(&self, hasher: &mut H) {
                let whole: &$whole = self;
                hash_into(whole.in_bytes(), hasher);
            }

            #[inline]
            fn is(&self, kept: &Compact<$whole>) -> bool {
                let whole: &$whole = self;
                is(whole.in_bytes(), kept)
            }

            #[cold]
            fn keep(self) -> Compact<$whole> {
                let whole: &$whole = &self;
                Compact(match Words::of(whole.in_bytes()) {
                    Some(words) => Form::Short(words.keep()),
                    None => Form::Long(self.into()),
                })
            }

            #[inline]
            fn keep_short(&self) -> Option<Compact<$whole>> {
                let whole: &$whole = self;
                let words = Words::of(whole.in_bytes())?;
                Some(Compact(Form::Short(words.keep())))
            }
        }
    )*};
}

compact_keys! {
    &str => str;
    String => str;
    Box<str> => str;
    Cow<'_, str> => str;
    &[u8] => [u8];
    Vec<u8> => [u8];
    Box<[u8]> => [u8];
}

macro_rules! kept_keys {
    ($($whole:ty),*) => {$(
        impl KeptKey for Compact<$whole> {
            type Lent<'a> = &'a $whole;

            #[inline]
            fn lend(&self) -> &$whole {
                self.get()
            }

            #[inline]
            fn hash_kept<H: Hasher>(&self, hasher: &mut H) {
                match &self.0 {
                    Form::Short(kept) => {
                        let words = Words::kept(kept);
                        hasher.write_u64(words.first);
                        hasher.write_u64(words.last);
                    }
                    Form::Long(kept) => hash_into(kept.in_bytes(), hasher),
                }
            }

            #[inline]
            fn is_same(&self, other: &Self) -> bool {
                match (&self.0, &other.0) {
                    (Form::Short(one), Form::Short(other)) => one == other,
                    (Form::Long(one), Form::Long(other)) => one == other,
                    (Form::Short(_), Form::Long(_)) | (Form::Long(_), Form::Short(_)) => false,
                }
            }
        }
    )*};
}

kept_keys! { str, [u8] }

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::keyed::{Keyed, Place};

    /// Texts of every length around the borders of what is short, and such as differ in one place.
    fn texts() -> Vec<String> {
        let mut texts: Vec<String> = (0..40).map(|len| "x".repeat(len)).collect();
        for len in 1..20 {
            for at in 0..len {
                let mut text: Vec<u8> = vec![b'x'; len];
                text[at] = b'y';
                texts.push(String::from_utf8(text).expect("ASCII"));
                texts.extend(text_with(len, at, 0));
            }
        }
        texts.push("größe".to_owned());
        texts
    }

    /// A zero is a letter like any other, also at the end.
    fn text_with(len: usize, at: usize, byte: u8) -> Option<String> {
        let mut text = vec![b'x'; len];
        text[at] = byte;
        String::from_utf8(text).ok()
    }

    #[test]
    fn kept_texts_are_what_they_were() {
        for text in texts() {
            assert_eq!(text.as_str().keep().get(), text);
            assert_eq!(text.clone().keep().get(), text);
            assert_eq!(text.as_bytes().keep().get(), text.as_bytes());
        }
    }

    #[test]
    fn texts_meet_only_themselves() {
        let texts = texts();
        for (at, kept) in texts.iter().enumerate() {
            let kept = kept.as_str().keep();
            for (other, text) in texts.iter().enumerate() {
                assert_eq!(
                    text.as_str().is(&kept),
                    at == other,
                    "{text:?} and {kept:?}"
                );
            }
        }
    }

    #[test]
    fn every_text_has_one_entry() {
        let texts = texts();
        let mut table: Keyed<Compact<str>, usize> = Keyed::default();
        for _ in 0..2 {
            for text in &texts {
                match table.place(text.as_str()) {
                    Place::Known(count, _) => *count += 1,
                    Place::New(new) => {
                        new.insert(1);
                    }
                }
            }
        }
        let entries: Vec<_> = table.drain().collect();
        assert_eq!(entries.len(), texts.len());
        assert!(entries.iter().all(|(_, count)| *count == 2));
    }

    #[test]
    fn short_text_takes_no_more_than_three_words() {
        assert_eq!(size_of::<Compact<str>>(), 24);
    }

    #[test]
    fn checkpoint_holds_the_text_alone() {
        for text in texts() {
            let image = postcard::to_stdvec(&text.as_str().keep()).expect("a text can be written");
            assert_eq!(
                image,
                postcard::to_stdvec(&text).expect("a text can be written")
            );
            let read: Compact<str> = postcard::from_bytes(&image).expect("a text can be read");
            assert!(text.as_str().is(&read));
        }
    }
}
