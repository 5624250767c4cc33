//! Turns "no such row" into the answer 404.

use sea_orm::{DeleteResult, UpdateResult};

use crate::error::{Error, Result};

/// Something that may not have been found.
pub trait OrNotFound {
    /// What is there when it was found.
    type Found;

    /// What was found.
    ///
    /// # Errors
    ///
    /// 404 `not_found` when nothing was.
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
