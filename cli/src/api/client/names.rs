//! Names in TypeScript: which may be used, and which are still free.

use std::collections::BTreeSet;

use heck::{ToLowerCamelCase, ToUpperCamelCase};

/// Types that the client itself declares or uses, and words that cannot be the name of a type.
const TAKEN_TYPES: &[&str] = &[
    "AbortSignal",
    "ApiAnswer",
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

/// Words that cannot name a variable in a module.
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

/// What the functions of a client call: no option may hide it.
const USED: &[&str] = &[
    "client",
    "encode",
    "encodeURIComponent",
    "pages",
    "String",
    "options",
    "undefined",
];

/// Hands out each name once.
#[derive(Debug)]
pub(super) struct Names(BTreeSet<String>);

impl Names {
    /// For types.
    pub(super) fn of_types() -> Self {
        Self::besides(TAKEN_TYPES)
    }

    /// For variables of the file.
    pub(super) fn of_values() -> Self {
        Self::besides(&["createApi", "createClient", "encode", "isApiError", "pages"])
    }

    /// For the options of one operation.
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

    /// The name, or the name with the suffix, or that with a number: the first that is free.
    pub(super) fn take(&mut self, name: &str, suffix: &str) -> String {
        let numbered = (2..).map(|number| format!("{name}{suffix}{number}"));
        let free = [name.to_owned(), format!("{name}{suffix}")]
            .into_iter()
            .chain(numbered)
            .find(|name| !self.0.contains(name));
        let free = free.unwrap_or_default();
        self.0.insert(free.clone());
        free
    }

    /// The name of the type that belongs to an operation, such as `PostsListQuery`.
    pub(super) fn of_operation(&mut self, id: &str, what: &str) -> String {
        self.take(&format!("{}{what}", pascal(id)), "Type")
    }
}

/// Whether it can be written as it is, without quotes.
pub(super) fn is_identifier(name: &str) -> bool {
    let mut letters = name.chars();
    let may_begin = |c: char| c.is_ascii_alphabetic() || c == '_' || c == '$';
    letters.next().is_some_and(may_begin) && letters.all(|c| may_begin(c) || c.is_ascii_digit())
}

/// A name as that of a type: as it is, where that is possible.
pub(super) fn type_name(name: &str) -> String {
    if is_identifier(name) {
        return name.to_owned();
    }
    legal(&name.to_upper_camel_case())
}

/// A name as that of a variable: as it is, where that is possible.
pub(super) fn variable(name: &str) -> String {
    if is_identifier(name) {
        return name.to_owned();
    }
    legal(&name.to_lower_camel_case())
}

/// `createdAt` for `created_at` and `Created-At`.
pub(super) fn camel(name: &str) -> String {
    legal(&name.to_lower_camel_case())
}

/// `PostsList` for `posts_list`.
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
