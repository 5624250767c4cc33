//! The section `[doctor]`: accepted findings.

use serde::{Deserialize, Serialize};

use super::{Checks, Section};

/// The section `[doctor]`: accepted findings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DoctorConfig {
    /// The ids of findings that `doctor` no longer warns of or fails for, such as `deploy.access`. Default: none.
    pub accept: Vec<String>,
}

impl Section for DoctorConfig {
    fn check(&self, _: &mut Checks) {}
}
