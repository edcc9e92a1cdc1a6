//! Summarizes many diagnostics of one kind.

use std::collections::BTreeMap;

use codegen::{Diagnostic, Severity};

/// The number of diagnostics of one kind that are shown in full.
const SHOWN: usize = 5;

/// Returns the first few diagnostics of each kind. A diagnostic at the end states how many others of that kind there are.
pub(crate) fn summarized(diagnostics: &[Diagnostic]) -> Vec<Diagnostic> {
    let mut shown = Vec::new();
    let mut kinds: BTreeMap<(Severity, String), usize> = BTreeMap::new();
    for diagnostic in diagnostics {
        let number = kinds.entry((diagnostic.severity, kind(&diagnostic.message))).or_default();
        *number += 1;
        if *number <= SHOWN {
            shown.push(diagnostic.clone());
        }
    }
    shown.extend(kinds.into_iter().filter(|(_, number)| *number > SHOWN).map(|((severity, kind), number)| {
        let message = format!("{} more of this kind: {kind}", number - SHOWN);
        let diagnostic = match severity {
            Severity::Error => Diagnostic::error(message),
            Severity::Warning => Diagnostic::warning(message),
            Severity::Note => Diagnostic::left_out(message),
        };
        match severity {
            Severity::Note => diagnostic,
            _ => diagnostic.help("resolve those shown above, and run the command again to see the others"),
        }
    }));
    shown
}

/// Returns a message with an ellipsis in place of every name and number.
pub(crate) fn kind(message: &str) -> String {
    let mut kind = String::new();
    for (index, part) in message.split('`').enumerate() {
        if index % 2 == 1 {
            kind.push_str("`…`");
        } else {
            kind.extend(part.chars().map(|letter| if letter.is_ascii_digit() { '…' } else { letter }));
        }
    }
    while kind.contains("……") {
        kind = kind.replace("……", "…");
    }
    kind
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_first_of_each_kind() {
        let mut all: Vec<_> = (0..8).map(|index| Diagnostic::warning(format!("`a{index}` is line {index}"))).collect();
        all.push(Diagnostic::error("`a` is line 1"));
        let messages: Vec<_> = summarized(&all).iter().map(|it| it.message.clone()).collect();
        assert_eq!(messages.len(), 7);
        assert_eq!(messages[4..], ["`a4` is line 4", "`a` is line 1", "3 more of this kind: `…` is line …"]);
    }
}
