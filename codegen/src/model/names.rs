//! Converts names in the document to Rust names for types, fields, variants, methods and constants.
//!
//! The functions convert a name, and [`Names`] makes it unique: different from the other names in the set, from keywords, and from
//! names used in generated code, such as `Option`. The result depends only on the names and their order.

use std::collections::{HashMap, HashSet};

use heck::{ToShoutySnakeCase, ToSnakeCase, ToUpperCamelCase};

use crate::openapi::words;

/// The keywords of all Rust editions.
const KEYWORDS: &[&str] = &[
    "_", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
    "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super",
    "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Names that types cannot have.
#[rustfmt::skip]
const TAKEN_TYPES: &[&str] = &[
    "Self",
    // Names in the prelude, which would be shadowed by `use talkable_api::types::*`.
    "AsMut", "AsRef", "Box", "Clone", "Copy", "Default", "DoubleEndedIterator", "Drop", "Eq", "Err", "ExactSizeIterator",
    "Extend", "Fn", "FnMut", "FnOnce", "From", "FromIterator", "Future", "Into", "IntoFuture", "IntoIterator", "Iterator",
    "None", "Ok", "Option", "Ord", "PartialEq", "PartialOrd", "Result", "Send", "Sized", "Some", "String", "Sync", "ToOwned",
    "ToString", "TryFrom", "TryInto", "Unpin", "Vec",
    // Names imported in generated files, and `Error`, which users import together with the types.
    "BTreeMap", "Call", "Client", "DateTime", "Decimal", "Download", "Error", "FixedOffset", "Items", "NaiveDate", "Page",
    "Period", "Redirect", "Upload", "Value",
    // The hand-written types of `talkable_api::webhook`.
    "Claim", "DeduplicationStore", "Delivery", "Event", "Failure", "Fingerprint", "FromPayload", "Handlers", "IntoReply",
    "Lease", "MemoryStore", "NeedsAnswer", "Payload", "Rejection", "RejectionKind", "Reply", "Signed", "Verifier",
];

/// Names that resources cannot have. A resource name is also the name of a module, a Cargo feature and a `Client` method.
#[rustfmt::skip]
const TAKEN_RESOURCES: &[&str] = &[
    // Methods of `Client`.
    "builder", "call_by_id", "clone", "fmt", "for_site", "from_env", "new", "restore", "set_api_key", "site_slug", "throttle",
    // Crates, and modules at the crate root. Even a private module would hide a resource with the same name.
    "blocking", "bulk", "bytes", "call", "call_info", "chrono", "client", "decode", "error", "generated", "observe",
    "operation", "period", "request", "reqwest", "rust_decimal", "secrecy", "send", "serde_json", "shared", "types", "webhook",
    "webhooks",
    // Cargo features.
    "default", "native_tls", "resources", "rustls", "rustls_no_provider", "serialize", "tracing", "webhook_axum",
];

/// Words that are written in capitals in documentation.
const ACRONYMS: &[&str] =
    &["api", "csv", "html", "http", "id", "ip", "iso", "json", "qr", "sms", "ui", "url", "utm", "uuid", "xml"];

/// The maximum length of a name. File systems limit the length of file names, and long names are unreadable.
const LONGEST: usize = 100;

/// A set of unique names, such as the field names of a type.
#[derive(Debug)]
pub(crate) struct Names {
    given: HashSet<String>,
    /// The next number to try for each name that is already taken.
    numbers: HashMap<String, usize>,
    taken: &'static [&'static str],
    /// The suffix that is appended to a taken name.
    suffix: &'static str,
}

impl Names {
    fn new(taken: &'static [&'static str], suffix: &'static str) -> Self {
        Self { given: HashSet::new(), numbers: HashMap::new(), taken, suffix }
    }

    /// Creates the set of type names, which are unique in the crate.
    pub(crate) fn types() -> Self {
        Self::new(TAKEN_TYPES, "Model")
    }

    /// Creates a set of resource names.
    pub(crate) fn resources() -> Self {
        Self::new(TAKEN_RESOURCES, "_api")
    }

    /// Creates a set of names for the files of a resource.
    pub(crate) fn modules() -> Self {
        Self::new(&["methods", "results"], "_")
    }

    /// Creates a set of names for fields and methods. `new` is reserved for the constructor.
    pub(crate) fn fields() -> Self {
        Self::new(&["new"], "_")
    }

    /// Creates a set of variant names. `Unknown` is reserved for unknown values.
    pub(crate) fn variants() -> Self {
        Self::new(&["Self", "Unknown"], "Value")
    }

    /// Creates a set of names for the error reasons. `Other` is reserved for unknown reasons.
    pub(crate) fn reasons() -> Self {
        Self::new(&["Other", "Self"], "Reason")
    }

    /// Creates a set of names for the path arguments and files of a method. The fixed names of the other arguments, such as
    /// `query`, are reserved.
    pub(crate) fn arguments() -> Self {
        Self::new(&["body", "data", "query"], "_")
    }

    /// Creates a set of names that only have to be unique. They can be keywords.
    pub(crate) fn plain() -> Self {
        Self::new(&[], "")
    }

    /// Returns the name if it is free, and otherwise the name with a suffix, a number or both.
    pub(crate) fn give(&mut self, name: &str) -> String {
        let name = name.get(..LONGEST).unwrap_or(name).trim_end_matches('_');
        let name = if name.is_empty() { "_" } else { name };
        let mut base = name.to_owned();
        if KEYWORDS.contains(&name) && !self.suffix.is_empty() {
            base.push('_');
        } else if self.taken.contains(&name) {
            base.push_str(self.suffix);
        }
        let mut candidate = base.clone();
        // Lower numbers are already taken.
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

/// Converts a name to a type name.
pub(crate) fn type_name(raw: &str) -> String {
    let ready =
        raw.starts_with(|first: char| first.is_ascii_uppercase()) && raw.chars().all(|c| c.is_ascii_alphanumeric());
    if ready { raw.to_owned() } else { solid(&ascii(raw).to_upper_camel_case(), "Unnamed", "N") }
}

/// Converts a name to the name of a field, argument, method or module.
pub(crate) fn snake(raw: &str) -> String {
    solid(&ascii(raw).to_snake_case(), "unnamed", "n")
}

/// Converts a name to a constant name.
pub(crate) fn constant(raw: &str) -> String {
    solid(&ascii(raw).to_shouty_snake_case(), "UNNAMED", "N")
}

/// Converts the values of an enum to variant names.
pub(crate) fn variants<'a>(values: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut names = Names::variants();
    let name = |value: &str| match value {
        "" => "Empty".to_owned(),
        value => solid(&ascii(value).to_upper_camel_case(), "Symbol", "N"),
    };
    values.into_iter().map(|value| names.give(&name(value))).collect()
}

/// Converts a name to words for use in a sentence: `customer_id` becomes "customer ID".
pub(crate) fn spoken(raw: &str) -> String {
    let name = snake(raw);
    let words = name.split('_').filter(|word| !word.is_empty()).map(|word| match word.strip_suffix('s') {
        _ if ACRONYMS.contains(&word) => word.to_uppercase(),
        Some(singular) if ACRONYMS.contains(&singular) => format!("{}s", singular.to_uppercase()),
        _ => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Returns the plural of a name.
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

/// Returns the singular of a name, or the name itself if it does not look like a plural.
pub(crate) fn singular(name: &str) -> String {
    words::singular(words::words(name)).join("_")
}

/// Replaces all characters except ASCII letters and digits with spaces.
fn ascii(raw: &str) -> String {
    raw.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' }).collect()
}

/// Replaces an empty name, and adds a prefix to a name that begins with a digit.
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
    fn converts_names() {
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
        for (raw, expected) in [("first_name", "first name"), ("customerIds", "customer IDs"), ("sms_url", "SMS URL")] {
            assert_eq!(spoken(raw), expected);
        }
    }

    #[test]
    fn gives_each_name_once() {
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
    fn converts_any_enum_value_to_a_variant_name() {
        let values = ["Paid", "paid", "", "10%", "Unknown", "…", "self", "-"];
        let expected = ["Paid", "Paid2", "Empty", "N10", "UnknownValue", "Symbol", "SelfValue", "Symbol2"];
        assert_eq!(variants(values), expected);
    }

    #[test]
    fn forms_plurals() {
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
