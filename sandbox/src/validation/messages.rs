//! The API's messages for invalid requests.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;

use crate::call::ApiError;

/// The message for an invalid identifier, such as the name of a custom property.
pub(crate) const NOT_AN_IDENTIFIER: &str =
    "Identifier can contain lowercase letters, numbers and '_' only and cannot begin with a number";
const MEMBER_DATES: &str =
    "Invalid member_dates format, expected an array of objects with `date` and `identifier` keys";

pub(super) fn query_error(error: &ValidationError<'_>) -> ApiError {
    match error.kind() {
        Kind::Format { format } if format == "email" => ApiError::bad_request(format!("Invalid `{}`.", field(error))),
        _ => body_error(error),
    }
}

pub(super) fn body_error(error: &ValidationError<'_>) -> ApiError {
    if error.instance_path().as_str().starts_with("/data/member_dates") {
        return ApiError::bad_request(MEMBER_DATES);
    }
    let field = field(error);
    match error.kind() {
        Kind::Required { property } => {
            ApiError::bad_request(format!("`{}` is required", property.as_str().unwrap_or_default()))
        }
        Kind::MinLength { .. } => ApiError::bad_request(format!("`{field}` is required")),
        Kind::AdditionalProperties { unexpected } => ApiError::bad_request(unpermitted(unexpected)),
        Kind::PropertyNames { .. } => ApiError::invalid(NOT_AN_IDENTIFIER),
        Kind::MaxLength { limit } => {
            ApiError::invalid(format!("{} is too long (maximum is {limit} characters)", human(&field)))
        }
        Kind::Format { format } if format == "email" => ApiError::bad_request(format!("{} isn't valid", human(&field))),
        _ if field.is_empty() => ApiError::bad_request("The request is invalid"),
        _ => ApiError::bad_request(format!("`{field}` is invalid")),
    }
}

/// Returns the error for an unknown name, with the API's own text.
pub(super) fn must_be_within<'a>(field: &str, names: impl Iterator<Item = &'a str>) -> ApiError {
    // The API lists the names in the order of the array below.
    let mut names: Vec<String> = names.map(|name| format!("{name:?}")).collect();
    names.sort_by_key(|name| {
        ["\"AffiliateMember\"", "\"Purchase\"", "\"Event\""].iter().position(|known| known == name)
    });
    ApiError::bad_request(format!("`{field}` must be within [{}]", names.join(", ")))
}

/// Returns the rank of an error. If a request has several errors, the API reports the one with the lowest rank.
pub(super) fn rank(error: &ValidationError<'_>) -> (usize, bool) {
    let depth = error.instance_path().as_str().matches('/').count();
    (depth, !matches!(error.kind(), Kind::AdditionalProperties { .. } | Kind::Required { .. }))
}

fn unpermitted(names: &[String]) -> String {
    let plural = if names.len() == 1 { "" } else { "s" };
    let names: Vec<String> = names.iter().map(|name| format!(":{name}")).collect();
    format!("found unpermitted parameter{plural}: {}", names.join(", "))
}

/// Returns the name of the invalid field. For an item in a list, this is the name of the list.
fn field(error: &ValidationError<'_>) -> String {
    let pointer = error.instance_path().as_str();
    let is_name = |segment: &&str| !segment.is_empty() && !segment.bytes().all(|byte| byte.is_ascii_digit());
    pointer.rsplit('/').find(is_name).unwrap_or_default().trim_end_matches("[]").to_owned()
}

/// Formats a field name for messages: `first_name` becomes `First name`.
fn human(field: &str) -> String {
    capitalized(&field.replace('_', " "))
}

pub(crate) fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn humanizes_field_names() {
        assert_eq!(human("first_name"), "First name");
        assert_eq!(human(""), "");
    }

    #[test]
    fn lists_unpermitted_parameters() {
        assert_eq!(unpermitted(&["a".into(), "b".into()]), "found unpermitted parameters: :a, :b");
    }

    #[test]
    fn lists_types_in_the_order_of_the_api() {
        let error = must_be_within("type", ["Purchase", "Event", "AffiliateMember"].into_iter());
        assert_eq!(error.message, r#"`type` must be within ["AffiliateMember", "Purchase", "Event"]"#);
    }
}
