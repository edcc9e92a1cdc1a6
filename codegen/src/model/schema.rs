//! Schemas reduced to the few forms that have a Rust type: the output of `normalize` and the input of `types`.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::api::StatusVariant;
use crate::model::names::{self, Names};
pub use crate::openapi::union::{JsonType, Test};

/// The schemas that become types, by type name.
pub type Components = BTreeMap<String, Component>;

/// A schema that becomes a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// The description from the document.
    pub description: Option<String>,
    /// Whether the document marks the schema as deprecated.
    pub deprecated: bool,
    /// The kind of the schema.
    pub kind: ComponentKind,
}

/// The kind of a schema that becomes a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ComponentKind {
    /// An object with known properties.
    Object(Object),
    /// A string with known values, each with its description from the document.
    Enum(Vec<(String, Option<String>)>),
    /// A union in which one property names the type of another property.
    Tagged(TaggedUnion),
    /// A union whose branches are distinguished by the value itself.
    Union(Union),
    /// A result whose type depends on the status of the response.
    ByStatus(Vec<StatusVariant>),
}

/// An object with known properties.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object {
    /// The properties with their names, in document order.
    pub properties: Vec<(String, Property)>,
    /// The names of the required properties, in document order.
    pub required: Vec<String>,
    /// Whether the object is serialized as the value of its only property.
    pub transparent: bool,
    /// The property that always has the same value, because it distinguishes the object from the other branches of a union.
    pub constant: Option<(String, String)>,
}

/// A union of types. One property names the type, and another one holds the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaggedUnion {
    /// The property that names the type.
    pub tag: String,
    /// The property that holds the value.
    pub content: String,
    /// The values of `tag`, each with its component.
    pub variants: Vec<(String, String)>,
}

/// A union of types that can be distinguished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Union {
    /// The property that distinguishes the objects, if there is one.
    pub tag: Option<String>,
    /// The types, each with the name of its variant.
    pub variants: Vec<(String, Schema)>,
    /// The predicates that select a variant, each with the index of its variant. The first predicate that a value satisfies
    /// determines the variant.
    pub tests: Vec<(usize, Test)>,
}

/// The schema of a property, with its annotations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// The schema of the value, without annotations.
    pub schema: Schema,
    /// The description from the document.
    pub description: Option<String>,
    /// Whether the document marks the property as deprecated.
    pub deprecated: bool,
    /// Whether the value may be `null`.
    pub nullable: bool,
    /// Whether `{}` counts as null (`x-empty-is-null`).
    pub empty_is_null: bool,
    /// The name of the Rust field, if the overlay sets one (`x-rust-field`).
    pub rust_name: Option<String>,
    /// Whether the property collects the unknown properties of the object.
    pub flatten: bool,
    /// Whether only responses contain the property.
    pub read_only: bool,
    /// Whether only requests contain the property.
    pub write_only: bool,
}

/// The schema of a value, without annotations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Schema {
    /// A string, with its format.
    String(Option<String>),
    /// An integer.
    Integer,
    /// A number.
    Number,
    /// A boolean.
    Boolean,
    /// An array, with the schema of its items.
    Array(Box<Schema>),
    /// An object whose keys are data, with the schema of its values.
    Map(Box<Schema>),
    /// A nullable item of an array or a map.
    Nullable(Box<Schema>),
    /// A component.
    Component(String),
    /// Any JSON.
    Any,
}

impl Component {
    /// Returns the properties, if the component is an object.
    #[must_use]
    pub fn object(&self) -> Option<&Object> {
        match &self.kind {
            ComponentKind::Object(object) => Some(object),
            ComponentKind::Enum(_)
            | ComponentKind::Tagged(_)
            | ComponentKind::Union(_)
            | ComponentKind::ByStatus(_) => None,
        }
    }

    /// Returns the names of the components that this component refers to.
    #[must_use]
    pub fn references(&self) -> BTreeSet<&str> {
        match &self.kind {
            ComponentKind::Object(object) => {
                object.properties.iter().filter_map(|(_, property)| property.schema.reference()).collect()
            }
            ComponentKind::Tagged(union) => union.variants.iter().map(|(_, component)| component.as_str()).collect(),
            ComponentKind::Union(union) => union.variants.iter().filter_map(|(_, schema)| schema.reference()).collect(),
            ComponentKind::ByStatus(variants) => {
                variants.iter().filter_map(|variant| variant.value.as_ref()).map(|(name, _)| name.as_str()).collect()
            }
            ComponentKind::Enum(_) => BTreeSet::new(),
        }
    }
}

impl Object {
    /// Returns the names of the fields in Rust, in the order of the properties. If two properties would get the same name, the one
    /// whose key is exactly this name gets it.
    pub(crate) fn field_names(&self) -> Vec<String> {
        let mut names = Names::fields();
        let wanted = self.properties.iter().map(|(wire, property)| property.rust_name.as_ref().unwrap_or(wire));
        let mut wanted: Vec<_> = wanted.map(|name| (name, names::snake(name), String::new())).collect();
        for exact in [true, false] {
            for (_, snake, given) in wanted.iter_mut().filter(|(name, snake, _)| (*name == snake) == exact) {
                *given = names.give(snake);
            }
        }
        wanted.into_iter().map(|(_, _, given)| given).collect()
    }

    /// Returns the property with this name.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&Schema> {
        self.properties.iter().find(|(known, _)| known == name).map(|(_, property)| &property.schema)
    }
}

impl From<Schema> for Property {
    fn from(schema: Schema) -> Self {
        Self {
            schema,
            description: None,
            deprecated: false,
            nullable: false,
            empty_is_null: false,
            rust_name: None,
            flatten: false,
            read_only: false,
            write_only: false,
        }
    }
}

impl Schema {
    /// Returns the name of the component that describes the value or its items, if any.
    #[must_use]
    pub fn reference(&self) -> Option<&str> {
        match self {
            Self::Component(name) => Some(name),
            Self::Array(inner) | Self::Map(inner) | Self::Nullable(inner) => inner.reference(),
            Self::String(_) | Self::Integer | Self::Number | Self::Boolean | Self::Any => None,
        }
    }

    /// Returns the name of the component that describes the value itself, if any.
    #[must_use]
    pub fn component(&self) -> Option<&str> {
        match self {
            Self::Component(name) => Some(name),
            Self::Nullable(inner) => inner.component(),
            _ => None,
        }
    }

    /// Returns the name of the component that describes the value itself, or `name` if there is none.
    pub(crate) fn name_or(&self, name: String) -> String {
        self.component().map_or(name, str::to_owned)
    }
}
