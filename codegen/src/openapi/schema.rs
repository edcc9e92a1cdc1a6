//! Schemas: whether one is well-formed, and what kind of value it describes.

use std::collections::{HashMap, HashSet};

use crate::openapi::node::Node;
use crate::openapi::schema_limits::Limits;
use crate::openapi::tagged_union::TaggedUnion;
use crate::{Diagnostic, Result};

/// How deeply schemas may stand in each other. Real ones reach a tenth of it; the stack allows more.
pub(crate) const DEEPEST: usize = 64;

const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];

/// What kind of value a schema describes.
#[derive(Clone, Debug)]
pub(crate) enum Kind<'a> {
    /// Another schema says it.
    Reference(Node<'a>),
    /// An object with known fields.
    Record(Record<'a>),
    /// An object whose keys are data; without a schema its values are unknown.
    Map(Option<Node<'a>>),
    /// A list.
    List(Node<'a>),
    /// One of some texts.
    Enum(Vec<String>),
    /// One of several records, told apart by a text.
    TaggedUnion(TaggedUnion<'a>),
    /// A text, with its format.
    Text(Option<&'a str>),
    /// `integer`, `number` or `boolean`.
    Scalar(&'a str),
    /// Anything.
    Any,
}

/// The fields of an object.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record<'a> {
    pub(crate) properties: Vec<(&'a str, Node<'a>)>,
    pub(crate) required: Vec<&'a str>,
    /// The schema of fields beside the known ones.
    pub(crate) others: Option<Node<'a>>,
}

impl<'a> Record<'a> {
    /// The schema of a field.
    pub(crate) fn property(&self, key: &str) -> Option<&Node<'a>> {
        self.properties.iter().find(|(name, _)| *name == key).map(|(_, place)| place)
    }

    /// All fields of several records; of a field that two of them have, the later one counts.
    fn merged(records: Vec<Record<'a>>) -> Self {
        let mut all = Self::default();
        let (mut known, mut required) = (HashMap::new(), HashSet::new());
        for record in records {
            for (key, place) in record.properties {
                match known.get(key).and_then(|index: &usize| all.properties.get_mut(*index)) {
                    Some((_, before)) => *before = place,
                    None => {
                        known.insert(key, all.properties.len());
                        all.properties.push((key, place));
                    }
                }
            }
            all.required.extend(record.required.into_iter().filter(|key| required.insert(*key)));
            all.others = record.others.or(all.others.take());
        }
        all
    }
}

/// Refuses a schema that is not well-formed or exceeds the limits, or anything in it that is or does.
pub(crate) fn validate(place: &Node<'_>, limits: &mut Limits) -> Result<()> {
    if limits.is_new(place) { walk(place, limits, 0) } else { Ok(()) }
}

fn walk(place: &Node<'_>, limits: &mut Limits, depth: usize) -> Result<()> {
    if depth > DEEPEST {
        return Err(place
            .error(format!("more than {DEEPEST} schemas stand in each other"))
            .help("name the inner ones"));
    }
    place.follow()?;
    shallow(place)?;
    limits.schema(place)?;
    let mut inner: Vec<_> = place.entries_of("properties")?.into_iter().map(|(_, property)| property).collect();
    for key in ["allOf", "oneOf", "anyOf"] {
        let parts = place.items_of(key)?;
        if let Some(empty) = place.get(key).filter(|_| parts.is_empty()) {
            return Err(empty.error(format!("`{key}` is empty")).help("name a schema, or remove it"));
        }
        inner.extend(parts);
    }
    inner.extend(place.get("items"));
    inner.extend(place.get("additionalProperties").filter(|others| !others.value.is_boolean()));
    inner.iter().try_for_each(|inner| walk(inner, limits, depth + 1))
}

/// Looks at the schema itself, without those inside it.
fn shallow(place: &Node<'_>) -> Result<()> {
    place.object()?;
    if let Some(kind) = place.get("type") {
        match kind.text().map_err(|error| {
            error.help("OpenAPI 3.0 has one type, and `nullable`; a document of 3.1 says `openapi: 3.1.0`")
        })? {
            text if TYPES.contains(&text) => {}
            text => {
                let error = kind.error(format!("`{text}` is no type that OpenAPI 3.0 knows"));
                return Err(error.help(format!("name one of {}", TYPES.join(", "))));
            }
        }
        if kind.text()? == "array" && place.get("items").is_none() {
            return Err(place.error("a list has no `items`").help("say what the list holds"));
        }
    }
    for key in ["format", "description", "x-rust-name", "x-rust-field"] {
        place.text_of(key)?;
    }
    // From OpenAPI 3.1 on, the two exclusive bounds are numbers.
    for key in ["nullable", "deprecated", "x-empty-is-null", "exclusiveMinimum", "exclusiveMaximum"] {
        place.flag_of(key)?;
    }
    enumeration(place)?;
    for key in ["required", "x-extensible-enum"] {
        for item in place.items_of(key)? {
            item.text()?;
        }
    }
    if let Some(discriminator) = place.get("discriminator") {
        discriminator.need("propertyName")?.text()?;
        for (_, target) in discriminator.entries_of("mapping")? {
            target.text()?;
        }
    }
    Ok(())
}

/// Refuses an enum that no value can be of.
fn enumeration(place: &Node<'_>) -> Result<()> {
    let items = place.items_of("enum")?;
    if let Some(empty) = place.get("enum").filter(|_| items.is_empty()) {
        return Err(empty.error("`enum` is empty").help("name its values, or remove it"));
    }
    let fits = |item: &Node<'_>| match place.text_of("type") {
        Ok(Some("string")) => item.value.is_string(),
        Ok(Some("integer" | "number")) => item.value.is_number(),
        Ok(Some("boolean")) => item.value.is_boolean(),
        _ => !item.value.is_object() && !item.value.is_array(),
    };
    match items.iter().find(|item| !item.value.is_null() && !fits(item)) {
        Some(other) => {
            let error = other.error("the value of the enum is not of the schema's type");
            Err(error.help("write a value of that type, in quotes if it is a text"))
        }
        None => Ok(()),
    }
}

/// What kind of value a well-formed schema describes.
pub(crate) fn kind<'a>(place: &Node<'a>) -> Result<Kind<'a>> {
    kind_within(place, &mut Walk::default())
}

/// The schemas on the way to one, and what is known of the parts of those.
#[derive(Default)]
struct Walk<'a> {
    open: Vec<String>,
    /// By pointer. A part may be part of many others; without this, they would be read as often as there are ways to them.
    parts: HashMap<String, Kind<'a>>,
}

fn kind_within<'a>(place: &Node<'a>, walk: &mut Walk<'a>) -> Result<Kind<'a>> {
    if walk.open.contains(&place.pointer) || walk.open.len() > DEEPEST {
        return Err(place.error("the schema consists of itself").help("let a property stand between them"));
    }
    if place.get("$ref").is_some() {
        return Ok(Kind::Reference(place.follow()?));
    }
    walk.open.push(place.pointer.clone());
    let kind = match place.items_of("allOf")? {
        parts if !parts.is_empty() => merged(place, &parts, walk),
        _ => plain(place, walk),
    };
    walk.open.pop();
    kind
}

/// The kind of a schema without `allOf`.
fn plain<'a>(place: &Node<'a>, walk: &mut Walk<'a>) -> Result<Kind<'a>> {
    let mut branches = place.items_of("oneOf")?;
    if let (Some(discriminator), false) = (place.get("discriminator"), branches.is_empty()) {
        let choice = TaggedUnion::find(&discriminator, &branches, |branch| part_kind(branch, walk))?;
        return Ok(choice.map_or(Kind::Any, Kind::TaggedUnion));
    }
    branches.extend(place.items_of("anyOf")?);
    let several = branches.len() > 1;
    branches.retain(|branch| !only_requires(branch));
    match branches.as_slice() {
        [] => alone(place),
        [only] => one_branch(place, only, several, walk),
        _ => Ok(Kind::Any),
    }
}

/// The kind of a schema with one branch of fields. Where there are several branches, it need not be the one that holds.
fn one_branch<'a>(place: &Node<'a>, only: &Node<'a>, several: bool, walk: &mut Walk<'a>) -> Result<Kind<'a>> {
    let own = alone(place)?;
    if let (Kind::Any | Kind::Map(None), false) = (&own, several) {
        return kind_within(only, walk);
    }
    let mut branch = part_kind(&only.follow()?, walk)?;
    if let (Kind::Record(record), true) = (&mut branch, several) {
        record.required.clear();
    }
    Ok(together([branch, own]))
}

/// The kind of a schema that consists of no others.
fn alone<'a>(place: &Node<'a>) -> Result<Kind<'a>> {
    let values = values(place)?;
    Ok(match place.text_of("type")? {
        Some("string") if values.is_empty() => Kind::Text(place.text_of("format")?),
        Some("string") => Kind::Enum(values),
        None if !values.is_empty() && texts_alone(place)? => Kind::Enum(values),
        Some("array") => Kind::List(place.need("items")?),
        Some("object") => object(place)?,
        Some(scalar) => Kind::Scalar(scalar),
        None if place.get("properties").is_some() => object(place)?,
        None => Kind::Any,
    })
}

/// Whether a branch of a choice says only which fields are required together, which no type can.
fn only_requires(branch: &Node<'_>) -> bool {
    branch.value.as_object().is_some_and(|said| !said.is_empty() && said.keys().all(|key| key == "required"))
}

/// What an `allOf` says beside the fields that become its type, and is lost; in its parts, and in theirs.
pub(crate) fn beside_fields<'a>(place: &Node<'a>) -> Result<Vec<Node<'a>>> {
    if place.get("allOf").is_none() {
        return Ok(Vec::new());
    }
    let (mut lost, mut seen, mut waiting) = (Vec::new(), HashSet::new(), vec![place.clone()]);
    while let Some(part) = waiting.pop() {
        if !seen.insert(part.pointer.clone()) {
            continue;
        }
        for inner in part.items_of("allOf")? {
            waiting.push(inner.follow()?);
        }
        let branches = part.items_of("oneOf")?.into_iter().chain(part.items_of("anyOf")?);
        // A single branch is no choice, and what it has is there.
        let choice =
            branches.filter(|branch| !only_requires(branch)).count() > usize::from(part.get("discriminator").is_none());
        lost.extend(choice.then_some(part));
    }
    Ok(lost)
}

/// Whether an enum has no other values than texts and null.
fn texts_alone(place: &Node<'_>) -> Result<bool> {
    Ok(place.items_of("enum")?.iter().all(|item| item.value.is_string() || item.value.is_null()))
}

/// The values of an enum of texts.
fn values(place: &Node<'_>) -> Result<Vec<String>> {
    let items = place.items_of("enum")?.into_iter().chain(place.items_of("x-extensible-enum")?);
    let mut known = HashSet::new();
    let values = items.filter_map(|item| item.value.as_str()).filter(|text| known.insert(*text));
    Ok(values.map(str::to_owned).collect())
}

fn object<'a>(place: &Node<'a>) -> Result<Kind<'a>> {
    let others = place.get("additionalProperties");
    let open = others.as_ref().is_some_and(|others| others.value != &serde_json::Value::Bool(false));
    let schema = others.clone().filter(|others| others.value.is_object());
    if place.get("properties").is_none() && (open || others.is_none()) {
        return Ok(Kind::Map(schema));
    }
    let required = place.items_of("required")?.iter().map(Node::text).collect::<Result<Vec<_>, Diagnostic>>()?;
    Ok(Kind::Record(Record { properties: place.entries_of("properties")?, required, others: others.filter(|_| open) }))
}

/// The kind of `allOf`.
fn merged<'a>(place: &Node<'a>, parts: &[Node<'a>], walk: &mut Walk<'a>) -> Result<Kind<'a>> {
    let own = plain(place, walk)?;
    if let ([only], Kind::Any | Kind::Map(None)) = (parts, &own) {
        return kind_within(only, walk);
    }
    let mut kinds = parts.iter().map(|part| part_kind(&part.follow()?, walk)).collect::<Result<Vec<_>>>()?;
    kinds.push(own);
    Ok(together(kinds))
}

/// The kind of several parts: of their records together, or else of the first that says more than "anything".
fn together<'a>(kinds: impl IntoIterator<Item = Kind<'a>>) -> Kind<'a> {
    let mut records = Vec::new();
    let mut other = Kind::Any;
    for kind in kinds {
        match kind {
            Kind::Record(part) => records.push(part),
            kind if matches!(other, Kind::Any | Kind::Map(None)) => other = kind,
            _ => {}
        }
    }
    if records.is_empty() { other } else { Kind::Record(Record::merged(records)) }
}

fn part_kind<'a>(part: &Node<'a>, walk: &mut Walk<'a>) -> Result<Kind<'a>> {
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
            (json!([]), "expected an object, found a list", ""),
            (json!({"type": ["string", "null"]}), "expected a text, found a list", "/type"),
            (json!({"type": "strnig"}), "`strnig` is no type", "/type"),
            (json!({"type": "array"}), "no `items`", ""),
            (json!({"properties": {"a": true}}), "expected an object, found `true`", "/properties/a"),
            (json!({"required": "a"}), "expected a list, found a text", "/required"),
            (json!({"required": [1]}), "expected a text, found the number 1", "/required/0"),
            (json!({"enum": {}}), "expected a list, found an object", "/enum"),
            (json!({"allOf": []}), "`allOf` is empty", "/allOf"),
            (json!({"nullable": "yes"}), "expected true or false, found a text", "/nullable"),
            (json!({"description": null}), "expected a text, found nothing", "/description"),
        ] {
            let error = validate(&Node::root(&schema), &mut Limits::default()).unwrap_err();
            assert!(error.to_string().contains(complaint), "{error}");
            assert_eq!(error.pointer.as_deref(), Some(pointer));
        }
    }

    #[test]
    fn depth_is_limited() {
        let mut schema = json!({"type": "string"});
        for _ in 0..100 {
            schema = json!({"type": "array", "items": schema});
        }
        assert!(
            validate(&Node::root(&schema), &mut Limits::default())
                .unwrap_err()
                .to_string()
                .contains("stand in each other")
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
        let Kind::Record(record) = kind(&at("more")).unwrap() else { panic!("a record") };
        assert_eq!(record.properties.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["id", "name"]);
        assert_eq!(record.required, ["id", "name"]);
        assert!(matches!(kind(&at("same")).unwrap(), Kind::Reference(place) if place.pointer == "/base"));
        assert!(kind(&at("self")).unwrap_err().to_string().contains("consists of itself"));
    }

    #[test]
    fn a_branch_is_merged_with_the_fields_beside_it() {
        let fields = |kind: Kind<'_>| {
            let Kind::Record(record) = kind else { panic!("{kind:?}") };
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
    fn kinds() {
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
