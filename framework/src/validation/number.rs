//! Checks that the digits of a JSON number survive being read.

/// Returns whether a number is an integer, written with digits alone, that 64 bits hold.
pub(super) fn is_integral(text: &str) -> bool {
    text.parse::<u64>().is_ok() || (text.parse::<i64>().is_ok() && text != "-0")
}

/// Returns whether the float of 64 bits that is nearest to a JSON number is written as the same number again.
pub(super) fn is_exact(text: &str) -> bool {
    text.parse::<f64>().is_ok_and(|float| {
        float.is_finite() && Digits::of(text) == Digits::of(&format!("{float:e}"))
    })
}

/// The absolute value of a number: `digits` as an integer, times ten to the power of `exponent`.
#[derive(PartialEq)]
struct Digits {
    /// The digits without zeros at either end.
    digits: String,
    exponent: i64,
}

impl Digits {
    fn of(text: &str) -> Self {
        let text = text.trim_start_matches('-');
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{integer}{fraction}");
        let significant = digits.trim_end_matches('0');
        if significant.is_empty() {
            return Self {
                digits: String::new(),
                exponent: 0,
            };
        }
        let length = |text: &str| i64::try_from(text.len()).unwrap_or(i64::MAX);
        // Beyond 64 bits the float is zero or infinite.
        let exponent = exponent.parse::<i64>().unwrap_or(i64::MAX / 2);
        Self {
            exponent: exponent
                .saturating_sub(length(fraction))
                .saturating_add(length(&digits) - length(significant)),
            digits: significant.trim_start_matches('0').to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digits_that_a_float_keeps() {
        for exact in [
            "0",
            "-0",
            "0.0",
            "0e9",
            "1",
            "1.50",
            "0.1",
            "-2.5e-3",
            "1E+3",
            "12345678901234567e-30",
            "5e-324",
            "1.7976931348623157e308",
            "9007199254740992",
            "9007199254740994.0",
            "100000000000000000000",
            "6.02214076e23",
            "0.30000000000000004",
            "602214076000000000000000",
        ] {
            assert!(is_exact(exact), "{exact}");
        }
        for lost in [
            "9007199254740993",
            "0.1000000000000000055",
            "18446744073709551617",
            "1e-400",
            "1e400",
            "3e-324",
            "0.12345678901234567890",
            "1.0000000000000000001",
            "1e99999999999999999999",
            "123456789012345678901",
        ] {
            assert!(!is_exact(lost), "{lost}");
        }
        for integral in ["0", "18446744073709551615", "-9223372036854775808"] {
            assert!(is_integral(integral), "{integral}");
        }
        for not in [
            "-0",
            "1.0",
            "1e2",
            "18446744073709551616",
            "-9223372036854775809",
        ] {
            assert!(!is_integral(not), "{not}");
        }
    }
}
