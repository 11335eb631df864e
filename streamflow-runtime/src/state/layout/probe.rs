//! Answers a type that asks to be read: with a made-up value, and a note of what it asked for.

use std::any::type_name;
use std::fmt;

use serde::de::{self, Deserializer, Visitor};

use super::access::{OneVariant, Parts};
use super::node::{Kind, Node, Tour};

/// The place of one type in the tree.
#[derive(Debug)]
pub(super) struct Probe<'t> {
    node: &'t mut Node,
    tour: &'t Tour,
}

/// Why a tour ends early.
#[derive(Debug)]
pub(super) struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a made-up value was refused")
    }
}

impl std::error::Error for Refused {}

impl de::Error for Refused {
    fn custom<T: fmt::Display>(_message: T) -> Self {
        Refused
    }
}

/// Texts that types made of text accept: words, numbers, times, addresses, identifiers.
const TEXTS: [&str; 10] = [
    "a",
    "1",
    "",
    "1970-01-01",
    "00:00:00",
    "1970-01-01T00:00:00",
    "1970-01-01T00:00:00Z",
    "127.0.0.1",
    "http://localhost/",
    "00000000-0000-0000-0000-000000000001",
];

/// Bytes that types made of bytes accept, such as identifiers of 16.
const BYTES: [&[u8]; 4] = [&[], &[0; 16], &[0; 32], b"a"];

impl<'t> Probe<'t> {
    pub(super) fn new(node: &'t mut Node, tour: &'t Tour) -> Self {
        Probe { node, tour }
    }

    fn plain(&mut self, word: &'static str, samples: usize) -> usize {
        self.node.kind = Kind::Plain { word, samples };
        self.node.sample
    }
}

/// Something with one type inside that may be there or not. A type may be inside itself this way.
macro_rules! perhaps {
    ($probe:ident, $visitor:ident: $kind:ident, $some:expr, $none:expr) => {{
        let Probe { node, tour } = $probe;
        let inside = tour.enter(type_name::<V::Value>(), || {
            if !matches!(node.kind, Kind::$kind(_)) {
                node.kind = Kind::$kind(Box::default());
            }
            let takes_some = node.choice(2) == 0;
            let news = tour.news();
            let read = match &mut node.kind {
                Kind::$kind(inner) if takes_some => $some(inner, tour, $visitor),
                _ => $none($visitor),
            };
            node.chosen(2, read.is_ok(), tour.news() > news, tour);
            read
        });
        inside.unwrap_or_else(|| {
            node.name_if_unknown::<V::Value>();
            Err(Refused)
        })
    }};
}

macro_rules! numbers {
    ($($method:ident $visit:ident $word:literal;)*) => {$(
        fn $method<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
            // Most types that refuse a number refuse 0.
            match self.plain($word, 2) {
                0 => visitor.$visit(1u8.into()),
                _ => visitor.$visit(0u8.into()),
            }
        }
    )*};
}

macro_rules! small_numbers {
    ($($method:ident $visit:ident $word:literal;)*) => {$(
        fn $method<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
            match self.plain($word, 2) {
                0 => visitor.$visit(1),
                _ => visitor.$visit(0),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Refused;

    numbers! {
        deserialize_u16 visit_u16 "u16";
        deserialize_u32 visit_u32 "u32";
        deserialize_u64 visit_u64 "u64";
        deserialize_u128 visit_u128 "u128";
        deserialize_i16 visit_i16 "i16";
        deserialize_i32 visit_i32 "i32";
        deserialize_i64 visit_i64 "i64";
        deserialize_i128 visit_i128 "i128";
        deserialize_f32 visit_f32 "f32";
        deserialize_f64 visit_f64 "f64";
    }

    small_numbers! {
        deserialize_u8 visit_u8 "u8";
        deserialize_i8 visit_i8 "i8";
    }

    fn deserialize_bool<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        let sample = self.plain("bool", 2);
        visitor.visit_bool(sample > 0)
    }

    fn deserialize_char<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        match self.plain("char", 2) {
            0 => visitor.visit_char('a'),
            _ => visitor.visit_char('1'),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        let sample = self.plain("str", TEXTS.len());
        visitor.visit_borrowed_str(TEXTS.get(sample).copied().unwrap_or_default())
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        let sample = self.plain("bytes", BYTES.len());
        visitor.visit_borrowed_bytes(BYTES.get(sample).copied().unwrap_or_default())
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_unit<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        self.plain("()", 1);
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.node.kind = Kind::TupleStruct {
            name,
            parts: Vec::new(),
        };
        visitor.visit_unit()
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        let some = |inner: &mut Box<Node>, tour, visitor: V| {
            let read = visitor.visit_some(Probe::new(inner, tour));
            inner.learn_from(&read, tour);
            inner.name_if_unknown_in::<V::Value>("Option<");
            read
        };
        perhaps!(self, visitor: Option, some, |visitor: V| visitor.visit_none())
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        let one = |inner: &mut Box<Node>, tour, visitor: V| {
            visitor.visit_seq(Parts::new([&mut **inner], tour))
        };
        let tour = self.tour;
        perhaps!(self, visitor: Sequence, one, |visitor: V| {
            visitor.visit_seq(Parts::new([], tour))
        })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        let one = |entry: &mut Box<[Node; 2]>, tour, visitor: V| {
            visitor.visit_map(Parts::new(entry.iter_mut(), tour))
        };
        let tour = self.tour;
        perhaps!(self, visitor: Map, one, |visitor: V| {
            visitor.visit_map(Parts::new([], tour))
        })
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        if !matches!(self.node.kind, Kind::Tuple(_)) {
            let parts = (0..len).map(|_| Node::default()).collect();
            self.node.kind = Kind::Tuple(parts);
        }
        match &mut self.node.kind {
            Kind::Tuple(parts) => visitor.visit_seq(Parts::new(parts, self.tour)),
            _ => Err(Refused),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let Probe { node, tour } = self;
        named::<V::Value, _>(node, tour, name, |node| match tuple_struct(node, name, 1) {
            [part] => {
                let read = visitor.visit_newtype_struct(Probe::new(part, tour));
                part.learn_from(&read, tour);
                read
            }
            _ => Err(Refused),
        })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let Probe { node, tour } = self;
        named::<V::Value, _>(node, tour, name, |node| {
            visitor.visit_seq(Parts::new(tuple_struct(node, name, len), tour))
        })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let Probe { node, tour } = self;
        named::<V::Value, _>(node, tour, name, |node| {
            visitor.visit_seq(Parts::new(structure(node, name, fields), tour))
        })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let Probe { node, tour } = self;
        named::<V::Value, _>(node, tour, name, |node| {
            if !matches!(node.kind, Kind::Enum { .. }) {
                let variants = variants.iter().map(|name| variant(name)).collect();
                node.kind = Kind::Enum { name, variants };
            }
            let choice = node.choice(variants.len());
            let news = tour.news();
            let read = match &mut node.kind {
                Kind::Enum { variants, .. } => match variants.get_mut(choice) {
                    Some(variant) => visitor.visit_enum(OneVariant::new(variant, choice, tour)),
                    None => Err(Refused),
                },
                _ => Err(Refused),
            };
            node.chosen(variants.len(), read.is_ok(), tour.news() > news, tour);
            read
        })
    }

    /// A checkpoint does not say of what type its bytes are: such a type cannot be read from it.
    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Refused> {
        Err(Refused)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Refused> {
        Err(Refused)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Refused> {
        Err(Refused)
    }

    /// As for the bytes of a checkpoint.
    fn is_human_readable(&self) -> bool {
        false
    }
}

/// Reads a type that has a name; inside itself it goes by that.
fn named<T, R>(
    node: &mut Node,
    tour: &Tour,
    name: &'static str,
    read: impl FnOnce(&mut Node) -> Result<R, Refused>,
) -> Result<R, Refused> {
    let inside = tour.enter(type_name::<T>(), || read(&mut *node));
    inside.unwrap_or_else(|| {
        node.kind = Kind::Named(name.to_owned());
        Err(Refused)
    })
}

fn variant(name: &'static str) -> Node {
    let mut node = Node::default();
    node.kind = Kind::TupleStruct {
        name,
        parts: Vec::new(),
    };
    node
}

/// The parts of a struct without field names.
pub(super) fn tuple_struct<'n>(
    node: &'n mut Node,
    name: &'static str,
    len: usize,
) -> &'n mut [Node] {
    let is_known = matches!(&node.kind, Kind::TupleStruct { parts, .. } if parts.len() == len);
    if !is_known {
        let parts = (0..len).map(|_| Node::default()).collect();
        node.kind = Kind::TupleStruct { name, parts };
    }
    match &mut node.kind {
        Kind::TupleStruct { parts, .. } => parts,
        _ => &mut [],
    }
}

/// The fields of a struct.
pub(super) fn structure<'n>(
    node: &'n mut Node,
    name: &'static str,
    fields: &'static [&'static str],
) -> impl Iterator<Item = &'n mut Node> + use<'n> {
    if !matches!(node.kind, Kind::Struct { .. }) {
        let fields = fields.iter().map(|field| (*field, Node::default()));
        node.kind = Kind::Struct {
            name,
            fields: fields.collect(),
        };
    }
    let fields: &mut [(&str, Node)] = match &mut node.kind {
        Kind::Struct { fields, .. } => fields,
        _ => &mut [],
    };
    fields.iter_mut().map(|(_, node)| node)
}
