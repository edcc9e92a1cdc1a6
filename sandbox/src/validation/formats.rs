//! Lenient string formats, like those accepted by the API.

use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike as _, FixedOffset, NaiveDate, NaiveDateTime, Offset as _, TimeZone as _, Utc};
use jsonschema::Validator;
use rust_decimal::Decimal;
use serde_json::Value;

/// The accepted years. A time in the year 9999 could be in the year 10000 at another UTC offset.
const YEARS: RangeInclusive<i32> = 1..=9998;

/// Builds a validator that accepts the same formats as the API.
pub(super) fn validator(schema: &Value) -> Validator {
    jsonschema::draft7::options()
        .should_validate_formats(true)
        .with_format("date", |text: &str| parse_date(text).is_some())
        .with_format("date-time", |text: &str| parse_time(text, Utc.fix()).is_some())
        .with_format("decimal", |text: &str| text.parse::<Decimal>().is_ok())
        .with_format("email", is_email)
        .with_format("uuid", is_uuid)
        .build(schema)
        .expect("the description's schemas are valid")
}

/// Parses a time in ISO 8601 format. The given UTC offset applies if the string contains no offset.
pub(crate) fn parse_time(text: &str, offset: FixedOffset) -> Option<DateTime<FixedOffset>> {
    const FORMS: &[&str] = &["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M"];
    let with_offset =
        DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S %z"));
    let local = || FORMS.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let midnight = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0);
    let time = with_offset.ok().or_else(|| offset.from_local_datetime(&local().or_else(midnight)?).single());
    time.filter(|time| YEARS.contains(&time.year()))
}

/// Parses a date such as `2026-01-31` or `1/31/2026`.
pub(crate) fn parse_date(text: &str) -> Option<NaiveDate> {
    let day = ["%Y-%m-%d", "%m/%d/%Y"].iter().find_map(|form| NaiveDate::parse_from_str(text, form).ok());
    day.filter(|day| YEARS.contains(&day.year()))
}

/// Returns whether a string is an e-mail address. Like the API, rejects quoted local parts and domains without a dot.
pub(crate) fn is_email(text: &str) -> bool {
    let domain = text.rsplit('@').next().unwrap_or_default();
    email_address::EmailAddress::is_valid(text) && domain.contains('.') && !text.contains(['"', '[', '<'])
}

/// Returns whether a string is a valid identifier, such as the name of a custom property.
pub(crate) fn is_identifier(name: &str) -> bool {
    let may_start = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    name.bytes().next().is_some_and(may_start) && name.bytes().all(|byte| may_start(byte) || byte.is_ascii_digit())
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12] && groups.concat().bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_times_with_and_without_an_offset() {
        let offset = FixedOffset::west_opt(8 * 3600).unwrap();
        for (text, expected) in [
            ("2026-01-02T03:04:05.006-07:00", "2026-01-02T03:04:05.006-07:00"),
            ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05+00:00"),
            ("2026-01-02 03:04:05 -0800", "2026-01-02T03:04:05-08:00"),
            ("2026-01-02T03:04:05", "2026-01-02T03:04:05-08:00"),
            ("2026-01-02", "2026-01-02T00:00:00-08:00"),
        ] {
            assert_eq!(parse_time(text, offset).map(|time| time.to_rfc3339()).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(parse_time("yesterday", offset), None);
        assert_eq!(parse_time("2026-13-02T03:04:05Z", offset), None);
        assert_eq!(parse_time("9999-12-31T23:59:59-12:00", offset), None);
        assert_eq!(parse_date("+12026-01-02"), None);
    }

    #[test]
    fn recognizes_email_addresses() {
        for address in ["jane@example.com", "jane+1@mail.example.org", "o'hara@example.com"] {
            assert!(is_email(address), "{address}");
        }
        for text in [
            "",
            "jane",
            "@example.com",
            "jane@",
            "jane@example",
            "ja ne@example.com",
            "a@b@example.com",
            "a@.com",
            "\"a\"@example.com",
        ] {
            assert!(!is_email(text), "{text}");
        }
    }
}
