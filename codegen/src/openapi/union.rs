//! Reads unions, except those that `tagged_union` reads.
//!
//! A union becomes an enum if the branch of a value can be determined from its JSON type, from the value of one property (the tag),
//! or from a property that the other branches don't describe.

use std::collections::HashSet;

use serde_json::Value;

use crate::openapi::node::Node;
use crate::openapi::schema::{ObjectSchema, SchemaKind};
use crate::openapi::tagged_union::target;

/// A union whose branches can be distinguished.
#[derive(Clone, Debug)]
pub(crate) struct Union<'a> {
    /// The property that distinguishes the objects, if there is one.
    pub(crate) tag: Option<&'a str>,
    /// The branches, in document order.
    pub(crate) branches: Vec<UnionBranch<'a>>,
    /// The predicates that select a branch, each with the index of its branch. The first predicate that a value satisfies
    /// determines the branch.
    pub(crate) tests: Vec<(usize, Test)>,
}

/// A branch of a union.
#[derive(Clone, Debug)]
pub(crate) struct UnionBranch<'a> {
    pub(crate) node: Node<'a>,
    /// The kind of the values.
    pub(crate) kind: SchemaKind<'a>,
    /// Whether `kind` differs from the kind of `node`, for example because it includes the properties next to the union.
    pub(crate) is_merged: bool,
    /// The tag values assigned by a discriminator.
    pub(crate) mapped: Vec<Value>,
}

/// A predicate for the values of a branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// The value has a JSON type.
    Type(JsonType),
    /// The value is an object in which a property has one of these values.
    Tag(String, Vec<Value>),
    /// The value is an object with all of these properties.
    Keys(Vec<String>),
}

/// A JSON type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the variants are named after the types")]
pub enum JsonType {
    String,
    Number,
    Boolean,
    Array,
    Object,
}

impl JsonType {
    /// Returns the JSON type of the values of a kind, if all of them have the same type.
    pub(crate) fn of(kind: &SchemaKind<'_>) -> Option<Self> {
        Some(match kind {
            SchemaKind::Text(_) | SchemaKind::Enum(_) => Self::String,
            SchemaKind::Scalar("integer" | "number") => Self::Number,
            SchemaKind::Scalar("boolean") => Self::Boolean,
            SchemaKind::List(_) => Self::Array,
            SchemaKind::Object(_) | SchemaKind::Map(_) | SchemaKind::TaggedUnion(_) => Self::Object,
            SchemaKind::Scalar(_) | SchemaKind::Union(_) | SchemaKind::Reference(_) | SchemaKind::Any => return None,
        })
    }

    /// Returns the name of the variant for this JSON type in generated code.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "String",
            Self::Number => "Number",
            Self::Boolean => "Boolean",
            Self::Array => "Array",
            Self::Object => "Object",
        }
    }
}

/// The properties of a branch from which its predicates are derived. A branch that is a union has several alternatives.
#[derive(Clone, Debug)]
struct Alternative<'a> {
    branch: usize,
    json_type: JsonType,
    /// The properties that every value has.
    required: Vec<&'a str>,
    /// The properties that a value can have, or `None` if it can have any property.
    known: Option<HashSet<&'a str>>,
    /// The properties with an `enum`, each with its values, in document order.
    constants: Vec<(&'a str, Vec<Value>)>,
}

impl<'a> UnionBranch<'a> {
    pub(crate) fn new(node: Node<'a>, kind: SchemaKind<'a>) -> Self {
        Self { node, kind, is_merged: false, mapped: Vec::new() }
    }
}

impl<'a> Union<'a> {
    /// Finds predicates that distinguish the branches, or returns `None` if there are none. `tag` is the property named by the
    /// discriminator. If `is_exclusive` is false, a value can belong to several branches, so its properties do not identify a
    /// branch.
    pub(crate) fn new(branches: Vec<UnionBranch<'a>>, tag: Option<&'a str>, is_exclusive: bool) -> Option<Self> {
        let mut alternatives = Vec::new();
        for (index, branch) in branches.iter().enumerate() {
            alternatives.extend(of_branch(index, branch, tag)?);
        }
        let (objects, others): (Vec<_>, Vec<_>) =
            alternatives.into_iter().partition(|it| it.json_type == JsonType::Object);
        let mut tests: Vec<(usize, Test)> = Vec::new();
        for other in &others {
            let is_taken = |it: &Alternative<'_>| it.json_type == other.json_type && it.branch != other.branch;
            if others.iter().any(is_taken) {
                return None;
            }
            tests.push((other.branch, Test::Type(other.json_type)));
        }
        let is_single = objects.iter().all(|it| objects.first().is_some_and(|first| first.branch == it.branch));
        let tag = common_tag(&objects, tag, is_single);
        match tag {
            Some(tag) => tests.extend(objects.iter().map(|it| (it.branch, it.tag_test(tag)))),
            None if is_single => tests.extend(objects.iter().map(|it| (it.branch, Test::Type(JsonType::Object)))),
            None if is_exclusive => tests.extend(by_keys(objects)?),
            None => return None,
        }
        tests.dedup();
        Some(Self { tag, branches, tests })
    }

    /// Returns the name of a branch: its first tag value, the name or title of its schema, or its JSON type.
    pub(crate) fn label(&self, index: usize) -> String {
        let mut tests = self.tests.iter().filter(|(branch, _)| *branch == index).map(|(_, test)| test);
        let tag = tests.clone().find_map(|test| match test {
            Test::Tag(_, values) => values.first()?.as_str(),
            _ => None,
        });
        let json_type = tests.find_map(|test| match test {
            Test::Type(json_type) => Some(json_type.name()),
            _ => None,
        });
        let branch = self.branches.get(index);
        let tag = branch.and_then(|branch| branch.mapped.first()?.as_str()).or(tag);
        let name = || {
            let node = &branch?.node;
            let name = target(node).ok().flatten().and_then(|target| target.rsplit('/').next());
            name.or_else(|| node.value.get("title")?.as_str())
        };
        let is_scalar = json_type.is_some_and(|json_type| json_type != "Object");
        tag.or_else(|| json_type.filter(|_| is_scalar)).or_else(name).unwrap_or("Object").to_owned()
    }

    /// Returns whether a value of the union can be an object.
    pub(crate) fn has_objects(&self) -> bool {
        self.tests.iter().any(|(_, test)| !matches!(test, Test::Type(json_type) if *json_type != JsonType::Object))
    }

    /// Returns whether every value of the union is a string, a number or a boolean.
    pub(crate) fn is_scalar(&self) -> bool {
        let is_list = |(_, test): &(usize, Test)| matches!(test, Test::Type(JsonType::Array));
        !self.has_objects() && !self.tests.iter().any(is_list)
    }

    /// Returns whether a value of the union can contain `site_slug`.
    pub(crate) fn has_site_slug(&self) -> bool {
        self.branches.iter().any(|branch| match &branch.kind {
            SchemaKind::Object(object) => object.property("site_slug").is_some(),
            SchemaKind::TaggedUnion(union) => union.site,
            SchemaKind::Union(union) => union.has_site_slug(),
            _ => false,
        })
    }
}

impl<'a> Alternative<'a> {
    fn new(branch: usize, json_type: JsonType) -> Self {
        Self { branch, json_type, required: Vec::new(), known: None, constants: Vec::new() }
    }

    fn of_object(branch: usize, object: &ObjectSchema<'a>) -> Self {
        // A read-only property is missing from requests, and a write-only property from responses, so neither identifies a branch.
        let is_always_sent = |key: &&str| {
            let property = object.property(key).and_then(|node| node.unframed().ok());
            property.is_some_and(|node| {
                ["readOnly", "writeOnly"].iter().all(|key| node.value.get(*key) != Some(&Value::Bool(true)))
            })
        };
        let constants = object.properties.iter().filter_map(|(key, node)| Some((*key, constants(node)?)));
        Self {
            required: object.required.iter().copied().filter(is_always_sent).collect(),
            known: object.others.is_none().then(|| object.properties.iter().map(|(key, _)| *key).collect()),
            constants: constants.collect(),
            ..Self::new(branch, JsonType::Object)
        }
    }

    fn constant(&self, key: &str) -> Option<&[Value]> {
        self.constants.iter().find(|(known, _)| *known == key).map(|(_, values)| values.as_slice())
    }

    fn set_constant(&mut self, key: &'a str, values: Vec<Value>) {
        self.constants.retain(|(known, _)| *known != key);
        self.constants.push((key, values));
    }

    fn tag_test(&self, tag: &str) -> Test {
        Test::Tag(tag.to_owned(), self.constant(tag).unwrap_or_default().to_vec())
    }

    /// Returns a property that every value of this alternative has, but no value of `other`.
    fn own_key(&self, other: &Self) -> Option<&'a str> {
        let known = other.known.as_ref()?;
        self.required.iter().copied().find(|key| !known.contains(key))
    }
}

/// Returns the alternatives of a branch, or `None` if a value of the branch can have any type.
fn of_branch<'a>(index: usize, branch: &UnionBranch<'a>, tag: Option<&'a str>) -> Option<Vec<Alternative<'a>>> {
    let mut found = of_kind(index, &branch.kind)?;
    let Some(tag) = tag.filter(|_| !branch.mapped.is_empty()) else { return Some(found) };
    let is_union = matches!(branch.kind, SchemaKind::Union(_) | SchemaKind::TaggedUnion(_));
    let mut values = branch.mapped.clone();
    for alternative in &mut found {
        match alternative.constant(tag).filter(|_| is_union).map(<[Value]>::to_vec) {
            // The alternatives of an inner union keep their own tag values. The first one also gets the other values in the
            // mapping.
            Some(mut known) => {
                known.extend(values.drain(..).filter(|value| !known.contains(value)).collect::<Vec<_>>());
                alternative.set_constant(tag, known);
            }
            None => alternative.set_constant(tag, branch.mapped.clone()),
        }
    }
    Some(found)
}

fn of_kind<'a>(index: usize, kind: &SchemaKind<'a>) -> Option<Vec<Alternative<'a>>> {
    Some(match kind {
        SchemaKind::Object(object) => vec![Alternative::of_object(index, object)],
        SchemaKind::TaggedUnion(union) => vec![Alternative {
            required: vec![union.tag, union.content],
            known: Some([union.tag, union.content, "site_slug"].into()),
            constants: vec![(
                union.tag,
                union.branches.iter().flat_map(|branch| &branch.values).map(|value| value.as_str().into()).collect(),
            )],
            ..Alternative::new(index, JsonType::Object)
        }],
        SchemaKind::Union(union) => {
            let mut all = Vec::new();
            for (inner, branch) in union.branches.iter().enumerate() {
                let mut found = of_kind(index, &branch.kind)?;
                let tests = union.tests.iter().filter(|(index, _)| *index == inner);
                for (_, test) in tests {
                    if let (Test::Tag(_, values), Some(tag)) = (test, union.tag)
                        && let [only] = found.as_mut_slice()
                    {
                        only.set_constant(tag, values.clone());
                    }
                }
                all.extend(found);
            }
            all
        }
        kind => vec![Alternative::new(index, JsonType::of(kind)?)],
    })
}

/// Returns the non-null values in a property's `enum`, if all of them are strings, integers or booleans. Returns `None` if there
/// are none.
fn constants(node: &Node<'_>) -> Option<Vec<Value>> {
    let node = node.unframed().ok()?;
    let values = node.items_of("enum").ok()?.into_iter().map(|item| item.value);
    let values: Vec<_> = values.filter(|value| !value.is_null()).cloned().collect();
    let is_scalar = |value: &Value| value.is_string() || value.is_i64() || value.is_boolean();
    (!values.is_empty() && values.iter().all(is_scalar)).then_some(values)
}

/// Returns a property whose value determines the branch of an object. Prefers the `wanted` property. If `is_single` is true, all
/// objects belong to the same branch, so no other property is needed.
fn common_tag<'a>(objects: &[Alternative<'a>], wanted: Option<&'a str>, is_single: bool) -> Option<&'a str> {
    let first = objects.first()?;
    let is_tag = |key: &&str| {
        objects.iter().enumerate().all(|(index, one)| {
            let Some(values) = one.constant(key) else { return false };
            let others = objects.iter().skip(index + 1).filter(|other| other.branch != one.branch);
            let mut others = others.flat_map(|other| other.constant(key).unwrap_or_default());
            others.all(|value| !values.contains(value))
        })
    };
    let implied = first.constants.iter().map(|(key, _)| *key).filter(|_| !is_single);
    wanted.into_iter().chain(implied).find(is_tag)
}

/// Distinguishes objects by properties that are required in one object and not described in the others.
fn by_keys<'a>(mut objects: Vec<Alternative<'a>>) -> Option<Vec<(usize, Test)>> {
    let (mut tests, mut placed) = (Vec::new(), Vec::<Alternative<'a>>::new());
    while !objects.is_empty() {
        let is_first = |one: &Alternative<'a>| {
            let others = objects.iter().filter(|other| other.branch != one.branch);
            others.map(|other| one.own_key(other)).collect::<Option<Vec<_>>>()
        };
        let (index, mut keys) = objects.iter().enumerate().find_map(|(index, one)| Some((index, is_first(one)?)))?;
        let object = objects.remove(index);
        let earlier = placed.iter().filter(|other| other.branch != object.branch);
        keys.extend(earlier.filter_map(|other| object.own_key(other)));
        let mut seen = HashSet::new();
        keys.retain(|key| seen.insert(*key));
        tests.push((object.branch, Test::Keys(keys.into_iter().map(str::to_owned).collect())));
        placed.push(object);
    }
    Some(tests)
}
