//! Checks the length of source files, not counting tests. A file over the limit must state the reason: "This file is long
//! because …". Also checks the length of the code in the documentation of the published crate.

use super::without_tests;
use crate::inputs::{COMMANDS, GENERATED};
use crate::workspace::HEADER;

const LONGEST: usize = 400;

/// The maximum length of a line of code in the documentation, so that it fits on a page.
const LONGEST_CODE: usize = 90;

pub(super) fn check(name: &str, text: &str, complaints: &mut Vec<String>) {
    if name.starts_with("talkable-api/src/") {
        complaints.extend(long_code(text).map(|line| {
            format!("{name}:{line}: a line of code in the documentation has over {LONGEST_CODE} characters; break it")
        }));
    }
    if text.starts_with(HEADER) {
        return;
    }
    let length = length(text);
    if [GENERATED, COMMANDS].iter().any(|folder| name.starts_with(folder)) {
        complaints.push(format!("{name}: is hand-written, so it belongs in another folder"));
    }
    if length > LONGEST && !text.contains("This file is long because") {
        complaints.push(format!("{name}: has {length} lines; the limit is {LONGEST}"));
    }
    if !text.starts_with("//!") {
        complaints.push(format!("{name}: does not begin with a doc comment (`//! …`)"));
    }
}

/// Returns the line numbers of the overlong lines in the code blocks of the documentation. Hidden lines can have any length.
fn long_code(text: &str) -> impl Iterator<Item = usize> {
    let mut is_code = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let line = line.trim_start();
        let line = line
            .strip_prefix("///")
            .or_else(|| line.strip_prefix("//!"))
            .map(|line| line.strip_prefix(' ').unwrap_or(line));
        is_code ^= line.is_some_and(|line| line.starts_with("```"));
        let is_shown = is_code && line.is_some_and(|line| !line.trim_start().starts_with("# "));
        (is_shown && line.is_some_and(|line| line.chars().count() > LONGEST_CODE)).then_some(index + 1)
    })
}

fn length(text: &str) -> usize {
    without_tests(text).lines().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(name: &str, text: &str) -> Vec<String> {
        let mut complaints = Vec::new();
        check(name, text, &mut complaints);
        complaints
    }

    #[test]
    fn finds_long_lines_of_code_in_the_documentation() {
        let long = "x".repeat(91);
        let text = format!("//! {long}\n//! ```\n//! {long}\n//! # {long}\n//! ```\nfn a() {{}}\n/// {long}\n");
        assert_eq!(long_code(&text).collect::<Vec<_>>(), [3]);
    }

    #[test]
    fn excludes_tests_from_the_length() {
        assert_eq!(length("//! One.\nfn a() {}\n\n#[cfg(test)]\nmod tests {\n}\n"), 3);
    }

    #[test]
    fn rejects_a_long_file_without_a_reason() {
        let long = format!("//! Long.\n{}", "\n".repeat(LONGEST));
        assert_eq!(complaints("a.rs", &long), ["a.rs: has 401 lines; the limit is 400"]);
        assert!(complaints("a.rs", &format!("{long}// This file is long because it is a table.\n")).is_empty());
        assert!(complaints("a.rs", &format!("{HEADER}\n{long}")).is_empty());
    }

    #[test]
    fn rejects_a_file_without_a_doc_comment_or_in_the_wrong_folder() {
        assert_eq!(complaints("a.rs", "fn a() {}\n"), ["a.rs: does not begin with a doc comment (`//! …`)"]);
        let name = format!("{GENERATED}/a.rs");
        let expected = format!("{name}: is hand-written, so it belongs in another folder");
        assert_eq!(complaints(&name, "//! By hand.\n"), [expected]);
    }
}
