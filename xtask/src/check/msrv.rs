//! Checks that no dependency needs a newer Rust version than the workspace declares. Clippy checks our own code.

use serde_json::Value;

use crate::context::Context;
use crate::terminal::Failure;
use crate::tools::{Cargo, output};

pub(super) fn check(context: &mut Context<'_>, cargo: &Cargo) -> Result<(), Failure> {
    let metadata = ["metadata", "--format-version", "1", "--all-features", "--locked"];
    let metadata = output(cargo.command().args(metadata))?;
    let (promised, violations) = violations(&metadata).map_err(Failure::new)?;
    if violations.is_empty() {
        writeln!(context.out, "all dependencies support Rust {promised}")?;
        return Ok(());
    }
    let message = format!("the declared Rust version is {promised}, but\n  {}", violations.join("\n  "));
    Err(Failure::new(message).help("downgrade these packages in Cargo.lock with `cargo update --precise`"))
}

/// Returns the Rust version declared by `talkable-api`, and the packages in the output of `cargo metadata` that need a newer
/// version.
fn violations(metadata: &str) -> Result<(String, Vec<String>), String> {
    let metadata: Value = serde_json::from_str(metadata).map_err(|error| error.to_string())?;
    let packages =
        metadata.get("packages").and_then(Value::as_array).ok_or("the output of `cargo metadata` lists no packages")?;
    let text = |package: &Value, key: &str| package.get(key).and_then(Value::as_str).map(str::to_owned);
    let own = packages.iter().find(|package| text(package, "name").is_some_and(|name| name == "talkable-api"));
    let promised = own
        .and_then(|package| text(package, "rust_version"))
        .ok_or("talkable-api does not declare a `rust-version`")?;
    let newest = version(&promised)?;
    let mut violations = Vec::new();
    for package in packages {
        if let Some(needed) = text(package, "rust_version")
            && version(&needed)? > newest
        {
            let [name, version] = ["name", "version"].map(|key| text(package, key).unwrap_or_default());
            violations.push(format!("{name} {version} needs Rust {needed}"));
        }
    }
    Ok((promised, violations))
}

/// Parses a version, where `1.88` means `1.88.0`.
fn version(text: &str) -> Result<[u32; 3], String> {
    let mut version = [0; 3];
    let mut parts = text.split(['-', '+']).next().unwrap_or_default().split('.');
    for number in &mut version {
        if let Some(part) = parts.next() {
            *number = part.parse().map_err(|_| format!("`{text}` is not a Rust version"))?;
        }
    }
    Ok(version)
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
        assert!(version("1.9").unwrap() < version("1.88").unwrap());
        assert_eq!(version("1.88").unwrap(), version("1.88.0").unwrap());
        assert!(version("nightly").is_err());
    }
}
