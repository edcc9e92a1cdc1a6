//! The shape of values in examples, and the join of two shapes.
//!
//! [`Shape::join`] is commutative, associative and idempotent, with [`Shape::NEVER`] as its neutral element, so the order and the
//! number of examples do not matter.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::describe::text_format::Format;

/// The shape of the values at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Whether null occurs.
    pub nullable: bool,
    /// The shape of the other values.
    pub kind: Kind,
}

/// The shape of values other than null.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// There are no values.
    Never,
    /// Booleans.
    Bool,
    /// Whole numbers only.
    Int,
    /// Numbers of which some have a fraction.
    Number,
    /// Texts of one format.
    Text(Format),
    /// Texts and numbers: identifiers.
    Id,
    /// Lists, with the shape of their items.
    List(Box<Shape>),
    /// Objects with arbitrary keys, with the shape of their values.
    Map(Box<Shape>),
    /// Objects with fields.
    Record(Record),
    /// Values with no shape in common.
    Any,
}

/// The fields of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The fields by name.
    pub fields: BTreeMap<String, Field>,
    /// Whether the object is empty in an example.
    pub empty: bool,
}

/// A field of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The shape of its values.
    pub shape: Shape,
    /// Whether an example lacks it.
    pub optional: bool,
}

impl Shape {
    /// The shape of no value.
    pub const NEVER: Self = Self { nullable: false, kind: Kind::Never };

    /// The shape of one value.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        let kind = match value {
            Value::Null => return Self { nullable: true, kind: Kind::Never },
            Value::Bool(_) => Kind::Bool,
            Value::Number(number) if number.is_f64() => Kind::Number,
            Value::Number(_) => Kind::Int,
            Value::String(text) => Kind::Text(Format::of(text)),
            Value::Array(items) => Kind::List(Box::new(Self::all(items.iter().map(Self::of)))),
            Value::Object(entries) => {
                let fields =
                    entries.iter().map(|(key, value)| (key.clone(), Field { shape: Self::of(value), optional: false }));
                Kind::Record(Record { empty: entries.is_empty(), fields: fields.collect() })
            }
        };
        Self { nullable: false, kind }
    }

    /// The smallest shape that covers both.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self { nullable: self.nullable || other.nullable, kind: self.kind.join(other.kind) }
    }

    /// The smallest shape that covers all of them.
    #[must_use]
    pub fn all(shapes: impl IntoIterator<Item = Self>) -> Self {
        in_pairs(shapes, Self::join).unwrap_or(Self::NEVER)
    }
}

impl Kind {
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
            (Self::Map(values), Self::Record(record)) | (Self::Record(record), Self::Map(values)) => {
                Self::Map(Box::new(values.join(record.values())))
            }
            (Self::Record(one), Self::Record(other)) => Self::Record(one.join(other)),
            _ => Self::Any,
        }
    }
}

impl Record {
    /// The joined shape of all fields.
    #[must_use]
    pub fn values(&self) -> Shape {
        Shape::all(self.fields.values().map(|field| field.shape.clone()))
    }

    /// The record that covers all of them.
    #[must_use]
    pub fn all(records: impl IntoIterator<Item = Self>) -> Self {
        in_pairs(records, Self::join).unwrap_or_default()
    }

    /// The record that covers both. A field that one of them lacks is optional.
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

/// Joins pairs, then pairs of pairs. Joining one after the other takes quadratic time for many records with different fields.
fn in_pairs<T>(items: impl IntoIterator<Item = T>, join: impl Fn(T, T) -> T) -> Option<T> {
    // Joined parts of decreasing size; a part of rank n covers 2^n items.
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
