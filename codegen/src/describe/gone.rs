//! Takes out of the description what the overlay builds upon a component that the document no longer has.
//!
//! An operation that the vendor drops takes the component of its data along. What the overlay makes of other operations may
//! refer to that component; there is then nothing wrong with the document, and no reason to refuse it. So such a reference
//! gives way: to the one that stood there before the overlay, or else by going with the choice or the property that holds it.
//!
//! The other way round, a document that moves an operation may still refer to a component that the overlay removes, because what
//! should have replaced the reference no longer finds it. Then the component stays.
//!
//! Only a component that an action of the overlay has as its target can be gone. A reference to any other name is a slip in the
//! overlay, and stays one.

use serde_json::Value;

use crate::describe::overlay::Applied;
use crate::describe::request_data::components;
use crate::source::document::{Document, child};

const SCHEMAS: &str = "#/components/schemas/";

/// A component that the overlay speaks of and the document no longer has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    /// Its name.
    pub component: String,
    /// The pointers of the overlay that refer to it.
    pub references: Vec<String>,
    /// The pointers of what was left out of the description.
    pub dropped: Vec<String>,
    /// The pointers of what is as it was before the overlay.
    pub restored: Vec<String>,
}

/// A component that the overlay removes and the document still refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its name.
    pub component: String,
    /// The pointer of the overlay's action that removes it.
    pub action: String,
    /// The pointers of the references to it.
    pub references: Vec<String>,
}

/// Brings back every component that the overlay removes, though the document refers to it as it did before.
pub fn keep_referred(document: &mut Document, before: &Value, applied: &[Applied]) -> Vec<Kept> {
    let mut found = Vec::new();
    references(&document.value, "", &mut found);
    let mut kept: Vec<Kept> = Vec::new();
    for (place, name) in found {
        let Some(component) = before.pointer(&child("/components/schemas", &name)) else { continue };
        let stood = |value: &Value| value.pointer(&place).and_then(|holder| holder.get("$ref")).cloned();
        match kept.iter_mut().find(|kept| kept.component == name) {
            Some(known) => known.references.push(place),
            None if document.value.pointer(&child("/components/schemas", &name)).is_none()
                && stood(before) == stood(&document.value) =>
            {
                let action = applied.iter().rposition(|action| names_component(&action.target, &name));
                let action = format!("/actions/{}/target", action.unwrap_or_default());
                bring_back(&mut document.value, before, name.clone(), component.clone());
                kept.push(Kept { component: name, action, references: vec![place] });
            }
            None => {}
        }
    }
    kept
}

/// Lets go of every reference to a component that is gone; `before` is what the document was before the overlay.
pub fn drop_gone(document: &mut Document, before: &Value, overlay: &Document, applied: &[Applied]) -> Vec<Gone> {
    let mut found: Vec<Gone> = Vec::new();
    // What is put back may refer to what the overlay removed, so one round can open another; each puts back or drops something.
    loop {
        let dangling = dangling(&document.value, before, applied);
        if dangling.is_empty() {
            break;
        }
        // From the end, so that the places before it stay what they are.
        for (place, name) in dangling.iter().rev() {
            // It may have gone with what was around it.
            let holder = document.value.pointer(place).and_then(|holder| holder.get("$ref"));
            if holder.and_then(Value::as_str).and_then(|target| target.strip_prefix(SCHEMAS)) != Some(name) {
                continue;
            }
            let known = found.iter().position(|gone| gone.component == *name);
            let index = known.unwrap_or_else(|| {
                let references = overlay_references(overlay, name);
                found.push(Gone { component: name.clone(), references, dropped: Vec::new(), restored: Vec::new() });
                found.len() - 1
            });
            let gone = &mut found[index];
            match restore(&mut document.value, before, place) {
                Some(place) => gone.restored.push(place),
                None => gone.dropped.push(drop_holder(&mut document.value, before, place)),
            }
        }
    }
    for gone in &mut found {
        gone.dropped.reverse();
        gone.restored.reverse();
    }
    found.reverse();
    found
}

/// The references to components that are gone: their places and the components' names.
fn dangling(document: &Value, before: &Value, applied: &[Applied]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    references(document, "", &mut found);
    let schemas = |value: &'_ Value, name: &str| value.pointer(&child("/components/schemas", name)).is_some();
    found.retain(|(_, name)| {
        !schemas(document, name)
            && !schemas(before, name)
            && applied.iter().any(|action| names_component(&action.target, name))
    });
    found
}

/// Whether a JSONPath speaks of a component by its name: in the step after `components.schemas`, and no further down.
fn names_component(target: &str, name: &str) -> bool {
    let Some((_, rest)) = target.split_once("components.schemas") else { return false };
    let step = match rest.strip_prefix('[') {
        Some(names) => names.split(']').next(),
        None => rest.strip_prefix('.').and_then(|rest| rest.split(['.', '[']).next()),
    };
    let step = step.filter(|step| !step.starts_with('?')).unwrap_or_default();
    step.split(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != '-').any(|word| word == name)
}

/// All references to named schemas: the pointer of the object that is one, and the name.
fn references(value: &Value, pointer: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(entries) => {
            let target = entries.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix(SCHEMAS));
            if let Some(name) = target {
                found.push((pointer.to_owned(), name.to_owned()));
            }
            entries.iter().for_each(|(key, inner)| references(inner, &child(pointer, key), found));
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(index, inner)| references(inner, &format!("{pointer}/{index}"), found));
        }
        _ => {}
    }
}

/// The places of the overlay that refer to a component.
fn overlay_references(overlay: &Document, name: &str) -> Vec<String> {
    let mut found = Vec::new();
    references(&overlay.value, "", &mut found);
    found.into_iter().filter(|(_, target)| target == name).map(|(place, _)| child(&place, "$ref")).collect()
}

/// Puts the reference back that stood at a place before the overlay, and the component that it leads to.
fn restore(document: &mut Value, before: &Value, place: &str) -> Option<String> {
    let old = before.pointer(place)?.get("$ref")?;
    let name = old.as_str()?.strip_prefix(SCHEMAS)?.to_owned();
    let component = before.pointer(&child("/components/schemas", &name))?.clone();
    *document.pointer_mut(place)?.get_mut("$ref")? = old.clone();
    bring_back(document, before, name, component);
    Some(place.to_owned())
}

/// Brings a component back that the overlay removed, with those that it refers to.
fn bring_back(document: &mut Value, before: &Value, name: String, component: Value) {
    let Some(schemas) = components(document) else { return };
    if schemas.contains_key(&name) {
        return;
    }
    let mut inner = Vec::new();
    references(&component, "", &mut inner);
    schemas.insert(name, component);
    for (_, name) in inner {
        if let Some(component) = before.pointer(&child("/components/schemas", &name)) {
            bring_back(document, before, name, component.clone());
        }
    }
}

/// Drops the choice or the property that holds a reference, and tells the pointer of what went.
fn drop_holder(document: &mut Value, before: &Value, place: &str) -> String {
    let steps: Vec<&str> = place.split('/').collect();
    let pointer = |count: usize| steps.get(..count).unwrap_or_default().join("/");
    // A reference within a choice takes its branch along, and the last branch the choice.
    if let Some(at) = steps.iter().rposition(|step| ["oneOf", "anyOf"].contains(step)) {
        let branch = steps.get(at + 1).and_then(|step| step.parse::<usize>().ok());
        let branches = document.pointer_mut(&pointer(at + 1)).and_then(Value::as_array_mut);
        if let (Some(index), Some(branches)) = (branch, branches.filter(|branches| branch < Some(branches.len()))) {
            branches.remove(index);
            if branches.is_empty() {
                replace(document, before, &pointer(at));
            }
            return pointer(at + 2);
        }
    }
    if let Some(at) = steps.iter().rposition(|step| *step == "properties")
        && let Some(owner) = document.pointer_mut(&pointer(at)).and_then(Value::as_object_mut)
        && let Some(key) = steps.get(at + 1).map(|step| step.replace("~1", "/").replace("~0", "~"))
    {
        if let Some(properties) = owner.get_mut("properties").and_then(Value::as_object_mut) {
            properties.shift_remove(&key);
        }
        if let Some(required) = owner.get_mut("required").and_then(Value::as_array_mut) {
            required.retain(|name| name != &Value::from(key.as_str()));
        }
        return pointer(at + 2);
    }
    replace(document, before, place);
    place.to_owned()
}

/// Makes a place what it was before the overlay, or says nothing about it any more.
fn replace(document: &mut Value, before: &Value, place: &str) {
    let old = before.pointer(place).cloned().unwrap_or_else(|| Value::Object(serde_json::Map::new()));
    let mut inner = Vec::new();
    references(&old, "", &mut inner);
    if let Some(value) = document.pointer_mut(place) {
        *value = old;
    }
    for (_, name) in inner {
        if let Some(component) = before.pointer(&child("/components/schemas", &name)) {
            bring_back(document, before, name, component.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe::overlay;
    use crate::source::load::load;

    const OVERLAY: &str = "\
overlay: 1.0.0
info: {title: Known, version: 1.0.0}
actions:
- target: $.components.schemas['Gone','Kept']
  update: {description: Words}
- target: $.choice
  update: {oneOf: [{$ref: '#/components/schemas/Kept'}, {properties: {data: {$ref: '#/components/schemas/Gone'}}}]}
- target: $.holder
  update: {required: [a, b], properties: {a: {$ref: '#/components/schemas/Gone'}, b: {type: string}}}
- target: $.list
  update: {items: {$ref: '#/components/schemas/Gone'}}
- target: $.components.schemas.Old
  remove: true
";

    fn run(overlay_text: &str) -> (Document, Vec<Gone>) {
        let text = "{choice: {}, holder: {}, list: {items: {$ref: '#/components/schemas/Old'}}, \
                    components: {schemas: {Kept: {type: object}, Old: {type: string}}}}";
        let mut document = load("a.yaml", text.as_bytes()).unwrap();
        let actions = load("overlay.yaml", overlay_text.as_bytes()).unwrap();
        let before = document.value.clone();
        let applied = overlay(&mut document, &actions).unwrap();
        let gone = drop_gone(&mut document, &before, &actions, &applied);
        (document, gone)
    }

    #[test]
    fn what_refers_to_a_component_that_is_gone_gives_way() {
        let (document, gone) = run(OVERLAY);
        let value = &document.value;
        assert_eq!(value["choice"]["oneOf"], serde_json::json!([{"$ref": "#/components/schemas/Kept"}]));
        assert_eq!(value["holder"], serde_json::json!({"required": ["b"], "properties": {"b": {"type": "string"}}}));
        assert_eq!(value["list"]["items"]["$ref"], "#/components/schemas/Old");
        assert_eq!(value["components"]["schemas"]["Old"]["type"], "string");
        let [gone] = gone.as_slice() else { panic!("{gone:?}") };
        assert_eq!((gone.component.as_str(), gone.references.len()), ("Gone", 3));
        assert_eq!(gone.dropped, ["/choice/oneOf/1", "/holder/properties/a"]);
        assert_eq!(gone.restored, ["/list/items"]);
    }

    #[test]
    fn the_last_branch_takes_the_choice_along() {
        let only = OVERLAY.replace("{$ref: '#/components/schemas/Kept'}, ", "");
        let (document, _) = run(&only);
        assert_eq!(document.value["choice"], serde_json::json!({}));
    }

    #[test]
    fn a_component_is_named_by_the_step_after_the_schemas() {
        for (target, names) in [
            ("$.components.schemas.Gone", true),
            ("$.components.schemas.Gone.properties.name", true),
            ("$.components.schemas['Kept','Gone'].properties", true),
            ("$.components.schemas[\"Gone\"]", true),
            ("$.components.schemas.Person.properties.Gone", false),
            ("$.components.schemas['Person'].properties['Gone']", false),
            ("$.components.schemas[?@.title=='Gone']", false),
            ("$.paths.Gone", false),
        ] {
            assert_eq!(names_component(target, "Gone"), names, "{target}");
        }
    }

    /// All of a round go at once, whichever of them stand in one list.
    #[test]
    fn many_references_to_what_is_gone_are_told_in_the_order_of_the_document() {
        let branches = ["{$ref: '#/components/schemas/Gone'}"; 3].join(", ");
        let many = OVERLAY.replace("{$ref: '#/components/schemas/Kept'}, ", &format!("{branches}, "));
        let (document, gone) = run(&many);
        assert_eq!(document.value["choice"], serde_json::json!({}));
        let expected = ["/choice/oneOf/0", "/choice/oneOf/1", "/choice/oneOf/2", "/choice/oneOf/3"];
        assert_eq!(gone[0].dropped[..4], expected);
    }

    #[test]
    fn a_name_that_no_action_knows_is_left_to_be_refused() {
        let slip = OVERLAY.replace("['Gone','Kept']", ".Kept");
        let (document, gone) = run(&slip);
        assert_eq!(gone, []);
        assert!(document.value.to_string().contains("/Gone"));
    }
}
