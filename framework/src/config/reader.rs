//! Settings as serde reads them.

use std::{collections::btree_map, iter::Enumerate, slice};

use figment::{
    Error,
    error::{Actual, Kind},
    value::Value,
};
use serde::{
    Deserializer,
    de::{
        DeserializeOwned, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor,
        value::MapAccessDeserializer,
    },
    forward_to_deserialize_any,
};

use super::words;

/// Reads a value as a `T`. Errors have the path to what is wrong.
///
/// figment's own deserializers take a list for a struct. They also are several types, and the compiler compiles the
/// reading of every setting once for each: they made a fifth of the framework's code.
pub(super) fn read<T: DeserializeOwned>(value: &Value) -> Result<T, Box<Error>> {
    T::deserialize(Reader(value)).map_err(Box::new)
}

struct Reader<'a>(&'a Value);

impl Reader<'_> {
    fn refuse(&self, expected: String) -> Error {
        Kind::InvalidType(self.0.to_actual(), expected).into()
    }
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::String(_, text) => visitor.visit_str(text),
            Value::Char(_, character) => visitor.visit_char(*character),
            Value::Bool(_, value) => visitor.visit_bool(*value),
            Value::Num(_, number) => match number.to_actual() {
                Actual::Float(number) => visitor.visit_f64(number),
                Actual::Signed(number) => match i64::try_from(number) {
                    Ok(number) => visitor.visit_i64(number),
                    Err(_) => visitor.visit_i128(number),
                },
                Actual::Unsigned(number) => match u64::try_from(number) {
                    Ok(number) => visitor.visit_u64(number),
                    Err(_) => visitor.visit_u128(number),
                },
                _ => Err(self.refuse("a number".to_owned())),
            },
            Value::Empty(..) => visitor.visit_unit(),
            Value::Dict(_, table) => visitor.visit_map(Entries::new(table.iter())),
            Value::Array(_, items) => visitor.visit_seq(Items(items.iter().enumerate())),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Empty(..) => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.0 {
            Value::Dict(_, table) => visitor.visit_map(Entries::new(table.iter())),
            _ => Err(self.refuse(format!("struct {name}"))),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.0 {
            Value::String(_, text) => visitor.visit_enum(text.as_str().into_deserializer()),
            Value::Dict(_, table) => {
                let entries = Entries::new(table.iter());
                visitor.visit_enum(MapAccessDeserializer::new(entries))
            }
            _ => Err(self.refuse(words::one_of(variants))),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool u8 u16 u32 u64 u128 i8 i16 i32 i64 i128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

/// A table.
struct Entries<'a> {
    rest: btree_map::Iter<'a, String, Value>,
    /// The one whose key was read and whose value was not.
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
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let Some((key, value)) = self.rest.next() else {
            return Ok(None);
        };
        self.current = Some((key, value));
        let read = seed.deserialize(key.as_str().into_deserializer());
        read.map(Some).map_err(|error| below(error, key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let (key, value) = self
            .current
            .take()
            .ok_or_else(|| Error::from("a value is read before its key"))?;
        let read = seed.deserialize(Reader(value));
        read.map_err(|error| below(error, key))
    }
}

/// A list.
struct Items<'a>(Enumerate<slice::Iter<'a, Value>>);

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        let Some((index, item)) = self.0.next() else {
            return Ok(None);
        };
        let read = seed.deserialize(Reader(item));
        read.map(Some)
            .map_err(|error| below(error, &index.to_string()))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

/// The error of something inside a table or a list, seen from outside.
fn below(mut error: Error, key: &str) -> Error {
    error.path.insert(0, key.to_owned());
    error
}
