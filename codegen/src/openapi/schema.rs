//! Determines which kind of value a schema describes.

mod check;

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::Result;
use crate::openapi::node::Node;
use crate::openapi::problem::UNTYPED;
use crate::openapi::tagged_union::TaggedUnion;

pub(crate) use check::validate;

/// The maximum nesting depth of schemas, which is ten times the depth in published documents.
pub(crate) const DEEPEST: usize = 64;

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
    /// The properties that several parts of an `allOf` describe differently.
    pub(crate) conflicts: Vec<Conflict<'a>>,
}

/// A property that two parts of an `allOf` describe differently. The merged object uses the later schema.
#[derive(Clone, Debug)]
pub(crate) struct Conflict<'a> {
    pub(crate) key: &'a str,
    pub(crate) earlier: Node<'a>,
    pub(crate) later: Node<'a>,
    /// Whether both schemas are objects. If they are, a value has the properties of both.
    pub(crate) objects: bool,
}

impl<'a> ObjectSchema<'a> {
    /// Returns the schema of a property.
    pub(crate) fn property(&self, key: &str) -> Option<&Node<'a>> {
        self.properties.iter().find(|(name, _)| *name == key).map(|(_, node)| node)
    }

    /// Merges the objects of an `allOf`.
    fn merged(records: Vec<ObjectSchema<'a>>, walk: &mut Walk<'a>) -> Self {
        let mut all = Self::default();
        let (mut known, mut required) = (HashMap::new(), HashSet::new());
        for record in records {
            for (key, node) in record.properties {
                match known.get(key).and_then(|index: &usize| all.properties.get_mut(*index)) {
                    Some((_, earlier)) if includes(&node, earlier) => {
                        all.conflicts.retain(|conflict: &Conflict<'_>| conflict.key != key);
                        *earlier = node;
                    }
                    Some((_, earlier)) => all.conflicts.extend(override_property(key, earlier, node, walk)),
                    None => {
                        known.insert(key, all.properties.len());
                        all.properties.push((key, node));
                    }
                }
            }
            all.required.extend(record.required.into_iter().filter(|key| required.insert(*key)));
            all.others = record.others.or(all.others.take());
            all.conflicts.extend(record.conflicts);
        }
        all
    }
}

/// Returns whether `node` is an `allOf` that contains a reference to `other`.
fn includes(node: &Node<'_>, other: &Node<'_>) -> bool {
    node.items_of("allOf")
        .unwrap_or_default()
        .iter()
        .any(|part| part.follow().is_ok_and(|part| part.pointer == other.pointer))
}

/// Replaces the schema of a property with the schema from a later part, unless the later schema is less specific. Returns `None`
/// if the two schemas don't conflict, for example because both describe strings.
fn override_property<'a>(
    key: &'a str,
    earlier: &mut Node<'a>,
    later: Node<'a>,
    walk: &mut Walk<'a>,
) -> Option<Conflict<'a>> {
    if earlier.value == later.value {
        return None;
    }
    // A property whose schema contains the current one is an object.
    let kinds = [&*earlier, &later]
        .map(|node| part_kind(node, walk).unwrap_or_else(|_| SchemaKind::Object(ObjectSchema::default())));
    let conflict = |objects| Some(Conflict { key, earlier: earlier.clone(), later: later.clone(), objects });
    let found = match &kinds {
        [_, SchemaKind::Any | SchemaKind::Map(None)] | [SchemaKind::Enum(_), SchemaKind::Text(None)] => return None,
        [SchemaKind::Any | SchemaKind::Map(None), _] => None,
        [SchemaKind::Object(_), SchemaKind::Object(_)] => conflict(true),
        [SchemaKind::Text(_) | SchemaKind::Enum(_), SchemaKind::Text(_) | SchemaKind::Enum(_)] => None,
        [SchemaKind::Scalar(one), SchemaKind::Scalar(other)] if one == other => None,
        _ => conflict(false),
    };
    *earlier = later;
    found
}

/// Determines the kind of a well-formed schema.
pub(crate) fn kind<'a>(node: &Node<'a>) -> Result<SchemaKind<'a>> {
    kind_within(node, &mut Walk::default())
}

/// The schemas that contain the current schema, and the kinds of the `allOf` parts that were already read.
#[derive(Default)]
struct Walk<'a> {
    open: Vec<String>,
    /// The kinds of parts, by pointer. Without this cache, a part would be read again for every schema that includes it.
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
        None if !values.is_empty() && texts_alone(node)? => SchemaKind::Enum(values),
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

/// Returns the unions, lists and maps in an `allOf` and its parts that are left out of the type, because the type represents the
/// given kind instead. Each of the returned nodes is the value of a keyword, such as `oneOf` or `items`.
pub(crate) fn left_out_parts<'a>(node: &Node<'a>, kind: &SchemaKind<'a>) -> Result<Vec<Node<'a>>> {
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
        let branches: Vec<_> = branches.filter(|branch| !only_requires(branch)).collect();
        if branches.len() > usize::from(part.get("discriminator").is_none()) {
            lost.extend(part.get("oneOf").or_else(|| part.get("anyOf")));
        } else {
            // If there is only one branch and no discriminator, the branch is merged with the properties.
            for branch in branches {
                waiting.push(branch.follow()?);
            }
        }
        let (items, values) = (part.get("items"), part.get("additionalProperties"));
        lost.extend(items.filter(|items| !matches!(kind, SchemaKind::List(known) if known.pointer == items.pointer)));
        lost.extend(values.filter(|values| match kind {
            SchemaKind::Object(ObjectSchema { others: known, .. }) | SchemaKind::Map(known) => {
                values.value.is_object() && known.as_ref().is_none_or(|known| known.pointer != values.pointer)
            }
            _ => values.value.is_object(),
        }));
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

/// Returns the kind of an `allOf`.
fn merged<'a>(node: &Node<'a>, parts: &[Node<'a>], walk: &mut Walk<'a>) -> Result<SchemaKind<'a>> {
    let own = plain(node, walk)?;
    let mut names = required(node)?;
    if let ([only], SchemaKind::Any | SchemaKind::Map(None), []) = (parts, &own, names.as_slice()) {
        return kind_within(only, walk);
    }
    let (mut kinds, mut untyped) = (Vec::new(), None);
    for part in parts {
        let part = part.follow()?;
        untyped = untyped.or(part.get(UNTYPED).map(|_| part.clone()));
        names.extend(required(&part)?);
        // If the part is a union, the union is left out, but the properties next to it are kept.
        kinds.push(match part_kind(&part, walk)? {
            SchemaKind::Any => alone(&part)?,
            kind => kind,
        });
    }
    kinds.push(own);
    let mut kind = together(kinds, walk);
    if let SchemaKind::Object(object) = &mut kind {
        object.others = object.others.take().or(untyped);
        // One part can require properties that are described only in another part.
        let mut known: HashSet<_> = object.required.iter().copied().collect();
        object.required.extend(names.into_iter().filter(|name| known.insert(*name)));
    }
    Ok(kind)
}

/// Combines the kinds of several parts. Merges the objects, if there are any. Otherwise returns the first kind that describes a
/// specific type.
fn together<'a>(kinds: impl IntoIterator<Item = SchemaKind<'a>>, walk: &mut Walk<'a>) -> SchemaKind<'a> {
    let mut records = Vec::new();
    let (mut other, mut others) = (SchemaKind::Any, None);
    for kind in kinds {
        others = match &kind {
            SchemaKind::Map(values) => values.clone().or(others),
            _ => others,
        };
        match kind {
            SchemaKind::Object(part) => records.push(part),
            kind if matches!(other, SchemaKind::Any | SchemaKind::Map(None)) => other = kind,
            _ => {}
        }
    }
    if records.is_empty() {
        return other;
    }
    let mut all = ObjectSchema::merged(records, walk);
    all.others = all.others.or(others);
    SchemaKind::Object(all)
}

fn part_kind<'a>(part: &Node<'a>, walk: &mut Walk<'a>) -> Result<SchemaKind<'a>> {
    if let Some(known) = walk.parts.get(&part.pointer) {
        return Ok(known.clone());
    }
    let mut kind = kind_within(part, walk)?;
    for _ in 0..DEEPEST {
        // The part can be another name for a schema: a reference, or an `allOf` with only a reference.
        let SchemaKind::Reference(target) = &kind else { break };
        kind = kind_within(&target.clone(), walk)?;
    }
    walk.parts.insert(part.pointer.clone(), kind.clone());
    Ok(kind)
}
#[cfg(test)]
mod tests;
