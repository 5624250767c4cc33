//! Names in the TypeScript client: identifiers that are valid and not yet in use.

use std::collections::BTreeSet;

use heck::{ToLowerCamelCase, ToUpperCamelCase};

/// Types that the client itself declares or uses, and words that cannot be the name of a type.
const TAKEN_TYPES: &[&str] = &[
    "AbortSignal",
    "ApiCall",
    "ApiClient",
    "ApiClientCode",
    "ApiError",
    "ApiFailure",
    "ApiFieldError",
    "ApiHeaders",
    "ApiOptions",
    "ApiProblem",
    "ApiRequest",
    "ApiResponse",
    "ApiResult",
    "Api",
    "Array",
    "AsyncGenerator",
    "Blob",
    "Error",
    "FormData",
    "Headers",
    "JSON",
    "NonNullable",
    "Object",
    "Omit",
    "Parameters",
    "Promise",
    "Readonly",
    "Record",
    "RequestInit",
    "Response",
    "String",
    "SyntaxError",
    "URLSearchParams",
    "any",
    "bigint",
    "boolean",
    "never",
    "null",
    "number",
    "object",
    "string",
    "symbol",
    "undefined",
    "unknown",
    "void",
];

/// Words that cannot be the name of a variable in a module.
const KEYWORDS: &[&str] = &[
    "arguments",
    "await",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "eval",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "implements",
    "import",
    "in",
    "instanceof",
    "interface",
    "let",
    "new",
    "null",
    "package",
    "private",
    "protected",
    "public",
    "return",
    "static",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "var",
    "void",
    "while",
    "with",
    "yield",
];

/// Identifiers that the generated functions use, which no option may shadow.
const USED: &[&str] = &[
    "client",
    "encode",
    "encodeURIComponent",
    "pages",
    "String",
    "options",
    "undefined",
];

/// A set of names in use, which makes new ones unique.
#[derive(Debug)]
pub(super) struct UniqueNames(BTreeSet<String>);

impl UniqueNames {
    /// The names of types.
    pub(super) fn of_types() -> Self {
        Self::besides(TAKEN_TYPES)
    }

    /// The names of variables of the file.
    pub(super) fn of_values() -> Self {
        Self::besides(&["createApi", "createClient", "encode", "isApiError", "pages"])
    }

    /// The names of the options of one operation.
    pub(super) fn of_options() -> Self {
        let mut names = Self::besides(&["query", "body", "signal", "headers", "refresh"]);
        names
            .0
            .extend(KEYWORDS.iter().chain(USED).map(|&word| word.to_owned()));
        names
    }

    fn besides(taken: &[&str]) -> Self {
        Self(taken.iter().map(|&name| name.to_owned()).collect())
    }

    /// Reserves a name: as it is, with the suffix, or with the suffix and a number, whichever is free first.
    pub(super) fn reserve(&mut self, name: &str, suffix: &str) -> String {
        let numbered = (2..).map(|number| format!("{name}{suffix}{number}"));
        let free = [name.to_owned(), format!("{name}{suffix}")]
            .into_iter()
            .chain(numbered)
            .find(|name| !self.0.contains(name));
        let free = free.unwrap_or_default();
        self.0.insert(free.clone());
        free
    }

    /// Reserves the name of a type that belongs to an operation, such as `PostsListQuery`.
    pub(super) fn of_operation(&mut self, id: &str, what: &str) -> String {
        self.reserve(&format!("{}{what}", pascal(id)), "Type")
    }
}

/// Returns whether a name is a valid identifier, so that it needs no quotes.
pub(super) fn is_identifier(name: &str) -> bool {
    let mut letters = name.chars();
    let may_begin = |c: char| c.is_ascii_alphabetic() || c == '_' || c == '$';
    letters.next().is_some_and(may_begin) && letters.all(|c| may_begin(c) || c.is_ascii_digit())
}

/// The name of a type for a name in the description, unchanged where that is possible.
pub(super) fn type_name(name: &str) -> String {
    if is_identifier(name) {
        return name.to_owned();
    }
    legal(&name.to_upper_camel_case())
}

/// The name of a variable for a name in the description, unchanged where that is possible.
pub(super) fn variable(name: &str) -> String {
    if is_identifier(name) {
        return name.to_owned();
    }
    legal(&name.to_lower_camel_case())
}

/// A name in camel case: `createdAt` for `created_at` and `Created-At`.
pub(super) fn camel(name: &str) -> String {
    legal(&name.to_lower_camel_case())
}

/// A name in Pascal case: `PostsList` for `posts_list`.
pub(super) fn pascal(name: &str) -> String {
    legal(&name.to_upper_camel_case())
}

fn legal(name: &str) -> String {
    let name: String = name
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '$'))
        .collect();
    if is_identifier(&name) {
        name
    } else {
        format!("_{name}")
    }
}
