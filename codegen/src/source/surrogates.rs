//! Replaces escaped surrogate pairs, which YAML does not support. JSON uses them for characters beyond the Basic Multilingual Plane.

use std::borrow::Cow;

/// Replaces every escaped surrogate pair with its character. The line numbers stay the same.
pub(crate) fn without_surrogates(text: &str) -> Cow<'_, str> {
    let mut result = String::new();
    let mut rest = text;
    let mut changed = false;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        result.push_str(before);
        let character = pair(escape);
        result.extend(character);
        changed |= character.is_some();
        // In an escaped backslash, the second backslash does not begin an escape.
        let end = if character.is_some() { 12 } else { 1 + escape.chars().nth(1).map_or(0, char::len_utf8) };
        let (skipped, after) = escape.split_at(end);
        if character.is_none() {
            result.push_str(skipped);
        }
        rest = after;
    }
    if !changed {
        return Cow::Borrowed(text);
    }
    result.push_str(rest);
    Cow::Owned(result)
}

/// Decodes the two escapes at the start of `text`, if they are a surrogate pair.
fn pair(text: &str) -> Option<char> {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok()).flatten()
    };
    let mut characters = char::decode_utf16([unit(0)?, unit(6)?]);
    characters.next()?.ok().filter(|_| characters.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_only_pairs() {
        for (text, expected) in [
            (r#"{"a": "x\uD83D\ude00y\n"}"#, "{\"a\": \"x\u{1f600}y\\n\"}"),
            (r"\\ud83d\ude00", r"\\ud83d\ude00"),
            (r"\\\ud83d\ude00", "\\\\\u{1f600}"),
            (
                r"\ud83d \ude00 \u00e9\u00e9 \ud83d\ud83d \u+83d\ude00",
                r"\ud83d \ude00 \u00e9\u00e9 \ud83d\ud83d \u+83d\ude00",
            ),
            ("é\\é\\", "é\\é\\"),
        ] {
            assert_eq!(without_surrogates(text), expected);
        }
    }
}
