//! Compressed forms of assets, which a program makes once.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use axum::body::Bytes;
use flate2::{Compression, write::GzEncoder};

/// The content codings of assets, the smaller one first.
pub(super) const CODINGS: [&str; 2] = ["br", "gzip"];

/// The compressed forms of a file in the binary, one for each of the [`CODINGS`]. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Compressed {
    contents: &'static [u8],
    forms: Arc<[Form; CODINGS.len()]>,
}

#[derive(Debug, Default)]
struct Form {
    is_begun: AtomicBool,
    /// The bytes; `None` if they are no fewer than those of the file.
    made: OnceLock<Option<Bytes>>,
}

impl Compressed {
    pub(super) fn new(contents: &'static [u8]) -> Self {
        Self {
            contents,
            forms: Arc::default(),
        }
    }

    /// The form of a coding, if it has been made. The first call begins it: the best compression of a large file takes seconds, for which no
    /// request waits.
    pub(super) fn get(&self, coding: &str) -> Option<Bytes> {
        let at = CODINGS.iter().position(|known| *known == coding)?;
        let form = &self.forms[at];
        if !form.is_begun.swap(true, Ordering::Relaxed) {
            let own = self.clone();
            tokio::task::spawn_blocking(move || {
                let made = compress(own.contents, CODINGS[at]);
                let smaller = made.filter(|made| made.len() < own.contents.len());
                // Nobody else has begun it.
                let _ = own.forms[at].made.set(smaller.map(Bytes::from));
            });
        }
        form.made.get().cloned().flatten()
    }
}

/// Compresses as well as the coding can.
fn compress(contents: &[u8], coding: &str) -> Option<Vec<u8>> {
    let mut made = Vec::new();
    if coding == "br" {
        let best = brotli::enc::BrotliEncoderParams::default();
        brotli::BrotliCompress(&mut &*contents, &mut made, &best).ok()?;
    } else {
        let mut encoder = GzEncoder::new(&mut made, Compression::best());
        std::io::Write::write_all(&mut encoder, contents).ok()?;
        encoder.finish().ok()?;
    }
    Some(made)
}
