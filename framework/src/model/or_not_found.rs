//! A 404 for a row that does not exist.

use sea_orm::{DeleteResult, UpdateResult};

use crate::error::{Error, Result};

/// A result that may not have been found.
pub trait OrNotFound {
    /// The type of the result.
    type Found;

    /// Returns the result.
    ///
    /// # Errors
    ///
    /// 404 `not_found` if there is none.
    fn or_not_found(self) -> Result<Self::Found>;
}

impl<T> OrNotFound for Option<T> {
    type Found = T;

    fn or_not_found(self) -> Result<T> {
        self.ok_or_else(Error::not_found)
    }
}

impl OrNotFound for DeleteResult {
    type Found = ();

    fn or_not_found(self) -> Result<()> {
        (self.rows_affected > 0).then_some(()).or_not_found()
    }
}

impl OrNotFound for UpdateResult {
    type Found = ();

    fn or_not_found(self) -> Result<()> {
        (self.rows_affected > 0).then_some(()).or_not_found()
    }
}
