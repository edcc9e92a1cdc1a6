//! From what progenitor answered to the types of the API: the structs and enums are kept, with the names of the wire, the
//! words of the document and what it says about absence; conversions, helper modules and implementations are dropped.

use std::collections::{HashMap, HashSet};

use openapiv3::OpenAPI;
use serde_json::{Map, Value};
use syn::{Fields, GenericArgument, Item, PathArguments};

use crate::model::api::{Field, Record, Shape, Tagged, Type, TypeItem, Variant};
use crate::model::names::{self, Names};
use crate::{Diagnostic, Result};

/// Puts together what the document says and what progenitor answered.
pub(crate) fn polish(openapi: &OpenAPI, answer: syn::File) -> Result<Vec<TypeItem>> {
    let answers = Answers::read(answer);
    let mut items = Vec::new();
    for (name, schema) in openapi.components.iter().flat_map(|components| &components.schemas) {
        let schema = serde_json::to_value(schema).map_err(|error| Diagnostic::error(error.to_string()))?;
        items.push(TypeItem {
            name: name.clone(),
            doc: words(&schema),
            deprecated: flag(&schema, "deprecated"),
            shape: shape(name, &schema, &answers)?,
        });
    }
    Ok(items)
}

/// Rust's names of the properties of a record, in their order.
pub(crate) fn field_names(properties: &Map<String, Value>) -> Vec<String> {
    let mut names = Names::fields();
    let name = |(wire, schema): (&String, &Value)| {
        let wanted = schema.get("x-rust-field").and_then(Value::as_str);
        names.give(&names::snake(wanted.unwrap_or(wire)))
    };
    properties.iter().map(name).collect()
}

/// The name of the field by which progenitor is asked for a variant of a choice.
pub(crate) fn variant_field(index: usize) -> String {
    format!("variant_{index}")
}

/// What progenitor answered: the types of the fields of each struct, the variants of each enum.
#[derive(Debug, Default)]
struct Answers {
    fields: HashMap<(String, String), syn::Type>,
    variants: HashMap<String, Vec<String>>,
}

impl Answers {
    fn read(answer: syn::File) -> Self {
        let mut answers = Self::default();
        for item in answer.items {
            match item {
                Item::Struct(item) => {
                    let Fields::Named(fields) = item.fields else { continue };
                    for field in fields.named {
                        let Some(name) = &field.ident else { continue };
                        let key =
                            (item.ident.to_string(), asked_name(&field.attrs).unwrap_or_else(|| name.to_string()));
                        answers.fields.insert(key, field.ty);
                    }
                }
                Item::Enum(item) => {
                    let variants = item.variants.iter().map(|variant| variant.ident.to_string()).collect();
                    answers.variants.insert(item.ident.to_string(), variants);
                }
                _ => {}
            }
        }
        answers
    }

    fn field(&self, record: &str, field: &str) -> Result<Type> {
        let ty = self.fields.get(&(record.to_owned(), field.to_owned()));
        ty.and_then(read_type).ok_or_else(|| {
            let error = Diagnostic::error(format!("progenitor gives no type for the field `{field}` of `{record}`"));
            error.at(format!("/components/schemas/{record}")).help("rename it by `x-rust-field`")
        })
    }
}

/// The name by which progenitor was asked for a field, where it chose another.
fn asked_name(attributes: &[syn::Attribute]) -> Option<String> {
    let mut name = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        // An attribute of another form than expected says nothing about the name.
        let _ = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("rename") {
                name = Some(meta.value()?.parse::<syn::LitStr>()?.value());
            } else if meta.input.peek(syn::Token![=]) {
                meta.value()?.parse::<syn::Lit>()?;
            }
            Ok(())
        });
    }
    name
}

/// Reads a type that progenitor wrote.
fn read_type(ty: &syn::Type) -> Option<Type> {
    let syn::Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let mut arguments = match &last.arguments {
        PathArguments::AngleBracketed(arguments) => arguments.args.iter().collect::<Vec<_>>(),
        _ => Vec::new(),
    }
    .into_iter()
    .filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    let mut argument = || arguments.next_back().and_then(read_type);
    Some(match last.ident.to_string().as_str() {
        "Option" => Type::Optional(Box::new(argument()?)),
        "Box" => Type::Boxed(Box::new(argument()?)),
        "Vec" => Type::List(Box::new(argument()?)),
        "BTreeMap" => Type::Map(Box::new(argument()?)),
        // An object about which nothing is known is progenitor's `Map`.
        "Map" => Type::Map(Box::new(Type::Json)),
        "String" => Type::Text,
        "bool" => Type::Boolean,
        "i64" => Type::Integer,
        "Decimal" => Type::Decimal,
        "NaiveDate" => Type::Date,
        "DateTime" => Type::DateTime,
        "Value" => Type::Json,
        name => Type::Named(name.to_owned()),
    })
}

fn shape(name: &str, schema: &Value, answers: &Answers) -> Result<Shape> {
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let wires = values.iter().filter_map(Value::as_str);
        let named = answers.variants.get(name).cloned().unwrap_or_else(|| names::variants(wires.clone()));
        return Ok(Shape::Enum(named.into_iter().zip(wires).map(|(name, wire)| variant(name, wire)).collect()));
    }
    if let Some(mapping) = schema.pointer("/discriminator/mapping").and_then(Value::as_object) {
        let names = names::variants(mapping.keys().map(String::as_str));
        let types: Vec<_> = mapping.values().filter_map(|target| target.as_str()?.rsplit('/').next()).collect();
        let mut boxed = Vec::new();
        for (index, ty) in types.iter().enumerate() {
            if matches!(answers.field(name, &variant_field(index))?, Type::Boxed(_)) {
                boxed.push((*ty).to_owned());
            }
        }
        let variants = names.into_iter().zip(mapping.keys()).map(|(name, wire)| variant(name, wire));
        return Ok(Shape::Tagged(Tagged {
            tag: schema.pointer("/discriminator/propertyName").and_then(Value::as_str).unwrap_or_default().to_owned(),
            content: text(schema, "x-content").unwrap_or_default(),
            variants: variants.zip(types.into_iter().map(str::to_owned)).collect(),
            boxed,
        }));
    }
    let empty = Map::new();
    let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&empty);
    let names = field_names(properties);
    let required: Vec<_> = schema.get("required").and_then(Value::as_array).into_iter().flatten().collect();
    let required: Vec<_> = required.into_iter().filter_map(Value::as_str).collect();
    let sure: HashSet<_> = required.iter().copied().collect();
    let fields = properties.iter().zip(&names).map(|((wire, schema), field)| {
        Ok(Field {
            name: field.clone(),
            wire: wire.clone(),
            doc: words(schema),
            deprecated: flag(schema, "deprecated"),
            ty: answers.field(name, field)?,
            format: text(schema, "format"),
            required: sure.contains(wire.as_str()),
            nullable: flag(schema, "nullable"),
            empty_is_null: flag(schema, "x-empty-is-null"),
            flatten: flag(schema, "x-flatten"),
        })
    });
    let by_wire: HashMap<&str, &String> = properties.keys().map(String::as_str).zip(&names).collect();
    let named = |wire: &&str| by_wire.get(wire).map(|name| (*name).clone());
    Ok(Shape::Record(Record {
        fields: fields.collect::<Result<_>>()?,
        required: required.iter().filter_map(named).collect(),
        transparent: flag(schema, "x-transparent"),
    }))
}

fn variant(name: String, wire: &str) -> Variant {
    Variant { name, wire: wire.to_owned() }
}

/// What the document says about a schema. A blank description says nothing, and a rule speaks instead.
fn words(schema: &Value) -> Option<String> {
    text(schema, "description").filter(|words| !words.trim().is_empty())
}

fn text(schema: &Value, key: &str) -> Option<String> {
    schema.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn flag(schema: &Value, key: &str) -> bool {
    schema.get(key).and_then(Value::as_bool).unwrap_or_default()
}
