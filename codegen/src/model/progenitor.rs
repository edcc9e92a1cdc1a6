//! Runs progenitor to choose the Rust types of the components: numbers, dates, arrays, maps, and the fields that need a `Box`
//! because a type contains itself.
//!
//! Components are passed under aliases, which progenitor does not change. The returned code is parsed with `syn`. If progenitor
//! renamed a field, the original name is read from the field's `serde` attribute.

use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};

use proc_macro2::{Ident, TokenStream};
use progenitor::{GenerationSettings, Generator, TypeImpl};
use serde_json::{Map, Value, json};
use syn::visit_mut::VisitMut;
use syn::{Fields, GenericArgument, Item, PathArguments};

use crate::model::api::Type;
use crate::model::schema::{Component, ComponentKind, Components, Schema};
use crate::{Diagnostic, Result};

/// The Rust types for JSON types and formats.
const CONVERSIONS: [(&str, Option<&str>, &str); 6] = [
    ("integer", None, "i64"),
    ("number", None, "rust_decimal::Decimal"),
    ("string", Some("date-time"), "chrono::DateTime<chrono::FixedOffset>"),
    ("string", Some("date"), "chrono::NaiveDate"),
    ("string", Some("period"), "talkable_api::Period"),
    ("string", None, "String"),
];

/// The types chosen by progenitor.
#[derive(Debug)]
pub(super) struct Chosen {
    /// The types of the fields, by component and field.
    fields: HashMap<(String, String), syn::Type>,
}

impl Chosen {
    /// Returns the type of a field.
    pub(super) fn field(&self, component: &str, field: &str) -> Result<Type> {
        let ty = self.fields.get(&(component.to_owned(), field.to_owned()));
        ty.and_then(read_type).ok_or_else(|| {
            let error =
                Diagnostic::error(format!("progenitor returned no type for the field `{field}` of `{component}`"));
            error.at(format!("/components/schemas/{component}")).help("rename the field with `x-rust-field`")
        })
    }

    fn read(file: syn::File) -> Self {
        let mut chosen = HashMap::new();
        for item in file.items {
            let Item::Struct(syn::ItemStruct { ident, fields: Fields::Named(fields), .. }) = item else { continue };
            for field in fields.named {
                let Some(name) = &field.ident else { continue };
                let name = original_name(&field.attrs).unwrap_or_else(|| name.to_string());
                chosen.insert((ident.to_string(), name), field.ty);
            }
        }
        Self { fields: chosen }
    }
}

/// Runs progenitor and returns the types chosen for all components.
pub(super) fn choose(components: &Components) -> Result<Chosen> {
    let mut aliases = Aliases::new(components);
    let stream = run(&description(components, &aliases)?)?;
    let mut file: syn::File = syn::parse2(stream).map_err(|error| failed(&error.to_string()))?;
    aliases.visit_file_mut(&mut file);
    Ok(Chosen::read(file))
}

/// Returns the name of the field that represents a union variant.
pub(super) fn variant_field(index: usize) -> String {
    format!("variant_{index}")
}

/// Aliases for component names. They are passed to progenitor, because it would change some of the original names, such as `AB`
/// or `SMSShare`.
#[derive(Clone, Debug)]
struct Aliases {
    by_name: BTreeMap<String, String>,
    by_alias: BTreeMap<String, String>,
}

impl Aliases {
    fn new(components: &Components) -> Self {
        let pairs = components.keys().enumerate().map(|(index, name)| (name.clone(), format!("Component{index}Type")));
        let by_name: BTreeMap<String, String> = pairs.collect();
        let by_alias = by_name.iter().map(|(name, alias)| (alias.clone(), name.clone())).collect();
        Self { by_name, by_alias }
    }

    fn of(&self, name: &str) -> String {
        self.by_name.get(name).cloned().unwrap_or_else(|| name.to_owned())
    }
}

/// Replaces aliases with component names.
impl VisitMut for Aliases {
    fn visit_ident_mut(&mut self, ident: &mut Ident) {
        if let Some(name) = self.by_alias.get(&ident.to_string()) {
            *ident = Ident::new(name, ident.span());
        }
    }
}

/// Runs progenitor, which panics on some schemas instead of returning an error.
fn run(description: &openapiv3::OpenAPI) -> Result<TokenStream> {
    let mut settings = GenerationSettings::default();
    settings.with_map_type("::std::collections::BTreeMap");
    for (kind, format, rust) in CONVERSIONS {
        let schema = match format {
            Some(format) => json!({"type": kind, "format": format}),
            None => json!({"type": kind}),
        };
        let schema = serde_json::from_value(schema).map_err(|error| failed(&error.to_string()))?;
        settings.with_conversion(schema, rust, [TypeImpl::Display].into_iter());
    }
    let result = catch_unwind(AssertUnwindSafe(|| {
        let mut generator = Generator::new(&settings);
        generator.generate_tokens(description).map(|_| generator.get_type_space().to_stream())
    }));
    match result {
        Ok(result) => result.map_err(|error| failed(&error.to_string())),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
            Err(failed(text.unwrap_or("it panicked without a message")))
        }
    }
}

fn failed(reason: &str) -> Diagnostic {
    Diagnostic::error(format!("progenitor cannot generate the types: {reason}")).at("/components/schemas")
}

/// Builds a description that contains only the information that determines the types.
fn description(components: &Components, aliases: &Aliases) -> Result<openapiv3::OpenAPI> {
    let schemas = components.iter().map(|(name, component)| (aliases.of(name), json_schema(component, aliases)));
    let description = json!({
        "openapi": "3.0.3",
        "info": {"title": "", "version": ""},
        "paths": {},
        "components": {"schemas": schemas.collect::<Map<_, _>>()},
    });
    serde_json::from_value(description).map_err(|error| failed(&error.to_string()))
}

fn json_schema(component: &Component, aliases: &Aliases) -> Value {
    let properties: Map<String, Value> = match &component.kind {
        // Enums and results by status are passed as an enum with one placeholder value. The variants of an enum have no types, and
        // no type contains a result by status.
        ComponentKind::Enum(_) | ComponentKind::ByStatus(_) => return json!({"type": "string", "enum": ["Value"]}),
        // For a union, progenitor only decides which variants need a box. The union is passed as an object with a field for each
        // variant.
        ComponentKind::Tagged(union) => {
            let variants = union.variants.iter().enumerate();
            variants.map(|(index, (_, name))| (variant_field(index), reference(name, aliases))).collect()
        }
        ComponentKind::Union(union) => {
            let variants = union.variants.iter().enumerate();
            variants.map(|(index, (_, schema))| (variant_field(index), value_schema(schema, aliases))).collect()
        }
        ComponentKind::Object(object) => {
            let schemas = object.properties.iter().map(|(_, property)| value_schema(&property.schema, aliases));
            object.field_names().into_iter().zip(schemas).collect()
        }
    };
    let required: Vec<_> = properties.keys().collect();
    json!({"type": "object", "properties": properties, "required": required})
}

fn reference(name: &str, aliases: &Aliases) -> Value {
    json!({"$ref": format!("#/components/schemas/{}", aliases.of(name))})
}

fn value_schema(schema: &Schema, aliases: &Aliases) -> Value {
    match schema {
        Schema::Component(name) => reference(name, aliases),
        Schema::Array(items) => json!({"type": "array", "items": value_schema(items, aliases)}),
        Schema::Map(values) => json!({"type": "object", "additionalProperties": value_schema(values, aliases)}),
        Schema::Nullable(inner) => {
            let mut schema = value_schema(inner, aliases);
            if schema.get("$ref").is_some() {
                schema = json!({"allOf": [schema]});
            }
            schema["nullable"] = json!(true);
            schema
        }
        Schema::String(format) => match format.as_deref() {
            Some(format @ ("date" | "date-time" | "period")) => json!({"type": "string", "format": format}),
            // A decimal is passed as a number, because the runtime reads decimals from both strings and numbers.
            Some("decimal") => json!({"type": "number"}),
            _ => json!({"type": "string"}),
        },
        Schema::Integer => json!({"type": "integer"}),
        Schema::Number => json!({"type": "number"}),
        Schema::Boolean => json!({"type": "boolean"}),
        Schema::Any => json!({}),
    }
}

/// Returns the original name of a field, if progenitor changed the name.
fn original_name(attributes: &[syn::Attribute]) -> Option<String> {
    let mut name = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        // Parse errors are ignored, because an attribute in another form doesn't rename the field.
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

fn read_type(ty: &syn::Type) -> Option<Type> {
    let syn::Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let argument = || match &last.arguments {
        PathArguments::AngleBracketed(arguments) => match arguments.args.last()? {
            GenericArgument::Type(ty) => read_type(ty).map(Box::new),
            _ => None,
        },
        _ => None,
    };
    Some(match last.ident.to_string().as_str() {
        "Option" => Type::Optional(argument()?),
        "Box" => Type::Boxed(argument()?),
        "Vec" => Type::List(argument()?),
        "BTreeMap" => Type::Map(argument()?),
        // Progenitor uses `serde_json::Map` for an object without known properties. A component can also have the name `Map`.
        "Map" if path.path.segments.iter().any(|segment| segment.ident == "serde_json") => {
            Type::Map(Box::new(Type::Json))
        }
        "String" => Type::Text,
        "bool" => Type::Boolean,
        "i64" => Type::Integer,
        "Decimal" => Type::Decimal,
        "NaiveDate" => Type::Date,
        "DateTime" => Type::DateTime,
        "Period" => Type::Period,
        "Value" => Type::Json,
        name => Type::Named(name.to_owned()),
    })
}
