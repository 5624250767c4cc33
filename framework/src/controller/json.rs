//! The JSON of responses.
//!
//! A serializer of `serde_json` escapes and copies each piece of a formatted value by itself, and chrono formats a time character by
//! character: a timestamp costs three times as much as its text does. [`Buffered`] formats such a value first, and hands it on as
//! one string.

use std::fmt::Display;

use serde::{Serialize, Serializer, ser};

/// The JSON of a value.
pub(super) fn to_vec<T: Serialize>(value: &T) -> serde_json::Result<Vec<u8>> {
    let mut json = Vec::with_capacity(512);
    value.serialize(Buffered(&mut serde_json::Serializer::new(&mut json)))?;
    Ok(json)
}

/// A serializer that hands formatted values on as one string, a part of such a serializer, or a value that is serialized with one.
struct Buffered<T>(T);

impl<T: Serialize + ?Sized> Serialize for Buffered<&T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(Buffered(serializer))
    }
}

/// Methods that a serializer hands on as they are.
macro_rules! forward {
    ($($method:ident($($name:ident: $type:ty),*) -> $returns:ident;)*) => {
        $(
            fn $method(self, $($name: $type),*) -> Result<Self::$returns, Self::Error> {
                self.0.$method($($name),*).map(forward!(@wrap $returns))
            }
        )*
    };
    (@wrap Ok) => { |done| done };
    (@wrap $part:ident) => { Buffered };
}

impl<S: Serializer> Serializer for Buffered<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Buffered<S::SerializeSeq>;
    type SerializeTuple = Buffered<S::SerializeTuple>;
    type SerializeTupleStruct = Buffered<S::SerializeTupleStruct>;
    type SerializeTupleVariant = Buffered<S::SerializeTupleVariant>;
    type SerializeMap = Buffered<S::SerializeMap>;
    type SerializeStruct = Buffered<S::SerializeStruct>;
    type SerializeStructVariant = Buffered<S::SerializeStructVariant>;

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.0.serialize_str(&value.to_string())
    }

    fn is_human_readable(&self) -> bool {
        self.0.is_human_readable()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.0.serialize_some(&Buffered(value))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_newtype_struct(name, &Buffered(value))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.0
            .serialize_newtype_variant(name, index, variant, &Buffered(value))
    }

    forward! {
        serialize_bool(value: bool) -> Ok;
        serialize_i8(value: i8) -> Ok;
        serialize_i16(value: i16) -> Ok;
        serialize_i32(value: i32) -> Ok;
        serialize_i64(value: i64) -> Ok;
        serialize_i128(value: i128) -> Ok;
        serialize_u8(value: u8) -> Ok;
        serialize_u16(value: u16) -> Ok;
        serialize_u32(value: u32) -> Ok;
        serialize_u64(value: u64) -> Ok;
        serialize_u128(value: u128) -> Ok;
        serialize_f32(value: f32) -> Ok;
        serialize_f64(value: f64) -> Ok;
        serialize_char(value: char) -> Ok;
        serialize_str(value: &str) -> Ok;
        serialize_bytes(value: &[u8]) -> Ok;
        serialize_none() -> Ok;
        serialize_unit() -> Ok;
        serialize_unit_struct(name: &'static str) -> Ok;
        serialize_unit_variant(name: &'static str, index: u32, variant: &'static str) -> Ok;
        serialize_seq(length: Option<usize>) -> SerializeSeq;
        serialize_tuple(length: usize) -> SerializeTuple;
        serialize_tuple_struct(name: &'static str, length: usize) -> SerializeTupleStruct;
        serialize_tuple_variant(
            name: &'static str, index: u32, variant: &'static str, length: usize
        ) -> SerializeTupleVariant;
        serialize_map(length: Option<usize>) -> SerializeMap;
        serialize_struct(name: &'static str, length: usize) -> SerializeStruct;
        serialize_struct_variant(
            name: &'static str, index: u32, variant: &'static str, length: usize
        ) -> SerializeStructVariant;
    }
}

/// Parts of a serializer, whose elements are serialized with a [`Buffered`] one in their turn.
macro_rules! forward_parts {
    ($($part:ident: $method:ident($($key:ident)?);)*) => {
        $(
            impl<S: ser::$part> ser::$part for Buffered<S> {
                type Ok = S::Ok;
                type Error = S::Error;

                fn $method<T: Serialize + ?Sized>(
                    &mut self,
                    $($key: &'static str,)?
                    value: &T,
                ) -> Result<(), S::Error> {
                    self.0.$method($($key,)? &Buffered(value))
                }

                fn end(self) -> Result<S::Ok, S::Error> {
                    self.0.end()
                }
            }
        )*
    };
}

forward_parts! {
    SerializeSeq: serialize_element();
    SerializeTuple: serialize_element();
    SerializeTupleStruct: serialize_field();
    SerializeTupleVariant: serialize_field();
    SerializeStruct: serialize_field(key);
    SerializeStructVariant: serialize_field(key);
}

impl<S: ser::SerializeMap> ser::SerializeMap for Buffered<S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), S::Error> {
        self.0.serialize_key(&Buffered(key))
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), S::Error> {
        self.0.serialize_value(&Buffered(value))
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.0.end()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::{DateTime, Utc};
    use serde_json::{json, value::RawValue};

    use super::*;

    /// A value with every kind of part, each with a time in it.
    #[derive(Serialize)]
    enum Part {
        Unit,
        Newtype(DateTime<Utc>),
        Tuple(DateTime<Utc>, Option<DateTime<Utc>>),
        Struct {
            at: DateTime<Utc>,
            raw: Box<RawValue>,
        },
    }

    #[test]
    fn the_json_is_that_of_serde_json() {
        let at: DateTime<Utc> = "2026-11-21T09:30:00.25Z".parse().expect("a time");
        let raw = RawValue::from_string(r#"{"n":1.50}"#.to_owned()).expect("JSON");
        let parts = BTreeMap::from([
            ("newtype", vec![Part::Newtype(at), Part::Unit]),
            ("struct", vec![Part::Struct { at, raw }]),
            (
                "tuple",
                vec![Part::Tuple(at, None), Part::Tuple(at, Some(at))],
            ),
        ]);
        let values = json!([null, true, -1, u64::MAX, 1.5, "ä\"\n\u{1}", {"a": [{}, []]}]);
        let keys = BTreeMap::from([(at, "ß"), (at + chrono::TimeDelta::days(1), "")]);
        let value = (parts, values, keys, (1_u8, 2_i16, f32::NAN, ()), i128::MIN);
        assert_eq!(
            String::from_utf8(to_vec(&value).expect("JSON")).expect("UTF-8"),
            serde_json::to_string(&value).expect("JSON")
        );
    }

    #[test]
    fn what_has_no_json_is_an_error() {
        let unknown = BTreeMap::from([((1, 2), 3)]);
        assert!(to_vec(&unknown).is_err());
    }
}
