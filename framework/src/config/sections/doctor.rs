//! `[doctor]`: findings that are meant.

use serde::{Deserialize, Serialize};

use super::{Checks, Section};

/// `[doctor]`: findings that are meant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DoctorConfig {
    /// The ids of findings that `doctor` no longer warns of or fails for, such as `deploy.access`. Default: none.
    pub accept: Vec<String>,
}

impl Section for DoctorConfig {
    fn check(&self, _: &mut Checks) {}
}
