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
    /// The line of the first row.
    line: u64,
    rows: u64,
}

impl Reasons {
    pub(super) fn add(&mut self, reason: &str, line: u64) {
        let (pattern, is_full) = (pattern(reason), self.groups.len() == SHOWN);
        match self.groups.iter_mut().find(|group| group.pattern == pattern) {
            Some(group) => group.rows += 1,
            None if is_full => self.others += 1,
            None => {
                self.groups.push(Group { pattern, reason: reason.to_owned(), line, rows: 1 });
            }
        }
    }

    /// The number of rows.
    pub(super) fn rows(&self) -> u64 {
        self.others + self.groups.iter().map(|group| group.rows).sum::<u64>()
    }

    /// Returns a message for each reason.
    pub(super) fn messages(&self) -> Vec<Message> {
        let shown = self.groups.iter().map(|Group { reason, line, rows, .. }| match rows {
            1 => Message::new(reason).note(format!("line {line}")),
            rows => Message::new(format!("{rows} rows: {reason}")).note(format!("the first is line {line}")),
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

#[cfg(test)]
mod tests {
    use super::*;

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
            ("2 rows: `x` is not a number", "the first is line 2"),
            ("2 rows: line 2 is the same", "the first is line 3"),
            ("a", "line 6"),
            ("1 row with other errors", ""),
        ];
        assert_eq!(messages, expected.map(|(title, note)| (title.to_owned(), note.to_owned())));
    }
}
