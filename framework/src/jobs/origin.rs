//! The origin of a job: the request that it was enqueued in.

use serde::{Deserialize, Serialize};

use crate::telemetry;

/// The origin of a job, which is stored with it. Unknown fields are those of a newer release.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Origin {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) request_id: Option<String>,
}

impl Origin {
    /// The origin of what the caller enqueues: its request, or that of the job that it is part of.
    pub(super) fn current() -> Self {
        Self {
            request_id: telemetry::current_request(),
        }
    }

    /// The stored form; `None` if nothing is known.
    pub(super) fn to_meta(&self) -> Option<String> {
        (*self != Self::default())
            .then(|| serde_json::to_string(self).ok())
            .flatten()
    }

    /// Reads the stored form. What cannot be read is no reason not to run a job.
    pub(super) fn from_meta(meta: Option<&str>) -> Self {
        meta.and_then(|meta| serde_json::from_str(meta).ok())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Origin;

    #[test]
    fn it_is_read_as_it_was_stored() {
        let origin = Origin {
            request_id: Some("r-1".to_owned()),
        };
        let meta = origin.to_meta().expect("something is known");
        assert_eq!(Origin::from_meta(Some(&meta)), origin);
        assert_eq!(Origin::default().to_meta(), None);
        for meta in [None, Some("{"), Some(r#"{"later":1}"#)] {
            assert_eq!(Origin::from_meta(meta), Origin::default(), "{meta:?}");
        }
    }
}
