//! A rate limit: so many times in a time, for each subject.

use std::{borrow::Cow, time::Duration};

use super::gcra::Gcra;

/// A rate limit: so many times in a time, for each subject, such as an account or an address.
///
/// All may be used at once; then they become free again evenly: of 10 in a minute, one every 6 seconds. See [the module](super) for an
/// example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    name: Cow<'static, str>,
    times: u32,
    per: Duration,
    burst: Option<u32>,
}

impl Limit {
    /// The limit of `times` in each `per`. The name is that of what is limited, in letters, digits, `-` and `_`, such as `mails`: limits of one
    /// name share what they count.
    ///
    /// # Panics
    ///
    /// Panics if `times` or `per` is zero.
    #[must_use]
    pub const fn new(name: &'static str, times: u32, per: Duration) -> Self {
        assert!(
            times > 0 && !per.is_zero(),
            "a limit allows at least one, in a time above zero"
        );
        Self {
            name: Cow::Borrowed(name),
            times,
            per,
            burst: None,
        }
    }

    /// The same limit, of which up to `burst` may be used at once instead of all.
    #[must_use]
    pub fn burst(self, burst: u32) -> Self {
        Self {
            burst: Some(burst.max(1)),
            ..self
        }
    }

    /// A limit of the configuration.
    pub(crate) fn configured(name: String, times: u32, per: Duration, burst: Option<u32>) -> Self {
        Self {
            name: Cow::Owned(name),
            times: times.max(1),
            per,
            burst,
        }
    }

    /// The limit of one in the time of this one, with a name that no limit of the configuration has.
    #[cfg(feature = "audit")]
    pub(crate) fn once(&self, of: &str) -> Self {
        Self::configured(format!("{} {of}", self.name), 1, self.per, None)
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The number of times that it allows at once.
    pub(super) fn quota(&self) -> u32 {
        self.burst.unwrap_or(self.times)
    }

    pub(super) fn gcra(&self) -> Gcra {
        Gcra::new(self.per / self.times, self.quota())
    }
}
