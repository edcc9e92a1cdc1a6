//! Checks arguments before a request is sent. All problems are reported at once.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::value::{is_date, known_values};
use crate::failure::{Exit, Failure, Message};
use crate::operation::{Field, Kind, KnownValue, Object};

/// An invalid argument.
#[derive(Debug)]
pub(crate) struct Problem(Message);

impl Problem {
    /// `name` is the name of an option, or the path of a field in a body.
    pub(crate) fn new(name: &str, reason: impl AsRef<str>) -> Self {
        Self(Message::new(format!("invalid {name}: {}", reason.as_ref())))
    }

    /// A required field that has no value.
    pub(crate) fn missing(name: &str) -> Self {
        Self(Message::new(format!("`{name}` is required")))
    }

    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        Self(self.0.help(help))
    }

    /// A field that an object does not have.
    pub(crate) fn unknown(name: &str, field: &str, fields: &[Field]) -> Self {
        let problem = Self::new(name, format!("unknown field `{field}`"));
        match closest(field, fields.iter().map(|field| field.name)) {
            Some(similar) => problem.help(format!("a similar field exists: `{similar}`")),
            None => problem.help(UNCHECKED),
        }
    }
}

const UNCHECKED: &str = "to send it anyway, pass `--unchecked`";

/// The problems found so far.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    problems: Vec<Problem>,
    /// Whether unknown fields and values are accepted.
    is_unchecked: bool,
}

impl Problems {
    pub(crate) fn new(is_unchecked: bool) -> Self {
        Self { problems: Vec::new(), is_unchecked }
    }

    pub(crate) fn push(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Adds help to the last problem.
    pub(crate) fn help_last(&mut self, help: &str) {
        if let Some(last) = self.problems.last_mut() {
            last.0.help.push(help.to_owned());
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// The problems in one line, for a row of a file.
    pub(crate) fn summary(&self) -> Option<String> {
        let titles: Vec<_> = self.problems.iter().map(|problem| problem.0.title.as_str()).collect();
        (!titles.is_empty()).then(|| titles.join("; "))
    }

    #[cfg(test)]
    pub(crate) fn titles(self) -> Vec<String> {
        self.problems.into_iter().map(|problem| problem.0.title).collect()
    }

    /// Fails if there is a problem.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        if self.is_empty() {
            return Ok(());
        }
        Err(Failure { exit: Exit::Usage, errors: self.problems.into_iter().map(|problem| problem.0).collect() })
    }

    /// Reports an unknown value, unless unknown values are accepted.
    pub(crate) fn check_known(&mut self, known: &[KnownValue], value: &str, name: &str) {
        if self.is_unchecked || known.iter().any(|known| known.value == value) {
            return;
        }
        let problem = Problem::new(name, format!("unknown value `{value}`"));
        let similar = similar(value, known.iter().map(|known| known.value));
        self.push(match similar.as_slice() {
            [] => problem.help(format!("the known values are {}", known_values(known))).help(UNCHECKED),
            [similar] => problem.help(format!("a similar value exists: `{similar}`")),
            similar => problem.help(format!("similar values exist: `{}`", similar.join("`, `"))),
        });
    }

    /// Checks the fields of a JSON object. `path` is the path of the object in messages, or an empty string.
    pub(crate) fn check_object(&mut self, object: &Object, value: &Map<String, Value>, path: &str) {
        for field in object.fields {
            let path = join(path, field.name);
            match value.get(field.name) {
                None if field.is_required => self.push(Problem::missing(&path).help(option(field, &path))),
                None => {}
                // A null removes the value.
                Some(Value::Null) if !field.is_required => {}
                Some(Value::String(text)) if field.is_required && text.is_empty() && !self.is_unchecked => {
                    self.push(Problem::new(&path, "the value is empty"));
                }
                Some(value) => self.check_value(field.kind, value, &path),
            }
        }
        if self.is_unchecked {
            return;
        }
        for name in value.keys().filter(|name| object.fields.iter().all(|field| field.name != name.as_str())) {
            self.push(Problem::unknown(if path.is_empty() { "body" } else { path }, name, object.fields));
        }
    }

    fn check_value(&mut self, kind: Kind, value: &Value, path: &str) {
        let text = value.as_str();
        let expected = match kind {
            Kind::Text if text.is_none() => "a string",
            Kind::Integer if !value.is_i64() => "an integer",
            Kind::Decimal if !value.is_number() && text.is_none_or(|it| it.parse::<Decimal>().is_err()) => "a number",
            Kind::Boolean if !value.is_boolean() => "`true` or `false`",
            Kind::Date if !text.is_some_and(is_date) => "a date such as \"2026-01-31\"",
            Kind::DateTime if text.is_none_or(|it| it.parse::<jiff::Timestamp>().is_err()) => {
                "a time with an offset, such as \"2026-01-31T12:00:00Z\""
            }
            Kind::Enum(_) | Kind::Joined(_) if text.is_none() => "a string",
            Kind::Enum(known) => return self.check_known(known, text.unwrap_or_default(), path),
            Kind::List(item) => match value.as_array() {
                Some(items) => {
                    for (index, value) in items.iter().enumerate() {
                        self.check_value(*item, value, &format!("{path}[{index}]"));
                    }
                    return;
                }
                None => "a list",
            },
            Kind::Map(item) => match value.as_object() {
                Some(entries) => {
                    entries.iter().for_each(|(name, value)| self.check_value(*item, value, &join(path, name)));
                    return;
                }
                None => "an object",
            },
            Kind::Object(object) => match value.as_object() {
                Some(value) => return self.check_object(object, value, path),
                None => "an object",
            },
            _ => return,
        };
        self.push(Problem::new(path, format!("expected {expected}, found {}", found(value))));
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// Explains how to set a required field.
fn option(field: &Field, path: &str) -> String {
    // Only the fields of the body itself have options.
    if path.contains(['.', '[']) { format!("set `{}`", field.name) } else { format!("set it with `--{}`", field.flag) }
}

fn found(value: &Value) -> String {
    match value {
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        value => value.to_string(),
    }
}

/// Returns the most similar candidate, if it is similar enough for a typing error.
pub(crate) fn closest<'a>(text: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let rated = candidates.map(|candidate| (strsim::jaro_winkler(text, candidate), candidate));
    rated.filter(|(rating, _)| *rating > 0.85).max_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, candidate)| candidate)
}

/// Returns up to five similar candidates, the most similar first: the one with a typing error, or those that share most words.
fn similar<'a>(text: &str, candidates: impl Iterator<Item = &'a str> + Clone) -> Vec<&'a str> {
    const MOST: usize = 5;
    let distance = |candidate: &str| strsim::normalized_damerau_levenshtein(text, candidate);
    let typed = candidates.clone().filter(|candidate| distance(candidate) >= 0.8);
    if let Some(typed) = typed.max_by(|a, b| distance(a).total_cmp(&distance(b))) {
        return vec![typed];
    }
    let words: Vec<_> = text.split('_').collect();
    let shared = |candidate: &str| candidate.split('_').filter(|word| words.contains(word)).count();
    let most = candidates.clone().map(shared).max().filter(|most| *most > 0);
    let Some(most) = most else { return closest(text, candidates).into_iter().collect() };
    let mut best: Vec<_> = candidates.filter(|candidate| shared(candidate) == most).collect();
    best.sort_by_key(|candidate| candidate.split('_').count());
    best.truncate(MOST);
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn similar_values_share_words() {
        let known = ["ideal_sales_count", "total_sales_count", "total_sales_sum", "approved", "advocate_pages_shown"];
        for (text, expected) in [
            ("sales_count", &["ideal_sales_count", "total_sales_count"][..]),
            ("aproved", &["approved"]),
            ("total_sales", &["total_sales_count", "total_sales_sum"]),
            ("refunds", &[]),
        ] {
            assert_eq!(similar(text, known.into_iter()), expected, "{text}");
        }
    }
}
