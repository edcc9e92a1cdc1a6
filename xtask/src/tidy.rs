//! The rules of the house that no lint knows: how long a file may be, and what may not stand in which one.
//!
//! Sizes are of a file without its tests. A longer one says at its top why: "This file is long because …".

use std::path::Path;

use crate::codegen::GENERATED;
use crate::failure::Failure;
use crate::session::Session;
use crate::tree::{HEADER, project_files};

const LONGEST_HAND_WRITTEN: usize = 400;
const LONGEST_GENERATED: usize = 250;

/// How many lines there may be for each operation and each webhook, with all that they take and answer. A limit of the whole would
/// fail as soon as the vendor adds something.
const GENERATED_FOR_EACH: usize = 135;

/// Words that may stand only in some files below a folder.
struct Fence {
    words: &'static [&'static str],
    below: &'static str,
    except: &'static [&'static str],
    because: &'static str,
}

const FENCES: &[Fence] = &[
    Fence {
        words: &["std::fs", "std::net", "std::env", "std::process", "std::time", "std::io"],
        below: "codegen/src",
        except: &[],
        because: "codegen is a pure function; only xtask touches the disk",
    },
    Fence {
        words: &["progenitor::", "typify"],
        below: "codegen/src",
        except: &["codegen/src/model/types"],
        because: "only the stage `types` knows progenitor",
    },
    Fence {
        words: &["prettyplease"],
        below: "codegen/src",
        except: &["codegen/src/emit/print"],
        because: "only the stage `print` makes the text of a source file",
    },
    Fence {
        words: &["talkable_api", "talkable-api.workspace"],
        below: "xtask",
        except: &[],
        because: "xtask must build while the bindings don't",
    },
    Fence {
        // Spelled in halves, so that this file doesn't offend against itself.
        words: &[concat!("/home", "/"), concat!("/Use", "rs/"), concat!("/ro", "ot/"), concat!("C:", "\\\\")],
        below: ".",
        except: &[],
        because: "the project knows no particular machine",
    },
    Fence {
        words: &[concat!("FIX", "ME"), concat!("X", "XX"), concat!("TO", "DO")],
        below: ".",
        except: &[],
        because: "what is unfinished is finished or written down where it is planned",
    },
];

/// Kinds of files that are read as text.
const TEXT: &[&str] =
    &["rs", "toml", "md", "yaml", "yml", "txt", "json", "tsv", "lock", "py", "html", "css", "js", "lua", "svg"];

pub(crate) fn check(session: &mut Session<'_>) -> Result<(), Failure> {
    let mut complaints = Vec::new();
    let (mut files, mut generated, mut described) = (0, 0, 0);
    let mut sizes = Vec::new();
    for file in project_files(session.root)?.into_iter().filter(|file| is_text(&file.name)) {
        let Ok(text) = String::from_utf8(file.read()?) else {
            continue;
        };
        let name = file.name.as_str();
        files += 1;
        fences(name, &text, &mut complaints);
        if !is_rust(name) {
            continue;
        }
        if text.starts_with(HEADER) {
            generated += text.lines().count();
            described += text.matches("Operation::new(").count() + text.matches("impl Payload for ").count();
            limit(name, text.lines().count(), LONGEST_GENERATED, &mut complaints);
            continue;
        }
        if name.starts_with(GENERATED) {
            complaints.push(format!("{name}: codegen did not write this; what people write lies elsewhere"));
        }
        let length = length_without_tests(&text);
        sizes.push(length);
        if !text.contains("This file is long because") {
            limit(name, length, LONGEST_HAND_WRITTEN, &mut complaints);
        }
        if !text.starts_with("//!") {
            complaints.push(format!("{name}: says not at its top what it is for (`//! …`)"));
        }
    }
    limit(GENERATED, generated, described * GENERATED_FOR_EACH, &mut complaints);
    if !complaints.is_empty() {
        return Err(Failure::Refused(complaints.into_iter().map(codegen::Error::new).collect()));
    }
    sizes.sort_unstable();
    let median = sizes.get(sizes.len() / 2).copied().unwrap_or_default();
    writeln!(
        session.out,
        "{files} files; {} hand-written in Rust, median {median} lines; {generated} generated lines",
        sizes.len()
    )?;
    Ok(())
}

fn fences(name: &str, text: &str, complaints: &mut Vec<String>) {
    for fence in FENCES {
        let below = fence.below == "." || Path::new(name).starts_with(fence.below);
        if !below || name == "xtask/src/tidy.rs" || fence.except.iter().any(|except| name.starts_with(except)) {
            continue;
        }
        // Tests may do what the code they test may not.
        let text = if is_rust(name) { without_tests(text) } else { text };
        for (index, line) in text.lines().enumerate() {
            if let Some(word) = fence.words.iter().find(|word| line.contains(**word)) {
                complaints.push(format!("{name}:{}: `{word}` may not stand here: {}", index + 1, fence.because));
            }
        }
    }
}

fn limit(name: &str, lines: usize, most: usize, complaints: &mut Vec<String>) {
    if lines > most {
        complaints.push(format!("{name}: {lines} lines, and {most} are the most"));
    }
}

fn length_without_tests(text: &str) -> usize {
    without_tests(text).lines().count()
}

/// Tests come last in a file, behind their attribute.
fn without_tests(text: &str) -> &str {
    text.find("\n#[cfg(test)]\nmod ").and_then(|end| text.get(..=end)).unwrap_or(text)
}

fn is_rust(name: &str) -> bool {
    has_extension(name, &["rs"])
}

fn is_text(name: &str) -> bool {
    has_extension(name, TEXT) || name == ".ci/run"
}

fn has_extension(name: &str, extensions: &[&str]) -> bool {
    Path::new(name).extension().is_some_and(|extension| extensions.iter().any(|known| extension == *known))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(name: &str, text: &str) -> Vec<String> {
        let mut complaints = Vec::new();
        fences(name, text, &mut complaints);
        complaints
    }

    #[test]
    fn a_word_is_named_with_its_line() {
        let found = complaints("codegen/src/load.rs", "//! Reads.\nuse std::fs;\n");
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("codegen/src/load.rs:2: `std::fs` may not stand here"), "{found:?}");
    }

    #[test]
    fn tests_and_other_folders_are_free() {
        assert!(complaints("xtask/src/tree.rs", "use std::fs;\n").is_empty());
        assert!(complaints("codegen/src/load.rs", "\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n").is_empty());
    }

    #[test]
    fn tests_do_not_count() {
        assert_eq!(length_without_tests("//! One.\nfn a() {}\n\n#[cfg(test)]\nmod tests {\n}\n"), 3);
    }
}
