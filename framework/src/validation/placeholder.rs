//! Placeholders for fields that are missing or wrong, so that decoding can go on to the next problem.

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess, VariantAccess,
    Visitor, value::StrDeserializer,
};

use super::{
    failure::Failure,
    tree::{MAX_ATTEMPTS, NodeChange},
};

/// Texts that are accepted by the types which are written as text.
const TEXTS: [&str; MAX_ATTEMPTS] = [
    "",
    "2000-01-01T00:00:00Z",
    "2000-01-01T00:00:00",
    "2000-01-01",
    "00:00:00",
    "00000000-0000-0000-0000-000000000000",
    "0",
    "a",
    "AAAA",
    "a@example.com",
    "https://example.com",
    "127.0.0.1",
];

/// A deserializer of placeholder values.
#[derive(Clone, Copy)]
pub(super) struct Placeholder {
    pub(super) attempt: usize,
    /// True inside another placeholder, which has no place in the tree to expand.
    pub(super) nested: bool,
}

impl Placeholder {
    fn text(self) -> &'static str {
        TEXTS.get(self.attempt).copied().unwrap_or_default()
    }

    fn inner(self) -> Self {
        Self {
            nested: true,
            ..self
        }
    }
}

macro_rules! numbers {
    ($($method:ident => $visit:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            // Some types refuse zero.
            visitor.$visit(if self.attempt == 0 { Default::default() } else { 1_u8.into() })
        }
    )*};
}

impl<'de> Deserializer<'de> for Placeholder {
    type Error = Failure;

    numbers! {
        deserialize_i8 => visit_i64  deserialize_i16 => visit_i64
        deserialize_i32 => visit_i64 deserialize_i64 => visit_i64
        deserialize_u8 => visit_u64  deserialize_u16 => visit_u64
        deserialize_u32 => visit_u64 deserialize_u64 => visit_u64
        deserialize_f32 => visit_f64 deserialize_f64 => visit_f64
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.attempt {
            0 => visitor.visit_u64(0),
            1 => visitor.visit_str(""),
            2 => visitor.visit_bool(false),
            3 => visitor.visit_map(Access::fields(&[], self)),
            4 => visitor.visit_seq(Access::items(0, self)),
            _ => visitor.visit_str(self.text()),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_bool(false)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_char('a')
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_str(self.text())
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_str(self.text())
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_str(self.text())
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_bytes(&[])
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_bytes(&[])
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_none()
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_seq(Access::items(0, self))
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_seq(Access::items(len, self))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_seq(Access::items(len, self))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_map(Access::fields(&[], self))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        if self.nested || fields.is_empty() {
            visitor.visit_map(Access::fields(fields, self))
        } else {
            Err(NodeChange::Expand(fields).into())
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let variant = variants.get(self.attempt).or(variants.first());
        visitor.visit_enum(Variant {
            name: variant.copied().unwrap_or_default(),
            placeholder: self.inner(),
        })
    }
}

/// Access to placeholder elements or fields.
struct Access {
    fields: &'static [&'static str],
    items: usize,
    placeholder: Placeholder,
}

impl Access {
    fn fields(fields: &'static [&'static str], placeholder: Placeholder) -> Self {
        Self {
            fields,
            items: 0,
            placeholder: placeholder.inner(),
        }
    }

    fn items(items: usize, placeholder: Placeholder) -> Self {
        Self {
            fields: &[],
            items,
            placeholder: placeholder.inner(),
        }
    }
}

impl<'de> SeqAccess<'de> for Access {
    type Error = Failure;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Failure> {
        if self.items == 0 {
            return Ok(None);
        }
        self.items -= 1;
        seed.deserialize(self.placeholder).map(Some)
    }
}

impl<'de> MapAccess<'de> for Access {
    type Error = Failure;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Failure> {
        let Some((name, rest)) = self.fields.split_first() else {
            return Ok(None);
        };
        self.fields = rest;
        seed.deserialize(StrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Failure> {
        seed.deserialize(self.placeholder)
    }
}

/// A placeholder variant with the content it needs.
struct Variant {
    name: &'static str,
    placeholder: Placeholder,
}

impl<'de> EnumAccess<'de> for Variant {
    type Error = Failure;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Failure> {
        if self.name.is_empty() {
            return Err(Failure::custom("there is no variant"));
        }
        Ok((
            seed.deserialize(StrDeserializer::<Failure>::new(self.name))?,
            self,
        ))
    }
}

impl<'de> VariantAccess<'de> for Variant {
    type Error = Failure;

    fn unit_variant(self) -> Result<(), Failure> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Failure> {
        seed.deserialize(self.placeholder)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_seq(Access::items(len, self.placeholder))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_map(Access::fields(fields, self.placeholder))
    }
}
