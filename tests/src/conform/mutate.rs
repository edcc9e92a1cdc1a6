//! Creates variations of a body by changing the value at one pointer.

use serde_json::Value;

/// A predicate that selects values by their pointer and content.
pub trait Selector: Fn(&str, &Value) -> bool {}
impl<F: Fn(&str, &Value) -> bool> Selector for F {}

/// Returns the selected values with their pointers. The pointer to the root is empty.
pub fn select<'a>(body: &'a Value, selector: &impl Selector) -> Vec<(String, &'a Value)> {
    let mut found = Vec::new();
    collect(body, String::new(), selector, &mut found);
    found
}

/// Returns a copy of the body in which the value at `pointer` is replaced, or removed if `value` is `None`.
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

/// Returns the last name in a pointer, skipping list indices.
pub fn name_of(pointer: &str) -> &str {
    pointer.rsplit('/').find(|step| step.parse::<usize>().is_err()).unwrap_or_default()
}

/// Returns the pointer to the parent of a value.
pub fn parent(pointer: &str) -> &str {
    pointer.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// Returns whether the keys of the object at `pointer` are data, such as e-mail addresses, rather than field names.
pub fn is_map(pointer: &str) -> bool {
    const MAPS: [&str; 6] =
        ["claim_links", "custom_properties", "incentives", "recipients", "reward_counts", "share_counts"];
    pointer.rsplit('/').next().is_some_and(|name| MAPS.contains(&name))
}

fn collect<'a>(value: &'a Value, pointer: String, selector: &impl Selector, found: &mut Vec<(String, &'a Value)>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                collect(value, codegen::source::document::child(&pointer, name), selector, found);
            }
        }
        Value::Array(items) => {
            for (position, value) in items.iter().enumerate() {
                collect(value, format!("{pointer}/{position}"), selector, found);
            }
        }
        _ => {}
    }
    if selector(&pointer, value) {
        found.push((pointer, value));
    }
}
