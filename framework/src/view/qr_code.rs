//! QR codes, as paths of SVG: a page needs no image and no style for one, which its content security policy would refuse.

use std::fmt::Write;

use qrcode::{Color, QrCode as Modules};
use serde::Serialize;

/// The margin that readers need on each side, in modules (ISO/IEC 18004).
const MARGIN: usize = 4;

/// A text as a QR code.
#[derive(Debug, Serialize)]
pub(super) struct QrCode {
    /// The width and the height with the margin, in modules.
    size: usize,
    /// The dark modules, as the `d` of a path.
    path: String,
}

impl QrCode {
    /// The code of a text.
    ///
    /// Fails for one that is too long, which is about two thousand letters.
    pub(super) fn of(text: &str) -> Result<Self, String> {
        let modules = Modules::new(text).map_err(|error| format!("no QR code: {error}"))?;
        let width = modules.width();
        let mut path = String::new();
        for (y, row) in modules.to_colors().chunks(width).enumerate() {
            let mut x = 0;
            for run in row.chunk_by(|left, right| left == right) {
                if run[0] == Color::Dark {
                    let (length, left, top) = (run.len(), x + MARGIN, y + MARGIN);
                    // Writing to a `String` does not fail.
                    let _ = write!(path, "M{left} {top}h{length}v1h-{length}z");
                }
                x += run.len();
            }
        }
        Ok(Self {
            size: width + 2 * MARGIN,
            path,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::QrCode;

    #[test]
    fn a_finder_is_in_the_corner() {
        let code = QrCode::of("otpauth://totp/shop:ada@example.com?secret=A").expect("it is short");
        // 44 characters fit into version 4, which has 33 modules (ISO/IEC 18004, table 7).
        assert_eq!(code.size, 33 + 8);
        assert!(code.path.starts_with("M4 4h7v1h-7z"), "{}", code.path);
        assert!(code.path.contains("M4 5h1v1h-1z"), "{}", code.path);
    }

    #[test]
    fn a_text_may_be_too_long() {
        assert!(QrCode::of(&"a".repeat(3_000)).is_err());
    }
}
