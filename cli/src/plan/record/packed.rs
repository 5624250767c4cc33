//! The compressed form of texts in records, so that a repository does not hold every generated file twice in plain
//! text, where each search would find it twice.

use base64::{Engine, prelude::BASE64_STANDARD};
use miniz_oxide::{deflate::compress_to_vec_zlib, inflate::decompress_to_vec_zlib};
use serde::{Deserialize, Deserializer, Serializer, de::Error};

/// The level of compression: for small texts that are written once, the best costs nothing that anybody notices.
const LEVEL: u8 = 9;

pub(super) fn serialize<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let packed = compress_to_vec_zlib(text.as_bytes(), LEVEL);
    serializer.serialize_str(&BASE64_STANDARD.encode(packed))
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let packed = BASE64_STANDARD.decode(text).map_err(D::Error::custom)?;
    // The format ends in a checksum.
    let bytes = decompress_to_vec_zlib(&packed).map_err(D::Error::custom)?;
    String::from_utf8(bytes).map_err(D::Error::custom)
}
