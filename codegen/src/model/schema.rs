//! The schemas of a description in the few forms that have a Rust type: what `normalize` produces and `types` reads.

use std::collections::{BTreeMap, BTreeSet};

/// The schemas that become types, by the names of the types.
pub type Components = BTreeMap<String, Component>;

/// A schema that becomes a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// The description in the document.
    pub description: Option<String>,
    /// Whether the document marks it as deprecated.
    pub deprecated: bool,
    /// The form of its values.
    pub kind: ComponentKind,
}

/// The form of a component's values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ComponentKind {
    /// An object with known properties.
    Object(Object),
    /// A string, with its known values.
    Enum(Vec<String>),
    /// An object of one of several types.
    Union(Union),
}

/// An object with known properties.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object {
    /// The properties with their names, in the order of the document.
    pub properties: Vec<(String, Property)>,
    /// The names of the required properties, in the order of the document.
    pub required: Vec<String>,
    /// Whether the value on the wire is that of the only property.
    pub transparent: bool,
}

/// Several types and the property that distinguishes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Union {
    /// The property that names the type.
    pub tag: String,
    /// The property that holds the value.
    pub content: String,
    /// The values of `tag`, each with its component.
    pub variants: Vec<(String, String)>,
}

/// The schema of a property, with its annotations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// The form of the value.
    pub schema: Schema,
    /// The description in the document.
    pub description: Option<String>,
    /// Whether the document marks it as deprecated.
    pub deprecated: bool,
    /// Whether the value may be `null`.
    pub nullable: bool,
    /// Whether `{}` means that there is no value (`x-empty-is-null`).
    pub empty_is_null: bool,
    /// The name of the field in Rust, if the overlay gives one (`x-rust-field`).
    pub rust_name: Option<String>,
    /// Whether it collects the unknown properties of the object.
    pub flatten: bool,
}

/// The form of a value.
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
    /// An array, with the form of its items.
    Array(Box<Schema>),
    /// An object whose keys are data, with the form of its values.
    Map(Box<Schema>),
    /// An item of an array or a map that may be `null`.
    Nullable(Box<Schema>),
    /// A component.
    Component(String),
    /// Any JSON.
    Any,
}

impl Component {
    /// The properties, if it is an object.
    #[must_use]
    pub fn object(&self) -> Option<&Object> {
        match &self.kind {
            ComponentKind::Object(object) => Some(object),
            ComponentKind::Enum(_) | ComponentKind::Union(_) => None,
        }
    }

    /// The components that it refers to.
    #[must_use]
    pub fn references(&self) -> BTreeSet<&str> {
        match &self.kind {
            ComponentKind::Object(object) => {
                object.properties.iter().filter_map(|(_, property)| property.schema.reference()).collect()
            }
            ComponentKind::Union(union) => union.variants.iter().map(|(_, component)| component.as_str()).collect(),
            ComponentKind::Enum(_) => BTreeSet::new(),
        }
    }
}

impl Object {
    /// The schema of a property.
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
        }
    }
}

impl Schema {
    /// The component that the value or its items are of.
    #[must_use]
    pub fn reference(&self) -> Option<&str> {
        match self {
            Self::Component(name) => Some(name),
            Self::Array(inner) | Self::Map(inner) | Self::Nullable(inner) => inner.reference(),
            Self::String(_) | Self::Integer | Self::Number | Self::Boolean | Self::Any => None,
        }
    }

    /// The component that the value itself is of.
    #[must_use]
    pub fn component(&self) -> Option<&str> {
        match self {
            Self::Component(name) => Some(name),
            Self::Nullable(inner) => inner.component(),
            _ => None,
        }
    }
}
