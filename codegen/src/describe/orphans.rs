//! Takes out of the description the fields that only the overlay still has words for.
//!
//! A field that the vendor drops would come back by an action that describes it, as one that can hold anything. So what an action
//! adds to the fields of a record that was there before is a field only if it says of what type.

use serde_json::{Map, Value};

use crate::Result;
use crate::describe::overlay::steps;
use crate::openapi::walk::walk_schemas;
use crate::source::document::{Document, child};

/// What may be said of a field without saying what it is; extensions aside.
const WORDS: [&str; 7] = ["description", "title", "deprecated", "example", "nullable", "readOnly", "writeOnly"];

/// Words of the overlay for a field that the document no longer has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orphan {
    /// The pointer that the field would have in the document.
    pub field: String,
    /// The pointer of the words in the overlay, where an action first speaks of the field.
    pub words: Option<String>,
}

/// Drops them; `before` is what the document was before the overlay. Returns their pointers.
pub(crate) fn drop_orphans(document: &mut Document, before: &Value) -> Vec<String> {
    let mut found = Vec::new();
    // What is visited is never refused.
    let _ = walk_schemas(&mut document.value, &mut |pointer, schema| {
        let Some(schema) = schema.as_object_mut() else { return Ok(()) };
        let none = Map::new();
        let known = match before.pointer(pointer) {
            // All fields of the record may be gone.
            Some(Value::Object(record)) => record.get("properties").map_or(Some(&none), Value::as_object),
            _ => None,
        };
        let (Some(known), Some(fields)) = (known, schema.get_mut("properties").and_then(Value::as_object_mut)) else {
            return Ok(());
        };
        let gone = without_type(fields, known);
        if gone.is_empty() {
            return Ok(());
        }
        fields.retain(|key, _| !gone.contains(key));
        if fields.is_empty() && known.is_empty() {
            schema.shift_remove("properties");
        }
        if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
            required.retain(|key| !gone.iter().any(|gone| key == gone));
            // OpenAPI 3.0 has no list of nothing here.
            if required.is_empty() {
                schema.shift_remove("required");
            }
        }
        let place = format!("{pointer}/properties");
        found.extend(gone.iter().map(|key| child(&place, key)));
        Ok(())
    });
    found
}

/// Finds the words of the overlay for fields that were dropped: those of the action that adds the field.
///
/// # Errors
///
/// Those of the overlay, which was applied before.
pub(crate) fn words_of(fields: Vec<String>, before: &Document, overlay: &Document) -> Result<Vec<Orphan>> {
    let mut orphans: Vec<_> = fields.into_iter().map(|field| Orphan { field, words: None }).collect();
    // The actions are gone through one by one, which takes long; mostly there is nothing to find.
    if orphans.is_empty() {
        return Ok(orphans);
    }
    let mut index = 0;
    steps(&mut before.clone(), overlay, |_, before, after| {
        let action = format!("/actions/{index}");
        index += 1;
        for orphan in orphans.iter_mut().filter(|orphan| orphan.words.is_none()) {
            if before.pointer(&orphan.field).is_none() && after.pointer(&orphan.field).is_some() {
                orphan.words = Some(said(overlay, &action, &orphan.field));
            }
        }
    })?;
    Ok(orphans)
}

/// Where an action speaks of a field: the end of the field's pointer is the way to it in the update.
fn said(overlay: &Document, action: &str, field: &str) -> String {
    let ends = field.match_indices('/').map(|(at, _)| format!("{action}/update{}", &field[at..]));
    let mut known = ends.filter(|place| overlay.value.pointer(place).is_some());
    known.next().unwrap_or_else(|| action.to_owned())
}

/// The names of the fields that are new, and of which nothing says what they are.
fn without_type(fields: &Map<String, Value>, known: &Map<String, Value>) -> Vec<String> {
    let is_word = |key: &String| WORDS.contains(&key.as_str()) || key.starts_with("x-");
    let says_nothing = |field: &Value| field.as_object().is_some_and(|field| field.keys().all(is_word));
    let new = fields.iter().filter(|(key, _)| !known.contains_key(*key));
    new.filter(|(_, field)| says_nothing(field)).map(|(key, _)| key.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe::overlay;
    use crate::source::load::load;

    #[test]
    fn words_alone_make_no_field() {
        let text = "{components: {schemas: {Person: {required: [id, email], properties: {id: {type: integer}}}, \
            Site: {type: object}}}}";
        let words = "\
overlay: 1.0.0
info: {title: Known, version: 1.0.0}
actions:
- target: $.components.schemas.Person.properties
  update:
    id: {description: A number.}
    email: {description: It is gone., x-rust-field: mail}
    phone: {type: string, description: The overlay knows better.}
    name: {type: string}
- target: $.components.schemas
  update:
    Site: {required: [email], properties: {email: {description: It is gone., x-rust-field: mail}}}
- target: $.components.schemas.Person.properties.email
  update: {deprecated: true}
- target: $.components.schemas
  update: {New: {type: object, properties: {anything: {description: Of a new record.}}}}
";
        let mut document = load("a.yaml", text.as_bytes()).unwrap();
        let before = document.clone();
        let actions = load("overlay.yaml", words.as_bytes()).unwrap();
        overlay(&mut document, &actions).unwrap();
        let fields = drop_orphans(&mut document, &before.value);
        let orphans = words_of(fields, &before, &actions).unwrap();
        let orphan = |field: &str, words: &str| Orphan { field: field.to_owned(), words: Some(words.to_owned()) };
        assert_eq!(
            orphans,
            [
                orphan("/components/schemas/Person/properties/email", "/actions/0/update/email"),
                orphan("/components/schemas/Site/properties/email", "/actions/1/update/Site/properties/email"),
            ]
        );
        assert_eq!(document.value["components"]["schemas"]["Site"], serde_json::json!({"type": "object"}));
        let person = &document.value["components"]["schemas"]["Person"];
        assert_eq!(person["required"], serde_json::json!(["id"]));
        let fields = person["properties"].as_object().unwrap();
        assert_eq!(fields.keys().collect::<Vec<_>>(), ["id", "phone", "name"]);
        assert!(document.value.pointer("/components/schemas/New/properties/anything").is_some());
    }
}
