//! The examples in the documentation of methods: programs that compile, with values that read like real ones.

use super::{Context, inputs};
use crate::model::api::{Body, Operation, Paging, PathArgument, Record, Resource, Shape, Type, Variant};

/// How deeply an example goes into required records before it gives up.
const DEEPEST: usize = 8;

/// How many values an example may hold: records that require each other multiply with each level, and each call has its example.
const MOST: usize = 300;

const TYPES: &str = "talkable_api::types";
const MAP: &str = "std::collections::BTreeMap";

/// The name of the argument that is the body.
pub(super) fn body_argument(body: &Body) -> &'static str {
    match body {
        Body::Whole(_) => "body",
        _ => "data",
    }
}

/// A program that makes a call.
pub(super) fn of_call(context: &Context<'_>, resource: &Resource, operation: &Operation) -> Vec<String> {
    let mut example = Example { context, used: Vec::new(), values: 0, lines: Vec::new() };
    let mut arguments: Vec<_> = operation.path_arguments.iter().map(path_value).collect();
    if let Some(query) = &operation.query {
        let value = example.input(query);
        example.lines.push(format!("let query = {value};"));
        arguments.push("&query".to_owned());
    }
    if let Some(name) = operation.body.type_name() {
        let argument = body_argument(&operation.body);
        let value = example.input(name);
        example.lines.push(format!("let {argument} = {value};"));
        arguments.push(format!("&{argument}"));
    }
    if operation.body == Body::Multipart {
        example.lines.push("let file = talkable_api::Upload::from_bytes(\"photo.png\", vec![0x89, 0x50]);".to_owned());
        arguments.push("file".to_owned());
    }
    let call = format!("client.{}().{}({})", resource.module, operation.method, arguments.join(", "));
    example.lines.push(format!("let result = {call}.await?;"));
    example.program(operation.deprecated)
}

/// A program that reads all pages.
pub(super) fn of_pages(
    context: &Context<'_>,
    resource: &Resource,
    operation: &Operation,
    paging: &Paging,
) -> Vec<String> {
    let mut example = Example { context, used: Vec::new(), values: 0, lines: Vec::new() };
    let query = operation.query.as_deref().map(|query| example.input(query)).unwrap_or_default();
    let call = format!("client.{}().{}({query})", resource.module, paging.method);
    example.lines.push(format!("let mut items = {call};"));
    example.lines.push("while let Some(item) = items.try_next().await? {".to_owned());
    example.lines.push("    println!(\"{item:?}\");".to_owned());
    example.lines.push("}".to_owned());
    example.program(operation.deprecated)
}

/// A program as it grows.
struct Example<'a, 'c> {
    context: &'c Context<'a>,
    /// The paths of what it mentions.
    used: Vec<(&'static str, String)>,
    /// How many values it holds.
    values: usize,
    lines: Vec<String>,
}

impl Example<'_, '_> {
    fn program(mut self, deprecated: bool) -> Vec<String> {
        self.used.sort();
        self.used.dedup();
        let mut program = vec!["# Example".to_owned(), String::new(), "```no_run".to_owned()];
        if deprecated {
            program.push("# #![allow(deprecated)]".to_owned());
        }
        program
            .push("# async fn example(client: talkable_api::Client) -> Result<(), talkable_api::Error> {".to_owned());
        for path in ["rust_decimal", TYPES] {
            let names: Vec<_> = self.used.iter().filter(|(of, _)| *of == path).map(|(_, name)| name.as_str()).collect();
            match names.as_slice() {
                [] => {}
                [only] => program.push(format!("use {path}::{only};")),
                several => program.push(format!("use {path}::{{{}}};", several.join(", "))),
            }
        }
        program.append(&mut self.lines);
        program.extend(["# Ok(())", "# }", "```"].map(str::to_owned));
        program
    }

    /// A value of an input.
    fn input(&mut self, name: &str) -> String {
        match self.context.types.get(name).map(|item| &item.shape) {
            Some(Shape::Record(_)) => self.named(name, 0),
            _ => {
                let inner = self.named(name, 0);
                self.used.push((TYPES, name.to_owned()));
                format!("{name}::from({inner})")
            }
        }
    }

    /// A record of its required fields, or of one optional field if it requires none.
    fn record(&mut self, name: &str, record: &Record, depth: usize) -> String {
        self.used.push((TYPES, name.to_owned()));
        self.values += 1 + record.required.len();
        let arguments: Vec<_> =
            inputs::arguments(record).map(|field| self.value(&field.ty, &field.wire, depth + 1)).collect();
        let new = format!("{name}::new({})", arguments.join(", "));
        let telling = |ty: &Type| matches!(ty, Type::Text | Type::Integer | Type::Boolean | Type::Decimal);
        if depth > 0 || !record.required.is_empty() {
            return new;
        }
        match record.fields.iter().find(|field| telling(&field.ty) && !field.deprecated && !field.flatten) {
            Some(field) => format!("{new}.{}({})", field.name, self.value(&field.ty, &field.wire, depth + 1)),
            None => new,
        }
    }

    fn value(&mut self, ty: &Type, name: &str, depth: usize) -> String {
        match ty {
            Type::Text => format!("\"{}\"", text(name)),
            Type::Integer => integer(name).to_string(),
            Type::Boolean => "true".to_owned(),
            Type::Decimal => {
                self.used.push(("rust_decimal", "Decimal".to_owned()));
                "Decimal::new(9950, 2)".to_owned()
            }
            Type::Date => {
                let day = if name.contains("start") { "01" } else { "31" };
                format!("\"2026-01-{day}\".parse().expect(\"a date\")")
            }
            Type::DateTime => {
                "chrono::DateTime::parse_from_rfc3339(\"2026-01-31T12:00:00Z\").expect(\"a time\")".to_owned()
            }
            Type::Json => "true".to_owned(),
            Type::Boxed(inner) | Type::Optional(inner) => self.value(inner, name, depth),
            Type::List(item) if is_simple(item) => format!("[{}]", self.value(item, name, depth)),
            Type::List(item) => format!("Vec::<{}>::new()", rust(item)),
            Type::Map(value) if is_simple(value) => format!("[(\"key\", {})]", self.value(value, name, depth)),
            Type::Map(value) => format!("{MAP}::<String, {}>::new()", rust(value)),
            Type::Named(inner) => self.named(inner, depth),
        }
    }

    fn named(&mut self, ty: &str, depth: usize) -> String {
        match self.context.types.get(ty).map(|item| &item.shape) {
            Some(Shape::Enum(variants)) => match usual(variants) {
                Some(variant) => {
                    self.used.push((TYPES, ty.to_owned()));
                    format!("{ty}::{}", variant.name)
                }
                None => "\"\"".to_owned(),
            },
            Some(Shape::Record(record)) if depth <= DEEPEST && self.values + record.required.len() < MOST => {
                self.record(ty, record, depth)
            }
            Some(Shape::Tagged(tagged)) if depth <= DEEPEST => {
                let first = tagged.variants.first().map(|(_, ty)| ty.clone());
                first.map_or_else(String::new, |first| self.named(&first, depth + 1))
            }
            // Nobody can build what requires itself or would read what is longer, but the example should compile.
            _ => format!("None::<{TYPES}::{ty}>.expect(\"what it requires\")"),
        }
    }
}

/// Whether a value of the type can be written without saying its type.
fn is_simple(ty: &Type) -> bool {
    !matches!(ty, Type::List(_) | Type::Map(_) | Type::Boxed(_) | Type::Optional(_) | Type::Date)
}

/// A type as an example would write it without imports.
fn rust(ty: &Type) -> String {
    match ty {
        Type::Text => "String".to_owned(),
        Type::Integer => "i64".to_owned(),
        Type::Boolean => "bool".to_owned(),
        Type::Decimal => "rust_decimal::Decimal".to_owned(),
        Type::Date => "chrono::NaiveDate".to_owned(),
        Type::DateTime => "chrono::DateTime<chrono::FixedOffset>".to_owned(),
        Type::Json => "serde_json::Value".to_owned(),
        Type::List(item) => format!("Vec<{}>", rust(item)),
        Type::Map(value) => format!("{MAP}<String, {}>", rust(value)),
        Type::Boxed(inner) => format!("Box<{}>", rust(inner)),
        Type::Optional(inner) => format!("Option<{}>", rust(inner)),
        Type::Named(name) => format!("{TYPES}::{name}"),
    }
}

fn path_value(argument: &PathArgument) -> String {
    if argument.number { "1".to_owned() } else { format!("\"{}\"", text(&argument.name)) }
}

pub(super) fn integer(name: &str) -> u32 {
    match name {
        "points" => 100,
        "per_page" => 25,
        _ => 1,
    }
}

/// The value of an enum that stands for all of them: one that every shop meets, or else the first.
pub(super) fn usual(variants: &[Variant]) -> Option<&Variant> {
    const USUAL: [&str; 2] = ["Purchase", "approved"];
    let usual = variants.iter().find(|variant| USUAL.contains(&variant.wire.as_str()));
    usual.or_else(|| variants.first())
}

/// A text that reads like a real one, by the words in the name of the field. The first that the name contains counts.
pub(super) fn text(name: &str) -> String {
    const TEXTS: [(&str, &str); 22] = [
        ("friend_email", "joe@example.com"),
        ("email", "jane@example.com"),
        ("recipients", "joe@example.com"),
        ("person_slug", "jane@example.com"),
        ("origin_slug", "1042"),
        ("first_name", "Jane"),
        ("last_name", "Doe"),
        ("username", "jane"),
        ("phone", "+12025550123"),
        ("order_number", "1042"),
        ("event_number", "1042"),
        ("event_category", "newsletter_signup"),
        ("customer_id", "c-1042"),
        ("uuid", "2d7b4f0e-6a1c-4e58-9c3f-8b5a0d6e7f21"),
        ("short_url_code", "aBc123"),
        ("claim_url", "https://example.com/x/aBc123"),
        ("url", "https://example.com"),
        ("currency", "USD"),
        ("code", "WELCOME10"),
        ("metric", "advocate_impressions"),
        ("ip_address", "192.0.2.1"),
        ("content_type", "image"),
    ];
    let known = TEXTS.iter().find(|(word, _)| name.contains(word)).map(|(_, text)| *text);
    known.map_or_else(|| crate::model::names::snake(name), str::to_owned)
}
