//! Relations that are read together with a row, at the request of a client.

/// A relation that clients may include, with the function that adds it to the query `Q`.
pub(crate) struct Inclusion<Q> {
    name: &'static str,
    with: fn(Q) -> Q,
}

impl<Q> Inclusion<Q> {
    pub(super) fn new(name: &'static str, with: fn(Q) -> Q) -> Self {
        Self { name, with }
    }

    /// The name, in the query and in the response.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Adds the relation to the query.
    pub(crate) fn apply(&self, query: Q) -> Q {
        (self.with)(query)
    }
}
