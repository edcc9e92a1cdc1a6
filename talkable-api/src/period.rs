//! Periods, which the API writes as a text with two dates.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// A period of days, such as `1/1/24 - 1/7/24`.
///
/// The text is kept, because the API does not document its format.
///
/// ```
/// let period = talkable_api::Period::from("1/1/24 - 1/7/24");
/// assert_eq!(period.first_day(), "2024-01-01".parse().ok());
/// assert_eq!(period.last_day(), "2024-01-07".parse().ok());
/// ```
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Period(String);

impl Period {
    /// The text, as sent by the API.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first day, or `None` if the format of the text is unknown.
    #[must_use]
    pub fn first_day(&self) -> Option<NaiveDate> {
        self.days().map(|(first, _)| first)
    }

    /// The last day, which is part of the period, or `None` if the format of the text is unknown.
    #[must_use]
    pub fn last_day(&self) -> Option<NaiveDate> {
        self.days().map(|(_, last)| last)
    }

    fn days(&self) -> Option<(NaiveDate, NaiveDate)> {
        // A period of one day can be a single date.
        let (first, last) = self.0.split_once(" - ").unwrap_or((&self.0, &self.0));
        Some((date(first)?, date(last)?)).filter(|(first, last)| first <= last)
    }
}

/// Parses a date in the order month, day and year, in which the year has two or four digits, or a date in ISO 8601 format.
fn date(text: &str) -> Option<NaiveDate> {
    let formats = ["%m/%d/%y", "%m/%d/%Y", "%Y-%m-%d"];
    formats.iter().find_map(|format| NaiveDate::parse_from_str(text.trim(), format).ok())
}

impl From<&str> for Period {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Period {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(text: &str) -> Option<(String, String)> {
        Period::from(text).days().map(|(first, last)| (first.to_string(), last.to_string()))
    }

    #[test]
    fn reads_two_dates() {
        for (text, first, last) in [
            ("6/7/26 - 6/30/26", "2026-06-07", "2026-06-30"),
            ("12/31/2025 - 1/1/2026", "2025-12-31", "2026-01-01"),
            ("2026-01-01 - 2026-01-07", "2026-01-01", "2026-01-07"),
            ("1/2/26", "2026-01-02", "2026-01-02"),
        ] {
            assert_eq!(days(text), Some((first.to_owned(), last.to_owned())), "{text}");
        }
    }

    #[test]
    fn keeps_a_text_of_unknown_format() {
        for text in ["", "Week 12", "1/2/26 - ", "13/1/26 - 13/2/26", "1/7/26 - 1/1/26", "1/1/26-1/7/26"] {
            assert_eq!((days(text), Period::from(text).as_str()), (None, text));
        }
        let json = "\"Week 12\"";
        let period: Period = serde_json::from_str(json).expect("any string is valid");
        assert_eq!(serde_json::to_string(&period).expect("periods serialize"), json);
    }
}
