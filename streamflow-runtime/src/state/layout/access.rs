//! Hands out the parts of a type one after the other: fields, entries, the content of a variant.

use serde::de::value::U32Deserializer;
use serde::de::{
    DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::node::{Kind, Node, Tour};
use super::probe::{Probe, Refused, structure, tuple_struct};

/// The parts that are left.
#[derive(Debug)]
pub(super) struct Parts<'t, I> {
    left: I,
    tour: &'t Tour,
}

impl<'t, 'n, I: Iterator<Item = &'n mut Node>> Parts<'t, I> {
    pub(super) fn new(left: impl IntoIterator<IntoIter = I>, tour: &'t Tour) -> Self {
        Parts {
            left: left.into_iter(),
            tour,
        }
    }

    fn next<'de, S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Refused> {
        let Some(node) = self.left.next() else {
            return Ok(None);
        };
        let read = seed.deserialize(Probe::new(node, self.tour));
        node.learn_from(&read, self.tour);
        node.name_if_unknown::<S::Value>();
        read.map(Some)
    }
}

impl<'de, 'n, I: Iterator<Item = &'n mut Node>> SeqAccess<'de> for Parts<'_, I> {
    type Error = Refused;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Refused> {
        self.next(seed)
    }
}

impl<'de, 'n, I: Iterator<Item = &'n mut Node>> MapAccess<'de> for Parts<'_, I> {
    type Error = Refused;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Refused> {
        self.next(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Refused> {
        self.next(seed)?.ok_or(Refused)
    }
}

/// One variant of an enum.
#[derive(Debug)]
pub(super) struct OneVariant<'t> {
    node: &'t mut Node,
    name: &'static str,
    index: usize,
    tour: &'t Tour,
}

impl<'t> OneVariant<'t> {
    pub(super) fn new(node: &'t mut Node, index: usize, tour: &'t Tour) -> Self {
        let name = match &node.kind {
            Kind::Struct { name, .. } | Kind::TupleStruct { name, .. } => *name,
            _ => "_",
        };
        OneVariant {
            node,
            name,
            index,
            tour,
        }
    }
}

impl<'de> EnumAccess<'de> for OneVariant<'_> {
    type Error = Refused;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Refused> {
        let index = u32::try_from(self.index).map_err(|_| Refused)?;
        let index: U32Deserializer<Refused> = index.into_deserializer();
        Ok((seed.deserialize(index)?, self))
    }
}

impl<'de> VariantAccess<'de> for OneVariant<'_> {
    type Error = Refused;

    fn unit_variant(self) -> Result<(), Refused> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Refused> {
        let part = tuple_struct(self.node, self.name, 1);
        Parts::new(part, self.tour).next(seed)?.ok_or(Refused)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Refused> {
        let parts = tuple_struct(self.node, self.name, len);
        visitor.visit_seq(Parts::new(parts, self.tour))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let fields = structure(self.node, self.name, fields);
        visitor.visit_seq(Parts::new(fields, self.tour))
    }
}
