//! The entry points of decoding and validation: [`decode_json`] and [`decode_text`].

use garde::Validate;
use serde::de::DeserializeOwned;

use super::{
    buffered,
    codes::Codes,
    decoder::Decoder,
    failure::Failure,
    pointer::Source,
    problem::Problem,
    read::{read_json, read_pairs},
    report::report,
    scan::is_plain,
    shape,
    tree::Node,
};
use crate::error::Error;

/// The most passes over one request; each finds at least one more problem.
const MAX_PASSES: usize = 100;

/// The most values decoded in all passes together, so that a huge and wrong request costs little.
const MAX_WORK: usize = 2_000_000;

/// The fields that a JSON body must have. See [`decode_json`] for an example.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Presence {
    /// Those that the type needs: an `Option`, or a field with a default, may be left out.
    #[default]
    Partial,
    /// All that the type declares, so that nothing is reset by being forgotten; `null` is fine where the type allows it.
    ///
    /// Fields with `#[serde(alias)]` cannot be used with it.
    Full,
}

/// Decodes a JSON body and checks its rules.
///
/// # Errors
///
/// 400 `malformed_body` when the body is empty or not JSON (broken syntax, invalid UTF-8); 422 `validation_failed` with every
/// problem (at most 100) when it is JSON but not acceptable. JSON of more than 127 levels has the one problem `too_deep`.
///
/// # Example
///
/// ```
/// use fw::validation::{Presence, decode_json};
///
/// #[derive(Debug, serde::Deserialize, garde::Validate)]
/// struct Book {
///     #[garde(length(chars, min = 1))]
///     title: String,
///     #[garde(skip)]
///     subtitle: Option<String>,
/// }
///
/// let body = br#"{"title": "Dune"}"#;
/// let book: Book = decode_json(body, Presence::Partial)?;
/// assert_eq!((book.title.as_str(), book.subtitle), ("Dune", None));
///
/// let error = decode_json::<Book>(body, Presence::Full).unwrap_err();
/// assert_eq!((error.field_errors()[0].pointer.as_str(), &*error.field_errors()[0].code), ("/subtitle", "required"));
///
/// let error = decode_json::<Book>(b"title=Dune", Presence::Partial).unwrap_err();
/// assert_eq!((error.status().as_u16(), error.code()), (400, "malformed_body"));
/// # Ok::<(), fw::Error>(())
/// ```
pub fn decode_json<T>(bytes: &[u8], presence: Presence) -> Result<T, Error>
where
    T: DeserializeOwned + Validate<Context = ()>,
{
    if let Ok(value) = serde_json::from_slice::<T>(bytes)
        && is_plain(bytes)
        && is_complete::<T>(bytes, presence)
        && value.validate().is_ok()
    {
        return Ok(value);
    }
    let mut root = read_json(bytes)?;
    root.complete = presence == Presence::Full;
    decode(root, Source::Body)
}

/// Decodes the names and values of a query string or form and checks their rules.
///
/// Numbers, truth values (`true`, `on`, `false`, `off`) and enums are read from their text; an empty text is `None` for an
/// `Option`; a name that is given several times fills a sequence and is a `duplicate_field` everywhere else.
///
/// # Errors
///
/// 422 `validation_failed` with every problem, at most 100.
///
/// # Example
///
/// ```
/// use fw::validation::{Source, decode_text};
///
/// #[derive(Debug, serde::Deserialize, garde::Validate)]
/// struct Search {
///     #[garde(range(min = 1, max = 10))]
///     stars: Option<u8>,
///     #[garde(skip)]
///     tag: Vec<String>,
/// }
///
/// let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
///     pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
/// };
/// let search: Search = decode_text(&pairs(&[("stars", ""), ("tag", "new"), ("tag", "red")]), Source::Query)?;
/// assert_eq!((search.stars, search.tag.len()), (None, 2));
///
/// let error = decode_text::<Search>(&pairs(&[("stars", "11"), ("tag", "new")]), Source::Query).unwrap_err();
/// assert_eq!(error.field_errors()[0].pointer, "?stars");
/// # Ok::<(), fw::Error>(())
/// ```
pub fn decode_text<T>(pairs: &[(String, String)], source: Source) -> Result<T, Error>
where
    T: DeserializeOwned + Validate<Context = ()>,
{
    decode(read_pairs(pairs), source)
}

/// Decodes a form as [`decode_text`] does, but the text of the fields with the names in `json` is JSON, and those in `lists` are empty when they are
/// not there.
#[cfg(feature = "views")]
pub(crate) fn decode_form<T>(
    pairs: &[(String, String)],
    json: &[&str],
    lists: &[&str],
) -> Result<T, Error>
where
    T: DeserializeOwned + Validate<Context = ()>,
{
    use super::tree::Content;
    use crate::error::FieldError;

    let mut root = read_pairs(pairs);
    let mut malformed = Vec::new();
    if let Content::Object(entries) = &mut root.content {
        for name in lists {
            if !entries.iter().any(|(given, _)| given == name) {
                let none = Content::Repeated(Vec::new());
                entries.push(((*name).to_owned(), none.into()));
            }
        }
        for (name, node) in entries {
            let Content::Text(text) = &node.content else {
                continue;
            };
            if text.is_empty() || !json.contains(&name.as_str()) {
                continue;
            }
            match read_json(text.as_bytes()) {
                Ok(value) => *node = value,
                Err(_) => malformed.push(FieldError::new(
                    format!("/{name}"),
                    "invalid_type",
                    "must be JSON",
                )),
            }
        }
    }
    if malformed.is_empty() {
        return decode(root, Source::Body);
    }
    let others = decode::<T>(root, Source::Body).err();
    malformed.extend(others.iter().flat_map(Error::field_errors).cloned());
    Err(Error::validation(malformed))
}

fn decode<T>(mut root: Node, source: Source) -> Result<T, Error>
where
    T: DeserializeOwned + Validate<Context = ()>,
{
    let value = run_passes::<T>(&mut root);
    let broken = value.as_ref().and_then(broken_rules);
    let validate = |tree: &Node| {
        let value = T::deserialize(Decoder(tree)).ok()?;
        Some(broken_rules(&value).unwrap_or_else(garde::Report::new))
    };
    let trials = MAX_WORK / root.size();
    let mut problems = report(&root, broken.as_ref(), source, &validate, trials);
    match value {
        Some(value) if problems.is_empty() => return Ok(value),
        None if problems.is_empty() => {
            problems.push(Problem::new("invalid", "is not acceptable").at(""));
        }
        _ => {}
    }
    Err(Error::validation(problems))
}

/// The rules that a value breaks, with their codes.
fn broken_rules<T: Validate<Context = ()>>(value: &T) -> Option<garde::Report> {
    garde::i18n::with_i18n(Codes, || value.validate()).err()
}

/// Decodes until no more problems are found. The result may hold placeholders, each noted on the tree.
fn run_passes<T: DeserializeOwned>(root: &mut Node) -> Option<T> {
    let mut trials = MAX_WORK / root.size();
    let passes = trials.clamp(4, MAX_PASSES);
    for _ in 0..passes {
        match T::deserialize(Decoder(root)).map_err(|failure| failure.at(root)) {
            Ok(value) => return Some(value),
            Err(Failure::Located(located)) => {
                let located = buffered::locate::<T>(root, *located, &mut trials);
                root.apply(located);
            }
            Err(_) => return None,
        }
    }
    None
}

/// Returns whether a struct was given as an object, and with every field that `presence` requires.
fn is_complete<T: DeserializeOwned>(bytes: &[u8], presence: Presence) -> bool {
    let Some(fields) = shape::declared_fields::<T>() else {
        return true;
    };
    let is_object = bytes.trim_ascii_start().starts_with(b"{");
    is_object && (presence == Presence::Partial || shape::has_all(bytes, fields))
}
