//! Checks that no dependency needs a newer Rust version than the workspace declares. Clippy checks our own code.

use serde_json::Value;

use crate::command::{Context, Failure, Result};
use crate::tools::{Cargo, output};

pub(super) fn check(context: &mut Context<'_>, cargo: &Cargo) -> Result {
    let metadata = ["metadata", "--format-version", "1", "--all-features", "--locked"];
    let metadata = output(cargo.command().args(metadata))?;
    let (promised, violations) = violations(&metadata)?;
    if violations.is_empty() {
        writeln!(context.out, "all dependencies support Rust {promised}")?;
        return Ok(());
    }
    let message = format!("the declared Rust version is {promised}, but\n  {}", violations.join("\n  "));
    Err(Failure::new(message).help("downgrade these packages in Cargo.lock with `cargo update --precise`"))
}

/// Returns the Rust version declared by `talkable-api`, and the packages in the output of `cargo metadata` that need a newer
/// version.
fn violations(metadata: &str) -> Result<(String, Vec<String>)> {
    let metadata: Value = serde_json::from_str(metadata).map_err(|error| Failure::new(error.to_string()))?;
    let packages = metadata.get("packages").and_then(Value::as_array).into_iter().flatten();
    let versions = packages.filter_map(|package| {
        let text = |key| package.get(key).and_then(Value::as_str);
        Some((text("name")?, text("version")?, text("rust_version")?))
    });
    let own = versions.clone().find(|(name, ..)| *name == "talkable-api");
    let (.., promised) = own.ok_or_else(|| Failure::new("talkable-api does not declare a `rust-version`"))?;
    let mut violations = Vec::new();
    for (name, version, needed) in versions {
        if rust_version(needed)? > rust_version(promised)? {
            violations.push(format!("{name} {version} needs Rust {needed}"));
        }
    }
    Ok((promised.to_owned(), violations))
}

/// Parses a Rust version, where `1.88` means `1.88.0`.
fn rust_version(text: &str) -> Result<Vec<u32>> {
    let parts = text.split(['-', '+']).next().unwrap_or_default().split('.').map(str::parse);
    let numbers = parts.chain(std::iter::repeat(Ok(0))).take(3).collect::<std::result::Result<_, _>>();
    numbers.map_err(|_| Failure::new(format!("`{text}` is not a Rust version")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_packages_that_need_a_newer_rust() {
        let metadata = r#"{"packages": [
            {"name": "talkable-api", "version": "0.1.0", "rust_version": "1.88"},
            {"name": "old", "version": "1.0.0", "rust_version": "1.9"},
            {"name": "new", "version": "2.0.0", "rust_version": "1.90.0"}]}"#;
        let expected = ("1.88".to_owned(), vec!["new 2.0.0 needs Rust 1.90.0".to_owned()]);
        assert_eq!(violations(metadata).unwrap(), expected);
    }

    #[test]
    fn compares_versions_as_numbers() {
        assert!(rust_version("1.9").unwrap() < rust_version("1.88").unwrap());
        assert_eq!(rust_version("1.88").unwrap(), rust_version("1.88.0").unwrap());
        assert!(rust_version("nightly").is_err());
    }
}
