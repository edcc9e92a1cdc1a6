//! Formatting of text for messages and help.

use std::fmt::Display;

/// Returns the first sentence without its period, as usual in lists of commands.
pub(crate) fn summary(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let end = line.find(". ").unwrap_or(line.len());
    line.get(..end).unwrap_or(line).trim_end_matches('.').to_owned()
}

/// Returns a number with its noun, such as `1 row` or `2 rows`. The plural must be regular.
pub(crate) fn count<N: Display + From<u8> + PartialEq>(number: N, noun: &str) -> String {
    let ending = if number == N::from(1) { "" } else { "s" };
    format!("{number} {noun}{ending}")
}

/// Quotes a word for a POSIX shell, if necessary.
pub(crate) fn shell_word(word: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_./:@%+,=".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_text() {
        assert_eq!(summary("Finds a person. Fails otherwise."), "Finds a person");
        assert_eq!((count(1_u64, "row"), count(0_usize, "row")), ("1 row".to_owned(), "0 rows".to_owned()));
        assert_eq!((shell_word("a=b"), shell_word("it's")), ("a=b".to_owned(), r"'it'\''s'".to_owned()));
    }
}
