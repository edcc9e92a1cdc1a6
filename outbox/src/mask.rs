//! Masks e-mail addresses in text that operators see.

/// Replaces the local part of each e-mail address, except its first character, and the domain with `***`.
pub(crate) fn mask(text: &str) -> String {
    let is_part = |character: char| character.is_alphanumeric() || "._%+-!#$&'*/=?^`{|}~".contains(character);
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('@') {
        let local = before.rfind(|character| !is_part(character)).map_or(before, |at| {
            before
                .get(at..)
                .and_then(|tail| tail.char_indices().nth(1).and_then(|(next, _)| tail.get(next..)))
                .unwrap_or("")
        });
        masked.push_str(before.strip_suffix(local).unwrap_or(before));
        masked.extend(local.chars().next());
        masked.push_str("***@***");
        rest = after.trim_start_matches(is_part);
    }
    masked.push_str(rest);
    masked
}

/// The maximum number of characters of a stored error.
const LONGEST: usize = 500;

/// Converts an error to text for the database: masked, shortened, and without the NUL characters that PostgreSQL does
/// not accept.
pub(crate) fn summary(error: &str) -> String {
    mask(error).chars().filter(|character| *character != '\0').take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::{mask, summary};

    #[test]
    fn a_summary_can_be_stored() {
        assert_eq!(summary("a\0b jane@example.com"), "ab j***@***");
        assert_eq!(summary(&"é".repeat(1000)).chars().count(), 500);
    }

    #[test]
    fn masks_addresses_and_keeps_other_text() {
        assert_eq!(mask("order-1042"), "order-1042");
        assert_eq!(mask("jane@example.com"), "j***@***");
        assert_eq!(mask("member:jane.doe+x@example.com, (joe@x.org) @"), "member:j***@***, (j***@***) ***@***");
        assert_eq!(mask("é:ü@ö.de"), "é:ü***@***");
    }
}
