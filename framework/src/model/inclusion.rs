//! Relations that are read together with a row, when a client asks for them.

use std::any::{Any, type_name};

use crate::error::{Error, Result};

/// A relation that clients may include, and how SeaORM's entity loader is told of it.
pub(crate) struct Inclusion {
    name: &'static str,
    /// `fn(L) -> L` for the loader `L` of the entity: SeaORM generates that type, but no trait leads from an entity to it.
    with: Box<dyn Any + Send + Sync>,
}

impl Inclusion {
    pub(super) fn new<L: Any>(name: &'static str, with: fn(L) -> L) -> Self {
        Self {
            name,
            with: Box::new(with),
        }
    }

    /// The name, in the query and in the answer.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// The loader, told of the relation.
    ///
    /// # Errors
    ///
    /// 500 when the relation was declared for the loader of another entity.
    pub(crate) fn apply<L: Any>(&self, loader: L) -> Result<L> {
        match self.with.downcast_ref::<fn(L) -> L>() {
            Some(with) => Ok(with(loader)),
            None => Err(Error::internal(WrongLoader {
                name: self.name,
                loader: type_name::<L>(),
            })),
        }
    }
}

/// A mistake of the programmer.
#[derive(Debug, thiserror::Error)]
#[error("`ListColumns::include(\"{name}\", …)` is declared for another loader than `{loader}`")]
struct WrongLoader {
    name: &'static str,
    loader: &'static str,
}
