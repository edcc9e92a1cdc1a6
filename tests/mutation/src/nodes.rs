//! Lists the nodes of a document with their roles, so that mutations can keep the document valid.
//!
//! ```
//! use mutation::nodes::{Role, nodes};
//!
//! let document = serde_json::json!({"components": {"schemas": {"A": {"items": {"example": 1}}}}});
//! let found = nodes(&document);
//! let role = |pointer: &str| found.iter().find(|(node, _)| node == pointer).map(|(_, role)| *role);
//! assert_eq!(role("/components/schemas/A/items"), Some(Role::Schema));
//! assert_eq!(role("/components/schemas/A/items/example"), Some(Role::Data));
//! assert_eq!(role("/components"), Some(Role::Other));
//! ```

use codegen::source::document::child;
use serde_json::Value;

/// The role of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A schema.
    Schema,
    /// The properties of a schema.
    Properties,
    /// A part of an example.
    Data,
    /// A media type of a request or response.
    MediaType,
    /// The responses of an operation.
    Responses,
    /// The parameters of an operation.
    Parameters,
    /// An operation.
    Operation,
    /// The paths of the document.
    Paths,
    /// The named schemas of the document.
    Schemas,
    /// A list of schemas, such as `allOf`.
    Parts,
    /// Any other node.
    Other,
}

/// Returns the pointers and roles of all nodes. Every node comes after its ancestors.
#[must_use]
pub fn nodes(document: &Value) -> Vec<(String, Role)> {
    let mut found = Vec::new();
    step(document, String::new(), Role::Other, &mut found);
    found
}

fn step(value: &Value, pointer: String, role: Role, found: &mut Vec<(String, Role)>) {
    found.push((pointer.clone(), role));
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                step(value, child(&pointer, key), below(role, key, value, &pointer), found);
            }
        }
        Value::Array(items) => {
            let inner = match role {
                Role::Parts => Role::Schema,
                Role::Data => Role::Data,
                _ => Role::Other,
            };
            for (index, item) in items.iter().enumerate() {
                step(item, format!("{pointer}/{index}"), inner, found);
            }
        }
        _ => {}
    }
}

fn below(role: Role, key: &str, value: &Value, pointer: &str) -> Role {
    match (role, key) {
        (Role::Data, _) => Role::Data,
        (Role::Properties | Role::Schemas, _) => Role::Schema,
        (Role::Schema, "properties") => Role::Properties,
        (Role::Schema, "items" | "additionalProperties") => Role::Schema,
        (Role::Schema, "allOf" | "oneOf" | "anyOf") => Role::Parts,
        (_, "example") => Role::Data,
        (Role::Other, "value") if pointer.contains("/examples/") => Role::Data,
        (Role::Schema, _) => Role::Other,
        (_, "schema") => Role::Schema,
        (_, "schemas") => Role::Schemas,
        (_, "responses") => Role::Responses,
        (_, "parameters") if value.is_array() => Role::Parameters,
        (_, "paths") => Role::Paths,
        (Role::Other, "get" | "put" | "post" | "delete" | "patch") => Role::Operation,
        (_, "application/json") => Role::MediaType,
        _ => Role::Other,
    }
}
