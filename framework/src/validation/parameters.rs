//! Decoding of path parameters.

use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor};

use super::{
    decoder::Decoder,
    failure::Failure,
    tree::{Content, Node},
};

use crate::count::counted;

/// The error of path parameters that cannot be decoded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ParametersError {
    /// A value is not of the right form: the path does not exist.
    #[error("a parameter of the path is not of the right form")]
    Value,
    /// The type takes another number of parameters than the route has: a mistake of the programmer.
    #[error("the route has {}, but its handler takes {taken}", counted(*given, "parameter", "parameters"))]
    Number {
        /// The number of parameters of the route.
        given: usize,
        /// The number that the type takes.
        taken: usize,
    },
}

/// Decodes the names and values of a path: one value alone, several as a tuple in their order, or a struct by their names. Values have
/// the same form as in queries.
pub(crate) fn decode_parameters<T: DeserializeOwned>(
    parameters: &[(String, String)],
) -> Result<T, ParametersError> {
    let taken = std::cell::Cell::new(None);
    let parameters = Parameters {
        all: parameters,
        taken: &taken,
    };
    T::deserialize(parameters).map_err(|_| match taken.get() {
        Some(taken) => ParametersError::Number {
            given: parameters.all.len(),
            taken,
        },
        None => ParametersError::Value,
    })
}

#[derive(Clone, Copy)]
struct Parameters<'a> {
    all: &'a [(String, String)],
    /// The number that the type takes, if it is another one.
    taken: &'a std::cell::Cell<Option<usize>>,
}

impl Parameters<'_> {
    fn text((_, text): &(String, String)) -> Node {
        Content::Text(text.clone()).into()
    }

    fn check(self, taken: usize) -> Result<(), Failure> {
        if self.all.len() == taken {
            return Ok(());
        }
        self.taken.set(Some(taken));
        Err(Failure::custom("another number of parameters"))
    }

    /// The only value.
    fn single(self) -> Result<Node, Failure> {
        self.check(1)?;
        Ok(Self::text(&self.all[0]))
    }

    fn list(self) -> Node {
        Content::Array(self.all.iter().map(Self::text).collect()).into()
    }

    fn object(self) -> Node {
        let entry = |parameter: &(String, String)| (parameter.0.clone(), Self::text(parameter));
        Content::Object(self.all.iter().map(entry).collect()).into()
    }
}

/// Implements methods that read the only value.
macro_rules! single {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            Decoder(&self.single()?).$method(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Parameters<'_> {
    type Error = Failure;

    single! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8
        deserialize_u16 deserialize_u32 deserialize_u64 deserialize_i128 deserialize_u128 deserialize_f32 deserialize_f64 deserialize_char deserialize_str
        deserialize_string deserialize_bytes deserialize_byte_buf deserialize_option deserialize_identifier
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
        Decoder(&self.list()).deserialize_seq(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.check(len)?;
        Decoder(&self.list()).deserialize_tuple(len, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.check(len)?;
        Decoder(&self.list()).deserialize_tuple_struct(name, len, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        Decoder(&self.object()).deserialize_map(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        Decoder(&self.object()).deserialize_struct(name, fields, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        Decoder(&self.single()?).deserialize_enum(name, variants, visitor)
    }
}
