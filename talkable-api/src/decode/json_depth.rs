//! Enforces nesting limits that are lower than the decoder's own limit.

/// The nesting limit of `serde_json`.
pub(crate) const MAX: usize = 127;

/// Returns the offset at which the nesting of a body first exceeds the limit, if it does. The body can be malformed
/// JSON.
pub(crate) fn excess(body: &[u8], limit: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut is_string = false;
    let mut bytes = body.iter().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => is_string = !is_string,
            b'\\' if is_string => drop(bytes.next()),
            b'{' | b'[' if !is_string => {
                depth += 1;
                if depth > limit {
                    return Some(at);
                }
            }
            b'}' | b']' if !is_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn nested(levels: usize) -> String {
        format!("{}{}", "[".repeat(levels), "]".repeat(levels))
    }

    #[test]
    fn counts_levels_outside_strings() {
        for (body, limit, expected) in [
            ("7", 0, None),
            ("[]", 0, Some(0)),
            (r#"{"a":[1],"b":[2],"c":{}}"#, 2, None),
            (r#"{"a":[1],"b":[[2]]}"#, 2, Some(14)),
            (r#"{"a[[[":"[[\"[[","b\\":[]}"#, 2, None),
            (r#"{"a":"\\","b":[[]]}"#, 2, Some(15)),
            ("]]]]{[[", 2, Some(6)),
            ("\"\\", 0, None),
        ] {
            assert_eq!(excess(body.as_bytes(), limit), expected, "{body}");
        }
    }

    #[test]
    fn the_maximum_matches_the_decoder() {
        for (levels, fits) in [(MAX, true), (MAX + 1, false)] {
            assert_eq!(serde_json::from_str::<Value>(&nested(levels)).is_ok(), fits);
            assert_eq!(excess(nested(levels).as_bytes(), MAX).is_none(), fits);
        }
    }
}
