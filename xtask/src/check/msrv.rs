//! Checks that no dependency of a package needs a newer Rust version than the package declares. Clippy checks our own code.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::command::{Context, Failure, Result};
use crate::tools::{Cargo, output};

pub(super) fn check(context: &mut Context<'_>, cargo: &Cargo) -> Result {
    let metadata = ["metadata", "--format-version", "1", "--all-features", "--locked"];
    let metadata = output(cargo.command().args(metadata))?;
    let violations = violations(&metadata)?;
    if violations.is_empty() {
        writeln!(context.out, "all dependencies support the declared Rust versions")?;
        return Ok(());
    }
    let message = format!("some dependencies need a newer Rust\n  {}", violations.join("\n  "));
    Err(Failure::new(message).help("downgrade these packages in Cargo.lock with `cargo update --precise`"))
}

/// Returns the dependencies in the output of `cargo metadata` that need a newer Rust than a member of the workspace declares.
fn violations(metadata: &str) -> Result<Vec<String>> {
    let metadata: Value = serde_json::from_str(metadata).map_err(|error| Failure::new(error.to_string()))?;
    let packages = items(metadata.get("packages")).filter_map(|package| Some((text(package, "id")?, package)));
    let packages: BTreeMap<&str, &Value> = packages.collect();
    let nodes = items(metadata.pointer("/resolve/nodes"));
    let dependencies: BTreeMap<&str, &Value> =
        nodes.filter_map(|node| Some((text(node, "id")?, node.get("dependencies")?))).collect();
    let mut violations = Vec::new();
    for member in items(metadata.get("workspace_members")).filter_map(Value::as_str) {
        let Some(package) = packages.get(member) else { continue };
        let name = text(package, "name").unwrap_or(member);
        let Some(promised) = text(package, "rust_version") else {
            return Err(Failure::new(format!("{name} does not declare a `rust-version`")));
        };
        for dependency in reachable(member, &dependencies) {
            let Some(package) = packages.get(dependency) else { continue };
            let (Some(other), Some(version)) = (text(package, "name"), text(package, "version")) else { continue };
            let Some(needed) = text(package, "rust_version") else { continue };
            if rust_version(needed)? > rust_version(promised)? {
                violations.push(format!("{name} declares Rust {promised}, but {other} {version} needs {needed}"));
            }
        }
    }
    Ok(violations)
}

/// The ids of all direct and indirect dependencies of a package.
fn reachable<'a>(package: &'a str, dependencies: &BTreeMap<&'a str, &'a Value>) -> BTreeSet<&'a str> {
    let (mut found, mut open) = (BTreeSet::new(), vec![package]);
    while let Some(next) = open.pop() {
        let direct = items(dependencies.get(next).copied()).filter_map(Value::as_str);
        open.extend(direct.filter(|id| found.insert(*id)));
    }
    found
}

fn items(array: Option<&Value>) -> impl Iterator<Item = &Value> {
    array.and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object.get(key).and_then(Value::as_str)
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
    fn lists_packages_that_need_a_newer_rust_than_their_dependent() {
        let metadata = r#"{
            "packages": [
                {"id": "a", "name": "talkable-api", "version": "0.1.0", "rust_version": "1.88"},
                {"id": "b", "name": "outbox", "version": "0.1.0", "rust_version": "1.94"},
                {"id": "c", "name": "old", "version": "1.0.0", "rust_version": "1.9"},
                {"id": "d", "name": "new", "version": "2.0.0", "rust_version": "1.90.0"},
                {"id": "e", "name": "newest", "version": "3.0.0", "rust_version": "1.95"}],
            "workspace_members": ["a", "b"],
            "resolve": {"nodes": [
                {"id": "a", "dependencies": ["c"]},
                {"id": "b", "dependencies": ["a", "d"]},
                {"id": "c", "dependencies": []},
                {"id": "d", "dependencies": ["e"]}]}}"#;
        assert_eq!(violations(metadata).unwrap(), ["outbox declares Rust 1.94, but newest 3.0.0 needs 1.95"]);
        let direct = metadata.replace(r#""dependencies": ["c"]"#, r#""dependencies": ["d"]"#);
        assert_eq!(violations(&direct).unwrap().len(), 3);
    }

    #[test]
    fn compares_versions_as_numbers() {
        assert!(rust_version("1.9").unwrap() < rust_version("1.88").unwrap());
        assert_eq!(rust_version("1.88").unwrap(), rust_version("1.88.0").unwrap());
        assert!(rust_version("nightly").is_err());
    }
}
