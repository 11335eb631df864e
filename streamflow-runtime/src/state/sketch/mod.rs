//! Summaries in little memory: what they give is near the truth, and the same whatever the order of the
//! records and the number of workers.

mod distinct;
mod frequent;
mod quantiles;

use std::fmt;

use serde::de::Visitor;

pub use distinct::Distinct;
pub use frequent::{Frequent, FrequentKey};
pub use quantiles::Quantiles;

/// Reads the bytes of a sketch from a checkpoint.
struct Bytes<S> {
    what: &'static str,
    read: fn(&[u8]) -> Option<S>,
}

impl<S> Visitor<'_> for Bytes<S> {
    type Value = S;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the bytes of {}", self.what)
    }

    fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<S, E> {
        (self.read)(bytes).ok_or_else(|| E::custom(format!("no {}", self.what)))
    }
}

/// Saves a sketch as a newtype around its bytes, so that a checkpoint calls it by its name.
macro_rules! saved_as_bytes {
    ($sketch:ident, $name:literal) => {
        impl serde::Serialize for $sketch {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                struct Inside<'s>(&'s [u8]);
                impl serde::Serialize for Inside<'_> {
                    fn serialize<S: serde::Serializer>(
                        &self,
                        serializer: S,
                    ) -> Result<S::Ok, S::Error> {
                        serializer.serialize_bytes(self.0)
                    }
                }
                serializer.serialize_newtype_struct($name, &Inside(&self.bytes()))
            }
        }

        impl<'de> serde::Deserialize<'de> for $sketch {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Newtype;
                impl<'de> serde::de::Visitor<'de> for Newtype {
                    type Value = $sketch;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($name)
                    }

                    fn visit_newtype_struct<D: serde::Deserializer<'de>>(
                        self,
                        deserializer: D,
                    ) -> Result<$sketch, D::Error> {
                        deserializer.deserialize_bytes(super::Bytes {
                            what: $name,
                            read: $sketch::from_bytes,
                        })
                    }
                }
                deserializer.deserialize_newtype_struct($name, Newtype)
            }
        }
    };
}
use saved_as_bytes;
