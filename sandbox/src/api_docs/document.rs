//! The OpenAPI description of a running sandbox. It includes the sandbox's sites, and examples from their records.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::description::DESCRIPTION;
use crate::shared::Shared;
use crate::state::{Origin, Site};

const ABOUT: &str = "This is a sandbox: it simulates Talkable's API in memory, and sends nothing to Talkable. Choose \
                     **Authorize** and enter the key that the sandbox printed at startup. Never enter a real Talkable key \
                     here.";

/// Finds an example in a site's records.
type Example = fn(&Site) -> Option<Value>;

/// The example finders, by parameter name.
const EXAMPLES: &[(&str, Example)] = &[
    ("advocate_email", |site| Some(json!(site.people().next()?.email))),
    ("claim_url", |site| Some(json!(site.claim_url(site.offers().next()?)))),
    ("code", |site| Some(json!(site.coupons().next()?.code))),
    ("email", |site| Some(json!(site.people[*site.loyalty.members.keys().next()?].email))),
    ("end_date", |site| Some(json!(site.now().date_naive().to_string()))),
    ("friend_email", |_| Some(json!("friend@example.com"))),
    // The first record of every kind has this id.
    ("id", |_| Some(json!(1))),
    ("metric", |_| Some(json!("total_sales_count"))),
    ("origin_slug", |site| Some(json!(site.origins().find_map(Origin::slug)?))),
    ("person_slug", |site| Some(json!(site.people().next()?.email))),
    ("short_url_code", |site| Some(json!(site.offers().next()?.short_url_code))),
    ("site_slug", |site| Some(json!(site.slug()))),
    ("start_date", |site| Some(json!((site.now() - TimeDelta::days(30)).date_naive().to_string()))),
    ("visitor_uuid", |site| Some(json!(site.origins().find_map(|origin| origin.visitor_uuid.as_ref())?))),
];

pub(super) fn document(shared: &Shared) -> Value {
    let mut document = DESCRIPTION.document.clone();
    let about = format!("{ABOUT}\n\n{}", document["info"]["description"].as_str().unwrap_or_default());
    document["info"]["title"] = "Talkable API in a sandbox".into();
    document["info"]["description"] = about.into();
    // With a relative URL, the page sends requests to the origin that it was loaded from.
    document["servers"] = json!([{ "url": "/", "description": "This sandbox" }]);
    if let Some(text) = document.pointer_mut("/components/securitySchemes/api_key/description") {
        *text = "The key that the sandbox printed at startup.".into();
    }
    if let Some(slug) =
        document.pointer_mut("/components/schemas/Campaign/properties/slug").and_then(Value::as_object_mut)
    {
        // The slug's published type is a string, but Talkable and the sandbox both send a number.
        slug.retain(|keyword, _| keyword == "description");
        slug.insert("oneOf".to_owned(), json!([{ "type": "integer" }, { "type": "string" }]));
    }

    let sites = shared.sites();
    let slug = json!({ "enum": sites.keys().collect::<Vec<_>>(), "example": sites.keys().next() });
    extend(document.pointer_mut("/components/schemas/site_slug"), &slug);
    if let Some(rule) = sites.values().find_map(|site| site.loyalty.rules.last()) {
        let kind = document.pointer_mut("/components/schemas/CreateCollectActionData/properties/type");
        extend(kind, &json!({ "example": rule.identifier }));
    }
    for parameter in parameters(&mut document) {
        if parameter["name"] == "site_slug" {
            extend(parameter.get_mut("schema"), &slug);
        }
        let example = EXAMPLES.iter().find(|(name, _)| parameter["name"] == **name);
        set_example(parameter, example.and_then(|(_, example)| sites.values().find_map(example)));
    }
    document
}

/// Returns all parameters in a document, including those in components, path items and operations.
fn parameters(document: &mut Value) -> Vec<&mut Value> {
    let mut found = Vec::new();
    for (part, value) in document.as_object_mut().into_iter().flatten() {
        match part.as_str() {
            "components" => found.extend(value.get_mut("parameters").into_iter().flat_map(values)),
            "paths" => found.extend(values(value).flat_map(values).flat_map(parameters_of)),
            _ => {}
        }
    }
    found
}

/// Returns the parameters in a member of a path item. The member is an operation or the list of shared parameters.
fn parameters_of(member: &mut Value) -> impl Iterator<Item = &mut Value> {
    let list = if member.is_array() { Some(member) } else { member.get_mut("parameters") };
    list.and_then(Value::as_array_mut).into_iter().flatten()
}

fn values(object: &mut Value) -> impl Iterator<Item = &mut Value> {
    object.as_object_mut().into_iter().flat_map(|object| object.values_mut())
}

/// Sets a parameter's example. If `example` is `None`, removes an optional parameter's published example, because
/// Swagger UI would fill it in.
fn set_example(parameter: &mut Value, example: Option<Value>) {
    let is_optional = parameter["required"] != true;
    let Some(parameter) = parameter.as_object_mut() else {
        return;
    };
    if let Some(example) = example {
        parameter.remove("examples");
        parameter.insert("example".to_owned(), example);
    } else if is_optional {
        parameter.remove("example");
        if let Some(schema) = parameter.get_mut("schema").and_then(Value::as_object_mut) {
            schema.remove("example");
        }
    }
}

fn extend(schema: Option<&mut Value>, keywords: &Value) {
    if let (Some(schema), Some(keywords)) = (schema.and_then(Value::as_object_mut), keywords.as_object()) {
        schema.extend(keywords.clone());
    }
}
