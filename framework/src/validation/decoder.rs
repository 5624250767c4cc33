//! The deserializer of a [tree](super::tree), with the location of failures.

mod access;

use std::collections::HashSet;

use serde::de::{Deserializer, Expected, Visitor, value::StrDeserializer};
use serde_json::Number;

use self::access::{Entries, ExternallyTagged, Items};
use super::{
    failure::{DecodeError, Failure},
    format::{Format, is_integer, is_number},
    placeholder::Placeholder,
    problem::Problem,
    tree::{Content, Node, NodeChange},
    wording,
};

/// A deserializer of one value.
#[derive(Clone, Copy)]
pub(super) struct Decoder<'a>(pub(super) &'a Node);

impl<'a> Decoder<'a> {
    /// The placeholder for this value, if one is needed.
    fn placeholder(self) -> Option<Placeholder> {
        let expanded = matches!(self.0.content, Content::Object(_));
        let attempt = self.0.placeholder.filter(|_| !expanded)?;
        Some(Placeholder {
            attempt,
            nested: false,
        })
    }

    /// Passes the value to the visitor as its own JSON type.
    fn visit<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let expected = (&visitor as &dyn Expected).to_string();
        match &self.0.content {
            Content::Null => visitor.visit_unit(),
            Content::Bool(value) => visitor.visit_bool(*value),
            Content::Number(number) | Content::Rounded(number) => visit_number(number, visitor),
            Content::String(text) | Content::Text(text) => {
                match Format::expected(&expected).map_or(Ok(()), |format| format.check(text)) {
                    Ok(()) => visitor.visit_str(text),
                    Err(wanted) => {
                        let message = format!("must be {wanted}");
                        return Err(
                            NodeChange::Problem(Problem::new("invalid_value", message)).into()
                        );
                    }
                }
            }
            Content::Array(items) => return visitor.visit_seq(Items::of(items)),
            Content::Repeated(_) => return Err(NodeChange::Problem(Problem::repeated()).into()),
            Content::Object(entries) if repeats(entries) => return Err(NodeChange::Repeated.into()),
            Content::Object(entries) => return visitor.visit_map(Entries::of(entries)),
        }
        .map_err(|failure| failure.expecting(&expected))
    }

    /// The entries, if a struct can be read from this value.
    fn entries(
        self,
        fields: &'static [&'static str],
    ) -> Result<Option<&'a [(String, Node)]>, Failure> {
        let Content::Object(entries) = &self.0.content else {
            return Ok(None);
        };
        self.0.fields.set(fields);
        let given = || {
            entries
                .iter()
                .filter(|(_, node)| !node.ignored)
                .map(|(key, _)| key.as_str())
        };
        if fields
            .iter()
            .any(|field| given().filter(|key| key == field).nth(1).is_some())
        {
            return Err(NodeChange::Repeated.into());
        }
        if self.0.complete {
            let missing: Vec<_> = fields
                .iter()
                .copied()
                .filter(|field| given().all(|key| key != *field))
                .collect();
            if !missing.is_empty() {
                return Err(NodeChange::Missing(missing).into());
            }
        }
        Ok(Some(entries))
    }
}

/// Returns whether an enum is read that has its tag and its content beside each other, `#[serde(tag = "…", content = "…")]`.
fn is_adjacently_tagged<'de, V: Visitor<'de>>(visitor: &V) -> bool {
    (visitor as &dyn Expected)
        .to_string()
        .starts_with("adjacently tagged enum")
}

/// Returns whether a key is there more than once.
fn repeats(entries: &[(String, Node)]) -> bool {
    let mut keys = HashSet::with_capacity(entries.len());
    let mut given = entries.iter().filter(|(_, node)| !node.ignored);
    !given.all(|(key, _)| keys.insert(key))
}

fn visit_number<'de, V: Visitor<'de>>(number: &Number, visitor: V) -> Result<V::Value, Failure> {
    if let Some(number) = number.as_u64() {
        visitor.visit_u64(number)
    } else if let Some(number) = number.as_i64() {
        visitor.visit_i64(number)
    } else {
        visitor.visit_f64(number.as_f64().unwrap_or_default())
    }
}

/// The failure of a value that is no text where the name of a variant is expected. A text that is no name tells which there are.
fn not_a_name<'de, V: Visitor<'de>>(visitor: V) -> Failure {
    let problem = match visitor.visit_str::<Failure>("\0") {
        Err(Failure::Reported(DecodeError::OneOf(names))) => {
            let Problem { message, .. } = wording::not_one_of(names.iter().copied());
            Problem::new("invalid_type", message)
        }
        _ => Problem::new("invalid_type", "must be a string"),
    };
    NodeChange::Problem(problem).into()
}

fn wrong_type<'de, V: Visitor<'de>>(visitor: &V) -> Failure {
    Failure::Reported(DecodeError::Type {
        null: false,
        expected: (visitor as &dyn Expected).to_string(),
    })
}

/// Reads an integer from text.
pub(super) fn visit_integer<'de, V: Visitor<'de>>(
    text: &str,
    visitor: V,
) -> Result<V::Value, Failure> {
    if !is_integer(text) {
        Err(wrong_type(&visitor))
    } else if let Ok(number) = text.parse::<u64>() {
        visitor.visit_u64(number)
    } else if let Ok(number) = text.parse::<i64>() {
        visitor.visit_i64(number)
    } else {
        Err(Failure::Reported(DecodeError::Value {
            expected: (&visitor as &dyn Expected).to_string(),
        }))
    }
}

/// Reads an integer of 128 bits from text.
fn visit_wide_integer<'de, V: Visitor<'de>>(text: &str, visitor: V) -> Result<V::Value, Failure> {
    match (is_integer(text), text.parse::<u128>(), text.parse::<i128>()) {
        (true, Ok(number), _) if u64::try_from(number).is_err() => visitor.visit_u128(number),
        (true, _, Ok(number)) if i64::try_from(number).is_err() => visitor.visit_i128(number),
        _ => visit_integer(text, visitor),
    }
}

/// The greatest integer up to which a float stands for one number only.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// Reads an integer from a number: `2.0` is one (JSON Schema 2020-12, 6.1.1), `2.5` is none. Beyond
/// [`MAX_SAFE_INTEGER`] it must be written with digits alone, as a float would be ambiguous.
fn visit_integral<'de, V: Visitor<'de>>(number: &Number, visitor: V) -> Result<V::Value, Failure> {
    match number.as_f64().filter(|_| number.is_f64()) {
        Some(float) if float.fract() == 0.0 && float.abs() <= MAX_SAFE_INTEGER => {
            // `-0.0` is 0, too.
            visit_integer(&format!("{:.0}", float + 0.0), visitor)
        }
        Some(float) if float.fract() == 0.0 => Err(Failure::Reported(DecodeError::Value {
            expected: (&visitor as &dyn Expected).to_string(),
        })),
        _ => visit_number(number, visitor),
    }
}

/// Reads a number from text, as JSON writes it: "infinity" and the like are no numbers.
fn visit_float<'de, V: Visitor<'de>>(text: &str, visitor: V) -> Result<V::Value, Failure> {
    match text.parse::<f64>() {
        Ok(number) if is_number(text) && number.is_finite() => visitor.visit_f64(number),
        _ => Err(wrong_type(&visitor)),
    }
}

/// Reads a number from text, within the bounds of a float of 32 bits: beyond them it would be infinite.
fn visit_float32<'de, V: Visitor<'de>>(text: &str, visitor: V) -> Result<V::Value, Failure> {
    match text.parse::<f64>() {
        Ok(number) if is_number(text) && number.is_finite() => in_float32(number, visitor),
        _ => Err(wrong_type(&visitor)),
    }
}

fn visit_float32_number<'de, V: Visitor<'de>>(
    number: &Number,
    visitor: V,
) -> Result<V::Value, Failure> {
    in_float32(number.as_f64().unwrap_or_default(), visitor)
}

fn in_float32<'de, V: Visitor<'de>>(number: f64, visitor: V) -> Result<V::Value, Failure> {
    if number.abs() <= f32::MAX.into() {
        return visitor.visit_f64(number);
    }
    let (code, message) = if number > 0.0 {
        ("too_large", "must be a smaller number")
    } else {
        ("too_small", "must be a greater number")
    };
    Err(NodeChange::Problem(Problem::new(code, message)).into())
}

/// Reads a number with more digits than a float keeps as the nearest float, but not as an integer.
fn visit_rounded<'de, V: Visitor<'de>>(number: &Number, visitor: V) -> Result<V::Value, Failure> {
    match number.as_f64() {
        Some(float) if float.abs() > MAX_SAFE_INTEGER => visit_integral(number, visitor),
        _ => Err(wrong_type(&visitor)),
    }
}

/// Reads a truth value from text: `on` is what a ticked HTML checkbox sends.
fn visit_bool<'de, V: Visitor<'de>>(text: &str, visitor: V) -> Result<V::Value, Failure> {
    match text {
        "true" | "on" => visitor.visit_bool(true),
        "false" | "off" => visitor.visit_bool(false),
        _ => Err(wrong_type(&visitor)),
    }
}

/// Implements methods that differ from [`Decoder::visit`] only in how they read text and numbers.
macro_rules! scalars {
    ($($method:ident => $read:path, $number:path, $rounded:path;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            if let Some(placeholder) = self.placeholder() {
                return placeholder.$method(visitor);
            }
            match &self.0.content {
                Content::Text(text) => $read(text, visitor),
                Content::Number(number) => {
                    let expected = (&visitor as &dyn Expected).to_string();
                    $number(number, visitor).map_err(|failure| failure.expecting(&expected))
                }
                Content::Rounded(number) => $rounded(number, visitor),
                _ => self.visit(visitor),
            }
        }
    )*};
}

/// Implements methods that pass the value as its own JSON type.
macro_rules! plain {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            match self.placeholder() {
                Some(placeholder) => placeholder.$method(visitor),
                None => self.visit(visitor),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Decoder<'_> {
    type Error = Failure;

    scalars! {
        deserialize_i8 => visit_integer, visit_integral, visit_rounded;
        deserialize_i16 => visit_integer, visit_integral, visit_rounded;
        deserialize_i32 => visit_integer, visit_integral, visit_rounded;
        deserialize_i64 => visit_integer, visit_integral, visit_rounded;
        deserialize_u8 => visit_integer, visit_integral, visit_rounded;
        deserialize_u16 => visit_integer, visit_integral, visit_rounded;
        deserialize_u32 => visit_integer, visit_integral, visit_rounded;
        deserialize_u64 => visit_integer, visit_integral, visit_rounded;
        deserialize_i128 => visit_wide_integer, visit_integral, visit_rounded;
        deserialize_u128 => visit_wide_integer, visit_integral, visit_rounded;
        deserialize_f32 => visit_float32, visit_float32_number, visit_float32_number;
        deserialize_f64 => visit_float, visit_number, visit_number;
        deserialize_bool => visit_bool, visit_number, visit_number;
    }

    plain! {
        deserialize_char deserialize_string deserialize_bytes deserialize_byte_buf deserialize_unit
        deserialize_map
    }

    /// Reads the name of a variant: the tag of an enum. Derived types would take a number for the index of one.
    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match (self.placeholder(), &self.0.content) {
            (Some(placeholder), _) => placeholder.deserialize_identifier(visitor),
            (None, Content::String(text) | Content::Text(text)) => visitor.visit_str(text),
            (None, Content::Null) => visitor.visit_unit(),
            (None, Content::Repeated(_)) => self.visit(visitor),
            _ => Err(not_a_name(visitor)),
        }
    }

    /// A value of any type is passed as it is.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match (self.placeholder(), &self.0.content) {
            (Some(placeholder), _) => placeholder.deserialize_any(visitor),
            (None, Content::Rounded(_)) => Err(NodeChange::Problem(Problem::too_precise()).into()),
            _ => self.visit(visitor),
        }
    }

    /// Refuses numbers. Not every type that is read from text does so by itself: a `Decimal` would round it.
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match (self.placeholder(), &self.0.content) {
            (Some(placeholder), _) => placeholder.deserialize_str(visitor),
            (None, Content::Number(_) | Content::Rounded(_)) => {
                Err(Failure::Reported(DecodeError::Type {
                    null: false,
                    expected: wording::quoted((&visitor as &dyn Expected).to_string()),
                }))
            }
            _ => self.visit(visitor),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_unit(visitor)
    }

    /// Reads an empty text as an absent value: HTML forms send every input, also those left blank.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match &self.0.content {
            Content::Null => visitor.visit_none(),
            Content::Text(text) if text.is_empty() => visitor.visit_none(),
            _ if self.0.placeholder.is_some() => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match (self.placeholder(), &self.0.content) {
            (Some(placeholder), _) => placeholder.deserialize_seq(visitor),
            (None, Content::Repeated(items)) => visitor.visit_seq(Items::of(items)),
            (None, Content::Text(_)) => visitor.visit_seq(Items::single(self.0)),
            _ => self.visit(visitor),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        match self.placeholder() {
            Some(placeholder) => placeholder.deserialize_tuple(len, visitor),
            None => self.deserialize_seq(visitor),
        }
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_tuple(len, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        if let Some(placeholder) = self.placeholder() {
            return placeholder.deserialize_struct(name, fields, visitor);
        }
        match (self.entries(fields)?, &self.0.content) {
            // The tag decides how the content is read.
            (Some(entries), _) if is_adjacently_tagged(&visitor) => {
                let [tag, .., content] = fields else {
                    return visitor.visit_map(Entries::of(entries));
                };
                self.0.is_tagged.set(true);
                if self.0.child(tag).is_some_and(|tag| tag.problem.is_some()) {
                    return Err(Failure::Inconclusive);
                }
                self.0.variant.set(self.0.step_to(content));
                visitor.visit_map(Entries::beginning_with(tag, entries))
            }
            (Some(entries), _) => visitor.visit_map(Entries::of(entries)),
            // Derived types would take the fields in their order: a client must name them.
            (None, Content::Array(_)) => Err(wrong_type(&visitor)),
            _ => self.visit(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        if let Some(placeholder) = self.placeholder() {
            return placeholder.deserialize_enum(name, variants, visitor);
        }
        match &self.0.content {
            Content::String(text) | Content::Text(text) => {
                visitor.visit_enum(StrDeserializer::<Failure>::new(text))
            }
            Content::Object(entries) if entries.len() == 1 => {
                self.0.variant.set(Some(0));
                visitor.visit_enum(ExternallyTagged(&entries[0]))
            }
            Content::Null => Err(Failure::Reported(DecodeError::Type {
                null: true,
                expected: String::new(),
            })),
            Content::Repeated(_) => self.visit(visitor),
            _ => {
                let Problem { message, .. } = super::wording::not_one_of(variants.iter().copied());
                Err(NodeChange::Problem(Problem::new("invalid_type", message)).into())
            }
        }
    }
}
