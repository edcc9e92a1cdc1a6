//! Checks the length of source files, not counting tests. A file over the limit must state the reason: "This file is long
//! because …".

use super::without_tests;
use crate::inputs::GENERATED;
use crate::workspace::HEADER;

const LONGEST: usize = 400;

pub(super) fn check(name: &str, text: &str, complaints: &mut Vec<String>) {
    if text.starts_with(HEADER) {
        return;
    }
    let length = length(text);
    if name.starts_with(GENERATED) {
        complaints.push(format!("{name}: is hand-written, so it belongs in another folder"));
    }
    if length > LONGEST && !text.contains("This file is long because") {
        complaints.push(format!("{name}: has {length} lines; the limit is {LONGEST}"));
    }
    if !text.starts_with("//!") {
        complaints.push(format!("{name}: does not begin with a doc comment (`//! …`)"));
    }
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
