//! The text of a cell.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::text::count;

/// Formats the cells of tables.
#[derive(Debug)]
pub(crate) struct Cells {
    /// The time zone of the times.
    pub(crate) zone: TimeZone,
}

impl Cells {
    /// The text of a value for people: times in the local time zone, and no control characters.
    pub(crate) fn text(&self, value: &Value) -> String {
        match value {
            Value::Null => "-".to_owned(),
            Value::Bool(true) => "yes".to_owned(),
            Value::Bool(false) => "no".to_owned(),
            Value::String(text) => local_time(text, &self.zone).unwrap_or_else(|| visible(text)),
            Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
                count(items.len(), "item")
            }
            Value::Array(items) => items.iter().map(|item| self.text(item)).collect::<Vec<_>>().join(", "),
            Value::Object(fields) if fields.is_empty() => "-".to_owned(),
            value => visible(&value.to_string()),
        }
    }
}

/// Converts a time with an offset to the local time. Returns `None` for other texts.
pub(crate) fn local_time(text: &str, zone: &TimeZone) -> Option<String> {
    if text.as_bytes().get(10) != Some(&b'T') {
        return None;
    }
    let time: Timestamp = text.parse().ok()?;
    Some(time.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string())
}

/// The text of a value in CSV: exact, and JSON if it is a list or an object.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

/// Replaces control characters, with which a value could otherwise control the terminal.
fn visible(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() && letter != '\n' { '\u{fffd}' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn shows_local_times_and_no_control_characters() {
        let cells = Cells { zone: TimeZone::posix("EST5").expect("a zone") };
        for (value, expected) in [
            (json!("2026-01-02T03:04:05.000-08:00"), "2026-01-02 06:04:05"),
            (json!("2026-01-02"), "2026-01-02"),
            (json!("a\u{1b}[31mb\u{9b}"), "a\u{fffd}[31mb\u{fffd}"),
            (json!(["a", 1]), "a, 1"),
            (json!([{}]), "1 item"),
            (json!(null), "-"),
            (json!(99.5), "99.5"),
        ] {
            assert_eq!(cells.text(&value), expected);
        }
    }
}
