//! A 404 for a row that does not exist.

use sea_orm::{DeleteResult, UpdateResult};

use crate::error::{Error, Result};

/// A query result that may be missing: the `Option` of a row, or the number of rows that a statement changed.
///
/// ```
/// use fw::prelude::*;
///
/// assert_eq!(Some("a row").or_not_found().unwrap(), "a row");
/// assert_eq!(None::<&str>.or_not_found().unwrap_err().status(), 404);
/// ```
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
