//! Reads JSON with the position of each value. `serde_json` decodes the strings and numbers.

use serde_json::Value;

use crate::Diagnostic;
use crate::source::tree::{Read, Tree};

/// Reads JSON. Returns `None` if the text is not JSON, and an error if the text is rejected for another reason, such as a repeated
/// key.
pub(super) fn read(text: &str) -> crate::Result<Option<Read>> {
    let mut reader = Reader { text, offset: 0, tree: Tree::new(text) };
    match reader.value() {
        Ok(()) => Ok(reader.next().is_none().then(|| reader.tree.finish())),
        Err(Failure::NotJson) => Ok(None),
        Err(Failure::Rejected(error)) => Err(error),
    }
}

enum Failure {
    NotJson,
    Rejected(Diagnostic),
}

impl From<Diagnostic> for Failure {
    fn from(error: Diagnostic) -> Self {
        Self::Rejected(error)
    }
}

type Result<T = ()> = std::result::Result<T, Failure>;

struct Reader<'t> {
    text: &'t str,
    offset: usize,
    tree: Tree<'t>,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.offset..).unwrap_or_default()
    }

    /// Skips whitespace, and returns the next byte without skipping it.
    fn next(&mut self) -> Option<u8> {
        let rest = self.rest();
        let trimmed = rest.trim_start_matches([' ', '\t', '\n', '\r']);
        self.offset += rest.len() - trimmed.len();
        trimmed.bytes().next()
    }

    /// Skips whitespace, and the next byte if it is equal to `byte`. Returns whether that byte was skipped.
    fn skip(&mut self, byte: u8) -> bool {
        let found = self.next() == Some(byte);
        self.offset += usize::from(found);
        found
    }

    fn value(&mut self) -> Result {
        self.next();
        let start = self.offset;
        if self.skip(b'{') {
            self.tree.begin_map(None, start)?;
            self.items(b'}', Self::entry)
        } else if self.skip(b'[') {
            self.tree.begin_list(None, start)?;
            self.items(b']', Self::value)
        } else {
            let value = self.scalar()?;
            Ok(self.tree.scalar(value, None, start..self.offset)?)
        }
    }

    /// Reads a list or map after its opening bracket. `close` is the closing bracket, and `item` reads one item or entry.
    fn items(&mut self, close: u8, item: fn(&mut Self) -> Result) -> Result {
        if !self.skip(close) {
            item(self)?;
            while self.skip(b',') {
                item(self)?;
            }
            if !self.skip(close) {
                return Err(Failure::NotJson);
            }
        }
        Ok(self.tree.end()?)
    }

    fn entry(&mut self) -> Result {
        self.next();
        let start = self.offset;
        let Value::String(key) = self.scalar()? else { return Err(Failure::NotJson) };
        self.tree.key(&key, start..self.offset)?;
        if self.skip(b':') { self.value() } else { Err(Failure::NotJson) }
    }

    fn scalar(&mut self) -> Result<Value> {
        let rest = self.rest();
        let length = match rest.strip_prefix('"') {
            Some(string) => {
                let mut is_escaped = false;
                let end = string.bytes().position(|byte| {
                    let is_end = byte == b'"' && !is_escaped;
                    is_escaped = byte == b'\\' && !is_escaped;
                    is_end
                });
                end.map(|end| end + 2)
            }
            None => rest.find([',', ']', '}', ' ', '\t', '\n', '\r']),
        };
        let text = length.and_then(|length| rest.get(..length)).ok_or(Failure::NotJson)?;
        self.offset += text.len();
        serde_json::from_str(text).map_err(|_| Failure::NotJson)
    }
}
