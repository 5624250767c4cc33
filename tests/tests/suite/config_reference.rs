//! The table of all keys in the guide is made from the sections of the configuration: the comments, the types and the defaults
//! of their fields.
//!
//! `BLESS=1 tests/run config_reference` writes it.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use fw::config::{Environment, Loader};
use syn::{Attribute, Expr, Fields, GenericArgument, Item, Lit, LitStr, Meta, PathArguments, Type};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests are a folder of the repository")
        .to_owned()
}

/// The types in the files of the sections.
#[derive(Default)]
struct Sections {
    structs: BTreeMap<String, Vec<Field>>,
    /// The words of each.
    enums: BTreeMap<String, Vec<String>>,
}

struct Field {
    name: String,
    /// The type without what is around it: `u32` of `Option<u32>`, but `Vec` of a list.
    type_name: String,
    comment: String,
}

impl Sections {
    fn read(folder: &Path) -> Self {
        let mut sections = Self::default();
        for entry in fs::read_dir(folder).expect("the folder can be read") {
            let path = entry.expect("the entry can be read").path();
            // The folder of a section's tests.
            if path.is_dir() {
                continue;
            }
            let text = fs::read_to_string(&path).expect("the file can be read");
            let file = syn::parse_file(&text).expect("it is Rust");
            for item in file.items {
                sections.note(item);
            }
        }
        sections
    }

    fn note(&mut self, item: Item) {
        match item {
            Item::Struct(item) => {
                let Fields::Named(fields) = item.fields else {
                    return;
                };
                let fields = fields.named.iter().map(|field| Field {
                    name: field.ident.as_ref().expect("a name").to_string(),
                    type_name: type_name(&field.ty),
                    comment: comment(&field.attrs),
                });
                self.structs
                    .insert(item.ident.to_string(), fields.collect());
            }
            Item::Enum(item) => {
                let words = item.variants.iter();
                let words = words.map(|variant| {
                    renamed(&variant.attrs)
                        .unwrap_or_else(|| variant.ident.to_string().to_lowercase())
                });
                self.enums.insert(item.ident.to_string(), words.collect());
            }
            _ => {}
        }
    }

    /// The rows of the keys below `prefix`.
    fn rows(
        &self,
        prefix: &str,
        section: &str,
        defaults: &BTreeMap<String, String>,
        rows: &mut Vec<String>,
    ) {
        for field in &self.structs[section] {
            let key = format!("{prefix}{}", field.name);
            if self.structs.contains_key(&field.type_name) {
                self.rows(&format!("{key}."), &field.type_name, defaults, rows);
                continue;
            }
            let default = match defaults[&key].as_str() {
                "none" => "none".to_owned(),
                default => format!("`{default}`"),
            };
            let cells = [
                format!("`{key}`"),
                self.kind(&field.type_name),
                default,
                meaning(&field.comment),
            ];
            rows.push(format!("| {} |", cells.join(" | ")).replace("|  |", "| |"));
        }
    }

    fn kind(&self, type_name: &str) -> String {
        let kind = match type_name {
            "bool" => "boolean",
            "u16" | "u32" | "u64" | "usize" => "number",
            "Duration" => "duration",
            "String" | "Secret" => "text",
            "PathBuf" => "path",
            "Vec" => "list",
            "BTreeMap" => "table",
            _ => {
                let words = self.enums[type_name].iter();
                return words
                    .map(|word| format!("`{word}`"))
                    .collect::<Vec<_>>()
                    .join(", ");
            }
        };
        kind.to_owned()
    }
}

/// The word of a variant that has another than its name.
fn renamed(attributes: &[Attribute]) -> Option<String> {
    let mut word = None;
    for attribute in attributes.iter().filter(|one| one.path().is_ident("serde")) {
        let _ = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("rename") {
                word = Some(meta.value()?.parse::<LitStr>()?.value());
            }
            Ok(())
        });
    }
    word
}

fn type_name(of: &Type) -> String {
    let Type::Path(path) = of else {
        return String::new();
    };
    let last = path.path.segments.last().expect("a path has a name");
    match &last.arguments {
        PathArguments::AngleBracketed(inner) if last.ident == "Option" => {
            match inner.args.first() {
                Some(GenericArgument::Type(inner)) => type_name(inner),
                _ => String::new(),
            }
        }
        _ => last.ident.to_string(),
    }
}

fn comment(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| {
        let Meta::NameValue(pair) = &attribute.meta else {
            return None;
        };
        match &pair.value {
            Expr::Lit(literal) if pair.path.is_ident("doc") => match &literal.lit {
                Lit::Str(line) => Some(line.value().trim().to_owned()),
                _ => None,
            },
            _ => None,
        }
    });
    lines.collect::<Vec<_>>().join(" ")
}

/// The comment of a field without its default, which has a column of its own.
fn meaning(comment: &str) -> String {
    let mut sentences = Vec::new();
    for sentence in comment.split(". ") {
        let sentence = sentence.trim_end_matches('.');
        if sentence.starts_with("Default ") {
            // `Default true; in production false.`
            let elsewhere = sentence.split_once("; in ");
            sentences.extend(elsewhere.map(|(_, rest)| format!("In {rest}")));
        } else if !sentence.is_empty() {
            sentences.push(sentence.to_owned());
        }
    }
    let meaning = sentences.join(". ");
    let is_name = |word: &str| word.chars().skip(1).any(char::is_uppercase);
    match meaning.get(..1) {
        Some(first) if !meaning.split(' ').next().is_some_and(is_name) => {
            first.to_lowercase() + &meaning[1..]
        }
        _ => meaning,
    }
}

/// The names and the types of the list of sections.
fn list(folder: &Path) -> Vec<(String, String)> {
    let text = fs::read_to_string(folder.join("mod.rs")).expect("the list can be read");
    let (_, list) = text.split_once("\nsections! {\n").expect("the list");
    let (list, _) = list.split_once("\n}").expect("its end");
    let pairs = list.lines().filter_map(|line| {
        let (name, section) = line.trim().strip_suffix(',')?.split_once(": ")?;
        Some((name.to_owned(), section.to_owned()))
    });
    pairs.collect()
}

fn table() -> String {
    let folder = repository().join("framework/src/config/sections");
    let sections = Sections::read(&folder);
    let defaults = Loader::new("/nowhere")
        .environment(Environment::Development)
        .vars([("DATABASE_URL", "sqlite::memory:")])
        .load()
        .expect("the defaults are right")
        .effective()
        .into_iter()
        .map(|one| match one.key.as_str() {
            "database.url" => (one.key, "none".to_owned()),
            _ => (one.key, one.value),
        })
        .collect();
    let mut rows = vec![
        "| key | type | default | meaning |".to_owned(),
        "|---|---|---|---|".to_owned(),
    ];
    for (name, section) in list(&folder) {
        sections.rows(&format!("{name}."), &section, &defaults, &mut rows);
    }
    rows.join("\n")
}

#[test]
fn the_guide_has_the_table_of_the_sections() {
    let path = repository().join("guides/configuration.md");
    let page = fs::read_to_string(&path).expect("the guide can be read");
    let start = page.find("| key | type ").expect("the guide has the table");
    let rest = &page[start..];
    let end = rest
        .find("\n\n")
        .map_or(page.trim_end().len(), |end| start + end);
    let table = table();
    assert!(table.lines().count() > 60, "the keys are found");
    if env::var_os("BLESS").is_some() {
        let page = format!("{}{table}{}", &page[..start], &page[end..]);
        fs::write(&path, page).expect("the guide can be written");
    } else {
        assert!(
            page[start..end] == table,
            "the table of all keys is another; write it with BLESS=1:\n{table}"
        );
    }
}
