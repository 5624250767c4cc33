//! The tree of a request, which keeps the order of fields and repeated keys, and on which problems are noted.

use std::{cell::Cell, collections::HashSet};

use serde_json::Number;

use super::problem::{MAX_PROBLEMS, Problem};

/// The most placeholders that are tried in one place.
pub(super) const MAX_ATTEMPTS: usize = 12;

/// One value of a request.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) content: Content,
    pub(super) problem: Option<Problem>,
    /// The number of the placeholder that replaces the value, if one does.
    pub(super) placeholder: Option<usize>,
    /// True for an unknown or repeated field: it is reported but never decoded.
    pub(super) ignored: bool,
    /// True if every declared field must be there, whether or not it has a default.
    pub(super) complete: bool,
    /// The fields that the type decoded from here declares.
    pub(super) fields: Cell<&'static [&'static str]>,
}

/// The value that a client sent.
#[derive(Debug, Default)]
pub(super) enum Content {
    #[default]
    Null,
    Bool(bool),
    Number(Number),
    /// A number that the parser could not keep exactly.
    Rounded(Number),
    String(String),
    /// Text of a query or form, which may stand for a number.
    Text(String),
    Array(Vec<Node>),
    /// The values of a query parameter or form field that was given several times.
    Repeated(Vec<Node>),
    Object(Vec<(String, Node)>),
}

/// A change of the tree, with the path to it, innermost step first.
#[derive(Debug)]
pub(super) struct Located {
    pub(super) path: Vec<usize>,
    pub(super) change: NodeChange,
}

/// A change of one node.
#[derive(Debug)]
pub(super) enum NodeChange {
    /// The value is not acceptable.
    Problem(Problem),
    /// These fields are missing.
    Missing(Vec<&'static str>),
    /// Fields other than these are refused.
    Unknown(&'static [&'static str]),
    /// A field is there more than once.
    Repeated,
    /// The placeholder must be an object with these fields.
    Expand(&'static [&'static str]),
    /// Another placeholder is needed.
    Retry,
}

impl From<Content> for Node {
    /// Makes a node. Text with a NUL character, which PostgreSQL cannot store, is a problem from the start.
    fn from(content: Content) -> Self {
        let nul = match &content {
            Content::String(text) | Content::Text(text) => text.contains('\0'),
            Content::Object(entries) => entries.iter().any(|(key, _)| key.contains('\0')),
            _ => false,
        };
        let mut node = Self {
            content,
            ..Self::default()
        };
        if nul {
            node.note(Problem::new(
                "invalid_characters",
                "must not contain the character U+0000",
            ));
        }
        node
    }
}

impl Node {
    /// Makes a placeholder.
    fn placeholder() -> Self {
        Self {
            placeholder: Some(0),
            ..Self::default()
        }
    }

    fn note(&mut self, problem: Problem) {
        self.problem = Some(problem);
        self.content = Content::Null;
        self.placeholder = Some(0);
    }

    /// The values directly below.
    fn children(&self) -> Box<dyn Iterator<Item = &Node> + '_> {
        match &self.content {
            Content::Array(items) | Content::Repeated(items) => Box::new(items.iter()),
            Content::Object(entries) => Box::new(entries.iter().map(|(_, node)| node)),
            _ => Box::new(std::iter::empty()),
        }
    }

    fn child_mut(&mut self, step: usize) -> Option<&mut Node> {
        match &mut self.content {
            Content::Array(items) | Content::Repeated(items) => items.get_mut(step),
            Content::Object(entries) => entries.get_mut(step).map(|(_, node)| node),
            _ => None,
        }
    }

    /// The child with this key or index.
    pub(super) fn child(&self, token: &str) -> Option<&Node> {
        match &self.content {
            Content::Array(items) | Content::Repeated(items) => {
                items.get(token.parse::<usize>().ok()?)
            }
            Content::Object(entries) => entries
                .iter()
                .find(|(key, node)| key == token && !node.ignored)
                .map(|(_, node)| node),
            _ => None,
        }
    }

    /// The number of values in the tree.
    pub(super) fn size(&self) -> usize {
        1 + self.children().map(Node::size).sum::<usize>()
    }

    /// Returns whether any value below is not as the client wrote it.
    pub(super) fn is_patched(&self) -> bool {
        self.children()
            .any(|node| node.problem.is_some() || node.is_patched())
    }

    /// Returns whether an entry is not among `fields` and not noted yet.
    pub(super) fn has_unknown(&self, fields: &[&str]) -> bool {
        matches!(&self.content, Content::Object(entries)
            if entries.iter().any(|(key, node)| !node.ignored && !fields.contains(&key.as_str())))
    }

    /// Notes the problem that a pass found, so that the next one gets further.
    pub(super) fn apply(&mut self, located: Located) {
        let mut node = self;
        for step in located.path.into_iter().rev() {
            match node.child_mut(step) {
                Some(child) => node = child,
                None => return,
            }
        }
        match located.change {
            NodeChange::Problem(problem) => node.note(problem),
            NodeChange::Retry => node.placeholder = node.placeholder.map(|attempt| attempt + 1),
            NodeChange::Expand(fields) => {
                let entry = |name: &&str| ((*name).to_owned(), Self::placeholder());
                node.content = Content::Object(fields.iter().map(entry).collect());
            }
            NodeChange::Missing(names) => {
                if let Content::Object(entries) = &mut node.content {
                    entries.extend(names.into_iter().map(|name| {
                        let mut missing = Self::placeholder();
                        missing.problem = Some(Problem::required());
                        (name.to_owned(), missing)
                    }));
                }
            }
            NodeChange::Unknown(fields) => node.ignore(
                |key, _| !fields.contains(&key),
                |key| Problem::unknown(key, fields),
            ),
            NodeChange::Repeated => {
                node.ignore(|key, before| before.contains(key), |_| Problem::repeated());
            }
        }
    }

    /// Ignores every entry that `judge`, given its key and the keys before it, refuses.
    fn ignore(
        &mut self,
        judge: impl Fn(&str, &HashSet<&str>) -> bool,
        problem: impl Fn(&str) -> Problem,
    ) {
        let Content::Object(entries) = &mut self.content else {
            return;
        };
        let mut before = HashSet::new();
        let mut noted = 0;
        for (key, node) in entries.iter_mut().filter(|(_, node)| !node.ignored) {
            if judge(key, &before) {
                node.ignored = true;
                node.content = Content::Null;
                node.problem = (noted < MAX_PROBLEMS).then(|| problem(key));
                noted += 1;
            }
            before.insert(key.as_str());
        }
    }
}
