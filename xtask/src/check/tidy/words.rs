//! Checks for words that only some files may contain.

use std::path::Path;

use super::{is_rust, without_tests};

/// A rule that files below a folder must not contain certain words, except for the files listed in `except`.
struct Rule {
    words: &'static [&'static str],
    below: &'static str,
    except: &'static [&'static str],
    because: &'static str,
}

const RULES: &[Rule] = &[
    Rule {
        words: &["std::fs", "std::net", "std::env", "std::process", "std::time", "std::io"],
        below: "codegen/src",
        except: &[],
        because: "codegen is a pure function; only xtask reads and writes files",
    },
    Rule {
        words: &["progenitor::", "typify"],
        below: "codegen/src",
        except: &["codegen/src/model/progenitor.rs", "codegen/src/model/types.rs"],
        because: "only the `types` stage uses progenitor",
    },
    Rule {
        words: &["prettyplease"],
        below: "codegen/src",
        except: &["codegen/src/emit/print"],
        because: "only the `print` stage formats source files",
    },
    Rule {
        words: &["talkable_api", "talkable-api.workspace"],
        below: "xtask",
        except: &[],
        because: "xtask must build even if the bindings do not",
    },
    // The words in the following rules are split so that a search through the project does not find them here.
    Rule {
        words: &[concat!("/home", "/"), concat!("/Use", "rs/"), concat!("/ro", "ot/"), concat!("C:", "\\\\")],
        below: ".",
        except: &[],
        because: "machine-specific paths do not belong in the project",
    },
    Rule {
        words: &[concat!("FIX", "ME"), concat!("X", "XX"), concat!("TO", "DO")],
        below: ".",
        except: &[],
        because: "finish the work before committing it",
    },
];

pub(super) fn check(name: &str, text: &str, complaints: &mut Vec<String>) {
    for rule in RULES {
        let below = rule.below == "." || Path::new(name).starts_with(rule.below);
        if !below
            || name == "xtask/src/check/tidy/words.rs"
            || rule.except.iter().any(|except| name.starts_with(except))
        {
            continue;
        }
        let text = if is_rust(name) { without_tests(text) } else { text };
        for (index, line) in text.lines().enumerate() {
            if let Some(word) = rule.words.iter().find(|word| line.contains(**word)) {
                complaints.push(format!("{name}:{}: contains `{word}`: {}", index + 1, rule.because));
            }
        }
    }
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
    fn reports_the_word_and_its_line() {
        let found = complaints("codegen/src/load.rs", "//! Reads.\nuse std::fs;\n");
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("codegen/src/load.rs:2: contains `std::fs`: "), "{found:?}");
    }

    #[test]
    fn every_rule_finds_its_words() {
        for rule in RULES {
            for word in rule.words {
                let name = Path::new(rule.below).join("planted.rs");
                let found = complaints(&name.to_string_lossy(), &format!("//! Planted.\n// {word}\n"));
                assert!(found.iter().any(|found| found.contains(rule.because)), "{word}");
            }
        }
    }

    #[test]
    fn allows_forbidden_words_in_tests_and_other_folders() {
        assert!(complaints("xtask/src/workspace.rs", "use std::fs;\n").is_empty());
        assert!(complaints("codegen/src/load.rs", "\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n").is_empty());
    }
}
