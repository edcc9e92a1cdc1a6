//! The oldest Rust that the workspace promises to build with, held against what its dependencies ask for.
//!
//! ```
//! let metadata = r#"{"packages": [{"name": "new", "version": "1.0.0", "rust_version": "1.90"}]}"#;
//! assert_eq!(xtask::msrv::violations(metadata, "1.88").unwrap(), ["new 1.0.0 needs Rust 1.90"]);
//! ```

use serde_json::Value;

/// The dependencies, in the output of `cargo metadata`, that need a newer Rust than `promised`.
///
/// # Errors
///
/// When the text is not what `cargo metadata` prints, or a version is not one.
pub fn violations(metadata: &str, promised: &str) -> Result<Vec<String>, String> {
    let promised = version(promised)?;
    let metadata: Value = serde_json::from_str(metadata).map_err(|error| error.to_string())?;
    let packages = metadata.get("packages").and_then(Value::as_array).ok_or("there are no packages in the metadata")?;
    let mut violations = Vec::new();
    for package in packages {
        let text = |key: &str| package.get(key).and_then(Value::as_str);
        if let Some(asked) = text("rust_version")
            && version(asked)? > promised
        {
            let (name, version) = (text("name").unwrap_or("?"), text("version").unwrap_or("?"));
            violations.push(format!("{name} {version} needs Rust {asked}"));
        }
    }
    Ok(violations)
}

/// `1.88` and `1.88.0` are the same version.
fn version(text: &str) -> Result<[u32; 3], String> {
    let mut version = [0; 3];
    let mut parts = text.split(['-', '+']).next().unwrap_or_default().split('.');
    for place in &mut version {
        if let Some(part) = parts.next() {
            *place = part.parse().map_err(|_| format!("`{text}` is not a version of Rust"))?;
        }
    }
    Ok(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(version("1.9").unwrap() < version("1.88").unwrap());
        assert_eq!(version("1.88").unwrap(), version("1.88.0").unwrap());
        assert!(version("nightly").is_err());
    }
}
