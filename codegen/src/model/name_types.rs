//! Gives every object and enum of the document a name, so that nobody after this has to invent one.
//!
//! What comes out are schemas of few forms: texts, numbers, flags, lists, maps, anything, and references to named
//! components. A component is a record, an enum, or a choice between records.

use std::collections::{HashMap, HashSet, VecDeque};
use std::rc::Rc;

use serde_json::{Map, Value, json};

use crate::model::names;
use crate::model::shared_types::{SharedTypes, wanted_name};
use crate::openapi::node::Node;
use crate::openapi::schema::{self, DEEPEST, Kind, Record};
use crate::openapi::tagged_union::TaggedUnion;
use crate::openapi::words;
use crate::{Diagnostic, Result};

/// What is said about a field rather than about its type.
const ANNOTATIONS: [&str; 5] = ["description", "nullable", "deprecated", "x-rust-field", "x-empty-is-null"];

/// The components as they get their names.
#[derive(Debug)]
pub(crate) struct Hoist<'a> {
    names: names::Names,
    twins: SharedTypes<'a>,
    /// The type of each named schema, by its pointer or by what it shares with its twins.
    types: HashMap<String, String>,
    /// What is known of the schemas that many places may refer to, by their pointers.
    kinds: HashMap<String, Rc<Kind<'a>>>,
    /// The schemas without a name that are being read.
    open: Vec<String>,
    started: HashSet<String>,
    /// The records and choices that have a name and wait for what is in them. A queue, so that no chain of them fills the stack.
    pending: VecDeque<(String, Node<'a>, Kind<'a>)>,
    components: Map<String, Value>,
    /// The names that the description asks for, by the place that got them.
    wanted: HashMap<String, String>,
    /// Names that could not be given, and schemas that become untyped JSON.
    diagnostics: Vec<Diagnostic>,
}

/// What all of it comes to.
#[derive(Debug)]
pub(crate) struct Hoisted {
    pub(crate) components: Map<String, Value>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl<'a> Hoist<'a> {
    /// Starts with the names that the document's own components have.
    pub(crate) fn new(root: &Node<'a>) -> Result<Self> {
        let mut hoist = Self {
            names: names::Names::types(),
            twins: SharedTypes::find(root)?,
            types: HashMap::new(),
            kinds: HashMap::new(),
            open: Vec::new(),
            started: HashSet::new(),
            pending: VecDeque::new(),
            components: Map::new(),
            wanted: HashMap::new(),
            diagnostics: Vec::new(),
        };
        let Some(components) = root.get("components") else { return Ok(hoist) };
        for (key, place) in components.entries_of("schemas")? {
            if matches!(*hoist.kind(&place)?, Kind::Record(_) | Kind::Enum(_) | Kind::TaggedUnion(..)) {
                hoist.name(&place, &names::type_name(key));
            }
        }
        Ok(hoist)
    }

    /// What kind of value a schema describes. That of a large schema is found out once, and not for each that refers to it.
    pub(crate) fn kind(&mut self, place: &Node<'a>) -> Result<Rc<Kind<'a>>> {
        if let Some(known) = self.kinds.get(&place.pointer) {
            return Ok(Rc::clone(known));
        }
        let kind = Rc::new(schema::kind(place)?);
        if matches!(*kind, Kind::Record(_) | Kind::Enum(_) | Kind::TaggedUnion(_) | Kind::Any) {
            self.kinds.insert(place.pointer.clone(), Rc::clone(&kind));
        }
        Ok(kind)
    }

    /// The schema that says what a value is, behind all references.
    pub(crate) fn resolved(&mut self, place: &Node<'a>) -> Result<Node<'a>> {
        let mut here = place.clone();
        for _ in 0..DEEPEST {
            match &*self.kind(&here)? {
                Kind::Reference(target) => here = target.clone(),
                _ => return Ok(here),
            }
        }
        Err(place.error("the reference leads only to itself").help("let it lead to a definition"))
    }

    /// The schema at a place, with what is in it under names.
    pub(crate) fn schema(&mut self, place: &Node<'a>, name: &str) -> Result<Value> {
        let schema = match &*self.kind(place)? {
            Kind::Reference(target) => self.referred(target)?,
            Kind::Record(record) => self.record(place, record, name, &[])?,
            Kind::Enum(values) => self.text_enum(place, values, name),
            Kind::TaggedUnion(choice) => self.tagged(place, choice, name),
            Kind::List(items) => json!({"type": "array", "items": self.schema(items, &item_name(name))?}),
            Kind::Map(Some(values)) => {
                json!({"type": "object", "additionalProperties": self.schema(values, &item_name(name))?})
            }
            Kind::Map(None) => json!({"type": "object", "additionalProperties": {}}),
            Kind::Text(Some(format)) => json!({"type": "string", "format": format}),
            Kind::Text(None) => json!({"type": "string"}),
            Kind::Scalar(name) => json!({"type": name}),
            Kind::Any => {
                self.diagnostics.extend(untyped(place));
                json!({})
            }
        };
        Ok(annotated(schema, place))
    }

    /// The type of a record, without the properties to omit.
    pub(crate) fn record(
        &mut self,
        place: &Node<'a>,
        record: &Record<'a>,
        name: &str,
        omitted: &[&str],
    ) -> Result<Value> {
        let name = self.name(place, name);
        if self.started.insert(name.clone()) {
            let (mut place, mut record) = (place.clone(), record.clone());
            if let Some(twin) = self.twins.record(&place).map(|twin| twin.place.clone())
                && let Kind::Record(best) = &*self.kind(&twin)?
            {
                (place, record) = (twin, best.clone());
            }
            self.diagnostics.extend(schema::beside_fields(&place)?.iter().map(beside_fields));
            record.properties.retain(|(key, _)| !omitted.contains(key));
            record.required.retain(|key| !omitted.contains(key));
            self.components.insert(name.clone(), Value::Null);
            self.pending.push_back((name.clone(), place, Kind::Record(record)));
        }
        Ok(reference(&name))
    }

    /// Reads what is in the records and choices that have got their names, and returns all components.
    pub(crate) fn finish(mut self) -> Result<Hoisted> {
        while let Some((name, place, kind)) = self.pending.pop_front() {
            let component = match kind {
                Kind::Record(record) => self.fields(&record, &name)?,
                Kind::TaggedUnion(choice) => self.variants(&choice, &name)?,
                _ => continue,
            };
            self.keep(&name, &place, component);
        }
        self.diagnostics.sort_by(|a, b| a.pointer.cmp(&b.pointer));
        self.diagnostics.dedup();
        Ok(Hoisted { components: self.components, diagnostics: self.diagnostics })
    }

    fn fields(&mut self, record: &Record<'a>, name: &str) -> Result<Value> {
        let mut properties = Map::new();
        for (key, property) in &record.properties {
            properties.insert((*key).to_owned(), self.schema(property, &joined(name, key))?);
        }
        if let Some(others) = &record.others {
            let value = if others.value.is_object() { self.schema(others, &joined(name, "other"))? } else { json!({}) };
            let key = if properties.contains_key("others") { "other_fields" } else { "others" };
            let map = json!({"type": "object", "additionalProperties": value, "x-flatten": true});
            properties.insert(key.to_owned(), map);
        }
        Ok(json!({"type": "object", "properties": properties, "required": record.required}))
    }

    /// What is in a choice. Of a branch that several texts stand for, there are as many variants.
    fn variants(&mut self, choice: &TaggedUnion<'a>, name: &str) -> Result<Value> {
        let (mut mapping, mut one_of) = (Map::new(), Vec::new());
        for branch in &choice.branches {
            let inner = joined(name, branch.values.first().map_or("", String::as_str));
            let schema = self.schema(&branch.content, &inner)?;
            // What is no type of its own becomes one.
            let target = referred_type(&schema).unwrap_or_else(|| self.wrapper(&inner, "value", schema));
            let target = reference(&target);
            mapping.extend(branch.values.iter().map(|value| (value.clone(), target["$ref"].clone())));
            one_of.push(target);
        }
        let discriminator = json!({"propertyName": choice.tag, "mapping": mapping});
        Ok(json!({"oneOf": one_of, "discriminator": discriminator, "x-content": choice.content}))
    }

    /// A component that the document doesn't have as such: a record made of properties that are ready.
    pub(crate) fn made(&mut self, name: &str, properties: Map<String, Value>, required: &[String]) -> String {
        let name = self.names.give(&names::type_name(name));
        self.fill(&name, properties, required);
        name
    }

    /// The record of a name that was given.
    pub(crate) fn fill(&mut self, name: &str, properties: Map<String, Value>, required: &[String]) {
        let record = json!({"type": "object", "properties": properties, "required": required});
        self.components.insert(name.to_owned(), record);
    }

    /// A component that holds one value and looks like it on the wire.
    pub(crate) fn wrapper(&mut self, name: &str, key: &str, schema: Value) -> String {
        let name = self.made(name, Map::from_iter([(key.to_owned(), schema)]), &[key.to_owned()]);
        if let Some(component) = self.components.get_mut(&name).and_then(Value::as_object_mut) {
            component.insert("x-transparent".to_owned(), json!(true));
        }
        name
    }

    /// The component that was made of what stands at a place, if it was.
    pub(crate) fn made_of(&self, place: &Node<'_>) -> Option<String> {
        self.types.get(&format!("made {}", place.pointer)).cloned()
    }

    /// Remembers that a component was made of what stands at a place.
    pub(crate) fn remember(&mut self, place: &Node<'_>, name: &str) {
        self.types.insert(format!("made {}", place.pointer), name.to_owned());
    }

    /// What a reference leads to.
    fn referred(&mut self, target: &Node<'a>) -> Result<Value> {
        if self.open.contains(&target.pointer) || self.open.len() > DEEPEST {
            let error = target.error("the schema holds nothing but itself");
            return Err(error.help("let an object with properties stand between them"));
        }
        self.open.push(target.pointer.clone());
        let mut schema = self.schema(target, &names::type_name(&target.key()))?;
        self.open.pop();
        // The words of a named type are its own, not those of the field that has it.
        if let Some(annotated) = schema.as_object_mut().filter(|map| map.contains_key("allOf")) {
            annotated.retain(|key, _| !["description", "deprecated"].contains(&key.as_str()));
        }
        Ok(schema)
    }

    fn text_enum(&mut self, place: &Node<'a>, values: &[String], name: &str) -> Value {
        let wanted = wanted_name(place);
        let known = wanted.as_ref().and_then(|wanted| self.types.get(&format!("enum {wanted}")).cloned());
        let name = known.unwrap_or_else(|| self.name(place, name));
        if let Some(wanted) = &wanted {
            self.types.insert(format!("enum {wanted}"), name.clone());
        }
        if self.started.insert(name.clone()) {
            let all = wanted.as_deref().and_then(|wanted| self.twins.values(wanted)).unwrap_or(values).to_vec();
            self.keep(&name, place, json!({"type": "string", "enum": all}));
        }
        reference(&name)
    }

    /// The type of a choice between records.
    fn tagged(&mut self, place: &Node<'a>, choice: &TaggedUnion<'a>, name: &str) -> Value {
        let name = self.name(place, name);
        if self.started.insert(name.clone()) {
            self.components.insert(name.clone(), Value::Null);
            self.pending.push_back((name.clone(), place.clone(), Kind::TaggedUnion(choice.clone())));
        }
        reference(&name)
    }

    /// The name of the type at a place, given now if it has none.
    fn name(&mut self, place: &Node<'a>, suggested: &str) -> String {
        let twin = self.twins.record(place).cloned();
        let twin = twin.as_ref();
        let known = self.types.get(&place.pointer).or_else(|| self.types.get(&twin?.key));
        let name = match known {
            Some(name) => name.clone(),
            None => {
                let wanted = twin.and_then(|twin| twin.name.clone()).or_else(|| wanted_name(place));
                match wanted {
                    Some(wanted) => self.give_wanted(place, &wanted, "x-rust-name"),
                    None => self.give(place, &names::type_name(suggested)),
                }
            }
        };
        if let Some(key) = twin.map(|twin| twin.key.clone()) {
            self.types.insert(key, name.clone());
        }
        self.types.insert(place.pointer.clone(), name.clone());
        name
    }

    /// Gives a name that the description asks for by an extension.
    pub(crate) fn give_wanted(&mut self, place: &Node<'_>, wanted: &str, extension: &str) -> String {
        let given = self.names.give(wanted);
        if given == wanted {
            self.wanted.insert(given.clone(), place.pointer.clone());
        } else {
            let error =
                place.warning(format!("`{extension}: {wanted}` asks for a name that is taken; the type is `{given}`"));
            self.diagnostics.push(error.help("ask for another name in the overlay"));
        }
        given
    }

    /// Gives a name that a rule made. It gives way to one that the description asks for.
    fn give(&mut self, place: &Node<'_>, name: &str) -> String {
        let given = self.names.give(name);
        if let Some(owner) = self.wanted.get(name).filter(|_| given != name) {
            let error = place.warning(format!("the name `{name}` is given to {owner}; this type is `{given}`"));
            self.diagnostics.push(error.help("ask for other names by `x-rust-name` in the overlay"));
        }
        given
    }

    /// Keeps a component, with the words that stand at its place.
    fn keep(&mut self, name: &str, place: &Node<'_>, mut component: Value) {
        if let Some(map) = component.as_object_mut() {
            let words = ["description", "deprecated"].iter().filter_map(|key| Some((key, place.value.get(*key)?)));
            map.extend(words.map(|(key, value)| ((*key).to_owned(), value.clone())));
        }
        self.components.insert(name.to_owned(), component);
    }
}

/// What there is to say of a schema that becomes untyped JSON, unless it says itself that it is anything.
fn untyped(place: &Node<'_>) -> Option<Diagnostic> {
    let says = |key: &&str| place.value.get(*key).is_some();
    let key = ["oneOf", "anyOf", "allOf", "enum", "not"].into_iter().find(says)?;
    let why = match key {
        "oneOf" if says(&"discriminator") => {
            "not every branch is an object of the `discriminator`'s property, with texts of its own, and one other property \
             that is always there"
        }
        "anyOf" if says(&"discriminator") => "several of its kinds may hold at once",
        "oneOf" | "anyOf" => "without a `discriminator`, nothing tells its kinds apart",
        "enum" => "its values are neither all texts nor of one `type`",
        _ => "no single type says it",
    };
    let error = place.warning(format!("what this `{key}` describes becomes untyped JSON: {why}"));
    Some(error.help("describe it as one object or with a `discriminator`, in the document or by an overlay action"))
}

/// What there is to say of a choice that stands beside the fields of a type.
fn beside_fields(place: &Node<'_>) -> Diagnostic {
    let key = if place.value.get("oneOf").is_some() { "oneOf" } else { "anyOf" };
    let error =
        place.warning(format!("what this `{key}` describes is left out: the type has only the fields beside it"));
    error.help("describe all fields as one object, in the document or by an overlay action")
}

/// Adds what a place says about a field to the schema of its type.
pub(crate) fn annotated(schema: Value, place: &Node<'_>) -> Value {
    let notes = ANNOTATIONS.iter().filter_map(|key| Some(((*key).to_owned(), place.value.get(*key)?.clone())));
    let mut notes = notes.peekable();
    let mut map = match schema {
        Value::Object(map) if map.contains_key("$ref") && notes.peek().is_some() => {
            Map::from_iter([("allOf".to_owned(), Value::Array(vec![Value::Object(map)]))])
        }
        Value::Object(map) => map,
        _ => Map::new(),
    };
    map.extend(notes);
    Value::Object(map)
}

/// The named type that a schema refers to.
pub(crate) fn referred_type(schema: &Value) -> Option<String> {
    let target = schema.get("$ref").or_else(|| schema.get("allOf")?.get(0)?.get("$ref"))?;
    target.as_str()?.rsplit('/').next().map(str::to_owned)
}

/// A reference to a named component.
fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// The name of a type inside another.
pub(crate) fn joined(parent: &str, key: &str) -> String {
    format!("{parent}{}", names::type_name(&names::snake(key)))
}

/// The name of what a list or map of that name holds.
fn item_name(list: &str) -> String {
    names::type_name(&words::singular(words::words(list)).join("_"))
}
