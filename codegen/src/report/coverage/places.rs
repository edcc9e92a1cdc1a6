//! Follows the keys of JSON data through the types of the bindings.

use std::collections::HashSet;

use crate::model::api::{Body, Encoding, Envelope, Operation, OutputKind, StatusVariant, Type, TypeItem, TypeKind};
use crate::report::bindings::Bindings;

/// A substitute for a type without a declaration. A string has no fields to follow.
const UNKNOWN: &Type = &Type::Text;

/// A value in the JSON data, as the bindings describe it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'a> {
    /// The body of a request.
    Request(&'a Operation),
    /// The envelope around a result of this type.
    Envelope(&'a str),
    /// A property whose own properties are sent as parts of a multipart body, and the prefix of their names.
    Part(&'a Operation, &'a str),
    /// The body of an error response.
    Error,
    /// A value of a declared type.
    Item(&'a TypeItem),
    /// A value of any other type.
    Value(&'a Type),
}

impl Place<'_> {
    /// Returns a string that identifies the type of the value.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Request(operation) => format!("{} {}", operation.http, operation.path),
            Self::Envelope(result) => format!("result {result}"),
            Self::Part(operation, name) => format!("{} {} {name}", operation.http, operation.path),
            Self::Error => String::new(),
            Self::Item(item) => item.name.clone(),
            Self::Value(ty) => ty.to_string(),
        }
    }
}

/// A field that was found in the bindings.
#[derive(Clone, Debug, Default)]
pub(super) struct Found<'a> {
    /// How the bindings use the field.
    pub(super) used: String,
    /// The places of the field's value: several in a union, none if the whole value is accounted for.
    pub(super) places: Vec<Place<'a>>,
    /// Whether the field is inside untyped JSON.
    pub(super) untyped: bool,
}

/// Looks up places in the types of the bindings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lookup<'a> {
    pub(super) bindings: &'a Bindings,
    /// Whether the keys are read from examples instead of schemas, so that they can be the keys of a map.
    pub(super) data: bool,
}

impl<'a> Lookup<'a> {
    /// Returns the places of a successful response with the given status.
    pub(super) fn response(&self, operation: &'a Operation, status: &str) -> Vec<Place<'a>> {
        let name = operation.output.name.as_str();
        match (operation.output.kind, self.bindings.types.get(name).map(|item| &item.kind)) {
            (OutputKind::Json(envelope), _) => self.result(name, envelope),
            (OutputKind::ByStatus, Some(TypeKind::ByStatus(variants))) => {
                let is_range = |variant: &StatusVariant| variant.statuses.0 != variant.statuses.1;
                let exact = status.parse::<u16>().ok();
                let exact = exact.and_then(|it| variants.iter().find(|variant| variant.statuses == (it, it)));
                let variant = exact.or_else(|| variants.iter().find(|variant| is_range(variant)));
                let value = variant.and_then(|variant| variant.value.as_ref());
                value.map_or_else(Vec::new, |(name, envelope)| self.result(name, *envelope))
            }
            _ => Vec::new(),
        }
    }

    fn result(&self, name: &'a str, envelope: Envelope) -> Vec<Place<'a>> {
        match envelope {
            Envelope::Bare => self.named(name),
            Envelope::Always | Envelope::OrDefault => vec![Place::Envelope(name)],
        }
    }

    /// Finds a query parameter.
    pub(super) fn query(&self, operation: &'a Operation, name: &str) -> Option<Found<'a>> {
        if name == "site_slug" {
            return Some(Found { used: "set by the client".to_owned(), ..Found::default() });
        }
        self.key(&self.named(operation.query.as_ref()?), name)
    }

    /// Finds a field in any of several places.
    pub(super) fn key(&self, places: &[Place<'a>], key: &str) -> Option<Found<'a>> {
        let (typed, untyped): (Vec<_>, Vec<_>) =
            places.iter().filter_map(|place| self.key_of(*place, key)).partition(|found| !found.untyped);
        let mut found = typed.into_iter();
        let Some(mut all) = found.next() else { return untyped.into_iter().next() };
        all.places.extend(found.flat_map(|found| found.places));
        all.places = distinct(all.places);
        Some(all)
    }

    /// Returns the places of the items of a list.
    pub(super) fn items(&self, places: &[Place<'a>]) -> Vec<Place<'a>> {
        let items = places.iter().flat_map(|place| match place {
            Place::Value(Type::List(items)) => self.resolved(items),
            Place::Value(Type::Json) | Place::Error => vec![*place],
            Place::Request(operation) => self.items(&self.body(operation)),
            Place::Part(operation, name) => self.parts(operation, &format!("{name}[]")),
            _ => Vec::new(),
        });
        distinct(items.collect())
    }

    /// Returns the places of the values of a map or of the unknown fields of a struct.
    pub(super) fn values(&self, places: &[Place<'a>]) -> Vec<Place<'a>> {
        let values = places.iter().flat_map(|place| match place {
            Place::Value(Type::Map(values)) => self.resolved(values),
            Place::Value(Type::Json) | Place::Error => vec![*place],
            Place::Request(operation) => self.values(&self.body(operation)),
            Place::Item(TypeItem { kind: TypeKind::Struct(record), .. }) => {
                let others = record.fields.iter().find(|field| field.flatten);
                others.map_or_else(Vec::new, |field| self.values(&self.resolved(&field.ty)))
            }
            _ => Vec::new(),
        });
        distinct(values.collect())
    }

    fn key_of(&self, place: Place<'a>, key: &str) -> Option<Found<'a>> {
        let found = |used: String, places| Some(Found { used, places, untyped: false });
        let runtime = || found("decoded by the runtime".to_owned(), Vec::new());
        match place {
            Place::Request(_) if key == "site_slug" => found("set by the client".to_owned(), Vec::new()),
            Place::Request(_) if self.bindings.is_webhooks() && ["key", "site", "type", "extras"].contains(&key) => {
                runtime()
            }
            Place::Request(operation) => match &operation.body {
                Body::Data { name, .. } if key == "data" => found(name.clone(), self.named(name)),
                _ if operation.format.encoding == Encoding::Multipart => self.part(operation, key),
                Body::Data { .. } | Body::File | Body::None => None,
                Body::Whole(_) => self.key(&self.body(operation), key),
            },
            Place::Envelope(_) if key == "ok" || key == "error_message" => runtime(),
            Place::Envelope(result) if key == "result" => found(result.to_owned(), self.named(result)),
            Place::Envelope(_) => None,
            Place::Part(operation, prefix) => self.part(operation, &format!("{prefix}[{key}]")),
            Place::Error if key == "ok" => runtime(),
            Place::Error if key == "error_message" => found("ApiError::message".to_owned(), Vec::new()),
            Place::Error => found("ApiError::body".to_owned(), Vec::new()),
            Place::Item(item) => match &item.kind {
                TypeKind::Struct(record) if record.constant.as_ref().is_some_and(|(tag, _)| tag == key) => {
                    found(format!("always sent with {}", item.name), Vec::new())
                }
                TypeKind::Struct(record) => {
                    let field = record.fields.iter().find(|field| !field.flatten && field.wire == key)?;
                    found(format!("{}.{}", item.name, field.name), self.resolved(&field.ty))
                }
                TypeKind::Tagged(tagged) if key == tagged.tag => {
                    found(format!("the variants of {}", item.name), Vec::new())
                }
                TypeKind::Tagged(tagged) if key == tagged.content => {
                    let contents = tagged.variants.iter().flat_map(|(_, name)| self.named(name));
                    found(format!("the variants of {}", item.name), contents.collect())
                }
                TypeKind::Tagged(_) | TypeKind::Union(_) | TypeKind::Enum(_) | TypeKind::ByStatus(_) => None,
            },
            Place::Value(Type::Json) => {
                Some(Found { used: "kept as JSON".to_owned(), places: vec![place], untyped: true })
            }
            Place::Value(Type::Map(values)) if self.data => {
                found(format!("a key of {}", place.name()), self.resolved(values))
            }
            Place::Value(_) => None,
        }
    }

    /// Finds a part of a multipart body.
    fn part(&self, operation: &'a Operation, name: &str) -> Option<Found<'a>> {
        let is_file = |wire: &str| wire == name || wire.strip_suffix("[]") == Some(name);
        if operation.files.iter().any(|file| is_file(&file.wire)) {
            return Some(Found { used: "Upload".to_owned(), ..Found::default() });
        }
        let field = self.key(&self.body(operation), name);
        field.or_else(|| {
            let places = self.parts(operation, name);
            (!places.is_empty()).then(|| Found { used: "parts of the body".to_owned(), places, untyped: false })
        })
    }

    /// Returns the place of the parts whose names begin with the given name, if there are any.
    fn parts(&self, operation: &'a Operation, name: &str) -> Vec<Place<'a>> {
        let fields =
            match operation.body.type_name().and_then(|body| self.bindings.types.get(body)).map(|item| &item.kind) {
                Some(TypeKind::Struct(record)) => record.fields.as_slice(),
                _ => &[],
            };
        let wires = operation.files.iter().map(|file| &file.wire).chain(fields.iter().map(|field| &field.wire));
        let mut parts = wires.filter(|wire| wire.strip_prefix(name).is_some_and(|rest| rest.starts_with('[')));
        parts
            .next()
            .and_then(|wire| wire.get(..name.len()))
            .map(|name| Place::Part(operation, name))
            .into_iter()
            .collect()
    }

    fn body(&self, operation: &'a Operation) -> Vec<Place<'a>> {
        match &operation.body {
            Body::Whole(name) => self.named(name),
            Body::Data { .. } | Body::File | Body::None => Vec::new(),
        }
    }

    fn named(&self, name: &str) -> Vec<Place<'a>> {
        match self.bindings.types.get(name) {
            None => vec![Place::Value(UNKNOWN)],
            Some(TypeItem { kind: TypeKind::Struct(record), .. }) if record.transparent => {
                record.fields.first().map_or_else(Vec::new, |field| self.resolved(&field.ty))
            }
            Some(TypeItem { kind: TypeKind::Union(union), .. }) => {
                union.variants.iter().flat_map(|(_, ty)| self.resolved(ty)).collect()
            }
            Some(item) => vec![Place::Item(item)],
        }
    }

    /// Skips the types that do not affect the JSON data, such as `Box`.
    fn resolved(&self, ty: &'a Type) -> Vec<Place<'a>> {
        match ty {
            Type::Boxed(inner) | Type::Optional(inner) => self.resolved(inner),
            Type::Named(name) => self.named(name),
            ty => vec![Place::Value(ty)],
        }
    }
}

/// Removes the places whose type occurs earlier in the list. The variants of a union often have fields of the same type.
fn distinct(mut places: Vec<Place<'_>>) -> Vec<Place<'_>> {
    let mut seen = HashSet::new();
    places.retain(|place| seen.insert(place.name()));
    places
}
