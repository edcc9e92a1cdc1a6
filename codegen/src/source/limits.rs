//! How much a document may grow while it is read: a text of some bytes must not take the memory of a thousand times as many.
//!
//! Two things grow without the text. An alias repeats what its anchor holds, and that may hold aliases itself. And each value is
//! noted under its pointer, in which all keys around it are repeated.

use std::collections::HashMap;

use serde_json::Value;

use crate::{Diagnostic, Result};

/// How many values aliases may repeat. Descriptions that are written by people repeat a few hundred. A long text counts as several.
pub(crate) const MAX_REPEATED: usize = 500_000;

/// How many bytes of a text take as much room as a value.
const BYTES: usize = 32;

/// How many bytes of pointers there may be for each byte of text. Real descriptions have about six.
const POINTER_RATIO: usize = 40;

/// What is left for a document.
#[derive(Debug)]
pub(crate) struct Budget {
    pointer_bytes: usize,
    /// The values read so far, those of aliases included.
    values: usize,
    repeated: usize,
    /// The anchors of the open containers, each with the number of values before it.
    open: Vec<(usize, usize)>,
    /// The number of values that each anchor holds.
    anchors: HashMap<usize, usize>,
}

impl Budget {
    pub(crate) fn new(text: &str) -> Self {
        let pointer_bytes = text.len().saturating_mul(POINTER_RATIO).saturating_add(1 << 20);
        Self { pointer_bytes, values: 0, repeated: 0, open: Vec::new(), anchors: HashMap::new() }
    }

    /// Notes a scalar, be it a value or a key. Anchors are numbered from one; zero is none.
    pub(crate) fn scalar(&mut self, anchor: usize, text: &str) {
        let count = 1 + text.len() / BYTES;
        self.values += count;
        self.anchors.insert(anchor, count);
    }

    /// Notes that a list or a map begins.
    pub(crate) fn begin(&mut self, anchor: usize) {
        self.open.push((anchor, self.values));
        self.values += 1;
    }

    /// Notes that the innermost list or map ends.
    pub(crate) fn end(&mut self) {
        if let Some((anchor, before)) = self.open.pop() {
            self.anchors.insert(anchor, self.values - before);
        }
    }

    /// Takes what an alias repeats.
    pub(crate) fn alias(&mut self, anchor: usize) -> Result<()> {
        let count = self.anchors.get(&anchor).copied().unwrap_or(1);
        self.values = self.values.saturating_add(count);
        self.repeated = self.repeated.saturating_add(count);
        if self.repeated > MAX_REPEATED {
            let error = Diagnostic::error(format!("the aliases of the file repeat more than {MAX_REPEATED} values"));
            return Err(error.help("write a shared part once, under `components`, and refer to it by `$ref`"));
        }
        Ok(())
    }

    /// Takes a pointer.
    pub(crate) fn pointer(&mut self, pointer: &str) -> Result<()> {
        match self.pointer_bytes.checked_sub(pointer.len()) {
            Some(left) => {
                self.pointer_bytes = left;
                Ok(())
            }
            None => {
                // The pointer may be longer than any reader wants to see.
                let short: String = pointer.chars().take(200).collect();
                let error =
                    Diagnostic::error("the keys around these values are too long to repeat them for each").at(short);
                Err(error.help("shorten the keys; names and paths have a few dozen letters"))
            }
        }
    }
}

/// How many values a value holds, in the measure of [`MAX_REPEATED`].
pub(crate) fn weight(value: &Value) -> usize {
    match value {
        Value::Object(entries) => {
            1 + entries.iter().map(|(key, value)| 1 + key.len() / BYTES + weight(value)).sum::<usize>()
        }
        Value::Array(items) => 1 + items.iter().map(weight).sum::<usize>(),
        Value::String(text) => 1 + text.len() / BYTES,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use crate::load;

    #[test]
    fn aliases_of_aliases_are_counted_whole() {
        let list = |of: &str| format!("[{}]", vec![of; 100].join(", "));
        let text = format!("a: &a {}\nb: &b {}\nc: &c {}\nd: [*c,\n  *c]\n", list("1"), list("*a"), list("*b"));
        let error = load("a.yaml", text.as_bytes()).unwrap_err();
        assert!(error.message.contains("repeat more than 500000 values"), "{error}");
        assert_eq!(error.line(), Some(3));
        assert!(load("a.yaml", text.replace("c: &c", "c: 1 #").replace("*c", "*b").as_bytes()).is_ok());
    }

    #[test]
    fn long_texts_count_as_several_values() {
        let long = "x".repeat(10_000);
        for anchored in [format!("\"{long}\""), format!("{{? \"{long}\" : 1}}")] {
            let text = |count| format!("a: &a {anchored}\nb: [{}]\n", vec!["*a"; count].join(", "));
            let error = load("a.yaml", text(2_000).as_bytes()).unwrap_err();
            assert!(error.message.contains("repeat more than 500000 values"), "{error}");
            load("a.yaml", text(1_000).as_bytes()).expect("that is not too much");
        }
    }

    #[test]
    fn long_keys_around_many_values_are_refused() {
        let text = format!("{{\"{}\": [{}]}}\n", "k".repeat(100_000), vec!["1"; 1_000].join(","));
        let error = load("a.yaml", text.as_bytes()).unwrap_err();
        assert!(error.message.contains("too long"), "{error}");
        assert_eq!(error.line(), Some(1));
    }
}
