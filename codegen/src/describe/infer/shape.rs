//! What a value looks like, learned from examples, and how two such lessons join.
//!
//! [`Shape::join`] is commutative, associative and idempotent, with [`Shape::NEVER`] as its neutral element: the order and number of
//! the examples do not matter.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::describe::text_format::Format;

/// The shape of the values seen at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Whether null was seen.
    pub nullable: bool,
    /// What else was seen.
    pub kind: Kind,
}

/// The shape apart from null.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing was seen, or only null.
    Never,
    /// A boolean.
    Bool,
    /// Whole numbers only.
    Int,
    /// Numbers, with a fraction now and then.
    Number,
    /// Text of one form.
    Text(Format),
    /// Text in one place and a number in another: an identifier.
    Id,
    /// A list, with the shape of its items.
    List(Box<Shape>),
    /// Keys that are data, with the shape of their values.
    Map(Box<Shape>),
    /// Named fields.
    Record(Record),
    /// Values that have nothing in common.
    Any,
}

/// The fields of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Each field by name.
    pub fields: BTreeMap<String, Field>,
    /// Whether the object was seen without any field.
    pub empty: bool,
}

/// A field of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// What was seen in it.
    pub shape: Shape,
    /// Whether it was missing now and then.
    pub optional: bool,
}

impl Shape {
    /// The shape of no value at all.
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

    /// The shape that covers both.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self { nullable: self.nullable || other.nullable, kind: self.kind.join(other.kind) }
    }

    /// The shape that covers all of them.
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
    /// The joined shape of all values, as if the keys were data.
    #[must_use]
    pub fn values(&self) -> Shape {
        Shape::all(self.fields.values().map(|field| field.shape.clone()))
    }

    /// The record that covers all of them.
    #[must_use]
    pub fn all(records: impl IntoIterator<Item = Self>) -> Self {
        in_pairs(records, Self::join).unwrap_or_default()
    }

    /// The record that covers both: a field that one of them lacks is optional.
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

/// Joins pairs, then pairs of pairs. One after the other, each of many records would meet all fields of those before it.
fn in_pairs<T>(items: impl IntoIterator<Item = T>, join: impl Fn(T, T) -> T) -> Option<T> {
    // What is joined so far, in parts of falling size; a part of rank n covers 2^n items.
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
