//! The description as this sandbox fulfills it: its address, its sites, and examples that exist in it.

use serde_json::{Value, json};

use crate::description::DESCRIPTION;
use crate::sandbox::Shared;
use crate::state::Site;

/// What the page says before all else.
const ABOUT: &str = "This is a sandbox. It answers as Talkable's API does, from the memory of a program on this machine, \
                     and nothing that is sent here reaches Talkable. Choose **Authorize** and enter the key that the \
                     sandbox printed when it started. No key of Talkable's belongs in this page or in any other.";

/// An example of a parameter, from what a site holds.
type Example = fn(&Site) -> Option<Value>;

/// The parameters that name a record, which the description can only show in general.
const EXAMPLES: &[(&str, Example)] = &[("person_slug", |site| Some(site.people.iter().next()?.email.as_str().into()))];

pub(super) fn description(shared: &Shared) -> Value {
    let mut document = DESCRIPTION.document.clone();
    let about = format!("{ABOUT}\n\n{}", document["info"]["description"].as_str().unwrap_or_default());
    document["info"]["title"] = "Talkable API in a sandbox".into();
    document["info"]["description"] = about.into();
    // Relative to where the document lies: by whatever name the sandbox was reached, the page stays with its own origin.
    document["servers"] = json!([{ "url": "/", "description": "This sandbox." }]);

    let sites = shared.sites();
    let slug = json!({ "enum": sites.keys().collect::<Vec<_>>(), "example": sites.keys().next() });
    extend(document.pointer_mut("/components/schemas/site_slug"), &slug);
    for parameter in parameters(&mut document) {
        if parameter["name"] == "site_slug" {
            extend(parameter.get_mut("schema"), &slug);
        }
        let example = EXAMPLES.iter().find(|(name, _)| parameter["name"] == **name);
        let example = example.and_then(|(_, example)| sites.values().find_map(example));
        illustrate(parameter, example);
    }
    document
}

/// Every parameter that the document declares, in its components, its paths and its operations.
fn parameters(document: &mut Value) -> Vec<&mut Value> {
    let mut found = Vec::new();
    for (part, value) in document.as_object_mut().into_iter().flatten() {
        match part.as_str() {
            "components" => found.extend(value.get_mut("parameters").into_iter().flat_map(values)),
            "paths" => found.extend(values(value).flat_map(values).flat_map(listed)),
            _ => {}
        }
    }
    found
}

/// The parameters in a member of a path, which is an operation, or the list of what all its operations have.
fn listed(member: &mut Value) -> impl Iterator<Item = &mut Value> {
    let list = if member.is_array() { Some(member) } else { member.get_mut("parameters") };
    list.and_then(Value::as_array_mut).into_iter().flatten()
}

fn values(object: &mut Value) -> impl Iterator<Item = &mut Value> {
    object.as_object_mut().into_iter().flat_map(|object| object.values_mut())
}

/// Gives a parameter this example. Without one it keeps its own if that says something: a page fills it in, and sends it.
fn illustrate(parameter: &mut Value, example: Option<Value>) {
    let Some(parameter) = parameter.as_object_mut() else {
        return;
    };
    if let Some(example) = example {
        parameter.remove("examples");
        parameter.insert("example".to_owned(), example);
        return;
    }
    if parameter.get("example").is_some_and(says_nothing) {
        parameter.remove("example");
    }
    let schema = parameter.get_mut("schema").and_then(Value::as_object_mut);
    if let Some(schema) = schema.filter(|schema| schema.get("example").is_some_and(says_nothing)) {
        schema.remove("example");
    }
}

/// Whether it only stands for some text or other.
fn says_nothing(example: &Value) -> bool {
    *example == "text" || *example == json!(["text"])
}

fn extend(schema: Option<&mut Value>, keywords: &Value) {
    if let (Some(schema), Some(keywords)) = (schema.and_then(Value::as_object_mut), keywords.as_object()) {
        schema.extend(keywords.clone());
    }
}
