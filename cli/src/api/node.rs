//! A node of the description: its JSON, its location, and the target of its `$ref`.

use super::json::{Json, escaped, unescaped};

/// The longest chain of references that is followed.
const DEPTH: u8 = 32;

/// An error in the description because of which no client can be generated.
#[derive(Debug, thiserror::Error)]
#[error("{problem}{at}")]
pub(super) struct Defect {
    problem: String,
    /// Its location, for the end of a sentence.
    at: String,
    /// A remedy.
    pub(super) hint: Option<String>,
}

impl Defect {
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// A node of the description.
#[derive(Clone, Debug)]
pub(super) struct Node<'a> {
    root: &'a Json,
    pub(super) json: &'a Json,
    /// Its JSON pointer.
    at: String,
    /// The number of references that were followed to get here.
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

    /// The member of this object with this key, if there is one.
    pub(super) fn get(&self, key: &str) -> Option<Self> {
        Some(self.step(key, self.json.get(key)?))
    }

    /// The node below this one at a path of keys.
    pub(super) fn path(&self, keys: &[&str]) -> Option<Self> {
        keys.iter()
            .try_fold(self.clone(), |node, key| node.get(key))
    }

    /// The text of a member.
    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.json.get(key)?.text()
    }

    /// Returns whether a member is `true`.
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

    /// The end of the chain of `$ref`s that begins here; this node itself if there is none.
    pub(super) fn resolved(&self) -> Result<Self, Defect> {
        let mut node = self.clone();
        while let Some(target) = node.target()? {
            node = target;
        }
        Ok(node)
    }

    /// The target of this node's `$ref`; `None` if it has none.
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

    /// A defect at this node.
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

/// Decodes a pointer in the fragment of a URI, which is percent-encoded (RFC 6901, section 6).
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
