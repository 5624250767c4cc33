//! Decoding and validation of requests, with every problem reported at once.
//!
//! A request type derives [`serde::Deserialize`] and [`garde::Validate`]. [`decode_json`] and [`decode_text`] make a value of
//! it or an [`Error`](crate::Error) with one [`FieldError`] per problem: wrong type, missing, unknown, repeated, `null` or
//! out-of-range fields *and* broken rules, in the order in which the fields are declared.
//!
//! ```
//! use fw::validation::{Presence, decode_json};
//!
//! #[derive(serde::Deserialize, garde::Validate)]
//! #[serde(deny_unknown_fields)]
//! struct Book {
//!     #[garde(length(chars, min = 1))]
//!     title: String,
//!     #[garde(range(min = 1))]
//!     pages: u32,
//! }
//!
//! let body = br#"{"title": "", "pages": "many", "colour": "red"}"#;
//! let error = decode_json::<Book>(body, Presence::Partial).err().unwrap();
//! let found: Vec<_> = error.field_errors().iter().map(|field| (&*field.pointer, &*field.code)).collect();
//! assert_eq!(found, [("/title", "too_short"), ("/pages", "invalid_type"), ("/colour", "unknown_field")]);
//! ```
//!
//! How it works: the happy path is `serde_json` and a scan of the text for input that it would take without keeping it: dates in
//! odd spellings, numbers with too many digits, repeated keys. Only if either fails, the body is read into a tree, which is decoded
//! again and again; each pass ends at a problem, which is noted on the tree, and the next pass gets a placeholder in its place. The
//! result is then checked against the rules, whose complaints about placeholders are dropped.

pub mod rules;

mod base64;
mod buffered;
mod codes;
mod decoder;
mod engine;
mod failure;
mod field_names;
mod format;
mod json_document;
mod number;
mod numeric;
mod parameters;
mod patch;
mod placeholder;
mod pointer;
mod problem;
mod read;
mod report;
mod scan;
mod shape;
#[cfg(test)]
mod tests;
mod tree;
mod wording;

pub use crate::error::FieldError;

#[cfg(feature = "views")]
pub(crate) use self::engine::decode_form;
pub use self::{
    base64::Base64,
    engine::{Presence, decode_json, decode_text},
    json_document::JsonDocument,
    numeric::{Numeric, Unfit},
    patch::Patch,
    pointer::Source,
};
pub(crate) use self::{
    format::Format,
    parameters::{ParametersError, decode_parameters},
    problem::{MAX_PROBLEMS, Problem},
    wording::not_one_of,
};
