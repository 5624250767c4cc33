//! Access to the elements of an array, the entries of an object and the content of a variant.

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess, VariantAccess,
    Visitor, value::StrDeserializer,
};

use super::{Decoder, visit_integer};
use crate::validation::{failure::Failure, tree::Node};

/// Decodes one value below another.
fn descend<'de, S: DeserializeSeed<'de>>(
    node: &Node,
    step: usize,
    seed: S,
) -> Result<S::Value, Failure> {
    seed.deserialize(Decoder(node))
        .map_err(|failure| failure.at(node).under(step))
}

/// The elements of an array.
pub(super) struct Items<'a> {
    nodes: std::iter::Enumerate<std::slice::Iter<'a, Node>>,
    /// True for one parameter that was given once: the element is the value itself, not a step below it.
    single: bool,
}

impl<'a> Items<'a> {
    pub(super) fn of(nodes: &'a [Node]) -> Self {
        Self {
            nodes: nodes.iter().enumerate(),
            single: false,
        }
    }

    pub(super) fn single(node: &'a Node) -> Self {
        Self {
            nodes: std::slice::from_ref(node).iter().enumerate(),
            single: true,
        }
    }
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Failure;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Failure> {
        match self.nodes.next() {
            Some((_, node)) if self.single => seed
                .deserialize(Decoder(node))
                .map(Some)
                .map_err(|failure| failure.at(node)),
            Some((step, node)) => descend(node, step, seed).map(Some),
            None => Ok(None),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.nodes.len())
    }
}

/// The entries of an object.
pub(super) struct Entries<'a> {
    /// An entry that is read before all others.
    first: Option<(usize, &'a (String, Node))>,
    /// All of them, in their order.
    others: std::iter::Enumerate<std::slice::Iter<'a, (String, Node)>>,
    /// The step to the first one.
    read: Option<usize>,
    value: Option<(usize, &'a Node)>,
}

impl<'a> Entries<'a> {
    pub(super) fn of(entries: &'a [(String, Node)]) -> Self {
        Self {
            first: None,
            others: entries.iter().enumerate(),
            read: None,
            value: None,
        }
    }

    /// The entries, of which the one called `name` comes first.
    pub(super) fn beginning_with(name: &str, entries: &'a [(String, Node)]) -> Self {
        let mut numbered = entries.iter().enumerate();
        let first = numbered.find(|(_, (key, node))| key == name && !node.ignored);
        Self {
            first,
            read: first.map(|(step, _)| step),
            ..Self::of(entries)
        }
    }

    fn next(&mut self) -> Option<(usize, &'a (String, Node))> {
        let read = self.read;
        self.first.take().or_else(|| {
            self.others
                .find(|(step, (_, node))| !node.ignored && Some(*step) != read)
        })
    }
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Failure;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Failure> {
        let Some((step, (key, node))) = self.next() else {
            return Ok(None);
        };
        self.value = Some((step, node));
        seed.deserialize(Key(key)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Failure> {
        let (step, node) = self
            .value
            .take()
            .ok_or_else(|| Failure::custom("a value without a key"))?;
        descend(node, step, seed)
    }
}

/// The key of an entry; maps may have integers as keys.
struct Key<'a>(&'a str);

macro_rules! integer_keys {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            visit_integer(self.0, visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Key<'_> {
    type Error = Failure;

    integer_keys! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_str(self.0)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_enum(StrDeserializer::<Failure>::new(self.0))
    }

    serde::forward_to_deserialize_any! {
        bool f32 f64 char str string bytes byte_buf option unit unit_struct seq tuple tuple_struct map
        struct identifier ignored_any
    }
}

/// An externally tagged variant: an object whose only key names it.
pub(super) struct ExternallyTagged<'a>(pub(super) &'a (String, Node));

impl<'de, 'a> EnumAccess<'de> for ExternallyTagged<'a> {
    type Error = Failure;
    type Variant = Variant<'a>;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Variant<'a>), Failure> {
        let (name, node) = self.0;
        Ok((
            seed.deserialize(StrDeserializer::<Failure>::new(name))?,
            Variant(node),
        ))
    }
}

/// The content of a variant.
pub(super) struct Variant<'a>(&'a Node);

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = Failure;

    fn unit_variant(self) -> Result<(), Failure> {
        descend(self.0, 0, std::marker::PhantomData::<()>)
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Failure> {
        descend(self.0, 0, seed)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Failure> {
        Decoder(self.0)
            .deserialize_tuple(len, visitor)
            .map_err(|failure| failure.at(self.0).under(0))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        Decoder(self.0)
            .deserialize_struct("variant", fields, visitor)
            .map_err(|failure| failure.at(self.0).under(0))
    }
}
