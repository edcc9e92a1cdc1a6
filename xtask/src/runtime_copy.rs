//! Writes copies of `talkable-api` with other bindings.

use std::path::Path;

use codegen::Output;

use crate::command::{Context, Result};
use crate::inputs::GENERATED;
use crate::workspace::{remove_folder, replace_feature_block, write_if_changed};

/// Writes a copy of the workspace's `Cargo.lock`, and a copy of its `Cargo.toml` with the given members.
pub(crate) fn write_workspace(context: &Context<'_>, members: &[&str], folder: &Path) -> Result {
    let manifest = context.file("Cargo.toml").read_text()?;
    let members = format!("members = {members:?}");
    let lines = manifest.lines().map(|line| if line.starts_with("members = ") { members.as_str() } else { line });
    write_if_changed(&folder.join("Cargo.toml"), lines.collect::<Vec<_>>().join("\n"))?;
    write_if_changed(&folder.join("Cargo.lock"), context.file("Cargo.lock").read()?)
}

/// Writes a package with the runtime of `talkable-api` and the bindings in `output`.
pub(crate) fn write_package(context: &Context<'_>, output: &Output, name: &str, folder: &Path) -> Result {
    let package = folder.join(name);
    write_runtime(context, &output.features, name, &package)?;
    write_bindings(&package, output.files.iter().map(|file| (&*file.path, file.text.as_bytes())))
}

/// Deletes the generated files of a package, and writes the given ones, each with its path and text.
pub(crate) fn write_bindings<'a>(package: &Path, files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Result {
    let generated = package.join("src/generated");
    remove_folder(&generated)?;
    files.into_iter().try_for_each(|(path, text)| write_if_changed(&generated.join(path), text))
}

/// Writes a copy of `talkable-api` without bindings, examples and tests, with the given name and generated features.
pub(crate) fn write_runtime(context: &Context<'_>, features: &str, name: &str, package: &Path) -> Result {
    let manifest = replace_feature_block(&context.file("talkable-api/Cargo.toml"), features)?;
    let manifest = manifest.replace("name = \"talkable-api\"", &format!("name = {name:?}"));
    let manifest = without_sections(&manifest, &["[dev-dependencies]", "[[example]]"]);
    write_if_changed(&package.join("Cargo.toml"), manifest)?;
    write_if_changed(&package.join("README.md"), context.file("talkable-api/README.md").read()?)?;
    for file in context.file("talkable-api/src").files_below()? {
        if let Some(path) = file.name.strip_prefix("talkable-api/")
            && !file.name.starts_with(GENERATED)
        {
            write_if_changed(&package.join(path), file.read()?)?;
        }
    }
    Ok(())
}

fn without_sections(manifest: &str, sections: &[&str]) -> String {
    let is_removed = |section: &str| sections.iter().any(|name| format!("[{section}").starts_with(name));
    manifest.split("\n[").filter(|section| !is_removed(section)).collect::<Vec<_>>().join("\n[")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removes_sections_from_a_manifest() {
        let manifest = "[package]\nname = \"a\"\n[[example]]\nname = \"b\"\n\n[[example]]\nname = \"c\"\n[lints]\nworkspace = true\n";
        let expected = "[package]\nname = \"a\"\n[lints]\nworkspace = true\n";
        assert_eq!(without_sections(manifest, &["[[example]]"]), expected);
    }
}
