//! Parsing of JSON, query strings and forms into a [tree](super::tree).

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    fmt,
};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

use super::{
    pointer::push_token,
    scan::exact_numbers,
    tree::{Content, Node},
};
use crate::error::{Error, FieldError};

/// The most levels of objects and arrays in each other; the limit of `serde_json`, which would need the stack of the thread for each.
const MAX_DEPTH: usize = 127;

/// Parses a JSON text.
pub(super) fn read_json(bytes: &[u8]) -> Result<Node, Error> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Error::malformed_body("the body is empty"));
    }
    let trail = RefCell::<Vec<String>>::default();
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let reader = Reader {
        trail: &trail,
        exact: &exact_numbers(bytes),
        numbers: &Cell::default(),
    };
    let node = reader.deserialize(&mut json);
    node.and_then(|node| json.end().map(|()| node))
        .map_err(|error| {
            let message = error.to_string();
            // What is JSON and still cannot be read: a number such as `1e999`, and what is nested too deep.
            let (code, problem) = if message.starts_with("number out of range") {
                ("invalid_value", "is a number beyond all bounds".to_owned())
            } else if message.starts_with("recursion limit exceeded") && is_json(bytes) {
                let problem = format!("must not have more than {MAX_DEPTH} levels");
                ("too_deep", problem)
            } else {
                return Error::malformed_body(format!("the body is not valid JSON: {message}"));
            };
            let mut pointer = String::new();
            for token in trail.take().iter().rev() {
                push_token(&mut pointer, token);
            }
            Error::validation(vec![FieldError::new(pointer, code, problem)])
        })
}

/// Returns whether a text is JSON, however deep. It is not kept, so `serde_json` needs no stack for it.
fn is_json(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
}

/// Makes a tree of names and values; repeated names become [`Content::Repeated`].
pub(super) fn read_pairs(pairs: &[(String, String)]) -> Node {
    let mut entries: Vec<(String, Node)> = Vec::with_capacity(pairs.len());
    let mut positions = HashMap::with_capacity(pairs.len());
    for (name, text) in pairs {
        let value = Node::from(Content::Text(text.clone()));
        let position = *positions.entry(name).or_insert(entries.len());
        match entries.get_mut(position) {
            None => entries.push((name.clone(), value)),
            Some((
                _,
                Node {
                    content: Content::Repeated(items),
                    ..
                },
            )) => items.push(value),
            Some((_, node)) => {
                let first = std::mem::take(node);
                *node = Content::Repeated(vec![first, value]).into();
            }
        }
    }
    Content::Object(entries).into()
}

/// A reader of one value. If it fails, the trail has the path to the failure, innermost first.
#[derive(Clone, Copy)]
struct Reader<'a> {
    trail: &'a RefCell<Vec<String>>,
    /// True for each number of the text that is read without loss.
    exact: &'a [bool],
    /// The number of numbers that were read.
    numbers: &'a Cell<usize>,
}

impl Reader<'_> {
    fn number(self, number: Number) -> Node {
        let index = self.numbers.replace(self.numbers.get() + 1);
        let exact = self.exact.get(index).is_none_or(|exact| *exact);
        let content = if exact {
            Content::Number(number)
        } else {
            Content::Rounded(number)
        };
        content.into()
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Content::Null.into())
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Content::Bool(value).into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(self.number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(self.number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Node, E> {
        let number = Number::from_f64(value).ok_or_else(|| E::custom("number out of range"))?;
        Ok(self.number(number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Content::String(value.to_owned()).into())
    }

    fn visit_string<E>(self, value: String) -> Result<Node, E> {
        Ok(Content::String(value).into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq
            .next_element_seed(self)
            .inspect_err(|_| self.trail.borrow_mut().push(items.len().to_string()))?
        {
            items.push(item);
        }
        Ok(Content::Array(items).into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            let value = map
                .next_value_seed(self)
                .inspect_err(|_| self.trail.borrow_mut().push(key.clone()))?;
            entries.push((key, value));
        }
        Ok(Content::Object(entries).into())
    }
}
