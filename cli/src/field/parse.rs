//! Reads `name:type`, modifiers and default.

use heck::{ToSnakeCase, ToUpperCamelCase};

use super::{
    Field, FieldError, Kind,
    default::DefaultValue,
    kind::{NAMES, TYPES, instead_of, known_as},
    names,
    words::{Arguments, check_identifier},
};
use crate::{
    error::CliError,
    inflection::{plural, singular},
};

/// Reads one field, such as `title:string(80)!`.
pub fn parse(input: &str) -> Result<Field, FieldError> {
    Parser { input, at: 0 }.field()
}

/// Reads the fields of one resource and refuses two that would share a column.
pub fn parse_all<S: AsRef<str>>(inputs: &[S]) -> Result<Vec<Field>, FieldError> {
    let mut fields: Vec<Field> = Vec::with_capacity(inputs.len());
    for input in inputs {
        let field = parse(input.as_ref())?;
        for earlier in &fields {
            // `line_2` and `line2` are two columns but one variant of `Column`.
            let same_column = earlier.variant() == field.variant();
            if same_column || earlier.name == field.name {
                let problem = format!("`{}` clashes with `{}`", field.input, earlier.input);
                return Err(FieldError::new(&field.input, 0, problem)
                    .hint("give each field a name of its own"));
            }
        }
        fields.push(field);
    }
    Ok(fields)
}

/// Splits a line such as `post title:string='no title' status:enum(draft, published)` as a shell does, except that white space in
/// the parentheses of a type splits nothing.
pub fn split(line: &str) -> Result<Vec<String>, CliError> {
    let words = shlex::split(line).ok_or_else(|| {
        CliError::usage(format!("a quote is not closed: `{line}`"))
            .hint("a quote of its own is written `\\'`, or in quotes of the other kind: `title:string=\"it's\"`")
    })?;
    let mut fields: Vec<String> = Vec::new();
    for word in words {
        match fields.last_mut() {
            Some(last) if is_open(last) => last.push_str(&word),
            _ => fields.push(word),
        }
    }
    Ok(fields)
}

/// Returns whether a parenthesis of the type is not closed yet; a default may have any.
fn is_open(field: &str) -> bool {
    let kind = field.split('=').next().unwrap_or_default();
    kind.matches('(').count() > kind.matches(')').count()
}

struct Parser<'a> {
    input: &'a str,
    /// The byte that is read next.
    at: usize,
}

impl<'a> Parser<'a> {
    fn field(mut self) -> Result<Field, FieldError> {
        let name = self.name()?;
        let mut kind = self.kind(&name)?;
        let modifiers = self.modifiers(&kind)?;
        let default = self.default(&kind)?;
        if default.is_some() && modifiers.nullable {
            return Err(self
                .error(
                    0,
                    "a field with a default is never empty, so it cannot be `?` too",
                )
                .hint("leave out the `?` or the default"));
        }
        if default.is_some() && modifiers.unique {
            return Err(self
                .error(
                    0,
                    "a unique field with a default allows only one row that has it",
                )
                .hint("leave out the `^` or the default"));
        }
        let is_reference = matches!(kind, Kind::References { .. });
        if let Kind::References { table } = &mut kind
            && table.is_empty()
        {
            *table = plural(&singular(&name));
        }
        Ok(Field {
            required: modifiers.required
                || default.is_some()
                || (is_reference && !modifiers.nullable),
            unique: modifiers.unique,
            indexed: modifiers.indexed,
            input: self.input.to_owned(),
            name,
            kind,
            default,
        })
    }

    fn name(&mut self) -> Result<String, FieldError> {
        let Some(colon) = self.input.find(':') else {
            let end = self.input.len();
            return Err(self
                .error(end, "a type is missing")
                .hint(format!("write `{}:string!`; types: {TYPES}", self.input)));
        };
        let name = &self.input[..colon];
        if name.is_empty() {
            return Err(self
                .error(0, "a name is missing before the `:`")
                .hint("write `title:string!`"));
        }
        check_identifier(name).map_err(|(at, problem, hint)| {
            // A proposal that is refused in its turn helps nobody.
            let proposal = name.to_snake_case();
            let hint = names::refusal(&proposal).map_or(hint, |(_, hint)| hint);
            self.error(at, problem).hint(hint)
        })?;
        if let Some((problem, hint)) = names::refusal(name) {
            return Err(self.error(0, problem).hint(hint));
        }
        self.at = colon + 1;
        Ok(name.to_owned())
    }

    fn kind(&mut self, field: &str) -> Result<Kind, FieldError> {
        let start = self.at;
        let name = self.take_while(|c| c.is_ascii_alphanumeric() || c == '_');
        if name.is_empty() {
            return Err(self
                .error(start, "a type is missing")
                .hint(format!("types: {TYPES}")));
        }
        if !NAMES.contains(&name) {
            return Err(self.unknown_type(start, name));
        }
        let arguments = self.arguments()?;
        let no_arguments = |kind: Kind| match &arguments {
            None => Ok(kind),
            Some(arguments) => Err(self.error(
                arguments.at,
                format!("`{name}` takes nothing in parentheses"),
            )),
        };
        match name {
            "string" => self.string(arguments.as_ref()),
            "decimal" => self.decimal(arguments.as_ref()),
            "enum" => self.enumeration(field, arguments.as_ref()),
            "references" => self.references(arguments.as_ref()),
            "text" => no_arguments(Kind::Text),
            "int" => no_arguments(Kind::Int),
            "bigint" => no_arguments(Kind::BigInt),
            "smallint" => no_arguments(Kind::SmallInt),
            "float" => no_arguments(Kind::Float),
            "double" => no_arguments(Kind::Double),
            "money" => no_arguments(Kind::Decimal {
                precision: 18,
                scale: 4,
            }),
            "bool" => no_arguments(Kind::Bool),
            "date" => no_arguments(Kind::Date),
            "time" => no_arguments(Kind::Time),
            "datetime" => no_arguments(Kind::DateTime),
            "uuid" => no_arguments(Kind::Uuid),
            "json" => no_arguments(Kind::Json),
            _ => no_arguments(Kind::Blob),
        }
    }

    fn unknown_type(&self, start: usize, name: &str) -> FieldError {
        let lower = name.to_ascii_lowercase();
        // One letter in four may be wrong.
        let allowed = (lower.len() / 4).max(1);
        let nearest = || {
            NAMES
                .into_iter()
                .map(|known| (strsim::damerau_levenshtein(known, &lower), known))
                .filter(|(distance, _)| *distance <= allowed)
                .min()
                .map(|(_, known)| known)
        };
        let meant = match instead_of(&lower) {
            Some(advice) => format!("{advice}; "),
            None => known_as(&lower)
                .or_else(nearest)
                .map(|known| format!("did you mean `{known}`? "))
                .unwrap_or_default(),
        };
        self.error(start, format!("unknown type `{name}`"))
            .hint(format!("{meant}types: {TYPES}"))
    }

    fn string(&self, arguments: Option<&Arguments<'a>>) -> Result<Kind, FieldError> {
        let Some(arguments) = arguments else {
            return Ok(Kind::String { max: 255 });
        };
        match arguments.numbers().as_deref() {
            Some([max]) if (1..=65_535).contains(max) => Ok(Kind::String { max: *max }),
            _ => Err(self
                .error(
                    arguments.at + 1,
                    "the length of a `string` is a whole number from 1 to 65535",
                )
                .hint("write `string(80)`, or `text` for longer ones")),
        }
    }

    fn decimal(&self, arguments: Option<&Arguments<'a>>) -> Result<Kind, FieldError> {
        let Some(arguments) = arguments else {
            return Err(self
                .error(self.at, "a `decimal` needs the number of its digits")
                .hint("write `decimal(10,2)`: 10 digits, 2 of them after the point"));
        };
        match arguments.numbers().as_deref() {
            Some([precision @ 1..=28, scale]) if scale <= precision => Ok(Kind::Decimal {
                precision: *precision,
                scale: *scale,
            }),
            Some([1..=28, _]) => Err(self
                .error(
                    arguments.part(1),
                    "a `decimal` cannot have more digits after the point than digits",
                )
                .hint("write `decimal(10,2)`: 10 digits, 2 of them after the point")),
            _ => Err(self
                .error(
                    arguments.at + 1,
                    "a `decimal` has 1 to 28 digits, then the number of those after the point",
                )
                .hint("write `decimal(10,2)`: 10 digits, 2 of them after the point")),
        }
    }

    fn enumeration(
        &self,
        field: &str,
        arguments: Option<&Arguments<'a>>,
    ) -> Result<Kind, FieldError> {
        let hint = format!("write `{field}:enum(draft,published)`");
        let Some(arguments) = arguments else {
            return Err(self.error(self.at, "an `enum` needs its values").hint(hint));
        };
        let parts = arguments.parts();
        if parts.iter().all(|(_, value)| value.is_empty()) {
            return Err(self
                .error(arguments.at + 1, "an `enum` needs its values")
                .hint(hint));
        }
        let mut values: Vec<String> = Vec::with_capacity(parts.len());
        for (at, value) in parts {
            if value.is_empty() {
                return Err(self.error(at, "a value is missing").hint(hint));
            }
            check_identifier(value)
                .map_err(|(offset, problem, hint)| self.error(at + offset, problem).hint(hint))?;
            if value.to_upper_camel_case() == "Self" {
                return Err(self
                    .error(at, "`Self` is a keyword of Rust")
                    .hint("call it `own`"));
            }
            let variant = value.to_upper_camel_case();
            if let Some(earlier) = values
                .iter()
                .find(|earlier| earlier.to_upper_camel_case() == variant)
            {
                return Err(self.error(
                    at,
                    format!("`{value}` and `{earlier}` would both be `{variant}`"),
                ));
            }
            values.push(value.to_owned());
        }
        Ok(Kind::Enum { values })
    }

    fn references(&self, arguments: Option<&Arguments<'a>>) -> Result<Kind, FieldError> {
        let Some(arguments) = arguments else {
            return Ok(Kind::References {
                table: String::new(),
            });
        };
        match arguments.parts().as_slice() {
            [(at, table)] if !table.is_empty() => {
                check_identifier(table).map_err(|(offset, problem, hint)| {
                    self.error(at + offset, problem).hint(hint)
                })?;
                Ok(Kind::References {
                    table: (*table).to_owned(),
                })
            }
            _ => Err(self
                .error(arguments.at + 1, "`references` takes the name of one table")
                .hint("write `references(users)`")),
        }
    }

    fn modifiers(&mut self, kind: &Kind) -> Result<Modifiers, FieldError> {
        let mut modifiers = Modifiers::default();
        while let Some(c) = self.input[self.at..].chars().next() {
            match c {
                '!' if modifiers.nullable => return Err(self.contradiction()),
                '?' if modifiers.required => return Err(self.contradiction()),
                '!' => modifiers.required = true,
                '?' => modifiers.nullable = true,
                '^' if kind.is_narrow() => {
                    return Err(self
                        .error(
                            self.at,
                            format!("a unique `{}` would allow only a few rows", kind.name()),
                        )
                        .hint("leave out the `^`"));
                }
                '^' | '+' if !kind.indexable() => {
                    return Err(self
                        .error(self.at, format!("a `{}` cannot have an index", kind.name()))
                        .hint(format!("leave out the `{c}`, or use `string(255)`")));
                }
                '^' => modifiers.unique = true,
                '+' => modifiers.indexed = true,
                '=' => break,
                _ => {
                    return Err(self.error(self.at, format!("`{c}` does not belong here")).hint(
                        "after the type: `!` required, `^` unique and required, `?` may be empty, `+` indexed, `=value` default",
                    ));
                }
            }
            self.at += c.len_utf8();
        }
        // `^?` is unique where it is given; `^` alone is required.
        modifiers.required |= modifiers.unique && !modifiers.nullable;
        Ok(modifiers)
    }

    fn contradiction(&self) -> FieldError {
        self.error(
            self.at,
            "a field is either required (`!`) or may be empty (`?`)",
        )
    }

    fn default(&mut self, kind: &Kind) -> Result<Option<DefaultValue>, FieldError> {
        let Some(text) = self.input[self.at..].strip_prefix('=') else {
            return Ok(None);
        };
        if let Some(at) = text.find(char::is_control) {
            return Err(self.error(self.at + 1 + at, "a default has no control characters"));
        }
        DefaultValue::parse(kind, text)
            .map(Some)
            .map_err(|problem| {
                let error = self.error(self.at + 1, problem);
                match self.modified_default(kind, text) {
                    Some(meant) => {
                        error.hint(format!("a modifier stands before the default: `{meant}`"))
                    }
                    None if !kind.takes_default() => {
                        error.hint("leave it out, and set the value when a row is made")
                    }
                    None => error,
                }
            })
    }

    /// The field with the modifiers before its default, where they are after it: `views:int+=0` for `views:int=0+`.
    fn modified_default(&self, kind: &Kind, text: &str) -> Option<String> {
        let value = text.trim_end_matches(['!', '^', '?', '+']);
        let is_value = value.len() < text.len() && DefaultValue::parse(kind, value).is_ok();
        is_value.then(|| {
            let (before, modifiers) = (&self.input[..self.at], &text[value.len()..]);
            format!("{before}{modifiers}={value}")
        })
    }

    /// The text in parentheses after a type.
    fn arguments(&mut self) -> Result<Option<Arguments<'a>>, FieldError> {
        if !self.input[self.at..].starts_with('(') {
            return Ok(None);
        }
        let at = self.at;
        let Some(length) = self.input[at..].find(')') else {
            return Err(self.error(self.input.len(), "a `)` is missing").hint(
                "add it, and put the field in quotes: a shell takes parentheses for its own",
            ));
        };
        self.at += length + 1;
        Ok(Some(Arguments {
            at,
            text: &self.input[at + 1..at + length],
        }))
    }

    fn take_while(&mut self, accepts: impl Fn(char) -> bool) -> &'a str {
        let rest = &self.input[self.at..];
        let length = rest.find(|c| !accepts(c)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    fn error(&self, at: usize, problem: impl Into<String>) -> FieldError {
        FieldError::new(self.input, at, problem)
    }
}

#[derive(Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one character of the input"
)]
struct Modifiers {
    required: bool,
    nullable: bool,
    unique: bool,
    indexed: bool,
}
