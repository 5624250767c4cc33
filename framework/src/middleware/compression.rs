//! Compresses larger answers for clients that accept it.

use tower_http::compression::{
    CompressionLayer,
    predicate::{NotForContentType, Predicate, SizeAbove},
};

use crate::config::CompressionConfig;

/// gzip and zstd for bodies from `min_bytes` on, except those that are compressed already or are streamed as events.
pub(super) fn layer(config: &CompressionConfig) -> CompressionLayer<impl Predicate + use<>> {
    CompressionLayer::new().compress_when(
        SizeAbove::new(config.min_bytes.into())
            .and(NotForContentType::GRPC)
            .and(NotForContentType::IMAGES)
            .and(NotForContentType::SSE),
    )
}
