//! Reads `allOf`.

use std::collections::{HashMap, HashSet};

use super::{
    Conflict, Difference, ObjectSchema, SchemaKind, Walk, alone, branches, kind_within, only_requires, part_kind,
    plain, required,
};
use serde_json::{Map, Value};

use crate::Result;
use crate::openapi::node::{Node, local};
use crate::openapi::problem::UNTYPED;

/// Returns the kind of an `allOf`.
pub(super) fn merged<'a>(node: &Node<'a>, parts: &[Node<'a>], walk: &mut Walk<'a>) -> Result<SchemaKind<'a>> {
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
        if lists_any(&part, |pointer| walk.open.contains(pointer)) {
            kinds.push(alone(&part)?);
            continue;
        }
        // If the schema is an untyped union, the union is left out, but the properties next to it are kept.
        kinds.push(match part_kind(&part, walk)? {
            SchemaKind::Any => alone(&part)?,
            kind => kind,
        });
    }
    kinds.push(own);
    if let Some(union) = distributed(&mut kinds, &names, walk) {
        return Ok(union);
    }
    let mut kind = together(kinds, walk);
    if let SchemaKind::Object(object) = &mut kind {
        object.others = object.others.take().or(untyped);
        // A schema can require properties that only another schema describes.
        let mut known: HashSet<_> = object.required.iter().copied().collect();
        object.required.extend(names.into_iter().filter(|name| known.insert(*name)));
    }
    Ok(kind)
}

/// Returns whether a branch of a schema refers to a schema for which `is_listed` returns true. A base can list the subtypes that
/// include it.
fn lists_any(node: &Node<'_>, is_listed: impl Fn(&String) -> bool) -> bool {
    let mut branches = ["oneOf", "anyOf"].into_iter().flat_map(|key| node.items_of(key).unwrap_or_default());
    branches.any(|branch| {
        let target = branch.value.get("$ref").and_then(Value::as_str).and_then(local);
        target.is_some_and(|target| is_listed(&target))
    })
}

/// If exactly one schema of an `allOf` is a union of objects, returns that union, with the properties of the other schemas added to
/// all branches. `required` contains the names of the required properties.
fn distributed<'a>(
    kinds: &mut Vec<SchemaKind<'a>>,
    required: &[&'a str],
    walk: &mut Walk<'a>,
) -> Option<SchemaKind<'a>> {
    let mut unions = kinds.iter().enumerate().filter(|(_, kind)| matches!(kind, SchemaKind::Union(_)));
    let (Some((index, _)), None) = (unions.next(), unions.next()) else { return None };
    let SchemaKind::Union(union) = kinds.get(index)?.clone() else { return None };
    let others = kinds.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, kind)| kind.clone());
    let mut own = match together(others, walk) {
        SchemaKind::Object(own) => own,
        SchemaKind::Any | SchemaKind::Map(None) => ObjectSchema::default(),
        _ => return None,
    };
    let mut known: HashSet<_> = own.required.iter().copied().collect();
    own.required.extend(required.iter().filter(|name| known.insert(**name)));
    branches::extended(union, &own, walk)
}

/// Combines the kinds of several schemas. Merges the objects, if there are any. Otherwise returns the first kind that describes a
/// specific type.
pub(super) fn together<'a>(kinds: impl IntoIterator<Item = SchemaKind<'a>>, walk: &mut Walk<'a>) -> SchemaKind<'a> {
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

impl<'a> ObjectSchema<'a> {
    /// Merges the objects of an `allOf`.
    pub(super) fn merged(records: Vec<ObjectSchema<'a>>, walk: &mut Walk<'a>) -> Self {
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

/// Replaces the schema of a property with a later schema of the same property, unless the later schema is less specific. Returns
/// `None` if the two schemas don't conflict, for example because both describe strings.
fn override_property<'a>(
    key: &'a str,
    earlier: &mut Node<'a>,
    later: Node<'a>,
    walk: &mut Walk<'a>,
) -> Option<Conflict<'a>> {
    if earlier.value == later.value {
        return None;
    }
    // `part_kind` fails if the schema of the property contains the schema that is being read. Such a property is an object.
    let kinds = [&*earlier, &later].map(|node| match part_kind(node, walk) {
        Ok(SchemaKind::Map(Some(values))) if values.value == &Value::Object(Map::new()) => SchemaKind::Map(None),
        Ok(kind) => kind,
        Err(_) => SchemaKind::Object(ObjectSchema::default()),
    });
    let conflict = |difference| Some(Conflict { key, earlier: earlier.clone(), later: later.clone(), difference });
    // An untyped union also has the kind `Any`, but it restricts its values, so it can conflict with another schema.
    let has_branches = |node: &Node<'_>| {
        node.follow().is_ok_and(|node| ["oneOf", "anyOf", "allOf"].iter().any(|key| node.get(key).is_some()))
    };
    let [earlier_has_branches, later_has_branches] = [&*earlier, &later].map(has_branches);
    let found = match &kinds {
        [_, SchemaKind::Any | SchemaKind::Map(None)] if !later_has_branches => return None,
        [SchemaKind::Enum(_), SchemaKind::Text(None)] => return None,
        [SchemaKind::Any | SchemaKind::Map(None), _] if !earlier_has_branches => None,
        [SchemaKind::Object(_), SchemaKind::Object(_)] => conflict(Difference::Objects),
        [SchemaKind::Text(_) | SchemaKind::Enum(_), SchemaKind::Text(_) | SchemaKind::Enum(_)] => None,
        [SchemaKind::Scalar(one), SchemaKind::Scalar(other)] if one == other => None,
        _ => conflict(Difference::Types),
    };
    *earlier = later;
    found
}

/// Returns the unions, lists and maps in an `allOf` and its nested schemas that a type of the given kind leaves out. Each of the
/// returned nodes is the value of a keyword, such as `oneOf` or `items`.
pub(crate) fn left_out_parts<'a>(node: &Node<'a>, kind: &SchemaKind<'a>) -> Result<Vec<Node<'a>>> {
    // The branches of a union that did not become an enum were merged like the schemas of an `allOf`.
    let is_union = matches!(kind, SchemaKind::Union(_) | SchemaKind::TaggedUnion(_));
    let is_merged = !is_union && ["oneOf", "anyOf"].iter().any(|key| node.get(key).is_some());
    if node.get("allOf").is_none() && !is_merged {
        return Ok(Vec::new());
    }
    let (mut lost, mut seen) = (Vec::new(), HashSet::new());
    // Each schema is stored with the pointers to the schemas that include it.
    let mut waiting = vec![(node.clone(), Vec::new())];
    while let Some((part, outer)) = waiting.pop() {
        if !seen.insert(part.pointer.clone()) {
            continue;
        }
        let inside = [outer.as_slice(), std::slice::from_ref(&part.pointer)].concat();
        for inner in part.items_of("allOf")? {
            waiting.push((inner.follow()?, inside.clone()));
        }
        let branches = part.items_of("oneOf")?.into_iter().chain(part.items_of("anyOf")?);
        let branches: Vec<_> = branches.filter(|branch| !only_requires(branch)).collect();
        if lists_any(&part, |pointer| outer.contains(pointer)) {
            continue;
        }
        let kind_of_part = plain(&part, &mut Walk::default());
        let is_only_union = part.pointer == node.pointer && node.get("allOf").is_none();
        let is_lost = match (&kind_of_part, kind) {
            _ if is_only_union => false,
            (Ok(SchemaKind::Object(_)), _)
            | (Ok(SchemaKind::Text(_) | SchemaKind::Enum(_)), SchemaKind::Text(_) | SchemaKind::Enum(_))
            | (Ok(SchemaKind::Scalar(_)), SchemaKind::Scalar(_))
            | (Ok(SchemaKind::List(_)), SchemaKind::List(_))
            | (Ok(SchemaKind::TaggedUnion(_)), SchemaKind::TaggedUnion(_)) => false,
            // If the `allOf` contains several unions, the type has the branches of only one.
            (Ok(SchemaKind::Union(_)), SchemaKind::Union(kept)) => {
                let is_branch_of_kept =
                    |it: &Node<'_>| kept.branches.iter().any(|branch| branch.node.pointer == it.pointer);
                branches.len() > 1 && !branches.iter().any(is_branch_of_kept)
            }
            _ => branches.len() > usize::from(part.get("discriminator").is_none()),
        };
        // If the type keeps a union, the branches of the union become separate types, so they are not searched here.
        let is_kept = match &kind_of_part {
            Ok(SchemaKind::TaggedUnion(_)) => true,
            Ok(SchemaKind::Union(_)) => branches.len() > 1,
            _ => false,
        };
        if is_lost {
            lost.extend(part.get("oneOf").or_else(|| part.get("anyOf")));
        } else if !is_kept {
            // The branches were merged into the type, so they are searched as well.
            for branch in branches {
                waiting.push((branch.follow()?, inside.clone()));
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
