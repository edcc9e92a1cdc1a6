//! Names every object, enum and union in a description, and converts its schemas to [`Schema`].

mod bodies;
mod enums;
mod left_out;
mod unions;

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::rc::Rc;

use serde_json::Value;

use crate::model::api::StatusVariant;
use crate::model::equal_schemas::{EqualSchemas, wanted_name};
use crate::model::name_types::bodies::omit_site_slug;
use crate::model::name_types::left_out::{untyped, untyped_at};
use crate::model::names;
use crate::model::schema::{
    Component, ComponentKind, Components, Object, Property, Schema, TaggedUnion as TaggedSchema,
};
use crate::openapi::node::Node;
use crate::openapi::problem::Problem;
use crate::openapi::schema::{self, DEEPEST, ObjectSchema, SchemaKind};
use crate::openapi::tagged_union::TaggedUnion;
use crate::openapi::words;
use crate::{Diagnostic, Result};

/// Collects components and their names.
#[derive(Debug)]
pub(crate) struct TypeNames<'a> {
    names: names::Names,
    shared: EqualSchemas<'a>,
    /// The component name of each named schema, by the schema's pointer or its key in `shared`.
    types: HashMap<String, String>,
    /// The kinds of large schemas, by pointer. They are cached, because many references can lead to the same schema.
    kinds: HashMap<String, Rc<SchemaKind<'a>>>,
    /// The pointers to the unnamed schemas that are currently being read.
    open: Vec<String>,
    started: HashSet<String>,
    /// The names of the request body types from which `site_slug` was removed.
    bodies: HashSet<String>,
    /// The objects and unions that have a name but have not been read yet. This queue avoids recursion in long chains of schemas.
    pending: VecDeque<(String, Node<'a>, SchemaKind<'a>)>,
    components: Components,
    /// For each name requested in the overlay, the pointer to its schema.
    wanted: HashMap<String, String>,
    /// Warnings about names that were already taken and about schemas that become untyped JSON.
    diagnostics: Vec<Diagnostic>,
    /// The problems with schemas that can't become types.
    problems: Vec<Problem>,
}

/// The components of a description.
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) components: Components,
    /// The component name of each named schema, by pointer.
    pub(crate) type_names: BTreeMap<String, String>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    pub(crate) problems: Vec<Problem>,
}

impl<'a> TypeNames<'a> {
    /// Finds the shared types of a document, and reserves the names of its components.
    pub(crate) fn new(root: &Node<'a>) -> Result<Self> {
        let mut types = Self {
            names: names::Names::types(),
            shared: EqualSchemas::find(root)?,
            types: HashMap::new(),
            kinds: HashMap::new(),
            open: Vec::new(),
            started: HashSet::new(),
            bodies: HashSet::new(),
            pending: VecDeque::new(),
            components: Components::new(),
            wanted: HashMap::new(),
            diagnostics: Vec::new(),
            problems: Vec::new(),
        };
        let Some(components) = root.get("components") else { return Ok(types) };
        for (key, node) in components.entries_of("schemas")? {
            match types.kind(&node).as_deref() {
                Ok(SchemaKind::Enum(_)) => {
                    types.enum_name(&node, &names::type_name(key));
                }
                Ok(SchemaKind::Object(_) | SchemaKind::TaggedUnion(_) | SchemaKind::Union(_)) => {
                    types.name(&node, &names::type_name(key));
                }
                Ok(_) => {}
                Err(error) => types.problems.push(untyped_at(error.clone(), &node)),
            }
        }
        Ok(types)
    }

    /// Returns the kind of a schema. The kinds of large schemas are cached.
    pub(crate) fn kind(&mut self, node: &Node<'a>) -> Result<Rc<SchemaKind<'a>>> {
        if let Some(known) = self.kinds.get(&node.pointer) {
            return Ok(Rc::clone(known));
        }
        let kind = Rc::new(schema::kind(node)?);
        if !matches!(*kind, SchemaKind::Reference(_) | SchemaKind::Text(_) | SchemaKind::Scalar(_)) {
            self.kinds.insert(node.pointer.clone(), Rc::clone(&kind));
        }
        Ok(kind)
    }

    /// Follows references until the schema is not a reference.
    pub(crate) fn resolved(&mut self, node: &Node<'a>) -> Result<Node<'a>> {
        let mut here = node.clone();
        for _ in 0..DEEPEST {
            match &*self.kind(&here)? {
                SchemaKind::Reference(target) => here = target.clone(),
                _ => return Ok(here),
            }
        }
        Err(node.error("the reference is circular").help("change the reference to point to a definition"))
    }

    /// Reads a schema with its annotations. `name` is the name of the type, if the schema needs one.
    pub(crate) fn property(&mut self, node: &Node<'a>, name: &str) -> Result<Property> {
        let kind = self.kind(node)?;
        self.property_of(node, &kind, name)
    }

    /// Reads a schema that has the given kind.
    fn property_of(&mut self, node: &Node<'a>, kind: &SchemaKind<'a>, name: &str) -> Result<Property> {
        if !matches!(kind, SchemaKind::Reference(_) | SchemaKind::Object(_) | SchemaKind::Any) {
            self.report(node, kind)?;
        }
        let mut property = match kind {
            SchemaKind::Reference(target) => self.referenced(target)?,
            SchemaKind::Object(record) => self.object(node, record, name)?.into(),
            SchemaKind::Enum(values) => self.string_enum(node, values, name).into(),
            SchemaKind::TaggedUnion(_) | SchemaKind::Union(_) => self.union(node, kind, name).into(),
            SchemaKind::List(items) => Schema::Array(Box::new(self.item(items, &item_name(name))?)).into(),
            SchemaKind::Map(Some(values)) => Schema::Map(Box::new(self.item(values, &item_name(name))?)).into(),
            SchemaKind::Map(None) => Schema::Map(Box::new(Schema::Any)).into(),
            SchemaKind::Text(format) => Schema::String(format.map(str::to_owned)).into(),
            SchemaKind::Scalar("integer") => Schema::Integer.into(),
            SchemaKind::Scalar("number") => Schema::Number.into(),
            SchemaKind::Scalar(_) => Schema::Boolean.into(),
            SchemaKind::Any => {
                self.diagnostics.extend(untyped(node));
                Schema::Any.into()
            }
        };
        annotate(&mut property, node);
        Ok(property)
    }

    /// Reads the schema of the items of an array or a map.
    fn item(&mut self, node: &Node<'a>, name: &str) -> Result<Schema> {
        // `within` rejects a list or map that contains only itself. For a reference, `referenced` calls `within`.
        let Property { schema, nullable, .. } = match node.get("$ref") {
            Some(_) => self.property(node, name)?,
            None => self.within(node, |types| types.property(node, name))?,
        };
        Ok(if nullable { Schema::Nullable(Box::new(schema)) } else { schema })
    }

    /// Names an object and queues it to be read.
    fn object(&mut self, node: &Node<'a>, record: &ObjectSchema<'a>, name: &str) -> Result<Schema> {
        self.queue(node, record, name, false)
    }

    fn queue(&mut self, node: &Node<'a>, record: &ObjectSchema<'a>, name: &str, omits_site: bool) -> Result<Schema> {
        let name = self.name(node, name);
        if self.started.insert(name.clone()) {
            let (mut node, mut kind) = (node.clone(), SchemaKind::Object(record.clone()));
            if let Some(best) = self.shared.record(&node).map(|shared| shared.node.clone())
                && let found @ SchemaKind::Object(_) = &*self.kind(&best)?
            {
                (node, kind) = (best, found.clone());
            }
            self.report(&node, &kind)?;
            if let (SchemaKind::Object(record), true) = (&mut kind, omits_site) {
                omit_site_slug(record);
            }
            self.pending.push_back((name.clone(), node, kind));
        }
        Ok(Schema::Component(name))
    }

    /// Reads the queued objects and unions, and returns all components with the diagnostics and problems.
    pub(crate) fn finish(mut self) -> Named {
        while let Some((name, node, kind)) = self.pending.pop_front() {
            let kind = match kind {
                SchemaKind::Object(record) => self.fields(&record, &name).map(ComponentKind::Object),
                SchemaKind::TaggedUnion(union) => self.variants(&union, &name).map(ComponentKind::Tagged),
                SchemaKind::Union(union) => self.branches(&union, &node, &name).map(ComponentKind::Union),
                _ => continue,
            };
            match kind {
                Ok(kind) => self.keep(&name, &node, kind),
                Err(error) => self.problems.push(untyped_at(error, &node)),
            }
        }
        self.set_constants();
        self.diagnostics.sort_by(|a, b| a.pointer.cmp(&b.pointer));
        self.diagnostics.dedup();
        // The other keys identify shared types.
        let type_names = self.types.into_iter().filter(|(key, _)| key.starts_with('/')).collect();
        Named { components: self.components, type_names, diagnostics: self.diagnostics, problems: self.problems }
    }

    /// Records a diagnostic.
    pub(crate) fn warn(&mut self, warning: Diagnostic) {
        self.diagnostics.push(warning);
    }

    fn fields(&mut self, record: &ObjectSchema<'a>, name: &str) -> Result<Object> {
        let mut properties = Vec::new();
        for (key, node) in &record.properties {
            properties.push(((*key).to_owned(), self.property(node, &joined(name, key))?));
        }
        if let Some(others) = &record.others {
            let values =
                if others.value.is_object() { self.item(others, &joined(name, "other"))? } else { Schema::Any };
            let key = if record.property("others").is_some() { "other_fields" } else { "others" };
            let map = Property { flatten: true, ..Schema::Map(Box::new(values)).into() };
            properties.push((key.to_owned(), map));
        }
        let required = record.required.iter().map(|key| (*key).to_owned()).collect();
        Ok(Object { properties, required, ..Object::default() })
    }

    /// Reads the branches of a union. A branch becomes one variant per tag value.
    fn variants(&mut self, union: &TaggedUnion<'a>, name: &str) -> Result<TaggedSchema> {
        let mut variants = Vec::new();
        for branch in &union.branches {
            let inner = joined(name, branch.values.first().map_or("", String::as_str));
            let content = self.property(&branch.content, &inner)?;
            let component = match content.schema.component() {
                Some(component) => component.to_owned(),
                None => self.wrapper(&inner, "value", content),
            };
            variants.extend(branch.values.iter().map(|value| (value.clone(), component.clone())));
        }
        Ok(TaggedSchema { tag: union.tag.to_owned(), content: union.content.to_owned(), variants })
    }

    /// Adds an object that is not a schema in the document, and returns its name.
    pub(crate) fn add_object(&mut self, name: &str, object: Object) -> String {
        let name = self.names.give(&names::type_name(name));
        self.insert_object(&name, object);
        name
    }

    /// Adds an object with a name returned by [`give_wanted`](Self::give_wanted).
    pub(crate) fn insert_object(&mut self, name: &str, object: Object) {
        let component = Component { description: None, deprecated: false, kind: ComponentKind::Object(object) };
        self.components.insert(name.to_owned(), component);
    }

    /// Adds a result whose type depends on the status of the response, and returns its name.
    pub(crate) fn add_by_status(&mut self, name: &str, variants: Vec<StatusVariant>) -> String {
        let name = self.names.give(&names::type_name(name));
        let component = Component { description: None, deprecated: false, kind: ComponentKind::ByStatus(variants) };
        self.components.insert(name.clone(), component);
        name
    }

    /// Adds a transparent object, which is serialized as the value of its only property.
    pub(crate) fn wrapper(&mut self, name: &str, key: &str, property: Property) -> String {
        let (properties, required) = (vec![(key.to_owned(), property)], vec![key.to_owned()]);
        self.add_object(name, Object { properties, required, transparent: true, constant: None })
    }

    /// Returns the component that was added for a result schema.
    pub(crate) fn result_of(&self, node: &Node<'_>) -> Option<String> {
        self.types.get(&format!("result {}", node.pointer)).cloned()
    }

    /// Records the component that was added for a result schema.
    pub(crate) fn remember_result(&mut self, node: &Node<'_>, name: &str) {
        self.types.insert(format!("result {}", node.pointer), name.to_owned());
    }

    /// Calls `read` for a schema. Returns an error if the schema is already being read, because it contains only itself.
    fn within<T>(&mut self, node: &Node<'a>, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.open.contains(&node.pointer) || self.open.len() > DEEPEST {
            let error = node.error("the schema contains only itself");
            return Err(error.help("break the cycle with an object that has properties"));
        }
        self.open.push(node.pointer.clone());
        let result = read(self);
        self.open.pop();
        result
    }

    fn referenced(&mut self, target: &Node<'a>) -> Result<Property> {
        let name = names::type_name(&target.key());
        let mut property = self.within(target, |types| types.property(target, &name))?;
        if property.schema.component().is_some() {
            // The type has its own description and deprecation, which its fields don't repeat.
            property.description = None;
            property.deprecated = false;
        }
        Ok(property)
    }

    fn union(&mut self, node: &Node<'a>, kind: &SchemaKind<'a>, name: &str) -> Schema {
        let name = self.name(node, name);
        if self.started.insert(name.clone()) {
            self.pending.push_back((name.clone(), node.clone(), kind.clone()));
        }
        Schema::Component(name)
    }

    /// Returns the component name of a schema, and chooses the name on the first call.
    fn name(&mut self, node: &Node<'a>, suggested: &str) -> String {
        let shared = self.shared.record(node).cloned();
        let shared = shared.as_ref();
        let known = self.types.get(&node.pointer).or_else(|| self.types.get(&shared?.key));
        let name = match known {
            Some(name) => name.clone(),
            None => match shared.and_then(|shared| shared.name.clone()).or_else(|| wanted_name(node)) {
                Some(wanted) => self.give_wanted(node, &wanted, "x-rust-name"),
                None => self.give(node, &names::type_name(suggested)),
            },
        };
        if let Some(key) = shared.map(|shared| shared.key.clone()) {
            self.types.insert(key, name.clone());
        }
        self.types.insert(node.pointer.clone(), name.clone());
        name
    }

    /// Assigns a name requested in the overlay.
    pub(crate) fn give_wanted(&mut self, node: &Node<'_>, wanted: &str, extension: &str) -> String {
        let given = self.names.give(wanted);
        if given == wanted {
            self.wanted.insert(given.clone(), node.pointer.clone());
        } else {
            let warning =
                node.warning(format!("the name `{wanted}` in `{extension}` is taken; the type is named `{given}`"));
            self.diagnostics.push(warning.help("choose another name in the overlay"));
        }
        given
    }

    /// Assigns a derived name. Adds a warning if the overlay requested the same name for another schema.
    fn give(&mut self, node: &Node<'_>, name: &str) -> String {
        let given = self.names.give(name);
        if let Some(owner) = self.wanted.get(name).filter(|_| given != name) {
            let warning = node.warning(format!("the name `{name}` belongs to {owner}; this type is named `{given}`"));
            self.diagnostics.push(warning.help("name one of the two types with `x-rust-name` in the overlay"));
        }
        given
    }

    fn keep(&mut self, name: &str, node: &Node<'_>, kind: ComponentKind) {
        let component =
            Component { description: description(node), deprecated: flag(node, "deprecated") == Some(true), kind };
        self.components.insert(name.to_owned(), component);
    }
}

/// Adds the annotations of a node to a property.
pub(crate) fn annotate(property: &mut Property, node: &Node<'_>) {
    if node.value.get("description").is_some() {
        property.description = description(node);
    }
    if let Some(name) = node.value.get("x-rust-field").and_then(Value::as_str) {
        property.rust_name = Some(name.to_owned());
    }
    for (key, value) in [
        ("deprecated", &mut property.deprecated),
        ("nullable", &mut property.nullable),
        ("x-empty-is-null", &mut property.empty_is_null),
        ("readOnly", &mut property.read_only),
        ("writeOnly", &mut property.write_only),
    ] {
        *value = flag(node, key).unwrap_or(*value);
    }
}

/// Returns the description of a node, unless the description is blank.
fn description(node: &Node<'_>) -> Option<String> {
    let text = node.value.get("description")?.as_str()?;
    (!text.trim().is_empty()).then(|| text.to_owned())
}

fn flag(node: &Node<'_>, key: &str) -> Option<bool> {
    node.value.get(key)?.as_bool()
}

/// Derives the name of a type nested in another type.
pub(crate) fn joined(parent: &str, key: &str) -> String {
    format!("{parent}{}", names::type_name(&names::snake(key)))
}

/// Derives the name of an item from the name of an array or a map.
fn item_name(list: &str) -> String {
    names::type_name(&words::singular(words::words(list)).join("_"))
}
