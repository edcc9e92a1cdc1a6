//! Limits the memory needed for a document in proportion to the length of its text.
//!
//! Two things multiply the memory. An alias repeats the values of its anchor, which can contain further aliases. The JSON pointer
//! of each value repeats all keys above the value.

use std::collections::HashMap;

use serde_json::Value;

use crate::{Diagnostic, Result};

/// The maximum number of values repeated by aliases. Handwritten descriptions repeat a few hundred values.
pub(crate) const MAX_REPEATED: usize = 500_000;

/// The number of bytes in a string that count as one additional value.
const TEXT_LENGTH: usize = 32;

/// The maximum total length of all pointers, as a multiple of the file size. In real descriptions, the ratio is about six.
const POINTER_RATIO: usize = 40;

/// Tracks the limits while a document is read: the number of values so far, and the pointer length that remains.
#[derive(Debug)]
pub(crate) struct Budget {
    pointer_bytes: usize,
    /// The number of values read so far, including those repeated by aliases.
    values: usize,
    repeated: usize,
    /// The anchors of the open lists and maps, each with the number of values read before the list or map.
    open: Vec<(usize, usize)>,
    /// The number of values in each anchored value, by anchor.
    anchors: HashMap<usize, usize>,
}

impl Budget {
    pub(crate) fn new(text: &str) -> Self {
        let pointer_bytes = text.len().saturating_mul(POINTER_RATIO).saturating_add(1 << 20);
        Self { pointer_bytes, values: 0, repeated: 0, open: Vec::new(), anchors: HashMap::new() }
    }

    /// Counts a scalar value or key. Anchors are numbered from one, and zero means that there is no anchor.
    pub(crate) fn scalar(&mut self, anchor: usize, text: &str) {
        let count = 1 + text.len() / TEXT_LENGTH;
        self.values += count;
        self.anchors.insert(anchor, count);
    }

    /// Counts the start of a list or map.
    pub(crate) fn begin(&mut self, anchor: usize) {
        self.open.push((anchor, self.values));
        self.values += 1;
    }

    /// Counts the end of the innermost list or map.
    pub(crate) fn end(&mut self) {
        if let Some((anchor, before)) = self.open.pop() {
            self.anchors.insert(anchor, self.values - before);
        }
    }

    /// Counts the values repeated by an alias.
    pub(crate) fn alias(&mut self, anchor: usize) -> Result<()> {
        let count = self.anchors.get(&anchor).copied().unwrap_or(1);
        self.values = self.values.saturating_add(count);
        self.repeated = self.repeated.saturating_add(count);
        if self.repeated > MAX_REPEATED {
            let error = Diagnostic::error(format!("aliases in the file repeat more than {MAX_REPEATED} values"));
            return Err(error.help("write shared parts once, under `components`, and refer to them with `$ref`"));
        }
        Ok(())
    }

    /// Counts the length of a pointer.
    pub(crate) fn pointer(&mut self, pointer: &str) -> Result<()> {
        let rest = self.pointer_bytes.checked_sub(pointer.len()).ok_or_else(|| {
            let error = Diagnostic::error("the keys above many values are too long").at(shortened(pointer));
            error.help("shorten the keys; names and paths have a few dozen letters")
        })?;
        self.pointer_bytes = rest;
        Ok(())
    }
}

/// Shortens a pointer that may be too long for a message.
pub(crate) fn shortened(pointer: &str) -> String {
    pointer.chars().take(200).collect()
}

/// Counts the values inside a value, in the same way as for [`MAX_REPEATED`].
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
