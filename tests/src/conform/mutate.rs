//! Variations of a body in one place.

use serde_json::Value;

/// A predicate that selects values of a body.
pub trait Place: Fn(&str, &Value) -> bool {}
impl<F: Fn(&str, &Value) -> bool> Place for F {}

/// The pointers to all selected values, each with its value. The root is the empty pointer.
pub fn places<'a>(body: &'a Value, wanted: &impl Place) -> Vec<(String, &'a Value)> {
    let mut found = Vec::new();
    collect(body, String::new(), wanted, &mut found);
    found
}

/// The body with another value at an existing place, or without that member if there is no value.
pub fn with(body: &Value, pointer: &str, value: Option<&Value>) -> Value {
    let mut body = body.clone();
    if let (Some(value), Some(place)) = (value, body.pointer_mut(pointer)) {
        *place = value.clone();
    } else if let Some((parent, name)) = pointer.rsplit_once('/')
        && let Some(Value::Object(members)) = body.pointer_mut(parent)
    {
        members.shift_remove(&name.replace("~1", "/").replace("~0", "~"));
    }
    body
}

/// The last name in a pointer that is no list index.
pub fn name_of(pointer: &str) -> &str {
    pointer.rsplit('/').find(|step| step.parse::<usize>().is_err()).unwrap_or_default()
}

/// The pointer to the parent of the value.
pub fn parent(pointer: &str) -> &str {
    pointer.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// Whether the names in an object are data, such as e-mail addresses, and not fields.
pub fn is_map(pointer: &str) -> bool {
    const MAPS: [&str; 6] =
        ["claim_links", "custom_properties", "incentives", "recipients", "reward_counts", "share_counts"];
    pointer.rsplit('/').next().is_some_and(|name| MAPS.contains(&name))
}

fn collect<'a>(value: &'a Value, pointer: String, wanted: &impl Place, found: &mut Vec<(String, &'a Value)>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                collect(value, codegen::source::document::child(&pointer, name), wanted, found);
            }
        }
        Value::Array(items) => {
            for (position, value) in items.iter().enumerate() {
                collect(value, format!("{pointer}/{position}"), wanted, found);
            }
        }
        _ => {}
    }
    if wanted(&pointer, value) {
        found.push((pointer, value));
    }
}
