//! From normalized schemas to types, by progenitor.
//!
//! Progenitor decides what each schema is in Rust: which numbers and times, what is a list or a map, where a record that
//! contains itself needs a box. It is asked in names that are already Rust's, so that it invents none, and what it answers
//! is read back with `syn`; `polish` puts the names of the wire beside them.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use openapiv3::OpenAPI;
use proc_macro2::Ident;
use progenitor::{GenerationSettings, Generator, TypeImpl};
use serde_json::{Map, Value, json};
use syn::visit_mut::VisitMut;

use crate::model::api::TypeItem;
use crate::model::names;
use crate::model::normalize::Normalized;
use crate::model::polish;
use crate::source::large_stack::on_large_stack;
use crate::{Diagnostic, Result};

/// What a schema of this type and format is in Rust.
const CONVERSIONS: [(&str, Option<&str>, &str); 5] = [
    ("integer", None, "i64"),
    ("number", None, "rust_decimal::Decimal"),
    ("string", Some("date-time"), "chrono::DateTime<chrono::FixedOffset>"),
    ("string", Some("date"), "chrono::NaiveDate"),
    ("string", None, "String"),
];

/// Finds the types of all named schemas.
///
/// # Errors
///
/// Whatever progenitor refuses or panics on.
pub fn types(normalized: &Normalized) -> Result<Vec<TypeItem>> {
    on_large_stack(|| {
        let mut aliases = Aliases::new(&normalized.openapi);
        let stream = ask(&asked(&normalized.openapi, &aliases)?)?;
        let mut answer: syn::File = syn::parse2(stream).map_err(|error| wrong(&error.to_string()))?;
        aliases.visit_file_mut(&mut answer);
        polish::polish(&normalized.openapi, answer)
    })
}

/// The names under which progenitor is asked for the types: it would respell some of ours, such as `AB` or `SMSShare`.
#[derive(Clone, Debug)]
struct Aliases {
    /// By our name.
    asked: BTreeMap<String, String>,
    /// By the name under which progenitor was asked.
    ours: BTreeMap<String, String>,
}

impl Aliases {
    fn new(openapi: &OpenAPI) -> Self {
        let names = openapi.components.iter().flat_map(|components| components.schemas.keys());
        let pairs = names.enumerate().map(|(index, name)| (name.clone(), format!("Component{index}Type")));
        let asked: BTreeMap<String, String> = pairs.collect();
        let ours = asked.iter().map(|(name, alias)| (alias.clone(), name.clone())).collect();
        Self { asked, ours }
    }

    fn of(&self, name: &str) -> String {
        self.asked.get(name).cloned().unwrap_or_else(|| name.to_owned())
    }
}

/// Puts our names back.
impl VisitMut for Aliases {
    fn visit_ident_mut(&mut self, ident: &mut Ident) {
        if let Some(name) = self.ours.get(&ident.to_string()) {
            *ident = Ident::new(name, ident.span());
        }
    }
}

/// The one place where progenitor runs. It panics on some schemas instead of refusing them.
fn ask(openapi: &OpenAPI) -> Result<proc_macro2::TokenStream> {
    let mut settings = GenerationSettings::default();
    settings.with_map_type("::std::collections::BTreeMap");
    for (kind, format, rust) in CONVERSIONS {
        let schema = match format {
            Some(format) => json!({"type": kind, "format": format}),
            None => json!({"type": kind}),
        };
        let schema = serde_json::from_value(schema).map_err(|error| wrong(&error.to_string()))?;
        settings.with_conversion(schema, rust, [TypeImpl::Display].into_iter());
    }
    let answer = catch_unwind(AssertUnwindSafe(|| {
        let mut generator = Generator::new(&settings);
        generator.generate_tokens(openapi).map(|_| generator.get_type_space().to_stream())
    }));
    match answer {
        Ok(answer) => answer.map_err(|error| wrong(&error.to_string())),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
            Err(wrong(text.unwrap_or("it panicked without a word")))
        }
    }
}

fn wrong(reason: &str) -> Diagnostic {
    Diagnostic::error(format!("progenitor makes no types of the schemas: {reason}")).at("/components/schemas")
}

/// The schemas in Rust's names, without anything that makes no difference to the types.
fn asked(openapi: &OpenAPI, aliases: &Aliases) -> Result<OpenAPI> {
    let mut schemas = Map::new();
    for (name, schema) in openapi.components.iter().flat_map(|components| &components.schemas) {
        let schema = serde_json::to_value(schema).map_err(|error| wrong(&error.to_string()))?;
        schemas.insert(aliases.of(name), component(&schema, aliases));
    }
    let asked = json!({
        "openapi": "3.0.3",
        "info": {"title": "", "version": ""},
        "paths": {},
        "components": {"schemas": schemas},
    });
    serde_json::from_value(asked).map_err(|error| wrong(&error.to_string()))
}

fn component(schema: &Value, aliases: &Aliases) -> Value {
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return json!({"type": "string", "enum": names::variants(values.iter().filter_map(Value::as_str))});
    }
    if let Some(mapping) = schema.pointer("/discriminator/mapping").and_then(Value::as_object) {
        // A choice is written by us; progenitor is asked only which of its variants need a box.
        let fields: Vec<String> = (0..mapping.len()).map(polish::variant_field).collect();
        let asked = |target: &Value| inner(&json!({"$ref": target}), aliases);
        let properties: Map<String, Value> = fields.iter().cloned().zip(mapping.values().map(asked)).collect();
        return json!({"type": "object", "properties": properties, "required": fields});
    }
    let empty = Map::new();
    let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&empty);
    let fields = polish::field_names(properties);
    let named = properties.iter().zip(&fields).map(|((_, schema), name)| (name.clone(), inner(schema, aliases)));
    let properties: Map<String, Value> = named.collect();
    json!({"type": "object", "properties": properties, "required": fields})
}

/// The schema of an item of a list or map, which may be null.
fn item(schema: &Value, aliases: &Aliases) -> Value {
    let mut asked = inner(schema, aliases);
    if schema.get("nullable") == Some(&json!(true)) {
        if asked.get("$ref").is_some() {
            asked = json!({"allOf": [asked]});
        }
        asked["nullable"] = json!(true);
    }
    asked
}

/// The schema of a value. Whether a field may be null is for `polish` to say.
fn inner(schema: &Value, aliases: &Aliases) -> Value {
    if let Some(name) = crate::model::name_types::referred_type(schema) {
        return json!({"$ref": format!("#/components/schemas/{}", aliases.of(&name))});
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("array") => json!({"type": "array", "items": item(&schema["items"], aliases)}),
        Some("object") => {
            json!({"type": "object", "additionalProperties": item(&schema["additionalProperties"], aliases)})
        }
        Some("string") => match schema.get("format").and_then(Value::as_str) {
            Some(format @ ("date" | "date-time")) => json!({"type": "string", "format": format}),
            // An amount that travels as text is one all the same; it is read from either.
            Some("decimal") => json!({"type": "number"}),
            _ => json!({"type": "string"}),
        },
        Some(scalar) => json!({"type": scalar}),
        None => json!({}),
    }
}
