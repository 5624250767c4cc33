//! Assets: the files of `src/assets`, served with a hash of their content in the name.

use std::{borrow::Cow, collections::BTreeMap, fmt::Write};

use axum::{
    body::Bytes,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use sha2::{Digest, Sha256};

use super::{
    compressed::Compressed,
    source::{ASSETS, File},
};

/// The path below which assets are served.
pub(super) const PREFIX: &str = "/assets/";

/// The cache policy of a file whose name has the hash of its content (RFC 8246).
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// The hexadecimal digits of a hash that are in a name: 48 bits tell the versions of one file apart.
const HASH_DIGITS: usize = 12;

/// The media types of files, by extension. Others are `application/octet-stream`, which browsers save.
const MEDIA_TYPES: [(&str, &str); 19] = [
    ("avif", "image/avif"),
    ("css", "text/css; charset=utf-8"),
    ("gif", "image/gif"),
    ("html", "text/html; charset=utf-8"),
    ("ico", "image/x-icon"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("js", "text/javascript; charset=utf-8"),
    ("json", "application/json"),
    ("mjs", "text/javascript; charset=utf-8"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("txt", "text/plain; charset=utf-8"),
    ("wasm", "application/wasm"),
    ("webmanifest", "application/manifest+json"),
    ("webp", "image/webp"),
    ("woff", "font/woff"),
    ("woff2", "font/woff2"),
];

/// The media types of texts that do not begin with `text/`. Other files are compressed already.
const TEXTS: [&str; 3] = [
    "application/json",
    "application/manifest+json",
    "image/svg+xml",
];

/// All assets, by name.
#[derive(Debug, Default)]
pub(super) struct Assets {
    by_name: BTreeMap<String, Asset>,
    /// The names, by the name with the hash.
    by_path: BTreeMap<String, String>,
}

#[derive(Debug)]
struct Asset {
    path: String,
    hash: String,
    media_type: HeaderValue,
    contents: Bytes,
    /// The compressed forms, of a text in the binary.
    compressed: Option<Compressed>,
}

impl Assets {
    /// The assets among the files of an application.
    pub(super) fn of(files: &[File]) -> Self {
        let mut assets = Self::default();
        for file in files {
            let Some(name) = file.name.strip_prefix(ASSETS) else {
                continue;
            };
            let hash = hash(&file.contents);
            let path = with_hash(name, &hash);
            assets.by_path.insert(path.clone(), name.to_owned());
            let media_type = media_type(name);
            let (contents, compressed) = match &file.contents {
                Cow::Borrowed(contents) => {
                    let compressed = is_text(media_type).then(|| Compressed::new(contents));
                    (Bytes::from_static(contents), compressed)
                }
                Cow::Owned(contents) => (Bytes::copy_from_slice(contents), None),
            };
            let asset = Asset {
                path,
                hash,
                media_type: HeaderValue::from_static(media_type),
                contents,
                compressed,
            };
            assets.by_name.insert(name.to_owned(), asset);
        }
        assets
    }

    /// The path of an asset, with its hash.
    pub(super) fn path(&self, name: &str) -> Result<String, String> {
        if let Some(asset) = self.by_name.get(name) {
            return Ok(format!("{PREFIX}{}", asset.path));
        }
        let names = self.by_name.keys().map(|name| format!("`{name}`"));
        let names: Vec<_> = names.collect();
        Err(match names.len() {
            0 => format!("there is no file `src/assets/{name}`"),
            _ => format!(
                "there is no file `src/assets/{name}`, only {}",
                names.join(", ")
            ),
        })
    }

    /// The paths of the style sheets, by their names.
    #[cfg(feature = "views")]
    pub(super) fn style_sheets(&self) -> BTreeMap<String, String> {
        let is_style = |name: &str| name.rsplit_once('.').is_some_and(|(_, end)| end == "css");
        let styles = self.by_name.iter().filter(|(name, _)| is_style(name));
        styles
            .map(|(name, asset)| (name.clone(), format!("{PREFIX}{}", asset.path)))
            .collect()
    }

    /// The response to a request for an asset: by its name with the hash, which never changes, or by its name alone. It has the content coding
    /// that the client prefers, if the asset has that form.
    pub(super) fn response(&self, path: &str, coding: Option<&'static str>) -> Response {
        let (name, is_hashed) = match self.by_path.get(path) {
            Some(name) => (name.as_str(), true),
            None => (path, false),
        };
        let Some(asset) = self.by_name.get(name) else {
            return StatusCode::NOT_FOUND.into_response();
        };
        let compressed = asset.compressed.as_ref();
        let form = coding.and_then(|coding| Some((coding, compressed?.get(coding)?)));
        let body = form.as_ref().map_or(&asset.contents, |(_, body)| body);
        let mut response = body.clone().into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, asset.media_type.clone());
        if compressed.is_some() {
            headers.insert(
                header::VARY,
                HeaderValue::from_name(header::ACCEPT_ENCODING),
            );
        }
        if let Some((coding, _)) = form {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
            // The bytes of each form are others, so each has a tag of its own (RFC 9110, section 8.8.3.3).
            if let Ok(tag) = HeaderValue::try_from(format!("\"{}-{coding}\"", asset.hash)) {
                headers.insert(header::ETAG, tag);
            }
        }
        if is_hashed {
            headers.insert(header::CACHE_CONTROL, FOREVER);
        }
        response
    }
}

/// The hash of a content, in hexadecimal digits.
fn hash(contents: &[u8]) -> String {
    let digest = Sha256::digest(contents);
    let mut hash = String::with_capacity(HASH_DIGITS);
    for byte in &digest[..HASH_DIGITS / 2] {
        // A text takes everything.
        let _ = write!(hash, "{byte:02x}");
    }
    hash
}

/// The name of a file with a hash before the extension: `app-0123456789ab.css`.
fn with_hash(name: &str, hash: &str) -> String {
    let folder = name.rfind('/').map_or(0, |slash| slash + 1);
    match name[folder..].find('.') {
        Some(dot) => {
            let (stem, extension) = name.split_at(folder + dot);
            format!("{stem}-{hash}{extension}")
        }
        None => format!("{name}-{hash}"),
    }
}

fn media_type(name: &str) -> &'static str {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let known = MEDIA_TYPES
        .iter()
        .find(|(known, _)| extension.eq_ignore_ascii_case(known));
    known.map_or("application/octet-stream", |(_, media_type)| media_type)
}

fn is_text(media_type: &str) -> bool {
    media_type.starts_with("text/") || TEXTS.contains(&media_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assets_are_found_by_name_and_by_hash() {
        let file = |name: &str, contents: &'static str| File {
            name: name.to_owned(),
            contents: Cow::Borrowed(contents.as_bytes()),
        };
        let assets = Assets::of(&[
            file("assets/app.css", "body {}"),
            file("assets/js/htmx.min.js", "x"),
            file("posts/pages/index.html", "<p>"),
        ]);
        let path = assets.path("app.css").expect("it is there");
        let hash = path.strip_prefix("/assets/app-");
        let hash = hash.and_then(|rest| rest.strip_suffix(".css"));
        assert_eq!(hash.map(str::len), Some(HASH_DIGITS), "{path}");
        let response = assets.response(&path[PREFIX.len()..], None);
        assert_eq!(response.headers()[header::CACHE_CONTROL], FOREVER);
        assert_eq!(
            response.headers()[header::CONTENT_TYPE],
            "text/css; charset=utf-8"
        );
        let response = assets.response("app.css", None);
        assert!(!response.headers().contains_key(header::CACHE_CONTROL));
        let path = assets.path("js/htmx.min.js").expect("it is there");
        assert!(
            path.starts_with("/assets/js/htmx-") && path.ends_with(".min.js"),
            "{path}"
        );
        let response = assets.response("posts/pages/index.html", None);
        assert_eq!(response.status(), 404);
        let said = assets.path("ap.css").expect_err("it is not there");
        assert!(
            said.contains("`src/assets/ap.css`") && said.contains("`app.css`"),
            "{said}"
        );
    }
}
