//! The sentences in which the API refuses a request.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;

use crate::answer::Refusal;

/// What is wrong with a name of a site's own that breaks the rule for names.
pub(crate) const NOT_AN_IDENTIFIER: &str =
    "Identifier can contain lowercase letters, numbers and '_' only and cannot begin with a number";
const MEMBER_DATES: &str =
    "Invalid member_dates format, expected an array of objects with `date` and `identifier` keys";

/// What is wrong with an argument of the query.
pub(super) fn of_argument(error: &ValidationError<'_>) -> Refusal {
    match error.kind() {
        Kind::Format { format } if format == "email" => Refusal::bad_request(format!("Invalid `{}`.", field(error))),
        _ => of_body(error),
    }
}

/// What is wrong with a field of the body.
pub(super) fn of_body(error: &ValidationError<'_>) -> Refusal {
    if error.instance_path().as_str().starts_with("/data/member_dates") {
        return Refusal::bad_request(MEMBER_DATES);
    }
    let field = field(error);
    match error.kind() {
        Kind::Required { property } => {
            Refusal::bad_request(format!("`{}` is required", property.as_str().unwrap_or_default()))
        }
        Kind::MinLength { .. } => Refusal::bad_request(format!("`{field}` is required")),
        Kind::AdditionalProperties { unexpected } => Refusal::bad_request(unpermitted(unexpected)),
        Kind::PropertyNames { .. } => Refusal::invalid(NOT_AN_IDENTIFIER),
        Kind::MaxLength { limit } => {
            Refusal::invalid(format!("{} is too long (maximum is {limit} characters)", human(&field)))
        }
        Kind::Format { format } if format == "email" => Refusal::bad_request(format!("{} isn't valid", human(&field))),
        _ if field.is_empty() => Refusal::bad_request("The request is invalid"),
        _ => Refusal::bad_request(format!("`{field}` is invalid")),
    }
}

pub(super) fn must_be_within<'a>(field: &str, names: impl Iterator<Item = &'a str>) -> Refusal {
    // In the order in which the API says them.
    let mut names: Vec<String> = names.map(|name| format!("{name:?}")).collect();
    names.sort_by_key(|name| {
        ["\"AffiliateMember\"", "\"Purchase\"", "\"Event\""].iter().position(|known| known == name)
    });
    Refusal::bad_request(format!("`{field}` must be within [{}]", names.join(", ")))
}

/// What is said first when a request has several faults.
pub(super) fn rank(error: &ValidationError<'_>) -> (usize, bool) {
    let depth = error.instance_path().as_str().matches('/').count();
    (depth, !matches!(error.kind(), Kind::AdditionalProperties { .. } | Kind::Required { .. }))
}

fn unpermitted(names: &[String]) -> String {
    let plural = if names.len() == 1 { "" } else { "s" };
    let names: Vec<String> = names.iter().map(|name| format!(":{name}")).collect();
    format!("found unpermitted parameter{plural}: {}", names.join(", "))
}

/// The name of the field that is at fault, without the position in a list.
fn field(error: &ValidationError<'_>) -> String {
    let pointer = error.instance_path().as_str();
    let is_name = |segment: &&str| !segment.is_empty() && !segment.bytes().all(|byte| byte.is_ascii_digit());
    pointer.rsplit('/').find(is_name).unwrap_or_default().trim_end_matches("[]").to_owned()
}

/// `first_name` as `First name`.
fn human(field: &str) -> String {
    let words = field.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_read_as_words() {
        assert_eq!(human("first_name"), "First name");
        assert_eq!(human(""), "");
    }

    #[test]
    fn several_unpermitted_fields_are_listed() {
        assert_eq!(unpermitted(&["a".into(), "b".into()]), "found unpermitted parameters: :a, :b");
    }

    #[test]
    fn kinds_are_named_in_the_order_of_the_api() {
        let refusal = must_be_within("type", ["Purchase", "Event", "AffiliateMember"].into_iter());
        assert_eq!(refusal.message, r#"`type` must be within ["AffiliateMember", "Purchase", "Event"]"#);
    }
}
