//! Limits the number of values in a response. Untyped fields use up to a hundred times as much memory as their JSON text.

/// The maximum number of values.
pub(crate) const MAX: usize = 2_000_000;

/// Returns the offset at which the number of values exceeds the limit, if it does. The body can be malformed JSON.
///
/// Bodies that are too short for that many values are not scanned.
pub(crate) fn excess(body: &[u8], limit: usize) -> Option<usize> {
    // Each value takes at least two bytes, such as a digit and a comma, except that the last one has no comma.
    if body.len().div_ceil(2) <= limit {
        return None;
    }
    let (mut values, mut is_string) = (1_usize, false);
    let mut bytes = body.iter().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => is_string = !is_string,
            b'\\' if is_string => drop(bytes.next()),
            b',' | b'[' | b'{' if !is_string => {
                values += 1;
                if values > limit {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_values_outside_strings() {
        for (body, limit, expected) in [
            ("[1,2,3]", 4, None),
            ("[1,2,3]", 3, Some(4)),
            (r#"["a,[{\",b",2]"#, 3, None),
            (r#"{"a":[1,2],"b":{}}"#, 5, Some(15)),
            (r#"{"a":[1,2],"b":{}}"#, 6, None),
            ("1", 0, None),
        ] {
            assert_eq!(excess(body.as_bytes(), limit), expected, "{body}");
        }
    }
}
