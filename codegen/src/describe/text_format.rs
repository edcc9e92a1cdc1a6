//! The format of a sample string, such as a date or an e-mail address.
//!
//! The format depends only on the shape of the string, so a placeholder with the same shape has the same format.

/// The format of a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// A date and time as in RFC 3339: `2026-01-02T03:04:05.000-08:00`.
    DateTime,
    /// A date: `2026-01-02`.
    Date,
    /// An HTTP URL: `https://…`.
    Uri,
    /// A UUID: five groups of 8, 4, 4, 4 and 12 hexadecimal digits.
    Uuid,
    /// An e-mail address: `name@host.domain`.
    Email,
    /// Any other string.
    Plain,
}

impl Format {
    /// Recognizes the format of a string.
    #[must_use]
    pub fn of(text: &str) -> Self {
        if is_date_time(text) {
            Self::DateTime
        } else if is_date(text) {
            Self::Date
        } else if text.starts_with("https://") || text.starts_with("http://") {
            Self::Uri
        } else if matches(text, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx") {
            Self::Uuid
        } else if is_email(text) {
            Self::Email
        } else {
            Self::Plain
        }
    }

    /// Returns the corresponding value of the `format` keyword in OpenAPI, or `None` for a plain string.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::DateTime => Some("date-time"),
            Self::Date => Some("date"),
            Self::Uri => Some("uri"),
            Self::Uuid => Some("uuid"),
            Self::Email => Some("email"),
            Self::Plain => None,
        }
    }
}

/// Returns whether `text` matches `pattern`, where `d` matches a decimal digit and `x` a hexadecimal digit.
fn matches(text: &str, pattern: &str) -> bool {
    text.len() == pattern.len()
        && text.bytes().zip(pattern.bytes()).all(|(byte, expected)| match expected {
            b'd' => byte.is_ascii_digit(),
            b'x' => byte.is_ascii_hexdigit(),
            _ => byte == expected,
        })
}

fn is_date(text: &str) -> bool {
    matches(text, "dddd-dd-dd")
}

fn is_date_time(text: &str) -> bool {
    let Some((time, rest)) = text.split_at_checked(19) else { return false };
    if !matches(time, "dddd-dd-ddTdd:dd:dd") {
        return false;
    }
    let zone = match rest.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(|digit: char| digit.is_ascii_digit()),
        None => rest,
    };
    zone == "Z" || matches(zone, "+dd:dd") || matches(zone, "-dd:dd")
}

/// Returns whether a string looks like an e-mail address: a name, an at sign and a host with a dot, without whitespace.
#[must_use]
pub fn is_email(text: &str) -> bool {
    let Some((name, host)) = text.split_once('@') else { return false };
    !name.is_empty() && host.contains('.') && !text.contains(char::is_whitespace) && !host.contains(['@', ',', '/'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognizes_formats() {
        for (text, expected) in [
            ("2026-07-07T11:04:57.000-07:00", Format::DateTime),
            ("2016-09-06T16:14:25Z", Format::DateTime),
            ("2026-07-07T11:04:57", Format::Plain),
            ("2004-01-01", Format::Date),
            ("1/15/2024", Format::Plain),
            ("https://example.com/x", Format::Uri),
            ("123e4567-e89b-32d1-a456-426614174000", Format::Uuid),
            ("person@example.com", Format::Email),
            ("a@example.com,b@example.com", Format::Plain),
            ("", Format::Plain),
            ("héllo wörld, ünïcödé", Format::Plain),
        ] {
            assert_eq!(Format::of(text), expected, "{text}");
        }
    }
}
