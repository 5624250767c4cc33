//! JSON as responses have it.
//!
//! A value that is written by its `Display`, such as a time, comes in pieces of a character or two. `serde_json` looks through each
//! of them for what has to be escaped, which takes most of the time in which a row of a list is written. Here it gets them as one text.

use std::fmt::{Display, Write};

use serde::{
    Serialize, Serializer,
    ser::{
        SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
        SerializeTupleStruct, SerializeTupleVariant,
    },
};

/// Writes a value as JSON, as [`serde_json::to_vec`] does.
pub(super) fn to_vec<T: Serialize>(value: &T) -> serde_json::Result<Vec<u8>> {
    let mut json = Vec::with_capacity(512);
    value.serialize(Whole(&mut serde_json::Serializer::new(&mut json)))?;
    Ok(json)
}

/// A serializer, or a part of one, that gets each text in one piece.
struct Whole<S>(S);

/// A value that is serialized by a serializer that gets each text in one piece.
struct InWhole<'a, T: ?Sized>(&'a T);

impl<T: Serialize + ?Sized> Serialize for InWhole<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(Whole(serializer))
    }
}

/// Methods that hand over what they get.
macro_rules! hand_over {
    ($($method:ident($($name:ident: $type:ty),*) $(-> $part:ident)?;)*) => {$(
        fn $method(self, $($name: $type),*) -> Result<hand_over!(@ $($part)?), S::Error> {
            hand_over!(@ self.0.$method($($name),*), $($part)?)
        }
    )*};
    (@) => { S::Ok };
    (@ $part:ident) => { Self::$part };
    (@ $result:expr,) => { $result };
    (@ $result:expr, $part:ident) => { $result.map(Whole) };
}

impl<S: Serializer> Serializer for Whole<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Whole<S::SerializeSeq>;
    type SerializeTuple = Whole<S::SerializeTuple>;
    type SerializeTupleStruct = Whole<S::SerializeTupleStruct>;
    type SerializeTupleVariant = Whole<S::SerializeTupleVariant>;
    type SerializeMap = Whole<S::SerializeMap>;
    type SerializeStruct = Whole<S::SerializeStruct>;
    type SerializeStructVariant = Whole<S::SerializeStructVariant>;

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        let mut text = String::with_capacity(40);
        // Of a `Display` that fails, `serde_json` decides.
        if write!(text, "{value}").is_err() {
            return self.0.collect_str(value);
        }
        self.0.serialize_str(&text)
    }

    hand_over! {
        serialize_bool(value: bool);
        serialize_i8(value: i8);
        serialize_i16(value: i16);
        serialize_i32(value: i32);
        serialize_i64(value: i64);
        serialize_i128(value: i128);
        serialize_u8(value: u8);
        serialize_u16(value: u16);
        serialize_u32(value: u32);
        serialize_u64(value: u64);
        serialize_u128(value: u128);
        serialize_f32(value: f32);
        serialize_f64(value: f64);
        serialize_char(value: char);
        serialize_str(value: &str);
        serialize_bytes(value: &[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(name: &'static str);
        serialize_unit_variant(name: &'static str, index: u32, variant: &'static str);
        serialize_seq(len: Option<usize>) -> SerializeSeq;
        serialize_tuple(len: usize) -> SerializeTuple;
        serialize_tuple_struct(name: &'static str, len: usize) -> SerializeTupleStruct;
        serialize_tuple_variant(name: &'static str, index: u32, variant: &'static str, len: usize) -> SerializeTupleVariant;
        serialize_map(len: Option<usize>) -> SerializeMap;
        serialize_struct(name: &'static str, len: usize) -> SerializeStruct;
        serialize_struct_variant(name: &'static str, index: u32, variant: &'static str, len: usize) -> SerializeStructVariant;
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.0.serialize_some(&InWhole(value))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_newtype_struct(name, &InWhole(value))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let value = InWhole(value);
        self.0
            .serialize_newtype_variant(name, index, variant, &value)
    }

    fn is_human_readable(&self) -> bool {
        self.0.is_human_readable()
    }
}

/// The parts of values that have several: each is serialized by a serializer that gets each text in one piece.
macro_rules! parts {
    ($($trait:ident: $($method:ident($($name:ident)?)),*;)*) => {$(
        impl<S: $trait> $trait for Whole<S> {
            type Ok = S::Ok;
            type Error = S::Error;

            $(fn $method<T: Serialize + ?Sized>(
                &mut self,
                $($name: &'static str,)?
                value: &T,
            ) -> Result<(), S::Error> {
                self.0.$method($($name,)? &InWhole(value))
            })*

            fn end(self) -> Result<S::Ok, S::Error> {
                self.0.end()
            }
        }
    )*};
}

parts! {
    SerializeSeq: serialize_element();
    SerializeTuple: serialize_element();
    SerializeTupleStruct: serialize_field();
    SerializeTupleVariant: serialize_field();
    SerializeMap: serialize_key(), serialize_value();
    SerializeStruct: serialize_field(name);
    SerializeStructVariant: serialize_field(name);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::{DateTime, Utc};
    use serde_json::{json, value::RawValue};
    use uuid::Uuid;

    use super::*;

    #[derive(Serialize)]
    struct Unit;

    #[derive(Serialize)]
    struct Newtype(DateTime<Utc>);

    #[derive(Serialize)]
    struct Pair(u8, DateTime<Utc>);

    #[derive(Serialize)]
    struct Row<'a> {
        id: i64,
        #[serde(skip_serializing_if = "Option::is_none")]
        left_out: Option<u8>,
        text: Escaped,
        created_at: DateTime<Utc>,
        published_at: Option<DateTime<Utc>>,
        raw: &'a RawValue,
        #[serde(flatten)]
        inner: Inner,
    }

    #[derive(Serialize)]
    struct Inner {
        at: Vec<Kind>,
    }

    #[derive(Serialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Never,
        At(DateTime<Utc>),
        Between(DateTime<Utc>, DateTime<Utc>),
        Since { start: DateTime<Utc> },
    }

    struct Escaped;

    impl Serialize for Escaped {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_str(&format_args!("{}\n{}", "\"quoted\"", 'ä'))
        }
    }

    #[test]
    fn every_value_is_written_as_serde_json_writes_it() {
        let time = |seconds| DateTime::from_timestamp(seconds, 250_000_000).expect("a time");
        let (early, late) = (time(-1), time(1_795_000_000));
        let row = Row {
            id: -7,
            left_out: None,
            text: Escaped,
            created_at: early,
            published_at: Some(late),
            raw: serde_json::from_str("{ \"as\": 1e400 }").expect("JSON"),
            inner: Inner {
                at: vec![
                    Kind::Never,
                    Kind::At(late),
                    Kind::Between(early, late),
                    Kind::Since { start: early },
                ],
            },
        };
        let by_time = BTreeMap::from([(late, Uuid::max()), (early, Uuid::nil())]);
        let numbers = (1.5_f32, 0.1_f64, u128::MAX, i128::MIN, 'x', true, ());
        let value = (
            (row, by_time, numbers, "a\u{0}b"),
            (Unit, Newtype(late), Pair(1, early), None::<u8>),
            json!({ "nested": [null, { "deep": 2.50 }] }),
        );
        let written = String::from_utf8(to_vec(&value).expect("JSON"));
        assert_eq!(written, Ok(serde_json::to_string(&value).expect("JSON")));
        assert!(written.is_ok_and(|json| json.contains("\"1969-12-31T23:59:59.250Z\"")));
    }

    #[test]
    fn what_is_no_json_is_an_error() {
        let by_pair = BTreeMap::from([((1, 2), 3)]);
        assert!(to_vec(&by_pair).is_err());
    }
}
