//! Rust's names for the document's names: of types, fields, variants, methods and constants.
//!
//! A rule makes the name, [`Names`] keeps it apart from its neighbors, from Rust's keywords and from what generated code
//! must be able to say (`Option`, `Client` …). The same names in the same order always come out the same.

use std::collections::{HashMap, HashSet};

use heck::{ToShoutySnakeCase, ToSnakeCase, ToUpperCamelCase};

/// The words that Rust keeps for itself.
const KEYWORDS: &[&str] = &[
    "_", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
    "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super",
    "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// The types, traits and variants that generated code mentions, so that nothing of the document may be called so.
const TAKEN_TYPES: &[&str] = &[
    "Any",
    "AsRef",
    "BTreeMap",
    "Box",
    "Call",
    "Client",
    "Clone",
    "Copy",
    "DateTime",
    "Debug",
    "Decimal",
    "Default",
    "Delivery",
    "Deserialize",
    "Display",
    "Drop",
    "Entry",
    "Eq",
    "Err",
    "Error",
    "Event",
    "Fingerprint",
    "FixedOffset",
    "Fn",
    "From",
    "FromPayload",
    "Handlers",
    "Hash",
    "Into",
    "IntoIterator",
    "IntoReply",
    "Items",
    "Iterator",
    "NaiveDate",
    "NeedsAnswer",
    "None",
    "Ok",
    "Option",
    "Ord",
    "Page",
    "PartialEq",
    "PartialOrd",
    "Payload",
    "Rejection",
    "Reply",
    "Result",
    "Self",
    "Send",
    "Serialize",
    "Signed",
    "Sized",
    "Some",
    "String",
    "Sync",
    "ToOwned",
    "ToString",
    "Unpin",
    "Upload",
    "Value",
    "Vec",
    "Verifier",
];

/// What a resource may not be called: modules, features and methods of the client that exist without it.
const TAKEN_RESOURCES: &[&str] = &[
    "blocking",
    "builder",
    "bulk",
    "call",
    "call_info",
    "client",
    "clone",
    "decode",
    "default",
    "error",
    "fmt",
    "for_site",
    "from_env",
    "generated",
    "native_tls",
    "new",
    "observe",
    "operation",
    "request",
    "resources",
    "rustls",
    "rustls_no_provider",
    "send",
    "serialize",
    "set_api_key",
    "shared",
    "site_slug",
    "test",
    "throttle",
    "tracing",
    "types",
    "webhook",
    "webhook_axum",
    "webhooks",
];

/// Names of one kind in one place, each given only once.
#[derive(Debug)]
pub(crate) struct Names {
    given: HashSet<String>,
    /// The next number to try, by the name that is numbered.
    numbers: HashMap<String, usize>,
    taken: &'static [&'static str],
    suffix: &'static str,
}

impl Names {
    /// Names of types, in all of the crate.
    pub(crate) fn types() -> Self {
        Self { given: HashSet::new(), numbers: HashMap::new(), taken: TAKEN_TYPES, suffix: "Model" }
    }

    /// Names of resources: modules, cargo features and methods of the client.
    pub(crate) fn resources() -> Self {
        Self { given: HashSet::new(), numbers: HashMap::new(), taken: TAKEN_RESOURCES, suffix: "_api" }
    }

    /// Names of modules beside those that every resource has.
    pub(crate) fn modules() -> Self {
        Self { given: HashSet::new(), numbers: HashMap::new(), taken: &["methods", "results"], suffix: "_" }
    }

    /// Names of fields. `new` is the constructor beside their setters.
    pub(crate) fn fields() -> Self {
        Self { given: HashSet::new(), numbers: HashMap::new(), taken: &["new"], suffix: "_" }
    }

    /// Names of an enum's variants, beside the one for values that nobody knows yet.
    pub(crate) fn variants() -> Self {
        Self { given: HashSet::new(), numbers: HashMap::new(), taken: &["Self", "Unknown"], suffix: "Value" }
    }

    /// Names of a method's arguments, beside the fixed ones.
    pub(crate) fn arguments() -> Self {
        Self { given: HashSet::new(), numbers: HashMap::new(), taken: &["body", "data", "file", "query"], suffix: "_" }
    }

    /// Names that have only each other to fear, and are not Rust's.
    pub(crate) fn plain() -> Self {
        Self { given: HashSet::new(), numbers: HashMap::new(), taken: &[], suffix: "" }
    }

    /// The name itself if it is still free, otherwise one made from it.
    pub(crate) fn give(&mut self, name: &str) -> String {
        let mut base = name.to_owned();
        if KEYWORDS.contains(&name) && !self.suffix.is_empty() {
            base.push('_');
        } else if self.taken.contains(&name) {
            base.push_str(self.suffix);
        }
        let mut candidate = base.clone();
        // Numbers below have been tried for an earlier one of this name.
        let mut number = self.numbers.get(&base).copied().unwrap_or(2);
        while self.taken.contains(&candidate.as_str()) || !self.given.insert(candidate.clone()) {
            let gap = if base.contains(char::is_uppercase) || base.ends_with('_') { "" } else { "_" };
            candidate = format!("{base}{gap}{number}");
            number += 1;
        }
        if number > 2 {
            self.numbers.insert(base, number);
        }
        candidate
    }
}

/// The name of a type, before [`Names`] keeps it apart.
pub(crate) fn type_name(raw: &str) -> String {
    let ready =
        raw.starts_with(|first: char| first.is_ascii_uppercase()) && raw.chars().all(|c| c.is_ascii_alphanumeric());
    if ready { raw.to_owned() } else { solid(&ascii(raw).to_upper_camel_case(), "Unnamed", "N") }
}

/// The name of a field, argument, method or module, before [`Names`] keeps it apart.
pub(crate) fn snake(raw: &str) -> String {
    solid(&ascii(raw).to_snake_case(), "unnamed", "n")
}

/// The name of a constant, before [`Names`] keeps it apart.
pub(crate) fn constant(raw: &str) -> String {
    solid(&ascii(raw).to_shouty_snake_case(), "UNNAMED", "N")
}

/// The names of an enum's variants.
pub(crate) fn variants<'a>(values: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut names = Names::variants();
    let name = |value: &str| match value {
        "" => "Empty".to_owned(),
        value => solid(&ascii(value).to_upper_camel_case(), "Symbol", "N"),
    };
    values.into_iter().map(|value| names.give(&name(value))).collect()
}

/// A name as words of a sentence: `first_name` is "first name".
pub(crate) fn spoken(raw: &str) -> String {
    snake(raw).replace('_', " ").trim().to_owned()
}

/// The name of a list of such things.
pub(crate) fn plural(name: &str) -> String {
    let vowel_before_y = |stem: &str| stem.ends_with(['a', 'e', 'i', 'o', 'u']);
    if let Some(stem) = name.strip_suffix("person") {
        return format!("{stem}people");
    }
    match name.strip_suffix('y') {
        Some(stem) if !vowel_before_y(stem) => format!("{stem}ies"),
        _ if ["s", "x", "ch", "sh"].iter().any(|end| name.ends_with(end)) => format!("{name}es"),
        _ => format!("{name}s"),
    }
}

/// Keeps what an ASCII name can hold; the rest separates words.
fn ascii(raw: &str) -> String {
    raw.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' }).collect()
}

/// A name that is there and doesn't begin with a digit.
fn solid(name: &str, empty: &str, digit: &str) -> String {
    match name.chars().next() {
        None => empty.to_owned(),
        Some(first) if first.is_ascii_digit() => format!("{digit}{name}"),
        Some(_) => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules() {
        for (raw, as_type, as_field) in [
            ("findPerson", "FindPerson", "find_person"),
            ("Person", "Person", "person"),
            ("HTMLPage", "HTMLPage", "html_page"),
            ("sharing_channels[]", "SharingChannels", "sharing_channels"),
            ("segment_by[campaign_tags]", "SegmentByCampaignTags", "segment_by_campaign_tags"),
            ("segment1", "Segment1", "segment1"),
            ("2fa", "N2fa", "n2fa"),
            ("", "Unnamed", "unnamed"),
            ("名前", "Unnamed", "unnamed"),
            ("año", "AO", "a_o"),
        ] {
            assert_eq!(type_name(raw), as_type, "{raw}");
            assert_eq!(snake(raw), as_field, "{raw}");
        }
        assert_eq!(constant("findPerson"), "FIND_PERSON");
        assert_eq!(spoken("first_name"), "first name");
    }

    #[test]
    fn collisions_are_solved_in_order() {
        let mut types = Names::types();
        let given: Vec<_> = ["Option", "Person", "Person", "Self", "OptionModel"].map(|name| types.give(name)).into();
        assert_eq!(given, ["OptionModel", "Person", "Person2", "SelfModel", "OptionModel2"]);
        let mut fields = Names::fields();
        let given: Vec<_> = ["type", "new", "type", "self"].map(|name| fields.give(name)).into();
        assert_eq!(given, ["type_", "new_", "type_2", "self_"]);
        let mut resources = Names::resources();
        assert_eq!(resources.give("default"), "default_api");
    }

    #[test]
    fn variants_of_any_text() {
        let values = ["Paid", "paid", "", "10%", "Unknown", "…", "self", "-"];
        let expected = ["Paid", "Paid2", "Empty", "N10", "UnknownValue", "Symbol", "SelfValue", "Symbol2"];
        assert_eq!(variants(values), expected);
    }

    #[test]
    fn plurals() {
        for (one, many) in [
            ("traffic_source", "traffic_sources"),
            ("person", "people"),
            ("batch", "batches"),
            ("category", "categories"),
            ("day", "days"),
        ] {
            assert_eq!(plural(one), many);
        }
    }
}
