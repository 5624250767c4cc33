//! The origin of a job: the request that it was enqueued in, and the group that it belongs to.

use serde::{Deserialize, Serialize};

use crate::{
    queue::store::{BatchId, JobRecord},
    telemetry::{self, RequestContext, TraceParent},
};

/// The origin of a job, which is stored with it. Unknown fields are those of a newer release.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Origin {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) request_id: Option<String>,
    /// The trace context of that request (W3C Trace Context, section 3.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) traceparent: Option<String>,
    /// The batch at whose end the job runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) batch: Option<BatchId>,
    /// Whether another job waits for this one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) has_next: bool,
}

impl Origin {
    /// The origin of what the caller enqueues: its request, or that of the job that it is part of.
    pub(super) fn current() -> Self {
        let request = telemetry::current_request().unwrap_or_default();
        Self {
            request_id: request.id_text().map(str::to_owned),
            traceparent: request.trace.map(|trace| trace.as_str().to_owned()),
            batch: None,
            has_next: false,
        }
    }

    /// The request that it comes from, as far as it is known.
    pub(super) fn request(&self) -> RequestContext {
        let trace = self.traceparent.as_deref();
        RequestContext::new(
            self.request_id.as_deref(),
            trace.and_then(TraceParent::parse),
        )
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

/// Returns true if the end of a job may make another one ready: that of its chain, or the one at the end of its batch.
pub(super) fn may_unblock(record: &JobRecord) -> bool {
    record.batch.is_some() || Origin::from_meta(record.meta.as_deref()).has_next
}

#[cfg(test)]
mod tests {
    use super::Origin;
    use crate::queue::store::BatchId;

    #[test]
    fn it_is_read_as_it_was_stored() {
        let origin = Origin {
            request_id: Some("r-1".to_owned()),
            traceparent: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned()),
            batch: Some(BatchId::new()),
            has_next: true,
        };
        let meta = origin.to_meta().expect("something is known");
        assert_eq!(Origin::from_meta(Some(&meta)), origin);
        assert_eq!(Origin::default().to_meta(), None);
        for meta in [None, Some("{"), Some(r#"{"later":1}"#)] {
            assert_eq!(Origin::from_meta(meta), Origin::default(), "{meta:?}");
        }
    }
}
