//! Takes out of the description the fields that only the overlay still has words for.
//!
//! A field that the vendor drops would come back by an action that describes it, as one that can hold anything. So what an action
//! adds to the fields of a record that was there before is a field only if it says of what type.

use serde_json::{Map, Value};

use crate::document::{Document, child};
use crate::walk::walk_schemas;

/// What may be said of a field without saying what it is; extensions aside.
const WORDS: [&str; 7] = ["description", "title", "deprecated", "example", "nullable", "readOnly", "writeOnly"];

/// Words of the overlay for a field that the document no longer has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orphan {
    /// The pointer that the field would have in the document.
    pub field: String,
    /// The pointer of the words in the overlay.
    pub words: Option<String>,
}

/// Drops them; `before` is what the document was before the overlay.
pub fn drop_orphans(document: &mut Document, before: &Value, overlay: &Document) -> Vec<Orphan> {
    let mut found = Vec::new();
    // What is visited is never refused.
    let _ = walk_schemas(&mut document.value, &mut |pointer, schema| {
        let place = format!("{pointer}/properties");
        let fields = schema.get_mut("properties").and_then(Value::as_object_mut);
        if let (Some(fields), Some(Value::Object(known))) = (fields, before.pointer(&place)) {
            let gone = without_type(fields, known);
            for key in &gone {
                let words = fields.remove(key).and_then(|words| find(&overlay.value, "", key, &words));
                found.push(Orphan { field: child(&place, key), words });
            }
            if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
                required.retain(|key| !gone.iter().any(|gone| key == gone));
            }
        }
        Ok(())
    });
    found
}

/// The names of the fields that are new, and of which nothing says what they are.
fn without_type(fields: &Map<String, Value>, known: &Map<String, Value>) -> Vec<String> {
    let is_word = |key: &String| WORDS.contains(&key.as_str()) || key.starts_with("x-");
    let says_nothing = |field: &Value| field.as_object().is_some_and(|field| field.keys().all(is_word));
    let new = fields.iter().filter(|(key, _)| !known.contains_key(*key));
    new.filter(|(_, field)| says_nothing(field)).map(|(key, _)| key.clone()).collect()
}

/// The pointer of the first object in the overlay that has this value under this key.
fn find(value: &Value, pointer: &str, key: &str, words: &Value) -> Option<String> {
    match value {
        Value::Object(entries) => entries.iter().find_map(|(name, value)| {
            let place = child(pointer, name);
            if name == key && value == words { Some(place) } else { find(value, &place, key, words) }
        }),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(index, item)| find(item, &format!("{pointer}/{index}"), key, words))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{load, overlay};

    #[test]
    fn words_alone_make_no_field() {
        let text = "{components: {schemas: {Person: {required: [id, email], properties: {id: {type: integer}}}}}}";
        let words = "\
overlay: 1.0.0
info: {title: Known, version: 1.0.0}
actions:
- target: $.components.schemas.Person.properties
  update:
    id: {description: A number.}
    email: {description: It is gone., x-rust-field: mail}
    phone: {type: string, description: The overlay knows better.}
- target: $.components.schemas
  update: {New: {type: object, properties: {anything: {description: Of a new record.}}}}
";
        let mut document = load("a.yaml", text.as_bytes()).unwrap();
        let before = document.value.clone();
        let actions = load("overlay.yaml", words.as_bytes()).unwrap();
        overlay(&mut document, &actions).unwrap();
        let orphans = drop_orphans(&mut document, &before, &actions);
        let orphan = Orphan {
            field: "/components/schemas/Person/properties/email".to_owned(),
            words: Some("/actions/0/update/email".to_owned()),
        };
        assert_eq!(orphans, [orphan]);
        let person = &document.value["components"]["schemas"]["Person"];
        assert_eq!(person["required"], serde_json::json!(["id"]));
        let fields = person["properties"].as_object().unwrap();
        assert_eq!(fields.keys().collect::<Vec<_>>(), ["id", "phone"]);
        assert!(document.value.pointer("/components/schemas/New/properties/anything").is_some());
    }
}
