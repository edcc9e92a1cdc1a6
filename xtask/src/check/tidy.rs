//! Checks rules that are not covered by a lint: file lengths, forbidden words, and imports between folders.

mod imports;
mod layout;
mod sizes;
mod words;

use crate::command::{Context, Failure, Result};
use crate::tools::Cargo;

/// The extensions of text files.
const TEXT: &[&str] =
    &["rs", "toml", "md", "yaml", "yml", "txt", "json", "tsv", "lock", "py", "html", "css", "js", "lua", "svg"];

pub(super) fn check(context: &mut Context<'_>, _: &Cargo) -> Result {
    let mut files = Vec::new();
    for file in context.root().files_below()? {
        let extension = file.path.extension().and_then(|extension| extension.to_str());
        if (extension.is_some_and(|extension| TEXT.contains(&extension)) || file.name == ".ci/run")
            && let Ok(text) = String::from_utf8(file.read()?)
        {
            files.push((file.name, text));
        }
    }
    let mut complaints = Vec::new();
    for (name, text) in &files {
        words::check(name, text, &mut complaints);
        if is_rust(name) {
            sizes::check(name, text, &mut complaints);
        }
    }
    for layout in layout::LAYOUTS {
        imports::check(layout, &files, &mut complaints);
    }
    if complaints.is_empty() {
        writeln!(context.out, "{} files", files.len())?;
        return Ok(());
    }
    Err(Failure::Refused(complaints.into_iter().map(codegen::Diagnostic::error).collect()))
}

fn is_rust(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, extension)| extension == "rs")
}

/// The text of a file without the test module at its end.
fn without_tests(text: &str) -> &str {
    text.find("\n#[cfg(test)]\nmod ").and_then(|end| text.get(..=end)).unwrap_or(text)
}
