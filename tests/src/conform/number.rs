//! Compares numbers of any length exactly.

/// Compares two strings as JSON numbers. Returns `false` if either string is not a JSON number (`007`, `1,5`, ` 1`). An
/// identifier with leading zeros therefore differs from the number without the zeros.
pub fn same_number(left: &str, right: &str) -> bool {
    match (parse(left), parse(right)) {
        (Some(left), Some(right)) => left == right,
        _ => false,
    }
}

/// A number in the unique form `0.digits × 10^exponent`, without leading and trailing zeros.
#[derive(Debug, PartialEq)]
struct Decimal {
    negative: bool,
    digits: String,
    exponent: i64,
}

fn parse(text: &str) -> Option<Decimal> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
        None => (rest, 0),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    if !are_digits(whole) || !fraction.is_none_or(are_digits) || (whole.len() > 1 && whole.starts_with('0')) {
        return None;
    }
    let all = format!("{whole}{}", fraction.unwrap_or_default());
    let significant = all.trim_start_matches('0');
    if significant.is_empty() {
        return Some(Decimal { negative: false, digits: String::new(), exponent: 0 });
    }
    let leading_zeros = i64::try_from(all.len() - significant.len()).ok()?;
    let whole_digits = i64::try_from(whole.len()).ok()?;
    Some(Decimal {
        negative,
        digits: significant.trim_end_matches('0').to_owned(),
        exponent: exponent.checked_add(whole_digits)?.checked_sub(leading_zeros)?,
    })
}

fn parse_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if are_digits(digits) { text.parse().ok() } else { None }
}

fn are_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::same_number;

    #[test]
    fn equal_values_are_equal_in_any_spelling() {
        for (left, right) in [
            ("10", "10.0"),
            ("10", "1e1"),
            ("10", "1.0E+1"),
            ("0", "-0.00"),
            ("0.05", "5e-2"),
            ("-1234567.89", "-123456789e-2"),
            ("1234567.89", "1234567.8900"),
            ("0.0000000000000000000000001", "1e-25"),
            ("100000000000000000000000000000", "1e29"),
        ] {
            assert!(same_number(left, right), "{left} {right}");
            assert!(same_number(right, left), "{right} {left}");
        }
    }

    #[test]
    fn different_values_and_invalid_numbers_are_not_equal() {
        for (left, right) in [
            ("1", "-1"),
            ("1234567.89", "1234567.8900000001"),
            ("0.1", "0.1000000000000000055511151231257827"),
            ("9007199254740993", "9007199254740992"),
            ("7", "007"),
            ("7", "+7"),
            ("7", " 7"),
            ("7", "7."),
            ("0.5", ".5"),
            ("7", ""),
            ("1", "1e"),
            ("1", "1e99999999999999999999"),
            ("NaN", "NaN"),
        ] {
            assert!(!same_number(left, right), "{left} {right}");
        }
    }
}
