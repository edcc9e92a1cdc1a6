//! The report on a file.

use std::fmt::{self, Display, Formatter};

use super::compare::Verdict;

/// The result of comparing a file with the bindings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// The file was decoded, and compared with the result of encoding it again.
    Decoded(Verdict),
    /// The file can't be decoded.
    Undecoded {
        /// A JSON pointer into the file, which is empty for the root.
        pointer: String,
        /// The reason for the failure.
        reason: String,
    },
    /// The file can't be read.
    Unreadable {
        /// The I/O error.
        reason: String,
    },
}

impl Report {
    /// Returns whether the bindings keep all known values. Unknown fields are allowed, since the API keeps adding fields.
    pub fn matches(&self) -> bool {
        matches!(self, Self::Decoded(verdict) if verdict.changed.is_empty())
    }
}

impl Display for Report {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decoded(Verdict { unknown, changed }) => {
                if changed.is_empty() {
                    formatter.write_str("ok")?;
                } else {
                    write!(formatter, "changed: {}", one_line(&changed.join(", ")))?;
                }
                if !unknown.is_empty() {
                    write!(formatter, ", {} unknown: {}", unknown.len(), one_line(&unknown.join(", ")))?;
                }
                Ok(())
            }
            Self::Undecoded { pointer, reason } => {
                let pointer = if pointer.is_empty() { "the root" } else { pointer.as_str() };
                write!(formatter, "does not decode: {}: {}", one_line(pointer), one_line(reason))
            }
            Self::Unreadable { reason } => write!(formatter, "cannot be read: {}", one_line(reason)),
        }
    }
}

/// Escapes control characters, because names in a file can contain line breaks.
fn one_line(text: &str) -> String {
    text.chars()
        .flat_map(|character| {
            let escape = character.is_control();
            let plain = (!escape).then_some(character);
            let escaped = escape.then(|| character.escape_unicode());
            plain.into_iter().chain(escaped.into_iter().flatten())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Report, Verdict};

    fn check(unknown: &[&str], changed: &[&str], matches: bool, expected: &str) {
        let own = |pointers: &[&str]| pointers.iter().map(ToString::to_string).collect();
        let report = Report::Decoded(Verdict { unknown: own(unknown), changed: own(changed) });
        assert_eq!(report.to_string(), expected);
        assert_eq!(report.matches(), matches);
    }

    #[test]
    fn a_report_is_one_line() {
        check(&[], &[], true, "ok");
        check(&["/a", "/b~1c"], &[], true, "ok, 2 unknown: /a, /b~1c");
        check(&["/a\nb"], &[], true, "ok, 1 unknown: /a\\u{a}b");
        check(&[], &["/a", "/b"], false, "changed: /a, /b");
        check(&["/c"], &["/a"], false, "changed: /a, 1 unknown: /c");
        let reason = "invalid type: map,\nexpected a string".to_owned();
        let report = Report::Undecoded { pointer: "/result".to_owned(), reason };
        assert_eq!(report.to_string(), "does not decode: /result: invalid type: map,\\u{a}expected a string");
        assert!(!report.matches());
    }
}
