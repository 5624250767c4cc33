//! A place in the description: its JSON, where it is, and where its `$ref` leads.

use super::json::{Json, escaped, unescaped};

/// References that lead to references, at most.
const DEPTH: u8 = 32;

/// Something in the description that no client can be made from.
#[derive(Debug, thiserror::Error)]
#[error("{problem}{at}")]
pub(super) struct Defect {
    problem: String,
    /// Where, for the end of a sentence.
    at: String,
    /// What can be done about it.
    pub(super) hint: Option<String>,
}

impl Defect {
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// A place in the description.
#[derive(Clone, Debug)]
pub(super) struct Node<'a> {
    root: &'a Json,
    pub(super) json: &'a Json,
    /// The JSON pointer to it.
    at: String,
    /// The references that were followed to get here.
    followed: u8,
}

impl<'a> Node<'a> {
    pub(super) fn new(root: &'a Json) -> Self {
        Self {
            root,
            json: root,
            at: String::new(),
            followed: 0,
        }
    }

    /// A member of this object, if it is there.
    pub(super) fn get(&self, key: &str) -> Option<Self> {
        Some(self.step(key, self.json.get(key)?))
    }

    /// What keys one below the other lead to.
    pub(super) fn path(&self, keys: &[&str]) -> Option<Self> {
        keys.iter()
            .try_fold(self.clone(), |node, key| node.get(key))
    }

    /// The text of a member.
    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.json.get(key)?.text()
    }

    /// Whether a member is `true`.
    pub(super) fn is(&self, key: &str) -> bool {
        self.json.get(key) == Some(&Json::Bool(true))
    }

    /// The members of this object.
    pub(super) fn entries(&self) -> Vec<(&'a str, Self)> {
        let entries = self.json.entries().iter();
        entries
            .map(|(key, json)| (key.as_str(), self.step(key, json)))
            .collect()
    }

    /// The items of this array.
    pub(super) fn items(&self) -> Vec<Self> {
        let items = self.json.items().iter().enumerate();
        items
            .map(|(index, json)| self.step(&index.to_string(), json))
            .collect()
    }

    /// Where the chain of `$ref` that begins here ends; this place itself when there is none.
    pub(super) fn resolved(&self) -> Result<Self, Defect> {
        let mut node = self.clone();
        while let Some(target) = node.target()? {
            node = target;
        }
        Ok(node)
    }

    /// Where the `$ref` of this place leads; `None` when it has none.
    pub(super) fn target(&self) -> Result<Option<Self>, Defect> {
        let Some(reference) = self.text("$ref") else {
            return Ok(None);
        };
        let Some(pointer) = reference.strip_prefix('#') else {
            return Err(self
                .defect(format!("`{reference}` is in another document"))
                .hint("put everything into one document first"));
        };
        let pointer = percent_decoded(pointer);
        let json = self
            .root
            .at(&pointer)
            .ok_or_else(|| self.defect(format!("`{reference}` leads nowhere")))?;
        if self.followed >= DEPTH {
            return Err(self.defect(format!("`{reference}` leads back to itself")));
        }
        Ok(Some(Self {
            root: self.root,
            json,
            at: pointer,
            followed: self.followed + 1,
        }))
    }

    /// The name of the schema that this is, among the components; `None` for anything else, even within one.
    pub(super) fn schema(&self) -> Option<String> {
        let name = self.at.strip_prefix("/components/schemas/")?;
        (!name.contains('/')).then(|| unescaped(name))
    }

    /// Something wrong with this place.
    pub(super) fn defect(&self, problem: impl Into<String>) -> Defect {
        Defect {
            problem: problem.into(),
            at: match self.at.as_str() {
                // Everywhere.
                "" => String::new(),
                at => format!(", at `#{at}`"),
            },
            hint: None,
        }
    }

    fn step(&self, key: &str, json: &'a Json) -> Self {
        Self {
            root: self.root,
            json,
            at: format!("{}/{}", self.at, escaped(key)),
            followed: self.followed,
        }
    }
}

/// A pointer in the fragment of a URI is percent-encoded (RFC 6901, section 6).
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = (*first == b'%')
            .then(|| std::str::from_utf8(tail.get(..2)?).ok())
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
