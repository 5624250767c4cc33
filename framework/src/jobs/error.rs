//! The error of a job, with the decision about its next try.

use std::{fmt, time::Duration};

use crate::error::BoxError;

/// The error of a job. It says what happens to the job: by default it is tried again, as its [`Retry`](super::Retry) policy says.
///
/// Any error becomes one with `?`.
///
/// ```
/// use std::time::Duration;
/// use fw::jobs::JobError;
///
/// fn charge(status: u16) -> Result<(), JobError> {
///     match status {
///         200 => Ok(()),
///         402 => Err(JobError::fail("the card was refused")),
///         404 => Err(JobError::discard("the order is gone")),
///         429 => Err(JobError::retry_after(Duration::from_secs(60), "too many requests")),
///         _ => Err("the bank does not respond".into()),
///     }
/// }
/// ```
pub struct JobError {
    pub(super) decision: Decision,
    pub(super) reason: String,
}

/// The decision about a job that did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// It is tried again after the waiting time of its policy.
    Retry,
    /// It is tried again after this time. It counts as a try.
    RetryAfter(Duration),
    /// It runs again after this time. It does not count as a try.
    Snooze(Duration),
    /// Its rate limit has no permit: it runs again after this time. It does not count as a try.
    PutOff(Duration),
    /// It has nothing to do any more, and is cancelled.
    Discard,
    /// It can never succeed, and goes to the dead letters.
    Fail,
}

impl JobError {
    /// An error after which the job is tried again, as its policy says. Other errors become this with `?`.
    pub fn retry(cause: impl Into<BoxError>) -> Self {
        Self::new(Decision::Retry, &*cause.into())
    }

    /// An error after which the job is tried again after `delay`. It counts as a try.
    pub fn retry_after(delay: Duration, cause: impl Into<BoxError>) -> Self {
        Self::new(Decision::RetryAfter(delay), &*cause.into())
    }

    /// The job is not possible yet: it runs again after `delay`, which does not count as a try.
    #[must_use]
    pub fn snooze(delay: Duration) -> Self {
        Self {
            decision: Decision::Snooze(delay),
            reason: String::new(),
        }
    }

    /// The rate limit of the job has no permit.
    pub(super) fn put_off(delay: Duration) -> Self {
        Self {
            decision: Decision::PutOff(delay),
            reason: String::new(),
        }
    }

    /// The job has nothing to do any more: it is cancelled, and is no dead letter.
    pub fn discard(reason: impl Into<BoxError>) -> Self {
        Self::new(Decision::Discard, &*reason.into())
    }

    /// An error that no further try would mend: the job goes to the dead letters at once.
    pub fn fail(cause: impl Into<BoxError>) -> Self {
        Self::new(Decision::Fail, &*cause.into())
    }

    fn new(decision: Decision, cause: &(dyn std::error::Error + 'static)) -> Self {
        Self {
            decision,
            reason: chain(cause),
        }
    }
}

/// Any error: the job is tried again. That is why this type is no `std::error::Error` itself.
impl<E: Into<BoxError>> From<E> for JobError {
    fn from(cause: E) -> Self {
        Self::retry(cause)
    }
}

impl fmt::Debug for JobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.decision, self.reason)
    }
}

/// An error and its causes as one text. Many libraries repeat their cause in their own message.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        if !text.contains(&message) {
            text = format!("{text}: {message}");
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    fn fails() -> Result<(), JobError> {
        Err(Error::internal("the disk is full"))?;
        Ok(())
    }

    #[test]
    fn any_error_is_a_reason_to_try_again() {
        let error = fails().expect_err("it fails");
        assert_eq!(error.decision, Decision::Retry);
        assert_eq!(error.reason, "the disk is full");
        let error = JobError::from(std::io::Error::other("no route"));
        assert_eq!(error.reason, "no route");
        assert_eq!(JobError::from("plain").reason, "plain");
    }
}
