//! Tests which fields are untyped JSON in the bindings.

use std::fs;
use std::path::{Path, PathBuf};

/// The expected uses of untyped JSON: fields whose values or names are unknown, incentive options that are newer than the
/// bindings, and the payloads of unknown webhooks.
const UNKNOWN: [&str; 10] = [
    "AdvocateSignupEvent.loyalty_member",
    "CriteriaConfig.email_shares",
    "CriteriaConfig.others",
    "CriteriaConfig.sharing_channels",
    "FriendSignupEvent.loyalty_member",
    "LoyaltyAction.event",
    "Person.last_invited_by",
    "Person.referred_by",
    "WebhookPerson.loyalty_member",
    "payload: Value,",
];

#[test]
#[ignore = "the vendor may add and remove fields; `cargo xtask check todo` runs this test"]
fn nothing_is_left_untyped_except_unknown_fields() {
    let found: Vec<String> = sources().iter().flat_map(|path| untyped(path)).collect();
    let new: Vec<_> = found.iter().filter(|field| !UNKNOWN.contains(&field.as_str())).collect();
    assert!(new.is_empty(), "{new:?} are untyped; describe their types in the overlay, or add them to `UNKNOWN`");
    let typed: Vec<_> = UNKNOWN.iter().filter(|field| !found.iter().any(|it| it == *field)).collect();
    assert!(typed.is_empty(), "{typed:?} are no longer untyped; remove them from `UNKNOWN`");
    assert_eq!(found.len(), UNKNOWN.len(), "a field occurs twice in {found:?}");
}

/// Returns `Type.field` for each untyped field, and the whole line for every other use of `Value`.
fn untyped(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).expect("a generated file can be read");
    let mut record = "";
    let mut found = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with("//")) {
        if let Some(rest) = line.strip_prefix("pub struct ").or_else(|| line.strip_prefix("pub enum ")) {
            record = rest.split(|character: char| !character.is_alphanumeric()).next().unwrap_or_default();
        }
        let names = |part: &str| line.split(|character: char| !character.is_alphanumeric()).any(|word| word == part);
        if names("Value") && line != "use serde_json::Value;" {
            let field = line.strip_prefix("pub ").and_then(|rest| rest.split_once(": "));
            found.push(field.map_or_else(|| line.to_owned(), |(field, _)| format!("{record}.{field}")));
        }
    }
    found
}

fn sources() -> Vec<PathBuf> {
    let mut folders = vec![talkable_tests::workspace().join("talkable-api/src/generated")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder exists") {
            let path = entry.expect("the entry exists").path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    assert!(!files.is_empty());
    files
}
