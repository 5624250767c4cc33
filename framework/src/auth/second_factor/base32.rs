//! Base32 (RFC 4648, section 6) without padding: the text of secrets that people type.

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Bytes as text. Their number must be a multiple of five, so that nothing is left over.
pub(super) fn encode(bytes: &[u8]) -> String {
    debug_assert!(bytes.len().is_multiple_of(5));
    let digits = bytes.chunks_exact(5).flat_map(|chunk| {
        let bits = chunk
            .iter()
            .fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        (0..8)
            .rev()
            .map(move |place| ALPHABET[(bits >> (5 * place) & 31) as usize])
    });
    digits.map(char::from).collect()
}

/// The bytes of a text as a person types it: in any case, with spaces and hyphens, and with the digits that the alphabet has not in place of the
/// letters that look like them. `None` for anything else.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let typed = text.bytes().filter(|byte| !matches!(byte, b' ' | b'-'));
    let digits: Option<Vec<u64>> = typed.map(digit).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(8))?;
    let bytes = digits.chunks_exact(8).flat_map(|chunk| {
        let bits = chunk.iter().fold(0, |bits, digit| bits << 5 | digit);
        let [_, _, _, bytes @ ..] = bits.to_be_bytes();
        bytes
    });
    Some(bytes.collect())
}

fn digit(byte: u8) -> Option<u64> {
    let letter = match byte.to_ascii_uppercase() {
        b'0' => b'O',
        b'1' => b'I',
        b'8' => b'B',
        letter => letter,
    };
    let place = ALPHABET.iter().position(|other| *other == letter)?;
    Some(place as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_that_of_rfc_4648() {
        // python3: base64.b32encode
        for (bytes, text) in [
            (&b""[..], ""),
            (b"fooba", "MZXW6YTB"),
            (b"\x00\xff\x10\xfe\x20", "AD7RB7RA"),
            (b"12345678901234567890", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"),
        ] {
            assert_eq!(encode(bytes), text);
            assert_eq!(decode(text).as_deref(), Some(bytes));
        }
    }

    #[test]
    fn what_people_type_is_understood() {
        assert_eq!(decode(" mzxw-6yt8 "), Some(b"fooba".to_vec()));
        assert_eq!(decode("0I1LOILL"), decode("OIILOILL"));
        for wrong in ["MZXW6YT", "MZXW6YT9", "MZXW6YTÄ", "MZXW6YT\n", "MZXW6YT="] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }
}
