//! A field of a partial update: absent, or with a value.

use garde::{
    Path, Report, Validate,
    error::NoKey,
    rules::{
        alphanumeric::Alphanumeric,
        ascii::Ascii,
        contains::Contains,
        inner::Inner,
        length::{bytes::Bytes, chars::Chars, simple::Simple, utf16::Utf16CodeUnits},
        pattern::{Matcher, Pattern},
        prefix::Prefix,
        range::{Bounds, OutOfBounds},
        suffix::Suffix,
    },
};
use serde::{Deserialize, Deserializer};

/// A field that a client may leave out of a change.
///
/// `Patch<String>` refuses `null`; `Patch<Option<String>>` takes it for `Value(None)`. The struct around it needs
/// `#[serde(default)]`. Rules are those of the field itself, `#[garde(length(chars, max = 80))]`; what is absent breaks none.
///
/// ```
/// use fw::validation::Patch;
///
/// #[derive(Default, serde::Deserialize)]
/// #[serde(default)]
/// struct BookPatch {
///     title: Patch<String>,
///     subtitle: Patch<Option<String>>,
///     pages: Patch<u32>,
/// }
///
/// let patch: BookPatch = serde_json::from_str(r#"{"title": "Dune", "subtitle": null}"#).unwrap();
/// assert_eq!(patch.title, Patch::Value("Dune".to_owned()));
/// assert_eq!(patch.subtitle, Patch::Value(None));
/// assert_eq!(patch.pages, Patch::Absent);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd)]
pub enum Patch<T> {
    /// The field was not given: what is stored stays.
    #[default]
    Absent,
    /// The field was given.
    Value(T),
}

impl<T> Patch<T> {
    /// The value, if one was given.
    pub fn value(self) -> Option<T> {
        match self {
            Self::Absent => None,
            Self::Value(value) => Some(value),
        }
    }

    /// Returns true if the field was left out.
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Changes the value, if one was given.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Patch<U> {
        match self {
            Self::Absent => Patch::Absent,
            Self::Value(value) => Patch::Value(change(value)),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::Value)
    }
}

impl<T> Inner<T> for Patch<T> {
    type Key = NoKey;

    fn validate_inner<F: FnMut(&T, &NoKey)>(&self, mut check: F) {
        if let Self::Value(value) = self {
            check(value, &NoKey::default());
        }
    }
}

impl<T: Validate> Validate for Patch<T> {
    type Context = T::Context;

    fn validate_into(
        &self,
        context: &T::Context,
        parent: &mut dyn FnMut() -> Path,
        report: &mut Report,
    ) {
        if let Self::Value(value) = self {
            value.validate_into(context, parent, report);
        }
    }
}

impl<T: Bounds> Bounds for Patch<T> {
    type Size = T::Size;

    const MIN: T::Size = T::MIN;
    const MAX: T::Size = T::MAX;

    fn validate_bounds(&self, min: T::Size, max: T::Size) -> Result<(), OutOfBounds> {
        match self {
            Self::Absent => Ok(()),
            Self::Value(value) => value.validate_bounds(min, max),
        }
    }
}

impl<T: Pattern> Pattern for Patch<T> {
    fn validate_pattern<M: Matcher>(&self, matcher: &M) -> bool {
        match self {
            Self::Absent => true,
            Self::Value(value) => value.validate_pattern(matcher),
        }
    }
}

/// Implements a rule of garde: an absent value passes, any other is checked.
macro_rules! delegate {
    ($($rule:ident::$check:ident($($argument:ident: $type:ty),*) -> $outcome:ty, $fine:expr;)*) => {
        $(impl<T: $rule> $rule for Patch<T> {
            fn $check(&self, $($argument: $type),*) -> $outcome {
                match self {
                    Self::Absent => $fine,
                    Self::Value(value) => value.$check($($argument),*),
                }
            }
        })*
    };
}

delegate! {
    Alphanumeric::validate_alphanumeric() -> bool, true;
    Ascii::validate_ascii() -> bool, true;
    Contains::validate_contains(pattern: &str) -> bool, true;
    Prefix::validate_prefix(pattern: &str) -> bool, true;
    Suffix::validate_suffix(pattern: &str) -> bool, true;
    Simple::validate_length(min: usize, max: usize) -> garde::Result, Ok(());
    Bytes::validate_num_bytes(min: usize, max: usize) -> garde::Result, Ok(());
    Chars::validate_num_chars(min: usize, max: usize) -> garde::Result, Ok(());
    Utf16CodeUnits::validate_num_code_units(min: usize, max: usize) -> garde::Result, Ok(());
}

/// The schema of the value: `#[serde(default)]` of the struct makes the field optional.
#[cfg(feature = "openapi")]
impl<T: schemars::JsonSchema> schemars::JsonSchema for Patch<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> std::borrow::Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        T::json_schema(generator)
    }
}
