//! Limits the memory needed for a document.
//!
//! A value takes up to a few hundred bytes of memory, even if its text is a single character. Two things can multiply this amount:
//! an alias repeats the values of its anchor, which can contain further aliases, and the JSON pointer of each value repeats the
//! keys of all its ancestors.

use serde_json::Value;

use crate::{Diagnostic, Result};

/// The maximum size of a file in bytes. The largest published descriptions have a size of a few dozen megabytes.
const MAX_BYTES: usize = 64 << 20;

/// The maximum number of values in a file. A description of 13 MB has 550,000 values.
const MAX_VALUES: usize = 2_000_000;

/// The maximum depth of nested lists and maps. The depth is limited, because later stages are recursive. Real descriptions have at
/// most a few dozen levels.
pub(super) const MAX_DEPTH: usize = 100;

/// The maximum number of values repeated by anchors and aliases. Handwritten descriptions repeat at most a few hundred values.
pub(crate) const MAX_REPEATED: usize = 500_000;

/// A string counts as one additional value for each sequence of this many bytes.
const TEXT_LENGTH: usize = 32;

/// The maximum total length of all JSON pointers, as a multiple of the file size. In real descriptions, the ratio is about six.
const POINTER_RATIO: usize = 40;

/// Rejects a file that is larger than [`MAX_BYTES`].
pub(super) fn size(bytes: &[u8]) -> Result<()> {
    if bytes.len() <= MAX_BYTES {
        return Ok(());
    }
    let error = Diagnostic::error(format!("the file is larger than {} MiB", MAX_BYTES >> 20)).on_line(1);
    Err(error.help("check that the file is an OpenAPI document"))
}

/// Counts values and the lengths of pointers while a document is read, and returns an error if a limit is exceeded.
#[derive(Debug)]
pub(super) struct Budget {
    /// The total number of bytes still available for pointers.
    pointer_bytes: usize,
    /// The number of values so far, including those repeated by aliases.
    values: usize,
    /// The number of values copied for anchors and aliases so far.
    repeated: usize,
}

impl Budget {
    pub(super) fn new(text: &str) -> Self {
        let pointer_bytes = text.len().saturating_mul(POINTER_RATIO).saturating_add(1 << 20);
        Self { pointer_bytes, values: 0, repeated: 0 }
    }

    /// Returns the number of values so far, including those repeated by aliases.
    pub(super) fn values(&self) -> usize {
        self.values
    }

    /// Counts a key or a value. A long `text` counts as several values.
    pub(super) fn count(&mut self, text: &str) -> Result<()> {
        self.values += 1 + text.len() / TEXT_LENGTH;
        if self.values > MAX_VALUES {
            let error = Diagnostic::error(format!("the file contains more than {MAX_VALUES} values"));
            return Err(error.help("shorten the examples, or remove paths that you don't need"));
        }
        Ok(())
    }

    /// Counts the values that an alias adds to the document.
    pub(super) fn alias(&mut self, count: usize) -> Result<()> {
        self.values += count;
        self.repeat(count)
    }

    /// Counts values that are copied for an anchor or an alias.
    pub(super) fn repeat(&mut self, count: usize) -> Result<()> {
        self.repeated = self.repeated.saturating_add(count);
        if self.repeated > MAX_REPEATED {
            let error = Diagnostic::error(format!("aliases in the file repeat more than {MAX_REPEATED} values"));
            return Err(error.help("write shared parts once, under `components`, and refer to them with `$ref`"));
        }
        Ok(())
    }

    /// Adds the length of a pointer to the total length of all pointers.
    pub(super) fn pointer(&mut self, pointer: &str) -> Result<()> {
        let rest = self.pointer_bytes.checked_sub(pointer.len()).ok_or_else(|| {
            let error = Diagnostic::error("the keys that enclose many values are too long").at(shortened(pointer));
            error.help("shorten the keys; names and paths usually have a few dozen letters")
        })?;
        self.pointer_bytes = rest;
        Ok(())
    }
}

/// Shortens a pointer that may be too long for a message.
pub(super) fn shortened(pointer: &str) -> String {
    pointer.chars().take(200).collect()
}

/// Counts a value and all values inside it. Long keys and strings count as several values, as for [`MAX_REPEATED`].
pub(crate) fn weight(value: &Value) -> usize {
    match value {
        Value::Object(entries) => {
            1 + entries.iter().map(|(key, value)| 1 + key.len() / TEXT_LENGTH + weight(value)).sum::<usize>()
        }
        Value::Array(items) => 1 + items.iter().map(weight).sum::<usize>(),
        Value::String(text) => 1 + text.len() / TEXT_LENGTH,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use crate::load;

    #[test]
    fn counts_the_values_of_nested_aliases() {
        let list = |of: &str| format!("[{}]", vec![of; 100].join(", "));
        let text = format!("a: &a {}\nb: &b {}\nc: &c {}\nd: [*c,\n  *c]\n", list("1"), list("*a"), list("*b"));
        let error = load("a.yaml", text.as_bytes()).unwrap_err();
        assert!(error.message.contains("repeat more than 500000 values"), "{error}");
        assert_eq!(error.line(), Some(3));
        assert!(load("a.yaml", text.replace("c: &c", "c: 1 #").replace("*c", "*b").as_bytes()).is_ok());
    }

    #[test]
    fn counts_a_long_string_as_several_values() {
        let long = "x".repeat(10_000);
        for anchored in [format!("\"{long}\""), format!("{{? \"{long}\" : 1}}")] {
            let text = |count| format!("a: &a {anchored}\nb: [{}]\n", vec!["*a"; count].join(", "));
            let error = load("a.yaml", text(2_000).as_bytes()).unwrap_err();
            assert!(error.message.contains("repeat more than 500000 values"), "{error}");
            load("a.yaml", text(1_000).as_bytes()).expect("the values are within the limit");
        }
    }

    #[test]
    fn rejects_long_keys_around_many_values() {
        let text = format!("{{\"{}\": [{}]}}\n", "k".repeat(100_000), vec!["1"; 1_000].join(","));
        let error = load("a.yaml", text.as_bytes()).unwrap_err();
        assert!(error.message.contains("too long"), "{error}");
        assert_eq!(error.line(), Some(1));
    }
}
