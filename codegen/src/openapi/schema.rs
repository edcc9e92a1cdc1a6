//! Determines the kind of value that a schema describes.

mod all_of;
mod branches;
mod check;

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::Result;
use crate::openapi::node::Node;
use crate::openapi::tagged_union::TaggedUnion;
use crate::openapi::union::Union;

use all_of::{merged, together};

pub(crate) use all_of::left_out_parts;
pub(crate) use check::validate;

/// The maximum nesting depth of schemas, which is ten times the depth in published documents.
pub(crate) const DEEPEST: usize = 64;

/// The extension that makes a field a `String` even if its values are numbers, such as an identifier whose form could change.
const RUST_TYPE: &str = "x-rust-type";

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
    /// One of several objects, which are distinguished by a property. Another property contains the value.
    TaggedUnion(TaggedUnion<'a>),
    /// One of several values that can be distinguished.
    Union(Union<'a>),
    /// A string, with its format, if any.
    Text(Option<&'a str>),
    /// `integer`, `number` or `boolean`.
    Scalar(&'a str),
    /// Any JSON value.
    Any,
}

/// The known properties of an object.
#[derive(Clone, Debug, Default)]
pub(crate) struct ObjectSchema<'a> {
    pub(crate) properties: Vec<(&'a str, Node<'a>)>,
    pub(crate) required: Vec<&'a str>,
    /// The schema of additional properties, if any.
    pub(crate) others: Option<Node<'a>>,
    /// The properties that several schemas of an `allOf`, or several branches of a union, describe differently.
    pub(crate) conflicts: Vec<Conflict<'a>>,
}

/// A property that two schemas describe differently.
#[derive(Clone, Debug)]
pub(crate) struct Conflict<'a> {
    pub(crate) key: &'a str,
    pub(crate) earlier: Node<'a>,
    pub(crate) later: Node<'a>,
    pub(crate) difference: Difference,
}

/// The difference between two schemas of a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Difference {
    /// Both schemas are objects in an `allOf`. A value has the properties of both.
    Objects,
    /// The schemas in an `allOf` have different types. The merged object uses the later schema.
    Types,
    /// The schemas belong to branches of a union, so the values are untyped.
    Branches,
}

impl Conflict<'_> {
    /// Turns a conflict between object schemas into a conflict of types, so that the schemas are not merged. Merging replaces a
    /// schema in the document, but an object with added properties has no schema of its own there.
    pub(crate) fn without_merging(mut self) -> Self {
        if self.difference == Difference::Objects {
            self.difference = Difference::Types;
        }
        self
    }
}

impl<'a> ObjectSchema<'a> {
    /// Returns whether this object has all properties of `other`, and requires all properties that `other` requires.
    fn includes(&self, other: &Self) -> bool {
        other.properties.iter().all(|(key, _)| self.property(key).is_some())
            && other.required.iter().all(|key| self.required.contains(key))
            && (other.others.is_none() || self.others.is_some())
    }

    /// Returns whether this object and `other` have different schemas for a property other than `tag`.
    fn contradicts(&self, other: &Self, tag: &str) -> bool {
        let differs = |(key, node): &(&str, Node<'_>)| other.property(key).is_some_and(|it| it.value != node.value);
        self.properties.iter().any(|property| property.0 != tag && differs(property))
    }

    /// Returns the schema of a property.
    pub(crate) fn property(&self, key: &str) -> Option<&Node<'a>> {
        self.properties.iter().find(|(name, _)| *name == key).map(|(_, node)| node)
    }
}

/// Determines the kind of a well-formed schema.
pub(crate) fn kind<'a>(node: &Node<'a>) -> Result<SchemaKind<'a>> {
    branches::full_kind(node, &mut Walk::default())
}

/// The schemas that contain the current schema, and the kinds that were already read.
#[derive(Default)]
struct Walk<'a> {
    open: Vec<String>,
    /// The kinds of the schemas in `allOf` lists, by pointer. Without this cache, a base schema would be read again for every
    /// schema that includes it.
    parts: HashMap<String, SchemaKind<'a>>,
    /// The kinds of union branches, by pointer.
    branches: HashMap<String, SchemaKind<'a>>,
    /// The base schemas whose subtypes are being read.
    bases: Vec<String>,
}

/// Determines the kind of a schema that is included in another one. A base schema counts as an object, even if it has subtypes.
fn kind_within<'a>(node: &Node<'a>, walk: &mut Walk<'a>) -> Result<SchemaKind<'a>> {
    if walk.open.contains(&node.pointer) || walk.open.len() > DEEPEST {
        return Err(node
            .error("the schema contains itself")
            .help("break the cycle with an object that has properties"));
    }
    if node.get("$ref").is_some() {
        return Ok(SchemaKind::Reference(node.follow()?));
    }
    if node.text_of(RUST_TYPE)? == Some("String") {
        return Ok(SchemaKind::Text(None));
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
    if let (Some(discriminator), false) = (node.get("discriminator"), branches.is_empty())
        && let Some(union) = TaggedUnion::find(&discriminator, &branches, |branch| part_kind(branch, walk))?
    {
        return Ok(SchemaKind::TaggedUnion(union));
    }
    let alternatives = node.items_of("anyOf")?;
    // If a schema has both keywords, each value matches a branch of `oneOf` and a branch of `anyOf`, which no Rust type expresses.
    let is_product = !branches.is_empty() && alternatives.iter().any(|branch| !only_requires(branch));
    branches.extend(alternatives);
    let several = branches.len() > 1;
    branches.retain(|branch| !only_requires(branch));
    match branches.as_slice() {
        [] => alone(node),
        [only] => one_branch(node, only, several, walk),
        _ if is_product => Ok(SchemaKind::Any),
        branches => Ok(match alone(node)? {
            SchemaKind::Object(own) => branches::union(node, branches, Some(&own), walk),
            SchemaKind::List(_) | SchemaKind::Map(Some(_)) => SchemaKind::Any,
            _ => branches::union(node, branches, None, walk),
        }),
    }
}

/// Returns the kind of a union in which `only` is the only branch that describes properties. If the union has `several` branches,
/// the properties of `only` become optional, because a value can match another branch.
fn one_branch<'a>(node: &Node<'a>, only: &Node<'a>, several: bool, walk: &mut Walk<'a>) -> Result<SchemaKind<'a>> {
    let own = alone(node)?;
    if let (SchemaKind::Any | SchemaKind::Map(None), false) = (&own, several) {
        return kind_within(only, walk);
    }
    let mut branch = part_kind(&only.follow()?, walk)?;
    if let (SchemaKind::Object(record), true) = (&mut branch, several) {
        record.required.clear();
    }
    Ok(together([branch, own], walk))
}

/// Returns the kind of a schema, ignoring `allOf` and union branches.
fn alone<'a>(node: &Node<'a>) -> Result<SchemaKind<'a>> {
    let values = values(node)?;
    Ok(match node.text_of("type")? {
        Some("string") if values.is_empty() => SchemaKind::Text(node.text_of("format")?),
        Some("string") => SchemaKind::Enum(values),
        None if !values.is_empty() && (node.get("enum").is_none() || all_values(node, Value::is_string)?) => {
            SchemaKind::Enum(values)
        }
        None if all_values(node, Value::is_i64)? => SchemaKind::Scalar("integer"),
        None if all_values(node, Value::is_number)? => SchemaKind::Scalar("number"),
        None if all_values(node, Value::is_boolean)? => SchemaKind::Scalar("boolean"),
        Some("array") => SchemaKind::List(node.need("items")?),
        Some("object") => object(node)?,
        Some(scalar) => SchemaKind::Scalar(scalar),
        None if node.get("properties").is_some() => object(node)?,
        None if node.get("items").is_some() => SchemaKind::List(node.need("items")?),
        None if node.get("additionalProperties").is_some_and(|values| values.value.is_object()) => object(node)?,
        None => SchemaKind::Any,
    })
}

/// Returns whether a branch only lists required properties, without describing them. Such a branch can't be expressed in a Rust
/// type.
fn only_requires(branch: &Node<'_>) -> bool {
    let is_known = |key: &String| ["required", "title", "description"].contains(&key.as_str());
    branch.get("required").is_some() && branch.value.as_object().is_some_and(|entries| entries.keys().all(is_known))
}

/// Returns whether an enum has values other than null, and all of them satisfy `has_type`.
fn all_values(node: &Node<'_>, has_type: fn(&Value) -> bool) -> Result<bool> {
    let items = node.items_of("enum")?;
    let mut values = items.iter().map(|item| item.value).filter(|value| !value.is_null());
    Ok(values.next().is_some_and(has_type) && values.all(has_type))
}

/// Returns the distinct values of a string enum.
fn values(node: &Node<'_>) -> Result<Vec<String>> {
    let items = node.items_of("enum")?.into_iter().chain(node.items_of("x-extensible-enum")?);
    let mut known = HashSet::new();
    let values = items.filter_map(|item| item.value.as_str()).filter(|text| known.insert(*text));
    Ok(values.map(str::to_owned).collect())
}

/// Pairs the values of a string enum with their descriptions.
pub(crate) fn described_values(node: &Node<'_>, values: &[String]) -> Vec<(String, Option<String>)> {
    let texts = node.value.get("x-enumDescriptions");
    let text = |value: &String| Some(texts?.get(value)?.as_str()?.to_owned());
    values.iter().map(|value| (value.clone(), text(value))).collect()
}

fn object<'a>(node: &Node<'a>) -> Result<SchemaKind<'a>> {
    let others = node.get("additionalProperties");
    let open = others.as_ref().is_some_and(|others| others.value != &Value::Bool(false));
    let schema = others.clone().filter(|others| others.value.is_object());
    if node.get("properties").is_none() && (open || others.is_none()) {
        return Ok(SchemaKind::Map(schema));
    }
    Ok(SchemaKind::Object(ObjectSchema {
        properties: node.entries_of("properties")?,
        required: required(node)?,
        others: others.filter(|_| open),
        conflicts: Vec::new(),
    }))
}

/// Returns the distinct names under `required`.
fn required<'a>(node: &Node<'a>) -> Result<Vec<&'a str>> {
    let mut known = HashSet::new();
    let names = node.items_of("required")?.iter().map(Node::text).collect::<Result<Vec<_>>>()?;
    Ok(names.into_iter().filter(|name| known.insert(*name)).collect())
}

fn part_kind<'a>(part: &Node<'a>, walk: &mut Walk<'a>) -> Result<SchemaKind<'a>> {
    if let Some(known) = walk.parts.get(&part.pointer) {
        return Ok(known.clone());
    }
    let mut kind = kind_within(part, walk)?;
    for _ in 0..DEEPEST {
        // The schema can be an alias of another one: a reference, or an `allOf` with only a reference.
        let SchemaKind::Reference(target) = &kind else { break };
        kind = kind_within(&target.clone(), walk)?;
    }
    walk.parts.insert(part.pointer.clone(), kind.clone());
    Ok(kind)
}
#[cfg(test)]
mod tests;
