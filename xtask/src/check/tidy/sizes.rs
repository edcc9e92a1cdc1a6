//! The length of files without their tests. A longer file must explain why: "This file is long because …".

use super::without_tests;
use crate::inputs::GENERATED;
use crate::workspace::HEADER;

const LONGEST: usize = 400;

/// The lengths of all files in Rust.
#[derive(Default)]
pub(super) struct Sizes {
    hand_written: Vec<usize>,
    generated: usize,
}

impl Sizes {
    pub(super) fn check(&mut self, name: &str, text: &str, complaints: &mut Vec<String>) {
        if text.starts_with(HEADER) {
            self.generated += text.lines().count();
            return;
        }
        let length = length(text);
        self.hand_written.push(length);
        if name.starts_with(GENERATED) {
            complaints.push(format!("{name}: is not generated, so it belongs in another folder"));
        }
        if length > LONGEST && !text.contains("This file is long because") {
            complaints.push(format!("{name}: {length} lines, more than {LONGEST}"));
        }
        if !text.starts_with("//!") {
            complaints.push(format!("{name}: does not begin with a doc comment (`//! …`)"));
        }
    }

    pub(super) fn summary(mut self) -> String {
        self.hand_written.sort_unstable();
        let median = self.hand_written.get(self.hand_written.len() / 2).copied().unwrap_or_default();
        let (count, generated) = (self.hand_written.len(), self.generated);
        format!("{count} hand-written in Rust, median {median} lines; {generated} generated lines")
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
        Sizes::default().check(name, text, &mut complaints);
        complaints
    }

    #[test]
    fn excludes_tests_from_the_length() {
        assert_eq!(length("//! One.\nfn a() {}\n\n#[cfg(test)]\nmod tests {\n}\n"), 3);
    }

    #[test]
    fn rejects_a_long_file_without_a_reason() {
        let long = format!("//! Long.\n{}", "\n".repeat(LONGEST));
        assert_eq!(complaints("a.rs", &long), ["a.rs: 401 lines, more than 400"]);
        assert!(complaints("a.rs", &format!("{long}// This file is long because it is a table.\n")).is_empty());
        assert!(complaints("a.rs", &format!("{HEADER}\n{long}")).is_empty());
    }

    #[test]
    fn rejects_a_file_without_a_doc_comment_or_in_the_wrong_folder() {
        assert_eq!(complaints("a.rs", "fn a() {}\n"), ["a.rs: does not begin with a doc comment (`//! …`)"]);
        let name = format!("{GENERATED}/a.rs");
        let expected = format!("{name}: is not generated, so it belongs in another folder");
        assert_eq!(complaints(&name, "//! By hand.\n"), [expected]);
    }
}
