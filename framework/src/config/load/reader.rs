//! The serde deserializer of configuration values.

use std::{
    collections::btree_map,
    iter::{self, Enumerate},
    slice,
};

use serde::{
    Deserializer,
    de::{
        DeserializeOwned, DeserializeSeed, Expected, IntoDeserializer, MapAccess, SeqAccess,
        Visitor,
        value::{MapAccessDeserializer, MapDeserializer},
    },
    forward_to_deserialize_any,
};

use crate::config::{
    raw::{Kind, ReadError, Value},
    report::wording,
};

/// Deserializes a value as a `T`. Errors have the path to the mistake.
///
/// There is one type of deserializer for all values, because the compiler compiles the deserialization of every setting once
/// for each.
pub(super) fn read<T: DeserializeOwned>(value: &Value) -> Result<T, ReadError> {
    T::deserialize(Reader(value))
}

struct Reader<'a>(&'a Value);

impl Reader<'_> {
    fn refuse(&self, expected: String) -> ReadError {
        ReadError::new(Kind::Mismatch(self.0.into(), expected))
    }
}

/// Methods for types that ask for a certain type of value, for which a date is not taken for a text.
macro_rules! read_typed {
    ($($method:ident)*) => {
        $(
            fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
                match self.0 {
                    Value::Datetime(_) => Err(self.refuse((&visitor as &dyn Expected).to_string())),
                    _ => self.deserialize_any(visitor),
                }
            }
        )*
    };
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.0 {
            Value::Text(text) | Value::Datetime(text) => visitor.visit_str(text),
            Value::Boolean(value) => visitor.visit_bool(*value),
            Value::Integer(number) => match (i64::try_from(*number), u64::try_from(*number)) {
                (Ok(number), _) => visitor.visit_i64(number),
                (_, Ok(number)) => visitor.visit_u64(number),
                _ => visitor.visit_i128(*number),
            },
            Value::Float(number) => visitor.visit_f64(*number),
            Value::Nothing => visitor.visit_unit(),
            Value::Table(table) => visitor.visit_map(Entries::new(table.iter())),
            Value::List(items) => visitor.visit_seq(Items(items.iter().enumerate())),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.0 {
            Value::Nothing => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match (self.0, fields) {
            (Value::Table(table), _) => visitor.visit_map(Entries::new(table.iter())),
            // The types for dates of the crate `toml` ask for a struct with this only field.
            (Value::Datetime(text), [field]) if field.starts_with("$__toml_private") => {
                visitor.visit_map(MapDeserializer::new(iter::once((*field, text.as_str()))))
            }
            _ => Err(self.refuse(format!("struct {name}"))),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match self.0 {
            Value::Text(text) => visitor.visit_enum(text.as_str().into_deserializer()),
            Value::Table(table) => {
                let entries = Entries::new(table.iter());
                visitor.visit_enum(MapAccessDeserializer::new(entries))
            }
            _ => Err(self.refuse(wording::one_of(variants))),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_newtype_struct(self)
    }

    read_typed! {
        deserialize_bool deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128 deserialize_f32
        deserialize_f64 deserialize_char deserialize_str deserialize_string deserialize_seq deserialize_map
    }

    forward_to_deserialize_any! {
        bytes byte_buf unit unit_struct tuple tuple_struct identifier ignored_any
    }
}

/// The access to the entries of a table.
struct Entries<'a> {
    rest: btree_map::Iter<'a, String, Value>,
    /// The entry whose key was read and whose value was not.
    current: Option<(&'a str, &'a Value)>,
}

impl<'a> Entries<'a> {
    fn new(rest: btree_map::Iter<'a, String, Value>) -> Self {
        Self {
            rest,
            current: None,
        }
    }
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ReadError> {
        let Some((key, value)) = self.rest.next() else {
            return Ok(None);
        };
        self.current = Some((key, value));
        let read = seed.deserialize(key.as_str().into_deserializer());
        read.map(Some).map_err(|error: ReadError| error.below(key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ReadError> {
        let (key, value) = self
            .current
            .take()
            .ok_or_else(|| serde::de::Error::custom("a value is read before its key"))?;
        let read = seed.deserialize(Reader(value));
        read.map_err(|error| error.below(key))
    }
}

/// The access to the items of a list.
struct Items<'a>(Enumerate<slice::Iter<'a, Value>>);

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = ReadError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ReadError> {
        let Some((index, item)) = self.0.next() else {
            return Ok(None);
        };
        let read = seed.deserialize(Reader(item));
        read.map(Some)
            .map_err(|error| error.below(format!("[{index}]")))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}
