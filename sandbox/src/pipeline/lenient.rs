//! Completes the requests of older clients, which omit fields that the API requires today.

use serde_json::{Map, Value, json};

use crate::description::Operation;
use crate::shared::Shared;

/// The operations that create an origin.
const CREATES_ORIGIN: &[&str] = &["createAffiliateMember", "createEvent", "createOrigin", "createPurchase"];

/// Adds missing fields: the UUID of a visitor, the e-mail address and subtotal of an origin.
///
/// The address is that of the person behind the visitor, if known. Otherwise, it is derived from the UUID, so that a visitor
/// has the same address in all requests.
pub(super) fn complete(shared: &Shared, operation: &Operation, arguments: &mut Map<String, Value>) {
    let id = operation.id.as_str();
    let is_origin = CREATES_ORIGIN.contains(&id);
    if !is_origin && id != "createVisitor" {
        return;
    }
    let slug = arguments.get("site_slug").and_then(Value::as_str).unwrap_or_default().to_owned();
    let Some(data) = arguments.entry("data").or_insert_with(|| json!({})).as_object_mut() else {
        return;
    };
    let is_missing = |data: &Map<String, Value>, name: &str| data.get(name).is_none_or(|value| value == "");
    if is_missing(data, "uuid") && (!is_origin || is_missing(data, "email")) {
        data.extend(shared.with_site(&slug, |site| ("uuid".to_owned(), site.random_uuid().into())));
    }
    if !is_origin {
        return;
    }
    if is_missing(data, "email") {
        let uuid = data.get("uuid").and_then(Value::as_str).unwrap_or("unknown").to_lowercase();
        let known = shared.with_site(&slug, |site| {
            let person = site.visitors.get(&uuid).copied().flatten()?;
            Some(site.people[person].email.clone())
        });
        let email = known.flatten().unwrap_or_else(|| format!("{uuid}@visitor.example"));
        data.insert("email".to_owned(), email.into());
    }
    if is_missing(data, "subtotal") && id != "createAffiliateMember" {
        data.insert("subtotal".to_owned(), 0.into());
    }
}
