//! The outcome of a code.

use http::StatusCode;

use crate::{
    auth::AccountKey,
    error::{Error, FieldError, Result},
};

/// The outcome of a code that somebody has given. See [`SecondFactor`](super::SecondFactor) for an example.
///
/// Within a transaction of yours, commit it whatever the outcome: the tries are counted in it.
#[derive(Debug)]
#[must_use = "a wrong code must be refused"]
pub enum Answer<T> {
    /// The code is right, and cannot be used again.
    Accepted(T),
    /// The code is wrong, or was used before.
    Wrong,
    /// The code is wrong, and there are no more tries: whoever it was knows the password of this account, and its owner should be told.
    Exhausted(AccountKey),
    /// There is nothing (any more) that it could be the answer to.
    Gone,
}

impl<T> Answer<T> {
    /// The result of an answer to a challenge.
    ///
    /// # Errors
    ///
    /// 401 `invalid_code` if there are more tries, else 401 `invalid_challenge`: the sign-in begins again with the password.
    #[track_caller]
    pub fn or_unauthorized(self) -> Result<T> {
        match self {
            Self::Accepted(accepted) => Ok(accepted),
            Self::Wrong => Err(Error::new(StatusCode::UNAUTHORIZED, "invalid_code")
                .detail("the code is wrong, or was used already")),
            Self::Exhausted(_) | Self::Gone => {
                Err(Error::new(StatusCode::UNAUTHORIZED, "invalid_challenge")
                    .detail("the time or the tries are used up: sign in again"))
            }
        }
    }

    /// The result of a code of somebody who is signed in; the pointer is that of the field with the code, such as `/code`.
    ///
    /// # Errors
    ///
    /// 422 `invalid_code` at the pointer, or 404 if there is nothing that it could be the answer to.
    #[track_caller]
    pub fn or_invalid(self, pointer: &str) -> Result<T> {
        match self {
            Self::Accepted(accepted) => Ok(accepted),
            Self::Wrong | Self::Exhausted(_) => Err(Error::validation(vec![FieldError::new(
                pointer,
                "invalid_code",
                "is not valid, or was used already",
            )])),
            Self::Gone => Err(Error::not_found()),
        }
    }
}
