//! The memory for request bodies of all requests together.
//!
//! A body is counted while it is in memory: each piece until the handler drops it, and everything until the response if the body was
//! read as a whole, as [`ValidJson`](crate::controller::ValidJson) and `Bytes` do. A handler that passes an upload on piece by piece
//! takes the memory of one piece, however large the upload is.

use std::{
    fmt,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};

use crate::error::Error;

/// The time after which a client may try again, in seconds.
const RETRY_AFTER: u32 = 1;

/// A limit of the bytes of all request bodies in memory.
pub(super) struct BodyBudget {
    max_bytes: usize,
    held: Arc<AtomicUsize>,
}

impl BodyBudget {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self {
            max_bytes,
            held: Arc::default(),
        }
    }

    /// Admits a body. Its length does not matter: it may be passed on piece by piece.
    ///
    /// Fails with 503 while there is no memory left. Nothing of the body is read then.
    pub(super) fn admit(&self) -> Result<Share, Error> {
        if self.held.load(Ordering::Relaxed) >= self.max_bytes {
            return Err(exhausted());
        }
        Ok(Share(Arc::new(Held {
            max_bytes: self.max_bytes,
            total: Arc::clone(&self.held),
            own: AtomicUsize::new(0),
            is_whole: AtomicBool::new(false),
            is_exhausted: AtomicBool::new(false),
        })))
    }
}

/// The error (503) of a request whose body does not fit.
fn exhausted() -> Error {
    Error::unavailable(RETRY_AFTER).detail("too many request bodies are being received")
}

/// The part of the budget that one request has. What it still holds is given back when the last clone is dropped.
#[derive(Clone)]
pub(super) struct Share(Arc<Held>);

struct Held {
    max_bytes: usize,
    /// The bytes of all requests.
    total: Arc<AtomicUsize>,
    /// The bytes of this request.
    own: AtomicUsize,
    /// True once the body has been read to its end with every piece still in memory: then it stays there until the response.
    is_whole: AtomicBool,
    /// True once a piece was not read because there is no memory for it.
    is_exhausted: AtomicBool,
}

impl Share {
    /// The body, with each piece counted.
    pub(super) fn count(&self, body: Body) -> CountedBody {
        CountedBody {
            body,
            received: 0,
            share: self.clone(),
        }
    }

    /// Returns the error of a body that could not be read to its end.
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.0.is_exhausted.load(Ordering::Relaxed) {
            Err(exhausted())
        } else {
            Ok(())
        }
    }
}

impl Held {
    fn take(&self, bytes: usize) {
        self.own.fetch_add(bytes, Ordering::Relaxed);
        self.total.fetch_add(bytes, Ordering::Relaxed);
    }

    fn give_back(&self, bytes: usize) {
        self.own.fetch_sub(bytes, Ordering::Relaxed);
        self.total.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.total.fetch_sub(*self.own.get_mut(), Ordering::Relaxed);
    }
}

/// A body whose pieces are counted.
pub(super) struct CountedBody {
    body: Body,
    received: usize,
    share: Share,
}

impl HttpBody for CountedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let held = Arc::clone(&self.share.0);
        if !self.body.is_end_stream() && held.total.load(Ordering::Relaxed) > held.max_bytes {
            held.is_exhausted.store(true, Ordering::Relaxed);
            return Poll::Ready(Some(Err(axum::Error::new(Exhausted))));
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        Poll::Ready(match frame {
            Some(Ok(frame)) => Some(Ok(frame.map_data(|bytes| {
                held.take(bytes.len());
                self.received += bytes.len();
                Bytes::from_owner(Piece { bytes, held })
            }))),
            None => {
                let is_whole = held.own.load(Ordering::Relaxed) == self.received;
                held.is_whole.store(is_whole, Ordering::Relaxed);
                None
            }
            failed => failed,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A piece of a body, counted until it is dropped.
struct Piece {
    bytes: Bytes,
    held: Arc<Held>,
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        if !self.held.is_whole.load(Ordering::Relaxed) {
            self.held.give_back(self.bytes.len());
        }
    }
}

/// The error of a body for which there is no memory.
#[derive(Debug)]
struct Exhausted;

impl fmt::Display for Exhausted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the request bodies in memory take all of `middleware.body_limit.max_total_bytes`",
        )
    }
}

impl std::error::Error for Exhausted {}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use http_body_util::BodyExt;

    use super::*;

    fn pieces(count: usize) -> Body {
        let pieces = (0..count).map(|_| Ok::<_, std::io::Error>(Bytes::from_static(&[7; 10])));
        Body::from_stream(stream::iter(pieces.collect::<Vec<_>>()))
    }

    fn held(budget: &BodyBudget) -> usize {
        budget.held.load(Ordering::Relaxed)
    }

    #[tokio::test]
    async fn a_body_that_is_read_as_a_whole_counts_until_the_response() {
        let budget = BodyBudget::new(50);
        let share = budget.admit().expect("admitted");
        let bytes = share
            .count(pieces(5))
            .collect()
            .await
            .expect("read")
            .to_bytes();
        assert_eq!((bytes.len(), held(&budget)), (50, 50));
        drop(bytes);
        assert_eq!(held(&budget), 50, "what was made of it is still there");
        assert!(budget.admit().is_err());
        drop(share);
        assert!(budget.admit().is_ok());
        assert_eq!(held(&budget), 0);
    }

    #[tokio::test]
    async fn a_body_that_is_passed_on_counts_piece_by_piece() {
        let budget = BodyBudget::new(15);
        let share = budget.admit().expect("admitted");
        let mut body = share.count(pieces(5));
        for _ in 0..5 {
            let piece = body.frame().await.expect("a piece").expect("read");
            assert_eq!(held(&budget), 10);
            drop(piece);
            assert_eq!(held(&budget), 0);
        }
        assert!(body.frame().await.is_none());
        assert!(share.check().is_ok());
    }

    #[tokio::test]
    async fn without_memory_nothing_is_read() {
        let budget = BodyBudget::new(19);
        let share = budget.admit().expect("admitted");
        let error = share
            .count(pieces(3))
            .collect()
            .await
            .expect_err("no memory");
        assert!(error.to_string().contains("max_total_bytes"), "{error}");
        let refusal = share.check().expect_err("exhausted");
        assert_eq!(refusal.status(), 503);
        assert_eq!(refusal.headers()["retry-after"], "1");
        assert_eq!(held(&budget), 0, "what was read is forgotten");
    }
}
