//! Reads YAML in the same way as libyaml, the library used by Ruby and Python.

use std::borrow::Cow;
use std::ops::Range;

use libyaml_safer::{
    BOOL_TAG, Encoding, Error, Event, EventData, FLOAT_TAG, INT_TAG, Mark, NULL_TAG, Parser, ScalarStyle,
};
use serde_json::{Number, Value};

use crate::source::span::Span;
use crate::source::tree::{Read, Tree, invalid};
use crate::{Diagnostic, Result};

/// Reads the first YAML document in `text`. Any further documents must be empty.
pub(super) fn read(text: &str) -> Result<Read> {
    if let Some((offset, character)) = text.char_indices().find(|(_, character)| is_control(*character)) {
        let reason = format!("the control character U+{:04X} is not allowed", u32::from(character));
        return Err(invalid(&reason, Span::after(text.get(..offset).unwrap_or_default())));
    }
    let text = without_blank_tabs(text);
    let (text, gap) = padded(&text);
    let mut parser = Parser::new();
    parser.set_encoding(Encoding::Utf8);
    parser.set_input(text.as_bytes());
    let mut tree = Tree::new(&text);
    let (mut is_complete, mut second) = (false, Span::line(1));
    loop {
        let Event { data, start_mark, end_mark, .. } = parser.parse().map_err(|error| syntax(&error, &text))?;
        let range = offset(start_mark)..offset(end_mark);
        match data {
            EventData::StreamEnd => return Ok(tree.finish()),
            EventData::DocumentEnd { .. } => is_complete = true,
            EventData::DocumentStart { .. } => second = tree.span(range),
            EventData::Scalar { value, .. } if is_complete && value.is_empty() => {}
            _ if is_complete => {
                let error = Diagnostic::error("the file contains more than one document").on(second);
                return Err(error.help("keep one document in each file"));
            }
            EventData::Scalar { anchor, tag, value, style, .. } => {
                let value = if gap.is_empty() { value } else { value.replace(&gap, "") };
                scalar(&mut tree, value, anchor, tag.as_deref(), style, range)?;
            }
            EventData::Alias { anchor } => tree.alias(&anchor, range)?,
            EventData::SequenceStart { anchor, .. } => tree.begin_list(anchor, range.start)?,
            EventData::MappingStart { anchor, .. } => tree.begin_map(anchor, range.start)?,
            EventData::SequenceEnd | EventData::MappingEnd => tree.end()?,
            EventData::StreamStart { .. } => {}
        }
    }
}

fn is_control(character: char) -> bool {
    (character.is_control() && !['\t', '\n', '\r', '\u{85}'].contains(&character))
        || ['\u{fffe}', '\u{ffff}'].contains(&character)
}

/// Replaces tabs with spaces on blank lines that begin with a tab. YAML allows such lines, but libyaml rejects them. A line that
/// begins with a tab is never a part of a block scalar, so no value changes.
fn without_blank_tabs(text: &str) -> Cow<'_, str> {
    if !text.contains("\n\t") {
        return Cow::Borrowed(text);
    }
    let lines = text.split_inclusive('\n').map(|line| {
        let is_blank = line.starts_with('\t') && line.trim().is_empty();
        if is_blank { Cow::Owned(line.replace('\t', " ")) } else { Cow::Borrowed(line) }
    });
    lines.collect::<String>().into()
}

/// Works around two panics in `libyaml_safer`: one if the text doesn't end with a line break, and one if a comma directly follows
/// a tag. Returns the text with a final line break and with padding before each such comma. Also returns the padding, which the
/// caller must remove from scalars that contain it.
fn padded<'t>(text: &'t str) -> (Cow<'t, str>, String) {
    let in_tag = |character: char| character.is_ascii_alphanumeric() || "-;/?:@&=+$.~*'()%_".contains(character);
    let ends_with_tag = |part: &str| part.ends_with('>') || part.trim_end_matches(in_tag).ends_with('!');
    let before_tag_comma = |part: &'t str| part.strip_suffix(',').filter(|part| ends_with_tag(part));
    let (mut padded, mut gap) = (Cow::Borrowed(text), String::new());
    if text.split_inclusive(',').any(|part| before_tag_comma(part).is_some()) {
        // The padding is longer than any run of tabs in a scalar. Such a run consists of tabs, escapes such as `\x09`, and
        // escaped line breaks.
        let in_run = |character: char| "\\tuxU09".contains(character) || character.is_whitespace();
        let longest = text.split(|character| !in_run(character)).map(str::len).max().unwrap_or_default();
        gap = "\t".repeat(longest + 1);
        let parts = text.split_inclusive(',').map(|part| match before_tag_comma(part) {
            Some(part) => Cow::Owned(format!("{part}{gap},")),
            None => Cow::Borrowed(part),
        });
        padded = parts.collect::<String>().into();
    }
    if !padded.ends_with('\n') {
        padded.to_mut().push('\n');
    }
    (padded, gap)
}

fn offset(mark: Mark) -> usize {
    usize::try_from(mark.index).unwrap_or(usize::MAX)
}

fn syntax(error: &Error, text: &str) -> Diagnostic {
    let end = text.trim_end().len();
    let place = error.problem_mark().map_or(end, offset).min(end);
    let context = error.context().map(|context| format!("{context}, ")).unwrap_or_default();
    invalid(&format!("{context}{}", error.problem()), Span::after(text.get(..place).unwrap_or_default()))
}

fn scalar(
    tree: &mut Tree<'_>,
    text: String,
    anchor: Option<String>,
    tag: Option<&str>,
    style: ScalarStyle,
    range: Range<usize>,
) -> Result<()> {
    if tree.expects_key() {
        let before = tree.values();
        tree.key(&text, range)?;
        return anchor.map_or(Ok(()), |anchor| tree.remember(anchor, text.into(), before, 0));
    }
    let is_text = match tag {
        None => style != ScalarStyle::Plain,
        Some(NULL_TAG | BOOL_TAG | INT_TAG | FLOAT_TAG) => false,
        // Ruby marks strings with tags such as `!ruby/symbol` and `!ruby/string`.
        Some(tag) => style != ScalarStyle::Plain || !tag.starts_with('!') || tag == "!" || tag.starts_with("!ruby/s"),
    };
    let value = if is_text { Some(Value::String(text)) } else { plain(text) };
    let Some(value) = value else {
        let error = Diagnostic::error("a number is infinite or NaN");
        let error = error.help("write a finite number, or quote the value if it is a string");
        return Err(tree.reject(error, range));
    };
    tree.scalar(value, anchor, range)
}

/// Converts an unquoted scalar to a value according to the core schema of YAML 1.2. Returns `None` if the scalar is an infinite
/// number or NaN.
fn plain(text: String) -> Option<Value> {
    Some(match text.as_str() {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => true.into(),
        "false" | "False" | "FALSE" => false.into(),
        ".nan" | ".NaN" | ".NAN" => return None,
        _ => match text.strip_prefix(['+', '-']).unwrap_or(&text) {
            ".inf" | ".Inf" | ".INF" => return None,
            _ => number(&text).map_or(Value::String(text), Value::Number),
        },
    })
}

/// Reads a number, or returns `None` if the text is not a number. A decimal integer with more than 64 bits is read as a
/// floating-point number, as in JSON.
fn number(text: &str) -> Option<Number> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (radix, rest) = match digits.get(..2) {
        Some("0x") => (16, digits.get(2..)?),
        Some("0o") => (8, digits.get(2..)?),
        Some("0b") => (2, digits.get(2..)?),
        _ => (10, digits),
    };
    if rest.starts_with(['+', '-']) {
        return None;
    }
    let is_integer = rest.bytes().all(|byte| byte.is_ascii_digit());
    // A value with leading zeros is read as a string, because it can be a code or a telephone number.
    if radix == 10 && is_integer && rest.len() > 1 && rest.starts_with('0') {
        return None;
    }
    let signed = format!("{sign}{rest}");
    let exact = u64::from_str_radix(&signed, radix).map(Number::from);
    let exact = exact.or_else(|_| i64::from_str_radix(&signed, radix).map(Number::from));
    exact.ok().or_else(|| (radix == 10).then(|| signed.parse().ok().and_then(Number::from_f64)).flatten())
}
