//! Checks that schemas are well-formed, and determines the kinds of their values.

use std::collections::{HashMap, HashSet};

use crate::openapi::node::Node;
use crate::openapi::schema_limits::Limits;
use crate::openapi::tagged_union::TaggedUnion;
use crate::{Diagnostic, Result};

/// The maximum nesting depth of schemas, which is ten times the depth in published documents.
pub(crate) const DEEPEST: usize = 64;

const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];

/// The kind of value described by a schema.
#[derive(Clone, Debug)]
pub(crate) enum SchemaKind<'a> {
    /// A reference to another schema.
    Reference(Node<'a>),
    /// An object with known properties.
    Object(ObjectSchema<'a>),
    /// An object whose keys are data, with the schema of its values, if any.
    Map(Option<Node<'a>>),
    /// An array, with the schema of its items.
    List(Node<'a>),
    /// A string with known values.
    Enum(Vec<String>),
    /// One of several objects, which are distinguished by a property.
    TaggedUnion(TaggedUnion<'a>),
    /// A string, with its format, if any.
    Text(Option<&'a str>),
    /// `integer`, `number` or `boolean`.
    Scalar(&'a str),
    /// Any JSON.
    Any,
}

/// The known properties of an object.
#[derive(Clone, Debug, Default)]
pub(crate) struct ObjectSchema<'a> {
    pub(crate) properties: Vec<(&'a str, Node<'a>)>,
    pub(crate) required: Vec<&'a str>,
    /// The schema of additional properties.
    pub(crate) others: Option<Node<'a>>,
}

impl<'a> ObjectSchema<'a> {
    /// Returns the schema of a property.
    pub(crate) fn property(&self, key: &str) -> Option<&Node<'a>> {
        self.properties.iter().find(|(name, _)| *name == key).map(|(_, node)| node)
    }

    /// Merges several objects. A later property replaces an earlier property with the same name.
    fn merged(records: Vec<ObjectSchema<'a>>) -> Self {
        let mut all = Self::default();
        let (mut known, mut required) = (HashMap::new(), HashSet::new());
        for record in records {
            for (key, node) in record.properties {
                match known.get(key).and_then(|index: &usize| all.properties.get_mut(*index)) {
                    Some((_, before)) => *before = node,
                    None => {
                        known.insert(key, all.properties.len());
                        all.properties.push((key, node));
                    }
                }
            }
            all.required.extend(record.required.into_iter().filter(|key| required.insert(*key)));
            all.others = record.others.or(all.others.take());
        }
        all
    }
}

/// Rejects a schema if it or an inner schema is malformed or exceeds the limits.
pub(crate) fn validate(node: &Node<'_>, limits: &mut Limits) -> Result<()> {
    if limits.is_new(node) { walk(node, limits, 0) } else { Ok(()) }
}

fn walk(node: &Node<'_>, limits: &mut Limits, depth: usize) -> Result<()> {
    if depth > DEEPEST {
        return Err(node
            .error(format!("schemas are nested more than {DEEPEST} levels deep"))
            .help("move the inner schemas to `#/components/schemas`"));
    }
    node.follow()?;
    shallow(node)?;
    limits.schema(node)?;
    let mut inner: Vec<_> = node.entries_of("properties")?.into_iter().map(|(_, property)| property).collect();
    for key in ["allOf", "oneOf", "anyOf"] {
        let parts = node.items_of(key)?;
        if let Some(empty) = node.get(key).filter(|_| parts.is_empty()) {
            return Err(empty.error(format!("`{key}` is empty")).help("add a schema or remove the key"));
        }
        inner.extend(parts);
    }
    inner.extend(node.get("items"));
    inner.extend(node.get("additionalProperties").filter(|others| !others.value.is_boolean()));
    inner.iter().try_for_each(|inner| walk(inner, limits, depth + 1))
}

/// Checks a schema without its inner schemas.
fn shallow(node: &Node<'_>) -> Result<()> {
    node.object()?;
    if let Some(kind) = node.get("type") {
        let help = "use one type and `nullable` as in OpenAPI 3.0, or declare `openapi: 3.1.0`";
        let text = kind.text().map_err(|error| error.help(help))?;
        if !TYPES.contains(&text) {
            let error = kind.error(format!("`{text}` is not a type in OpenAPI 3.0"));
            return Err(error.help(format!("use one of {}", TYPES.join(", "))));
        }
        if text == "array" && node.get("items").is_none() {
            return Err(node.error("the array has no `items`").help("describe the items"));
        }
    }
    for key in ["format", "description", "x-rust-name", "x-rust-field"] {
        node.text_of(key)?;
    }
    // The exclusive bounds are booleans in OpenAPI 3.0, but numbers in OpenAPI 3.1.
    for key in ["nullable", "deprecated", "x-empty-is-null", "exclusiveMinimum", "exclusiveMaximum"] {
        node.flag_of(key)?;
    }
    enumeration(node)?;
    for key in ["required", "x-extensible-enum"] {
        for item in node.items_of(key)? {
            item.text()?;
        }
    }
    if let Some(discriminator) = node.get("discriminator") {
        discriminator.need("propertyName")?.text()?;
        for (_, target) in discriminator.entries_of("mapping")? {
            target.text()?;
        }
    }
    Ok(())
}

/// Rejects an enum that is empty or has a value of the wrong type.
fn enumeration(node: &Node<'_>) -> Result<()> {
    let items = node.items_of("enum")?;
    if let Some(empty) = node.get("enum").filter(|_| items.is_empty()) {
        return Err(empty.error("`enum` is empty").help("add its values or remove it"));
    }
    let fits = |item: &Node<'_>| match node.text_of("type") {
        Ok(Some("string")) => item.value.is_string(),
        Ok(Some("integer" | "number")) => item.value.is_number(),
        Ok(Some("boolean")) => item.value.is_boolean(),
        _ => !item.value.is_object() && !item.value.is_array(),
    };
    match items.iter().find(|item| !item.value.is_null() && !fits(item)) {
        Some(other) => {
            let error = other.error("the enum value does not have the `type` of the schema");
            Err(error.help("use a value of that type; quote it if it is a string"))
        }
        None => Ok(()),
    }
}

/// Determines the kind of a well-formed schema.
pub(crate) fn kind<'a>(node: &Node<'a>) -> Result<SchemaKind<'a>> {
    kind_within(node, &mut Walk::default())
}

/// The schemas that contain the current schema, and the kinds of the parts that were already read.
#[derive(Default)]
struct Walk<'a> {
    open: Vec<String>,
    /// The kinds of parts, by pointer. Without this cache, a shared part would be read once for each path to it.
    parts: HashMap<String, SchemaKind<'a>>,
}

fn kind_within<'a>(node: &Node<'a>, walk: &mut Walk<'a>) -> Result<SchemaKind<'a>> {
    if walk.open.contains(&node.pointer) || walk.open.len() > DEEPEST {
        return Err(node
            .error("the schema contains itself")
            .help("break the cycle with an object that has properties"));
    }
    if node.get("$ref").is_some() {
        return Ok(SchemaKind::Reference(node.follow()?));
    }
    walk.open.push(node.pointer.clone());
    let kind = match node.items_of("allOf")? {
        parts if !parts.is_empty() => merged(node, &parts, walk),
        _ => plain(node, walk),
    };
    walk.open.pop();
    kind
}

/// Returns the kind of a schema without `allOf`.
fn plain<'a>(node: &Node<'a>, walk: &mut Walk<'a>) -> Result<SchemaKind<'a>> {
    let mut branches = node.items_of("oneOf")?;
    if let (Some(discriminator), false) = (node.get("discriminator"), branches.is_empty()) {
        let choice = TaggedUnion::find(&discriminator, &branches, |branch| part_kind(branch, walk))?;
        return Ok(choice.map_or(SchemaKind::Any, SchemaKind::TaggedUnion));
    }
    branches.extend(node.items_of("anyOf")?);
    let several = branches.len() > 1;
    branches.retain(|branch| !only_requires(branch));
    match branches.as_slice() {
        [] => alone(node),
        [only] => one_branch(node, only, several, walk),
        _ => Ok(SchemaKind::Any),
    }
}

/// Returns the kind of a union in which `only` is the only branch that describes properties. If the union has `several` branches,
/// a value can match one of the others, so the properties of `only` are optional.
fn one_branch<'a>(node: &Node<'a>, only: &Node<'a>, several: bool, walk: &mut Walk<'a>) -> Result<SchemaKind<'a>> {
    let own = alone(node)?;
    if let (SchemaKind::Any | SchemaKind::Map(None), false) = (&own, several) {
        return kind_within(only, walk);
    }
    let mut branch = part_kind(&only.follow()?, walk)?;
    if let (SchemaKind::Object(record), true) = (&mut branch, several) {
        record.required.clear();
    }
    Ok(together([branch, own]))
}

/// Returns the kind of a schema, ignoring `allOf` and union branches.
fn alone<'a>(node: &Node<'a>) -> Result<SchemaKind<'a>> {
    let values = values(node)?;
    Ok(match node.text_of("type")? {
        Some("string") if values.is_empty() => SchemaKind::Text(node.text_of("format")?),
        Some("string") => SchemaKind::Enum(values),
        None if !values.is_empty() && texts_alone(node)? => SchemaKind::Enum(values),
        Some("array") => SchemaKind::List(node.need("items")?),
        Some("object") => object(node)?,
        Some(scalar) => SchemaKind::Scalar(scalar),
        None if node.get("properties").is_some() => object(node)?,
        None => SchemaKind::Any,
    })
}

/// Returns whether a branch contains only a list of required properties, which cannot be expressed in a Rust type.
fn only_requires(branch: &Node<'_>) -> bool {
    branch.value.as_object().is_some_and(|said| !said.is_empty() && said.keys().all(|key| key == "required"))
}

/// Returns the unions in an `allOf` and its parts. The unions are left out, because only the properties become a type.
pub(crate) fn beside_fields<'a>(node: &Node<'a>) -> Result<Vec<Node<'a>>> {
    if node.get("allOf").is_none() {
        return Ok(Vec::new());
    }
    let (mut lost, mut seen, mut waiting) = (Vec::new(), HashSet::new(), vec![node.clone()]);
    while let Some(part) = waiting.pop() {
        if !seen.insert(part.pointer.clone()) {
            continue;
        }
        for inner in part.items_of("allOf")? {
            waiting.push(inner.follow()?);
        }
        let branches = part.items_of("oneOf")?.into_iter().chain(part.items_of("anyOf")?);
        // A single branch without a discriminator is merged with the properties, so it is not left out.
        let choice =
            branches.filter(|branch| !only_requires(branch)).count() > usize::from(part.get("discriminator").is_none());
        lost.extend(choice.then_some(part));
    }
    Ok(lost)
}

/// Returns whether an enum contains only strings and null.
fn texts_alone(node: &Node<'_>) -> Result<bool> {
    Ok(node.items_of("enum")?.iter().all(|item| item.value.is_string() || item.value.is_null()))
}

/// Returns the distinct values of a string enum.
fn values(node: &Node<'_>) -> Result<Vec<String>> {
    let items = node.items_of("enum")?.into_iter().chain(node.items_of("x-extensible-enum")?);
    let mut known = HashSet::new();
    let values = items.filter_map(|item| item.value.as_str()).filter(|text| known.insert(*text));
    Ok(values.map(str::to_owned).collect())
}

fn object<'a>(node: &Node<'a>) -> Result<SchemaKind<'a>> {
    let others = node.get("additionalProperties");
    let open = others.as_ref().is_some_and(|others| others.value != &serde_json::Value::Bool(false));
    let schema = others.clone().filter(|others| others.value.is_object());
    if node.get("properties").is_none() && (open || others.is_none()) {
        return Ok(SchemaKind::Map(schema));
    }
    let required = node.items_of("required")?.iter().map(Node::text).collect::<Result<Vec<_>, Diagnostic>>()?;
    Ok(SchemaKind::Object(ObjectSchema {
        properties: node.entries_of("properties")?,
        required,
        others: others.filter(|_| open),
    }))
}

/// Returns the kind of an `allOf`.
fn merged<'a>(node: &Node<'a>, parts: &[Node<'a>], walk: &mut Walk<'a>) -> Result<SchemaKind<'a>> {
    let own = plain(node, walk)?;
    if let ([only], SchemaKind::Any | SchemaKind::Map(None)) = (parts, &own) {
        return kind_within(only, walk);
    }
    let mut kinds = parts.iter().map(|part| part_kind(&part.follow()?, walk)).collect::<Result<Vec<_>>>()?;
    kinds.push(own);
    Ok(together(kinds))
}

/// Combines the kinds of several parts. Merges the objects, if there are any. Otherwise returns the first kind that describes a
/// specific type.
fn together<'a>(kinds: impl IntoIterator<Item = SchemaKind<'a>>) -> SchemaKind<'a> {
    let mut records = Vec::new();
    let mut other = SchemaKind::Any;
    for kind in kinds {
        match kind {
            SchemaKind::Object(part) => records.push(part),
            kind if matches!(other, SchemaKind::Any | SchemaKind::Map(None)) => other = kind,
            _ => {}
        }
    }
    if records.is_empty() { other } else { SchemaKind::Object(ObjectSchema::merged(records)) }
}

fn part_kind<'a>(part: &Node<'a>, walk: &mut Walk<'a>) -> Result<SchemaKind<'a>> {
    if let Some(known) = walk.parts.get(&part.pointer) {
        return Ok(known.clone());
    }
    let kind = kind_within(part, walk)?;
    walk.parts.insert(part.pointer.clone(), kind.clone());
    Ok(kind)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn wrong_types_are_located() {
        for (schema, complaint, pointer) in [
            (json!([]), "expected an object, found an array", ""),
            (json!({"type": ["string", "null"]}), "expected a string, found an array", "/type"),
            (json!({"type": "strnig"}), "`strnig` is not a type", "/type"),
            (json!({"type": "array"}), "has no `items`", ""),
            (json!({"properties": {"a": true}}), "expected an object, found `true`", "/properties/a"),
            (json!({"required": "a"}), "expected an array, found a string", "/required"),
            (json!({"required": [1]}), "expected a string, found the number 1", "/required/0"),
            (json!({"enum": {}}), "expected an array, found an object", "/enum"),
            (json!({"allOf": []}), "`allOf` is empty", "/allOf"),
            (json!({"nullable": "yes"}), "expected true or false, found a string", "/nullable"),
            (json!({"description": null}), "expected a string, found null", "/description"),
        ] {
            let error = validate(&Node::root(&schema), &mut Limits::default()).unwrap_err();
            assert!(error.to_string().contains(complaint), "{error}");
            assert_eq!(error.pointer.as_deref(), Some(pointer));
        }
    }

    #[test]
    fn rejects_schemas_that_nest_too_deeply() {
        let mut schema = json!({"type": "string"});
        for _ in 0..100 {
            schema = json!({"type": "array", "items": schema});
        }
        assert!(
            validate(&Node::root(&schema), &mut Limits::default())
                .unwrap_err()
                .to_string()
                .contains("are nested more than")
        );
    }

    #[test]
    fn all_of_is_merged() {
        let root = json!({
            "base": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}},
            "more": {"allOf": [{"$ref": "#/base"}, {"properties": {"name": {"type": "string"}}, "required": ["name"]}]},
            "same": {"nullable": true, "allOf": [{"$ref": "#/base"}]},
            "self": {"allOf": [{"$ref": "#/self"}, {"type": "object", "properties": {}}]},
        });
        let at = |key: &str| Node::root(&root).get(key).unwrap();
        let SchemaKind::Object(record) = kind(&at("more")).unwrap() else { panic!("expected a record") };
        assert_eq!(record.properties.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["id", "name"]);
        assert_eq!(record.required, ["id", "name"]);
        assert!(matches!(kind(&at("same")).unwrap(), SchemaKind::Reference(node) if node.pointer == "/base"));
        assert!(kind(&at("self")).unwrap_err().to_string().contains("contains itself"));
    }

    #[test]
    fn a_single_branch_is_merged_with_the_properties_next_to_it() {
        let fields = |kind: SchemaKind<'_>| {
            let SchemaKind::Object(record) = kind else { panic!("{kind:?}") };
            let names: Vec<String> = record.properties.iter().map(|(name, _)| (*name).to_owned()).collect();
            (names.join(" "), record.required.join(" "))
        };
        let phone = json!({"required": ["phone"], "properties": {"phone": {"type": "string"}}});
        let id = json!({"id": {"type": "string"}});
        for (schema, names, required) in [
            (json!({"properties": id, "oneOf": [{"$ref": "#/phone"}]}), "phone id", "phone"),
            (
                json!({"properties": id, "required": ["id"], "anyOf": [{"required": ["email"]}, phone]}),
                "phone id",
                "id",
            ),
            (json!({"anyOf": [{"required": ["email"]}, phone]}), "phone", ""),
        ] {
            let root = json!({"schema": schema, "phone": phone});
            let kind = kind(&Node::root(&root).get("schema").unwrap()).unwrap();
            assert_eq!(fields(kind), (names.to_owned(), required.to_owned()), "{schema}");
        }
    }

    #[test]
    fn determines_the_kind_of_simple_schemas() {
        let kind_of = |schema: Value| format!("{:?}", kind(&Node::root(&schema)).unwrap());
        for (schema, expected) in [
            (json!({"type": "string", "enum": ["a", "b", "a", null]}), r#"Enum(["a", "b"])"#),
            (json!({"type": "string", "x-extensible-enum": ["a"]}), r#"Enum(["a"])"#),
            (json!({"type": "integer", "enum": [1, 2]}), r#"Scalar("integer")"#),
            (json!({"type": "object"}), "Map(None)"),
            (json!({"oneOf": [{"type": "string"}, {"type": "integer"}]}), "Any"),
            (json!({"anyOf": [{"type": "string"}]}), "Text(None)"),
            (json!({"type": "string", "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}), "Text(None)"),
            (json!({}), "Any"),
        ] {
            assert_eq!(kind_of(schema), expected);
        }
    }
}
