//! Relations that are read together with a row, when a client asks for them.

/// A relation that clients may include, and how the query `Q` is told of it.
pub(crate) struct Inclusion<Q> {
    name: &'static str,
    with: fn(Q) -> Q,
}

impl<Q> Inclusion<Q> {
    pub(super) fn new(name: &'static str, with: fn(Q) -> Q) -> Self {
        Self { name, with }
    }

    /// The name, in the query and in the answer.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// The query, told of the relation.
    pub(crate) fn apply(&self, query: Q) -> Q {
        (self.with)(query)
    }
}
