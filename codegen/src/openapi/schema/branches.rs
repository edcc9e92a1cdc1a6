//! Reads the branches of unions: the schemas in `oneOf` and `anyOf`, and the subtypes of a base schema.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{Conflict, DEEPEST, Difference, ObjectSchema, SchemaKind, Walk, kind_within, together};
use crate::Result;
use crate::openapi::node::{Node, local};
use crate::openapi::tagged_union::{named, target, texts};
use crate::openapi::union::{JsonType, Test, Union, UnionBranch};

/// Determines the kind of a schema that is not in an `allOf`. If the schema is a base with a discriminator, it is the union of its
/// subtypes.
pub(super) fn full_kind<'a>(node: &Node<'a>, walk: &mut Walk<'a>) -> Result<SchemaKind<'a>> {
    let kind = kind_within(node, walk)?;
    let is_union = ["oneOf", "anyOf"].iter().any(|key| node.get(key).is_some());
    let (SchemaKind::Object(base), Some(discriminator), false) = (&kind, node.get("discriminator"), is_union) else {
        return Ok(kind);
    };
    // The subtypes include the base. While they are read, the base counts as an object.
    if walk.bases.contains(&node.pointer) || walk.bases.len() > DEEPEST {
        return Ok(kind);
    }
    walk.bases.push(node.pointer.clone());
    let union = subtypes(node, base, &discriminator, walk);
    walk.bases.pop();
    Ok(union?.unwrap_or(kind))
}

/// Reads the subtypes of a base schema.
fn subtypes<'a>(
    node: &Node<'a>,
    base: &ObjectSchema<'a>,
    discriminator: &Node<'a>,
    walk: &mut Walk<'a>,
) -> Result<Option<SchemaKind<'a>>> {
    let mut values: HashMap<String, Vec<Value>> = HashMap::new();
    for (value, target) in discriminator.entries_of("mapping")? {
        values.entry(named(target.text()?).to_owned()).or_default().push(value.into());
    }
    let tag = discriminator.need("propertyName")?.text()?;
    let mut branches = Vec::new();
    let (subtypes, mapped) = (including(node).into_iter(), mapped(discriminator)?.into_iter());
    for (subtype, is_subtype) in subtypes.map(|node| (node, true)).chain(mapped.map(|node| (node, false))) {
        let is_known = |branch: &UnionBranch<'_>| branch.node.pointer == subtype.pointer;
        if subtype.pointer == node.pointer || branches.iter().any(is_known) {
            continue;
        }
        let Ok(mut kind) = branch_kind(&subtype, walk) else { continue };
        // A base whose subtypes are being read becomes a union. As a branch, it has only its own properties, so it needs another
        // type.
        let is_merged = match kind_within(&subtype, walk)? {
            SchemaKind::Reference(target) => walk.bases.contains(&target.pointer),
            _ => walk.bases.contains(&subtype.pointer),
        };
        let is_extended = match &kind {
            // Skip a schema that is listed only in the discriminator's `mapping` and contradicts the base.
            SchemaKind::Object(object) if !is_subtype && object.contradicts(base, tag) => continue,
            SchemaKind::Object(object) if object.includes(base) => false,
            SchemaKind::Object(_) => true,
            _ if is_subtype => false,
            _ => continue,
        };
        if is_extended {
            kind = with_base(base, kind, walk);
        }
        let mut mapped = values.get(&subtype.key()).cloned().unwrap_or_default();
        // If the subtype is a base with the same tag, the values that don't belong to any of its subtypes are its own.
        if let (SchemaKind::Union(union), SchemaKind::Object(own)) = (&kind, kind_within(&subtype, walk)?)
            && union.tag == Some(tag)
        {
            let is_inner = |value: &Value| {
                union.tests.iter().any(|(_, test)| matches!(test, Test::Tag(_, values) if values.contains(value)))
            };
            let own_values;
            (mapped, own_values) = mapped.into_iter().partition(is_inner);
            branches.extend(own_branch(&subtype, own, own_values));
        }
        let is_merged = is_merged || is_extended;
        branches.push(UnionBranch { is_merged, mapped, ..UnionBranch::new(subtype, kind) });
    }
    if branches.is_empty() {
        return Ok(None);
    }
    branches.extend(own_branch(node, base.clone(), values.remove(&node.key()).unwrap_or_default()));
    name_by_schema(&mut branches, tag)?;
    Ok(Some(choose(branches, Some(tag), true, walk)).filter(|kind| !matches!(kind, SchemaKind::Any)))
}

/// Returns the branch for the values of a base itself, if the mapping assigns any to it. Its type is recorded under the pointer of
/// the discriminator, because the pointer of the base identifies the union.
fn own_branch<'a>(base: &Node<'a>, object: ObjectSchema<'a>, mapped: Vec<Value>) -> Option<UnionBranch<'a>> {
    let discriminator = base.get("discriminator").filter(|_| !mapped.is_empty())?;
    let branch = UnionBranch::new(discriminator, SchemaKind::Object(object));
    Some(UnionBranch { is_merged: true, mapped, ..branch })
}

/// Returns the schemas that include a base in an `allOf`, directly or through schemas without a discriminator.
fn including<'a>(base: &Node<'a>) -> Vec<Node<'a>> {
    let schemas = base.document().get("components").and_then(|components| components.get("schemas"));
    let Some((schemas, entries)) = schemas.as_ref().and_then(|node| Some((node, node.value.as_object()?))) else {
        return Vec::new();
    };
    let mut by_base: HashMap<String, Vec<&'a str>> = HashMap::new();
    for (name, schema) in entries {
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            if let Some(target) = part.get("$ref").and_then(Value::as_str).and_then(local) {
                by_base.entry(target).or_default().push(name);
            }
        }
    }
    let (mut found, mut seen, mut waiting) = (Vec::new(), HashSet::new(), vec![base.pointer.clone()]);
    while let Some(pointer) = waiting.pop() {
        for name in by_base.get(&pointer).into_iter().flatten() {
            let Some(schema) = schemas.get(name).filter(|schema| seen.insert(schema.pointer.clone())) else { continue };
            if schema.get("discriminator").is_none() {
                waiting.push(schema.pointer.clone());
            }
            found.push(schema);
        }
    }
    found
}

/// Returns the schemas in the mapping of a discriminator.
fn mapped<'a>(discriminator: &Node<'a>) -> Result<Vec<Node<'a>>> {
    let schemas = discriminator.document().get("components").and_then(|components| components.get("schemas"));
    let mut found = Vec::new();
    for (_, target) in discriminator.entries_of("mapping")? {
        found.extend(schemas.as_ref().and_then(|schemas| schemas.get(named(target.text().ok()?))));
    }
    Ok(found)
}

/// Assigns tag values to the branches: the values of the tag property, or the name of the schema if the property has none.
fn name_by_schema(branches: &mut [UnionBranch<'_>], tag: &str) -> Result<()> {
    let mut known = Vec::new();
    for branch in &*branches {
        let property = match &branch.kind {
            SchemaKind::Object(object) => object.property(tag).map(Node::unframed).transpose()?,
            _ => None,
        };
        known.push(property.map(|property| texts(&property)).transpose()?.flatten().unwrap_or_default());
    }
    // A value counts only if no other branch lists it and the mapping does not contain it.
    let mut owners: HashMap<&str, usize> = HashMap::new();
    for value in branches
        .iter()
        .flat_map(|branch| branch.mapped.iter().filter_map(Value::as_str))
        .chain(known.iter().flatten().copied())
    {
        *owners.entry(value).or_default() += 1;
    }
    let own: Vec<Vec<Value>> = known
        .iter()
        .map(|values| {
            values.iter().filter(|value| owners.get(*value) == Some(&1)).map(|value| (*value).into()).collect()
        })
        .collect();
    for (branch, own) in branches.iter_mut().zip(own) {
        if matches!(branch.kind, SchemaKind::Union(_) | SchemaKind::TaggedUnion(_)) {
            continue;
        }
        branch.mapped.extend(own);
        let name = match target(&branch.node)? {
            Some(target) => Some(named(target).to_owned()),
            None => branch.node.pointer.starts_with("/components/schemas/").then(|| branch.node.key()),
        };
        if branch.mapped.is_empty() {
            branch.mapped.extend(name.map(Value::from));
        }
    }
    Ok(())
}

/// Returns the kind of a `oneOf` or `anyOf` with several branches. `own` contains the properties next to it.
pub(super) fn union<'a>(
    node: &Node<'a>,
    nodes: &[Node<'a>],
    own: Option<&ObjectSchema<'a>>,
    walk: &mut Walk<'a>,
) -> SchemaKind<'a> {
    let read = |walk: &mut Walk<'a>| {
        let mut branches = Vec::new();
        for branch in nodes {
            branches.push(UnionBranch::new(branch.clone(), branch_kind(branch, walk)?));
        }
        let Some(discriminator) = node.get("discriminator") else { return Ok((branches, None)) };
        let tag = discriminator.need("propertyName")?.text()?;
        for (value, target) in discriminator.entries_of("mapping")? {
            let wanted = named(target.text()?);
            let is_named = |branch: &&mut UnionBranch<'a>| {
                self::target(&branch.node).ok().flatten().is_some_and(|target| named(target) == wanted)
            };
            if let Some(branch) = branches.iter_mut().find(is_named) {
                branch.mapped.push(value.into());
            }
        }
        name_by_schema(&mut branches, tag)?;
        Ok::<_, crate::Diagnostic>((branches, Some(tag)))
    };
    // A branch that can't be read, for example because it contains itself, can't become a variant.
    let Ok((branches, tag)) = read(walk) else { return SchemaKind::Any };
    let Some(branches) = with_properties(branches, own, walk) else { return SchemaKind::Any };
    choose(branches, tag, node.get("oneOf").is_some(), walk)
}

/// Adds the properties of an object to all branches of a union. Returns `None` if a branch is not an object.
pub(super) fn extended<'a>(union: Union<'a>, own: &ObjectSchema<'a>, walk: &mut Walk<'a>) -> Option<SchemaKind<'a>> {
    let (tag, branches) = (union.tag, with_properties(union.branches, Some(own), walk)?);
    Some(choose(branches, tag, true, walk))
}

fn with_properties<'a>(
    branches: Vec<UnionBranch<'a>>,
    own: Option<&ObjectSchema<'a>>,
    walk: &mut Walk<'a>,
) -> Option<Vec<UnionBranch<'a>>> {
    let Some(own) = own else { return Some(branches) };
    let merge = |branch: UnionBranch<'a>| {
        let kind = match branch.kind {
            SchemaKind::Object(object) if object.includes(own) => {
                return Some(UnionBranch { kind: SchemaKind::Object(object), ..branch });
            }
            SchemaKind::Object(object) => with_base(own, SchemaKind::Object(object), walk),
            SchemaKind::Union(union) => extended(union, own, walk)?,
            _ => return None,
        };
        Some(UnionBranch { kind, is_merged: true, ..branch })
    };
    branches.into_iter().map(merge).collect()
}

/// Adds the properties of a base to a branch. If both describe a property, the two schemas are not merged, because a branch can
/// contain its base.
fn with_base<'a>(base: &ObjectSchema<'a>, branch: SchemaKind<'a>, walk: &mut Walk<'a>) -> SchemaKind<'a> {
    let mut kind = together([SchemaKind::Object(base.clone()), branch], walk);
    if let SchemaKind::Object(object) = &mut kind {
        object.conflicts = std::mem::take(&mut object.conflicts).into_iter().map(Conflict::without_merging).collect();
    }
    kind
}

/// Returns a union of the branches if they can be distinguished. Otherwise, merges the branches that are objects.
fn choose<'a>(
    branches: Vec<UnionBranch<'a>>,
    tag: Option<&'a str>,
    is_exclusive: bool,
    walk: &mut Walk<'a>,
) -> SchemaKind<'a> {
    let branches = scalars_combined(branches);
    // A base with one subtype stays a union, because a value doesn't have to be of that subtype.
    if let [only] = branches.as_slice()
        && (tag.is_none() || JsonType::of(&only.kind) != Some(JsonType::Object))
    {
        return only.kind.clone();
    }
    if let Some(union) = Union::new(branches.clone(), tag, is_exclusive) {
        return SchemaKind::Union(union);
    }
    let (objects, mut rest): (Vec<_>, Vec<_>) =
        branches.into_iter().partition(|it| matches!(it.kind, SchemaKind::Object(_) | SchemaKind::Union(_)));
    let Some(first) = objects.first().map(|branch| branch.node.clone()) else { return SchemaKind::Any };
    let Some(objects) = self::objects(objects) else { return SchemaKind::Any };
    let object = SchemaKind::Object(either(objects, walk));
    if rest.is_empty() {
        return object;
    }
    rest.push(UnionBranch { is_merged: true, ..UnionBranch::new(first, object) });
    Union::new(rest, None, is_exclusive).map_or(SchemaKind::Any, SchemaKind::Union)
}

/// Returns the objects in the branches of a union and of its inner unions, or `None` if any branch is not an object with known
/// properties.
fn objects(branches: Vec<UnionBranch<'_>>) -> Option<Vec<ObjectSchema<'_>>> {
    let objects = branches.into_iter().map(|branch| match branch.kind {
        SchemaKind::Object(object) => Some(vec![object]),
        SchemaKind::Union(union) => objects(union.branches),
        _ => None,
    });
    Some(objects.collect::<Option<Vec<_>>>()?.into_iter().flatten().collect())
}

/// Merges all string branches into one, and likewise all number branches and all boolean branches.
fn scalars_combined(branches: Vec<UnionBranch<'_>>) -> Vec<UnionBranch<'_>> {
    let mut all: Vec<UnionBranch<'_>> = Vec::new();
    for branch in branches {
        let json_type = JsonType::of(&branch.kind);
        let is_scalar = matches!(json_type, Some(JsonType::String | JsonType::Number | JsonType::Boolean));
        let known = all.iter_mut().find(|known| is_scalar && JsonType::of(&known.kind) == json_type);
        match known {
            Some(known) => {
                known.kind = match (&known.kind, branch.kind) {
                    (SchemaKind::Enum(one), SchemaKind::Enum(other)) => {
                        let mut seen = HashSet::new();
                        let values = one.iter().chain(&other).filter(|value| seen.insert(*value));
                        SchemaKind::Enum(values.cloned().collect())
                    }
                    (SchemaKind::Enum(values), _) => SchemaKind::Enum(values.clone()),
                    (_, SchemaKind::Enum(values)) => SchemaKind::Enum(values),
                    (SchemaKind::Text(one), SchemaKind::Text(other)) => SchemaKind::Text(one.filter(|_| *one == other)),
                    (SchemaKind::Scalar("integer"), other) => other,
                    (known, _) => known.clone(),
                };
                known.is_merged = true;
            }
            None => all.push(branch),
        }
    }
    all
}

/// Merges the objects of a union whose branches can't be distinguished. The merged object has all properties, and requires only
/// those that every branch requires.
fn either<'a>(objects: Vec<ObjectSchema<'a>>, walk: &mut Walk<'a>) -> ObjectSchema<'a> {
    let (mut all, mut known) = (ObjectSchema::default(), HashMap::new());
    for (index, object) in objects.into_iter().enumerate() {
        if index == 0 {
            all.required.clone_from(&object.required);
        }
        all.required.retain(|key| object.required.contains(key));
        for (key, node) in object.properties {
            let nullable = [Ok(node.clone()), node.unframed()]
                .into_iter()
                .flatten()
                .any(|it| it.flag_of("nullable").unwrap_or(true));
            if nullable {
                // If the property can be null in one branch, the field must be optional.
                all.required.retain(|required| *required != key);
            }
            let earlier = known.get(key).and_then(|index: &usize| all.properties.get_mut(*index)).map(|(_, node)| node);
            match earlier {
                Some(earlier) if earlier.is_untyped() => {
                    let earlier = earlier.clone();
                    all.conflicts.push(Conflict { key, earlier, later: node, difference: Difference::Branches });
                }
                Some(earlier) => match common(earlier, &node, walk) {
                    Some(common) => *earlier = common,
                    None => {
                        let (earlier, later) = (std::mem::replace(earlier, node.untyped()), node);
                        all.conflicts.push(Conflict { key, earlier, later, difference: Difference::Branches });
                    }
                },
                None => {
                    known.insert(key, all.properties.len());
                    all.properties.push((key, node));
                }
            }
        }
        all.others = object.others.or(all.others.take());
        all.conflicts.extend(object.conflicts.into_iter().map(Conflict::without_merging));
    }
    all
}

/// Returns the schema that accepts the values of both schemas, or `None` if neither of them does.
fn common<'a>(one: &Node<'a>, other: &Node<'a>, walk: &mut Walk<'a>) -> Option<Node<'a>> {
    let is_same =
        || one.unframed().ok().zip(other.unframed().ok()).is_some_and(|(one, other)| one.pointer == other.pointer);
    if one.value == other.value || is_same() {
        return Some(one.clone());
    }
    match (branch_kind(one, walk).ok()?, branch_kind(other, walk).ok()?) {
        (SchemaKind::Text(one_format), SchemaKind::Text(format)) if one_format == format => Some(one.clone()),
        (SchemaKind::Scalar(one_type), SchemaKind::Scalar(other_type)) if one_type == other_type => Some(one.clone()),
        (SchemaKind::List(items), SchemaKind::List(other)) if items.value == other.value => Some(one.clone()),
        // Enums keep unknown values, so an enum also accepts any other string.
        (SchemaKind::Text(None) | SchemaKind::Enum(_), SchemaKind::Enum(_))
        | (SchemaKind::Scalar("number"), SchemaKind::Scalar("integer"))
        | (SchemaKind::Map(None), SchemaKind::Map(None))
        | (SchemaKind::Any, SchemaKind::Any) => Some(one.clone()),
        (SchemaKind::Enum(_), SchemaKind::Text(None))
        | (SchemaKind::Scalar("integer"), SchemaKind::Scalar("number")) => Some(other.clone()),
        _ => None,
    }
}

/// Returns the kind of a branch, following references.
fn branch_kind<'a>(node: &Node<'a>, walk: &mut Walk<'a>) -> Result<SchemaKind<'a>> {
    if let Some(known) = walk.branches.get(&node.pointer) {
        return Ok(known.clone());
    }
    let mut kind = full_kind(node, walk)?;
    for _ in 0..DEEPEST {
        let SchemaKind::Reference(target) = &kind else { break };
        kind = full_kind(&target.clone(), walk)?;
    }
    walk.branches.insert(node.pointer.clone(), kind.clone());
    Ok(kind)
}
