//! The names by which clients know the fields that garde reports by their names in Rust.
//!
//! `#[serde(rename_all)]` changes only the letters' case and the separators, so the two names are compared without them. After
//! `#[serde(rename)]` they have nothing in common, and neither derive tells the other's name. Then the fields are tried one by one: a
//! rule complains about its own field, so the field whose other values change the complaint is the one.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
};

use serde_json::Number;

use super::{
    codes,
    tree::{Content, Node},
};

/// The validation of a changed tree: the complaints of garde's rules, or `None` if it cannot be decoded.
pub(super) type Validation<'a> = dyn Fn(&Node) -> Option<garde::Report> + 'a;

/// Finds the names of the fields in one request.
pub(super) struct FieldNames<'a> {
    root: &'a Node,
    complaints: &'a garde::Report,
    validate: &'a Validation<'a>,
    /// The number of trials that are left, so that a huge and wrong request costs little.
    trials: Cell<usize>,
    /// The results of trials, by the type of the object, or its place if that is not known, and the path in Rust from there.
    found: RefCell<Found>,
}

/// The names by which clients know the first field of each path.
type Found = HashMap<(Owner, Vec<String>), Option<String>>;

/// The object that a field is of.
#[derive(PartialEq, Eq, Hash)]
enum Owner {
    /// The address of the list of its declared fields, the same for all objects of a type.
    Type(usize),
    Place(Vec<usize>),
}

/// The path of a value in the tree, and the same path in garde's report.
#[derive(Clone, Default)]
pub(super) struct Position {
    pub(super) steps: Vec<usize>,
    pub(super) tokens: Vec<String>,
}

impl<'a> FieldNames<'a> {
    pub(super) fn new(
        root: &'a Node,
        complaints: &'a garde::Report,
        validate: &'a Validation<'a>,
        trials: usize,
    ) -> Self {
        Self {
            root,
            complaints,
            validate,
            trials: Cell::new(trials),
            found: RefCell::default(),
        }
    }

    /// The name by which clients know the first field of `path`, which leads from an object to what a complaint is about.
    pub(super) fn of(&self, object: &Node, at: &Position, path: &[String]) -> Option<String> {
        if let Some(alike) = alike(object, path.first()?) {
            return Some(alike);
        }
        let owner = || match object.fields.get() {
            [] => Owner::Place(at.steps.clone()),
            fields => Owner::Type(fields.as_ptr().addr()),
        };
        // A field of a flattened struct is found by its path.
        for path in [&path[..1], path] {
            if let Some(known) = self.found.borrow().get(&(owner(), path.to_vec())) {
                return known.clone();
            }
        }
        let found = self.try_out(object, at, path);
        let is_container = found
            .as_deref()
            .and_then(|name| object.child(name))
            .is_some_and(Node::has_children);
        let known = if is_container { &path[..1] } else { path };
        self.found
            .borrow_mut()
            .insert((owner(), known.to_vec()), found.clone());
        found
    }

    /// Takes one trial; `None` if there is none left.
    fn spend(&self) -> Option<()> {
        self.trials.set(self.trials.get().checked_sub(1)?);
        Some(())
    }

    /// Finds the entry of the object that the complaints at the end of `path` depend on.
    fn try_out(&self, object: &Node, at: &Position, path: &[String]) -> Option<String> {
        let Content::Object(entries) = &object.content else {
            return None;
        };
        // The copy of the tree costs as much as a trial.
        self.spend()?;
        let path = [at.tokens.as_slice(), path].concat();
        let before = complaints_at(self.complaints, &path);
        let mut tree = self.root.clone();
        for (step, (key, value)) in entries.iter().enumerate() {
            if value.ignored || value.problem.is_some() {
                continue;
            }
            for other in others(value) {
                self.spend()?;
                let after = tree.while_replaced(&at.steps, step, other, self.validate)?;
                if after.is_some_and(|after| complaints_at(&after, &path) != before) {
                    return Some(key.clone());
                }
            }
        }
        None
    }
}

/// The declared field, or the key, that has the same letters and digits as `name`.
fn alike(object: &Node, name: &str) -> Option<String> {
    fn plain(name: &str) -> impl Iterator<Item = char> + '_ {
        name.chars()
            .filter(|character| character.is_alphanumeric())
            .flat_map(char::to_lowercase)
    }
    let keys = match &object.content {
        Content::Object(entries) => entries.as_slice(),
        _ => &[],
    };
    let declared = object.fields.get().iter().copied();
    let names = declared.chain(keys.iter().map(|(key, _)| key.as_str()));
    names
        .clone()
        .find(|candidate| *candidate == name)
        .or_else(|| {
            names
                .clone()
                .find(|candidate| plain(candidate).eq(plain(name)))
        })
        .map(str::to_owned)
}

fn complaints_at<'r>(report: &'r garde::Report, path: &[String]) -> Vec<&'r str> {
    report
        .iter()
        .filter(|(found, _)| codes::tokens(found) == path)
        .map(|(_, error)| error.message())
        .collect()
}

/// The size of the largest object whose fields are tried out, in values.
const MAX_SIZE: usize = 100;

/// Other values for the place of one, some of which most rules accept.
fn others(value: &Node) -> Vec<Node> {
    const TEXTS: [&str; 8] = [
        "",
        "a",
        "A1",
        "abcdefghijkl",
        "ABC",
        "12345",
        "a@example.com",
        "https://example.com",
    ];
    let long = "abcdefghij".repeat(30);
    let texts = TEXTS.into_iter().chain([long.as_str()]).map(str::to_owned);
    let mut others: Vec<Node> = match &value.content {
        Content::Text(_) => texts.map(|text| Content::Text(text).into()).collect(),
        _ => texts.map(|text| Content::String(text).into()).collect(),
    };
    if let Content::Text(_) = &value.content {
        others.extend(
            ["0", "1", "50", "1000000", "-1"].map(|text| Content::Text(text.to_owned()).into()),
        );
    } else {
        others.extend(
            [0, 1, 50, 1_000_000, -1].map(|number| Content::Number(Number::from(number)).into()),
        );
        others.extend([Content::Null, Content::Array(Vec::new())].map(Node::from));
    }
    match &value.content {
        Content::Array(items) | Content::Repeated(items) => {
            if let Some(first) = items.first() {
                let repeated = |count| Content::Array(vec![first.clone(); count]).into();
                others.extend([1, 5, 50].map(repeated));
            }
        }
        // The value as it is, but for one of its fields.
        Content::Object(entries) if value.size() <= MAX_SIZE => {
            for (step, (_, field)) in entries.iter().enumerate() {
                others.extend(self::others(field).into_iter().filter_map(|other| {
                    let mut changed = value.clone();
                    *changed.child_mut(step)? = other;
                    Some(changed)
                }));
            }
        }
        _ => {}
    }
    others
}
