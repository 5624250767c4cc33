//! The names of operations, made from the path of the handler function: `blog::posts::controller::list`, `blog::accounts::session::create`.

/// Modules that are called after what handlers are, and not after what they are about.
const PLACES: [&str; 4] = ["controller", "controllers", "handlers", "routes"];

/// The names that a handler and its route give to an operation.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Names {
    /// The innermost module, which groups operations: `posts`, `session`.
    pub(super) tag: String,
    /// The operation id: `posts_list`, `v2_posts_list`.
    pub(super) id: String,
    /// The id with the feature before it, for an application with two modules of one name: `accounts_session_create`.
    pub(super) long_id: String,
    /// The function: `list`.
    handler: String,
}

impl Names {
    pub(super) fn of(handler: &str, method: &str, path: &str) -> Self {
        let plain = handler.split('<').next().unwrap_or(handler);
        let segments: Vec<_> = plain.split("::").collect();
        let (feature, tag) = match segments.as_slice() {
            [_, feature, inner @ .., _] => {
                let named = inner.iter().rev().find(|module| !PLACES.contains(module));
                (*feature, *named.unwrap_or(feature))
            }
            [only, ..] => (*only, *only),
            [] => ("", ""),
        };
        let handler = match segments.last() {
            Some(name) if is_identifier(name) => (*name).to_owned(),
            // A closure has no name of its own.
            _ => method.to_ascii_lowercase(),
        };
        let version = version(path).map_or(String::new(), |version| format!("{version}_"));
        Self {
            id: format!("{version}{tag}_{handler}"),
            long_id: format!("{version}{feature}_{tag}_{handler}"),
            tag: tag.to_owned(),
            handler,
        }
    }

    /// The summary of the operation; `noun` is the name of what it responds with.
    pub(super) fn summary(&self, noun: Option<&str>) -> String {
        let many = humanize(&self.tag);
        let one = || match noun.filter(|noun| is_one_of(noun, &many)) {
            Some(noun) => format!("{} {noun}", article(noun)),
            None if many.ends_with('s') => format!("one of the {many}"),
            None => format!("{} {many}", article(&many)),
        };
        match self.handler.as_str() {
            "list" => format!("List {many}"),
            "index" => title(&self.tag),
            "show" => format!("Show {}", one()),
            "create" => format!("Create {}", one()),
            "replace" => format!("Replace {}", one()),
            "update" => format!("Change {}", one()),
            "destroy" | "delete" => format!("Delete {}", one()),
            other => title(other),
        }
    }
}

/// The noun in the name of a response type: `blog post` of `BlogPostView`.
pub(super) fn noun(type_name: &str) -> String {
    let stem = ["View", "Response", "Dto"]
        .iter()
        .find_map(|suffix| type_name.strip_suffix(suffix))
        .filter(|stem| !stem.is_empty())
        .unwrap_or(type_name);
    let mut noun = String::new();
    for letter in stem.chars() {
        if letter.is_uppercase() && !noun.is_empty() {
            noun.push(' ');
        }
        noun.extend(letter.to_lowercase());
    }
    noun
}

/// The version in a path, other than the first: `v2`.
fn version(path: &str) -> Option<&str> {
    path.split('/').find(|segment| {
        segment
            .strip_prefix('v')
            .and_then(|number| number.parse::<u32>().ok())
            .is_some_and(|number| number > 1)
    })
}

/// Returns whether a noun names one of many things, as `person` one of `people`: a sign-in responds with an account, and makes a session.
fn is_one_of(noun: &str, many: &str) -> bool {
    let last = |words: &str| words.rsplit(' ').next().map(str::to_owned);
    let (one, all) = (
        last(noun).unwrap_or_default(),
        last(many).unwrap_or_default(),
    );
    one.chars()
        .zip(all.chars())
        .take_while(|(a, b)| a == b)
        .count()
        >= 2
}

fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    }
}

/// Turns a name into text: `blog posts` of `blog_posts`.
pub(super) fn humanize(name: &str) -> String {
    name.replace('_', " ")
}

/// Turns a name into a title: `Blog posts` of `blog_posts`.
pub(super) fn title(name: &str) -> String {
    capital(&humanize(name))
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// Turns a code into a type name: `NotFound` of `not_found`.
pub(super) fn pascal(code: &str) -> String {
    code.split(|c: char| !c.is_alphanumeric())
        .map(capital)
        .collect()
}

fn is_identifier(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || c == '_')
}
