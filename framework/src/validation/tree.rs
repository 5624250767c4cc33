//! The tree of a request, which keeps the order of fields and repeated keys, and on which problems are noted.

use std::{cell::Cell, collections::HashSet};

use serde_json::Number;

use super::problem::{MAX_PROBLEMS, Problem};

/// The most placeholders that are tried in one place.
pub(super) const MAX_ATTEMPTS: usize = 12;

/// One value of a request.
#[derive(Clone, Debug, Default)]
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
    /// The step to the content of the variant, if an enum was decoded from here that keeps it in a value of its own.
    pub(super) variant: Cell<Option<usize>>,
    /// True if an enum was decoded from here that has its tag beside its content.
    pub(super) is_tagged: Cell<bool>,
}

/// The value that a client sent.
#[derive(Clone, Debug, Default)]
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
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Located {
    pub(super) path: Vec<usize>,
    pub(super) change: NodeChange,
}

/// A change of one node.
#[derive(Clone, Debug, PartialEq)]
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
    /// Other placeholders are needed directly below.
    RetryBelow,
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

    pub(super) fn child_mut(&mut self, step: usize) -> Option<&mut Node> {
        match &mut self.content {
            Content::Array(items) | Content::Repeated(items) => items.get_mut(step),
            Content::Object(entries) => entries.get_mut(step).map(|(_, node)| node),
            _ => None,
        }
    }

    /// The value at the end of these steps.
    pub(super) fn descendant_mut(&mut self, steps: &[usize]) -> Option<&mut Node> {
        steps
            .iter()
            .try_fold(self, |node, step| node.child_mut(*step))
    }

    /// Runs `look` on the tree while another value is in the place of one below the value at the end of `steps`.
    pub(super) fn while_replaced<R>(
        &mut self,
        steps: &[usize],
        step: usize,
        other: Self,
        look: impl FnOnce(&Self) -> R,
    ) -> Option<R> {
        let place = self.descendant_mut(steps)?.child_mut(step)?;
        let kept = std::mem::replace(place, other);
        let result = look(self);
        *self.descendant_mut(steps)?.child_mut(step)? = kept;
        Some(result)
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

    /// The step to the child with this key or index.
    pub(super) fn step_to(&self, token: &str) -> Option<usize> {
        let child = self.child(token)?;
        self.children().position(|other| std::ptr::eq(other, child))
    }

    /// Returns whether it is an array or an object.
    pub(super) fn has_children(&self) -> bool {
        matches!(
            self.content,
            Content::Array(_) | Content::Repeated(_) | Content::Object(_)
        )
    }

    /// Returns whether it is an object.
    pub(super) fn has_fields(&self) -> bool {
        matches!(self.content, Content::Object(_))
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

    /// Returns whether there are more placeholders to try for a value directly below.
    pub(super) fn has_placeholders(&self) -> bool {
        self.has_fields()
            && self
                .children()
                .filter_map(|child| child.placeholder)
                .any(|attempt| attempt < MAX_ATTEMPTS)
    }

    /// Returns whether an entry is not among `fields` and not noted yet.
    pub(super) fn has_unknown(&self, fields: &[&str]) -> bool {
        matches!(&self.content, Content::Object(entries)
            if entries.iter().any(|(key, node)| !node.ignored && !fields.contains(&key.as_str())))
    }

    /// Notes the problem that a pass found, so that the next one gets further.
    pub(super) fn apply(&mut self, located: Located) {
        let steps: Vec<_> = located.path.into_iter().rev().collect();
        let Some(node) = self.descendant_mut(&steps) else {
            return;
        };
        match located.change {
            NodeChange::Problem(problem) => node.note(problem),
            NodeChange::Retry => node.placeholder = node.placeholder.map(|attempt| attempt + 1),
            NodeChange::RetryBelow => {
                if let Content::Object(entries) = &mut node.content {
                    for (_, child) in entries {
                        child.placeholder = child.placeholder.map(|attempt| attempt + 1);
                    }
                }
            }
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
