//! Which names a field cannot have, and what to call it instead.

/// Rust's keywords, those of edition 2024 and the reserved ones included: none of them can be a field.
const KEYWORDS: [&str; 53] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield", "union", "Self",
];

/// Returns whether Rust reserves the word.
pub fn is_keyword(name: &str) -> bool {
    // `union` is only a keyword where a union is declared.
    name != "union" && KEYWORDS.contains(&name)
}

/// The columns that PostgreSQL gives to every table, and SQLite's names of the row id.
const SYSTEM_COLUMNS: [(&str, &str); 8] = [
    ("cmax", "PostgreSQL"),
    ("cmin", "PostgreSQL"),
    ("ctid", "PostgreSQL"),
    ("tableoid", "PostgreSQL"),
    ("xmax", "PostgreSQL"),
    ("xmin", "PostgreSQL"),
    ("oid", "SQLite"),
    ("rowid", "SQLite"),
];

/// Returns whether every table has a column of this name.
pub fn is_built_in(name: &str) -> bool {
    matches!(name, "id" | "created_at" | "updated_at")
}

/// Why a name cannot be a column, with another name for it; `None` for a good one.
pub(super) fn refusal(name: &str) -> Option<(String, String)> {
    if is_built_in(name) {
        return Some((
            format!("every table has a column `{name}` already"),
            "leave it out".to_owned(),
        ));
    }
    if is_keyword(name) {
        return Some((
            format!("`{name}` is a keyword of Rust"),
            format!("call it `{}`", instead_of(name)),
        ));
    }
    if let Some((_, database)) = SYSTEM_COLUMNS.iter().find(|(column, _)| *column == name) {
        return Some((
            format!("every table of {database} has a column `{name}` of its own"),
            format!("call it `{}`", instead_of(name)),
        ));
    }
    if let Some(clash) = clash(name) {
        return Some((clash, format!("call it `{}`", instead_of(name))));
    }
    None
}

/// Names whose `Column` variant is mistaken for an item that the ORM generates beside it.
fn clash(name: &str) -> Option<String> {
    (name == "err").then(|| format!("`{name}` clashes with a name that the ORM generates"))
}

/// A name that says the same.
fn instead_of(name: &str) -> String {
    let other = match name {
        "type" | "enum" => "kind",
        "ref" => "reference",
        "match" => "pairing",
        "move" => "step",
        "for" => "purpose",
        "in" => "inside",
        "as" => "alias",
        "box" => "parcel",
        "final" => "is_final",
        "override" => "is_override",
        "static" => "is_static",
        "async" => "is_async",
        "abstract" => "summary",
        "where" => "place",
        "use" => "usage",
        "do" => "action",
        "try" => "attempt",
        "yield" => "output",
        "return" => "returned",
        "loop" => "cycle",
        "err" => "failure",
        "oid" | "rowid" => "row_number",
        _ => return format!("{name}_value"),
    };
    other.to_owned()
}
