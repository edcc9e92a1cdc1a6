//! The reasons why rows are invalid or failed, grouped for messages.

use crate::failure::Message;
use crate::text::count;

/// The number of reasons that are shown.
const SHOWN: usize = 3;

/// The first reasons, and the number of rows with others.
#[derive(Default)]
pub(super) struct Reasons {
    groups: Vec<Group>,
    others: u64,
}

/// The rows whose reasons differ only in numbers and values.
struct Group {
    pattern: String,
    /// The reason of the first row.
    reason: String,
    /// The reason without the numbers and values in which the rows differ.
    common: String,
    /// The line of the first row.
    line: u64,
    rows: u64,
}

impl Reasons {
    pub(super) fn add(&mut self, reason: &str, line: u64) {
        let (pattern, is_full) = (pattern(reason), self.groups.len() == SHOWN);
        match self.groups.iter_mut().find(|group| group.pattern == pattern) {
            Some(group) => {
                group.rows += 1;
                group.common = common(&group.common, reason);
            }
            None if is_full => self.others += 1,
            None => {
                let reason = reason.to_owned();
                self.groups.push(Group { pattern, common: reason.clone(), reason, line, rows: 1 });
            }
        }
    }

    /// The number of rows.
    pub(super) fn rows(&self) -> u64 {
        self.others + self.groups.iter().map(|group| group.rows).sum::<u64>()
    }

    /// Returns a message for each reason.
    pub(super) fn messages(&self) -> Vec<Message> {
        let shown = self.groups.iter().map(|Group { reason, common, line, rows, .. }| match rows {
            1 => Message::new(reason).note(format!("line {line}")),
            rows if reason == common => {
                Message::new(format!("{rows} rows: {reason}")).note(format!("the first is line {line}"))
            }
            rows => Message::new(format!("{rows} rows: {common}")).note(format!("the first is line {line}: {reason}")),
        });
        let others =
            (self.others > 0).then(|| Message::new(format!("{} with other errors", count(self.others, "row"))));
        shown.chain(others).collect()
    }
}

/// Removes numbers and quoted values.
fn pattern(reason: &str) -> String {
    let unquoted = reason.split('`').step_by(2);
    unquoted.flat_map(str::chars).filter(|letter| !letter.is_ascii_digit()).collect()
}

/// Replaces the numbers and quoted values in which two reasons of the same pattern differ with an ellipsis.
fn common(first: &str, second: &str) -> String {
    let pieces = first.split('`').zip(second.split('`')).enumerate().map(|(index, (first, second))| {
        // Every second piece is a quoted value, which is one word.
        let separator = if index % 2 == 0 { ' ' } else { '`' };
        let words = first.split(separator).zip(second.split(separator));
        let words = words.map(|(first, second)| if first == second { first } else { "…" });
        words.collect::<Vec<_>>().join(separator.encode_utf8(&mut [0; 4]))
    });
    pieces.collect::<Vec<_>>().join("`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_contains_only_what_is_common_to_all_rows() {
        let many = "4 cells, but the header has 3 columns";
        for (texts, title, note) in [
            ([many; 3], many, ""),
            ([many, "2 cells, but the header has 3 columns", many], "… cells, but the header has 3 columns", many),
            (
                [
                    "`a b` is not a time, such as `2026`",
                    "`c` is not a time, such as `2026`",
                    "`` is not a time, such as `2026`",
                ],
                "`…` is not a time, such as `2026`",
                "`a b` is not a time, such as `2026`",
            ),
        ] {
            let mut reasons = Reasons::default();
            for text in texts {
                reasons.add(text, 2);
            }
            let note = if note.is_empty() { String::new() } else { format!(": {note}") };
            let expected = Message::new(format!("3 rows: {title}")).note(format!("the first is line 2{note}"));
            assert_eq!(reasons.messages(), [expected]);
        }
    }

    #[test]
    fn groups_reasons_that_differ_only_in_values() {
        let mut reasons = Reasons::default();
        let texts =
            ["`x` is not a number", "line 2 is the same", "`y` is not a number", "line 13 is the same", "a", "b"];
        for (line, text) in (2..).zip(texts) {
            reasons.add(text, line);
        }
        let messages: Vec<_> = reasons.messages().into_iter().map(|it| (it.title, it.notes.concat())).collect();
        let expected = [
            ("2 rows: `…` is not a number", "the first is line 2: `x` is not a number"),
            ("2 rows: line … is the same", "the first is line 3: line 2 is the same"),
            ("a", "line 6"),
            ("1 row with other errors", ""),
        ];
        assert_eq!(messages, expected.map(|(title, note)| (title.to_owned(), note.to_owned())));
    }
}
