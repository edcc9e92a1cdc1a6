//! The shapes of example values, and the join of two shapes.
//!
//! [`Shape::join`] is commutative, associative and idempotent, with [`Shape::NEVER`] as its neutral element, so neither the order
//! of the examples nor their repetition matters.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::describe::text_format::Format;

/// The shape of all values at the same position in the examples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Whether null is one of the values.
    pub nullable: bool,
    /// The shape of the values that are not null.
    pub kind: ValueKind,
}

/// The shape of values other than null.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// The examples contain no value other than null.
    Never,
    /// Booleans.
    Bool,
    /// Whole numbers only.
    Int,
    /// Numbers, at least one of which has a fractional part.
    Number,
    /// Strings with a common format.
    Text(Format),
    /// A mix of strings and numbers, which is typical for identifiers.
    Id,
    /// Lists, with the shape of their items.
    List(Box<Shape>),
    /// Objects whose keys are arbitrary, with the shape of their values.
    Map(Box<Shape>),
    /// Objects with named fields.
    Object(ObjectShape),
    /// Values without a common shape.
    Any,
}

/// The shape of an object with named fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectShape {
    /// The fields by name.
    pub fields: BTreeMap<String, Field>,
    /// Whether the object is empty in at least one example.
    pub empty: bool,
}

/// A field of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The shape of the field's values.
    pub shape: Shape,
    /// Whether at least one example lacks the field.
    pub optional: bool,
}

impl Shape {
    /// The shape of an empty set of values.
    pub const NEVER: Self = Self { nullable: false, kind: ValueKind::Never };

    /// Returns the shape of one value.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        let kind = match value {
            Value::Null => return Self { nullable: true, kind: ValueKind::Never },
            Value::Bool(_) => ValueKind::Bool,
            Value::Number(number) if number.is_f64() => ValueKind::Number,
            Value::Number(_) => ValueKind::Int,
            Value::String(text) => ValueKind::Text(Format::of(text)),
            Value::Array(items) => ValueKind::List(Box::new(Self::all(items.iter().map(Self::of)))),
            Value::Object(entries) => {
                let fields =
                    entries.iter().map(|(key, value)| (key.clone(), Field { shape: Self::of(value), optional: false }));
                ValueKind::Object(ObjectShape { empty: entries.is_empty(), fields: fields.collect() })
            }
        };
        Self { nullable: false, kind }
    }

    /// Returns the smallest shape that covers both shapes.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self { nullable: self.nullable || other.nullable, kind: self.kind.join(other.kind) }
    }

    /// Returns the smallest shape that covers all given shapes.
    #[must_use]
    pub fn all(shapes: impl IntoIterator<Item = Self>) -> Self {
        in_pairs(shapes, Self::join).unwrap_or(Self::NEVER)
    }
}

impl ValueKind {
    fn join(self, other: Self) -> Self {
        match (self, other) {
            (Self::Never, kind) | (kind, Self::Never) => kind,
            (Self::Bool, Self::Bool) => Self::Bool,
            (Self::Int, Self::Int) => Self::Int,
            (Self::Int | Self::Number, Self::Int | Self::Number) => Self::Number,
            (Self::Text(one), Self::Text(other)) if one == other => Self::Text(one),
            (Self::Text(_), Self::Text(_)) => Self::Text(Format::Plain),
            (
                Self::Text(_) | Self::Id | Self::Int | Self::Number,
                Self::Text(_) | Self::Id | Self::Int | Self::Number,
            ) => Self::Id,
            (Self::List(one), Self::List(other)) => Self::List(Box::new(one.join(*other))),
            (Self::Map(one), Self::Map(other)) => Self::Map(Box::new(one.join(*other))),
            (Self::Map(values), Self::Object(record)) | (Self::Object(record), Self::Map(values)) => {
                Self::Map(Box::new(values.join(record.values())))
            }
            (Self::Object(one), Self::Object(other)) => Self::Object(one.join(other)),
            _ => Self::Any,
        }
    }
}

impl ObjectShape {
    /// Returns the joined shape of all field values.
    #[must_use]
    pub fn values(&self) -> Shape {
        Shape::all(self.fields.values().map(|field| field.shape.clone()))
    }

    /// Returns the smallest shape that covers all given shapes.
    #[must_use]
    pub fn all(records: impl IntoIterator<Item = Self>) -> Self {
        in_pairs(records, Self::join).unwrap_or_default()
    }

    /// Returns the smallest shape that covers both shapes. A field that only one of them has becomes optional.
    #[must_use]
    pub fn join(mut self, other: Self) -> Self {
        self.empty |= other.empty;
        for (key, field) in &mut self.fields {
            field.optional |= !other.fields.contains_key(key);
        }
        for (key, theirs) in other.fields {
            let joined = match self.fields.remove(&key) {
                Some(ours) => {
                    Field { optional: ours.optional || theirs.optional, shape: ours.shape.join(theirs.shape) }
                }
                None => Field { optional: true, ..theirs },
            };
            self.fields.insert(key, joined);
        }
        self
    }
}

/// Joins items in pairs, then joins the results in pairs, and so on. Returns `None` if there are no items. Joining the items one
/// by one would take quadratic time for records with different fields.
fn in_pairs<T>(items: impl IntoIterator<Item = T>, join: impl Fn(T, T) -> T) -> Option<T> {
    // The partial results with their ranks, largest first. A result of rank n joins 2^n items.
    let mut parts: Vec<(u32, T)> = Vec::new();
    for mut item in items {
        let mut rank = 0;
        while let Some((_, before)) = parts.pop_if(|(known, _)| *known == rank) {
            item = join(before, item);
            rank += 1;
        }
        parts.push((rank, item));
    }
    parts.into_iter().rev().map(|(_, part)| part).reduce(|later, earlier| join(earlier, later))
}
